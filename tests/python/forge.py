"""Certificates and lists of revoked ones that the server never made, by openssl(1)."""

import contextlib
import hashlib
import pathlib
import shutil
import ssl
import subprocess
import tempfile
import time

TICKET_SECONDS = 5


def openssl(*arguments, **options):
    return subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True,
                          **options).stdout


class Forge:
    """Certificates signed by the server's CA, by another, or by nobody."""

    def __init__(self, server):
        self.folder = server.folder / "forged"
        self.folder.mkdir()
        self.identity = server.data / "identity"
        self.ca = server.folder / "clerk" / "ca.pem"
        self.other_ca = self._ca("other")

    def _ca(self, name, subject=None):
        path = self.folder / name
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-keyout", f"{path}-key.pem", "-out", f"{path}-cert.pem", "-subj", subject or f"/CN={name}",
                "-days", "30", "-addext", "basicConstraints=critical,CA:TRUE",
                "-addext", "keyUsage=critical,keyCertSign")
        return pathlib.Path(f"{path}-cert.pem"), pathlib.Path(f"{path}-key.pem")

    def below(self, name, signer):
        """A CA below another: its certificate and key."""
        folder = self.profile(name, signer, is_ca="TRUE", usage="clientAuth,serverAuth")
        return folder / "cert.pem", folder / "key.pem"

    def our_ca(self):
        return self.identity / "ca-cert.pem", self.identity / "ca-key.pem"

    def profile(self, name, signer, usage="clientAuth", begin=-1, end=30.0, is_ca="FALSE",
                key=("ec", "ec_paramgen_curve:P-256"), digest="sha256", names=()):
        """A profile folder; begin and end are days from now; signer None: signed by itself.
        names: subject alternative names, one extension for each line."""
        folder = self.folder / name
        folder.mkdir()
        shutil.copy(self.ca, folder / "ca.pem")
        openssl("req", "-newkey", key[0], "-pkeyopt", key[1], "-nodes", "-keyout",
                folder / "key.pem", "-out", folder / "request.pem", "-subj", f"/CN={name}")
        extensions = folder / "extensions"
        extensions.write_text(f"basicConstraints = critical,CA:{is_ca}\n"
                              f"keyUsage = critical,digitalSignature\n"
                              f"extendedKeyUsage = {usage}\n"
                              + "".join(f"subjectAltName = {name}\n" for name in names))
        certificate, private = signer or (None, folder / "key.pem")
        (folder / "index").touch()
        (folder / "ca.conf").write_text(
            "[ca]\ndefault_ca = d\n[d]\n"
            f"database = {folder}/index\nrand_serial = yes\nnew_certs_dir = {folder}\n"
            f"default_md = {digest}\npolicy = p\nemail_in_dn = no\n[p]\ncommonName = supplied\n")
        openssl("ca", "-batch", "-notext", "-config", folder / "ca.conf",
                "-in", folder / "request.pem", "-out", folder / "cert.pem", "-keyfile", private,
                *(["-cert", certificate] if certificate else ["-selfsign"]),
                "-startdate", stamp(begin), "-enddate", stamp(end), "-extfile", extensions)
        return folder

    def bind(self, folder, principal):
        """Enters it as issued to that person, as `dossierd issue` would."""
        der = ssl.PEM_cert_to_DER_cert((folder / "cert.pem").read_text())
        _, serial, _, issuer, validity, _, key = elements(elements(der)[0])[:7]
        name = hashlib.sha256(issuer + serial + hashlib.sha256(key).digest()).hexdigest()
        end = ssl.cert_time_to_seconds(time.strftime(
            "%b %d %H:%M:%S %Y GMT", time.strptime(content(elements(validity)[1]).decode(),
                                                   "%y%m%d%H%M%SZ")))
        (self.identity / "issued" / name).write_text(f"{principal} {end}\n")
        return end

    def twin_of(self, ca):
        """A CA of the same name with another key."""
        name = openssl("x509", "-in", ca[0], "-noout", "-subject", "-nameopt", "compat")
        return self._ca("twin", name.decode().strip().removeprefix("subject="))

    def crl(self, signer, revoked=(), begin=-1.0, end=30.0):
        """A list of revoked certificates as PEM, naming those in the files revoked."""
        folder = pathlib.Path(tempfile.mkdtemp(dir=self.folder))
        (folder / "index").touch()
        (folder / "ca.conf").write_text(f"[ca]\ndefault_ca = d\n[d]\ndatabase = {folder}/index\n"
                                        "default_md = sha256\n")
        common = ("-config", folder / "ca.conf", "-cert", signer[0], "-keyfile", signer[1])
        for path in revoked:
            openssl("ca", "-revoke", path, *common)
        openssl("ca", "-gencrl", *common, "-crl_lastupdate", stamp(begin),
                "-crl_nextupdate", stamp(end), "-out", folder / "crl.pem")
        return (folder / "crl.pem").read_bytes()


    def ticket(self, alpn):
        """A file with a session of another server, which would let it be resumed with early
        data."""
        path = self.folder / "ticket.pem"
        serve = ["openssl", "s_server", "-accept", "127.0.0.1:0", "-naccept", "1", "-tls1_3",
                 "-cert", self.other_ca[0], "-key", self.other_ca[1], "-alpn", alpn,
                 "-max_early_data", "16384", "-early_data"]
        path.unlink(missing_ok=True)
        with talking(serve, stdout=subprocess.PIPE, text=True) as server:
            port = next(line for line in server.stdout if "ACCEPT" in line).rsplit(":", 1)[1]
            ask = ["openssl", "s_client", "-connect", f"127.0.0.1:{port.strip()}", "-alpn", alpn,
                   "-sess_out", path]
            with talking(ask, stdout=subprocess.DEVNULL):
                deadline = time.monotonic() + TICKET_SECONDS
                while not (path.exists() and b"END" in path.read_bytes()):
                    if time.monotonic() > deadline:
                        raise TimeoutError("no ticket came")
                    time.sleep(0.01)
        return path


@contextlib.contextmanager
def talking(command, **options):
    """A program that waits for what it is told, and is ended."""
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          **options) as process:
        try:
            yield process
        finally:
            process.terminate()


# ---- DER ----

def header(der):
    """Lengths of an element's header and content."""
    if der[1] < 128:
        return 2, der[1]
    size = der[1] - 128
    return 2 + size, int.from_bytes(der[2:2 + size], "big")


def content(der):
    begin, length = header(der)
    return der[begin:begin + length]


def elements(der):
    """What a sequence consists of, each with its header."""
    found, rest = [], content(der)
    while rest:
        found.append(rest[:sum(header(rest))])
        rest = rest[len(found[-1]):]
    return found


def append(to, *parts):
    """Certificates behind a profile's own: what it sends as its chain."""
    with open(to / "cert.pem", "ab") as chain:
        for part in parts:
            chain.write(pathlib.Path(part).read_bytes())


def uri(text):
    """A name of any bytes, one a character, as OpenSSL's configuration takes it."""
    def field(tag, content):
        size = len(content)
        length = bytes([size]) if size < 128 else b"\x82" + size.to_bytes(2, "big")
        return bytes([tag]) + length + content
    return "DER:" + field(0x30, field(0x86, text.encode("latin-1"))).hex()


def stamp(days):
    return time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() + days * 86400))
