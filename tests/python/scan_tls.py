#!/usr/bin/python3 -B
"""`make check-tls`: what sslscan and testssl.sh have to say of a running server. Nothing of medium
severity or above, and nothing but TLS 1.3. About a minute."""

import json
import subprocess

from fixture import ADDRESS, UNLIMITED, Server
from suite import Suite, equal, true

SCAN_SECONDS = 600
GRAVE = ("MEDIUM", "HIGH", "CRITICAL")
HARMLESS = ("OK", "INFO", "DEBUG", "LOW", "WARN")

# Findings that do not apply to a private CA, with why.
EXPLAINED = {
    # Whoever enrols pins the CA; a server's certificate is exchanged with `dossierd rotate`, and
    # no client asks a third party about it.
    "cert_revocation": "Neither CRL nor OCSP URI provided",
}


def run(*command):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True,
                          timeout=SCAN_SECONDS, check=False)


def sslscan_finds_tls_1_3_only(server):
    scan = run("sslscan", "--no-colour", f"{ADDRESS}:{server.port}").stdout
    for old in ("SSLv2", "SSLv3", "TLSv1.0", "TLSv1.1", "TLSv1.2"):
        true(f"{old}     disabled" in scan or f"{old}   disabled" in scan, f"{old} is disabled")
    true("TLSv1.3   enabled" in scan, "TLS 1.3 is there")
    accepted = [line.split()[1] for line in scan.splitlines()
                if line.startswith(("Preferred", "Accepted"))]
    equal(set(accepted), {"TLSv1.3"})
    true("Session renegotiation not supported" in scan, "no renegotiation")


def testssl_finds_nothing_of_medium_or_above(server):
    report = server.folder / "testssl.json"
    done = run("testssl", "--quiet", "--color", "0", "--warnings", "batch", "--add-ca",
               server.folder / "clerk" / "ca.pem", "--jsonfile", report,
               f"{ADDRESS}:{server.port}")
    findings = json.loads(report.read_text())
    true(len(findings) > 50, f"it looked: {done.stdout[-500:]}")
    equal({finding["severity"] for finding in findings} - set(GRAVE) - set(HARMLESS), set())
    equal([f"{finding['id']}: {finding['finding']}" for finding in findings
           if finding["severity"] in GRAVE
           and EXPLAINED.get(finding["id"]) != finding["finding"]], [])
    print(f"# {len(findings)} findings, of them {len(EXPLAINED)} explained")


def main():
    suite = Suite()
    with Server({"limits": UNLIMITED}) as server:
        suite.run("sslscan_finds_tls_1_3_only", sslscan_finds_tls_1_3_only, server)
        suite.run("testssl_finds_nothing_of_medium_or_above",
                  testssl_finds_nothing_of_medium_or_above, server)
    suite.finish()


if __name__ == "__main__":
    main()
