"""What both measurements need: our server, the load generator, medians, tables."""

import json
import os
import pathlib
import platform
import socket
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "python"))
os.environ.setdefault("DOSSIER_BUILD", "build/release")

from fixture import ADDRESS, BUILD, Server  # noqa: E402  (found by the path above)

PROGRAM = ROOT / BUILD / "tests" / "bench" / "bench"
ITEMS = int(os.environ.get("ITEMS", "1000000"))
ROUNDS = int(os.environ.get("ROUNDS", "3"))
SECONDS = float(os.environ.get("SECONDS", "4"))
WARMUP = float(os.environ.get("WARMUP", "1"))
LOGIN = "archivist"  # whose certificate the load uses: may lend every item


class Failed(Exception):
    """A measurement that did not come about."""


def bench(word, profile, server_pid=0, timeout=None, **options):
    """One run of the load generator: what it measured."""
    arguments = [PROGRAM, word, "--host", ADDRESS, "--port", profile["port"],
                 "--certificate", profile["certificate"], "--key", profile["key"],
                 "--ca", profile["ca"], "--items", ITEMS]
    if server_pid:
        arguments += ["--server-pid", server_pid]
    for name, value in {"seconds": SECONDS, "warmup": WARMUP, **options}.items():
        arguments += [f"--{name}", value]
    done = subprocess.run([str(argument) for argument in arguments], capture_output=True,
                          text=True, timeout=timeout or SECONDS + WARMUP + 120)
    if done.returncode != 0:
        raise Failed(f"bench {word}: {done.stderr.strip()}")
    measured = json.loads(done.stdout)
    if measured.get("refused"):
        print(f"# {word}: {measured['refused']} refused: {done.stderr.strip()}")
    return measured


def profile_of(server, login=LOGIN):
    folder = server.folder / login
    return {"port": server.port, "certificate": folder / "cert.pem", "key": folder / "key.pem",
            "ca": folder / "ca.pem"}


def free_port():
    with socket.create_server((ADDRESS, 0)) as listener:
        return listener.getsockname()[1]


def wait_for_port(port, process, seconds=20):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection((ADDRESS, port), 1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise Failed(f"{process.args[0]} does not listen")


def sync_time():
    """Microseconds of a 4 KiB write with fdatasync on this disk: the median."""
    with tempfile.TemporaryFile() as file:
        file.write(bytes(1 << 20))
        os.fsync(file.fileno())
        times = []
        for n in range(300):
            begun = time.perf_counter()
            os.pwrite(file.fileno(), bytes(4096), n % 256 * 4096)
            os.fdatasync(file.fileno())
            times.append(time.perf_counter() - begun)
    return statistics.median(times) * 1e6


def introduce(what):
    print(f"{what}: {ITEMS} items, {ROUNDS} rounds of {SECONDS:g} s after {WARMUP:g} s of warming "
          f"up, medians")
    print(f"machine: {os.cpu_count()} cores for clients and servers together, "
          f"{platform.system()} {platform.release()}, load before "
          f"{os.getloadavg()[0]:.1f}, write and fdatasync of 4 KiB {sync_time():.0f} us")
    print("TLS 1.3 with certificates on both sides; every act is on disk before its answer; "
          "every look is entered (ledger.access = all)\n", flush=True)


class Results:
    """What was measured, by a key, over the rounds."""

    def __init__(self):
        self.runs = {}

    def add(self, key, measured):
        self.runs.setdefault(key, []).append(measured)

    def median(self, key, figure):
        values = [run[figure] for run in self.runs.get(key, []) if run.get(figure) is not None]
        return statistics.median(values) if values else None


def cell(value, form="{:,.0f}"):
    return "" if value is None else form.format(value)


def table(head, rows):
    """Columns as wide as they need; the first to the left, the others to the right."""
    widths = [max(len(str(row[n])) for row in [head, *rows]) for n in range(len(head))]
    for row in [head, *rows]:
        print("  ".join(str(text).ljust(width) if n == 0 else str(text).rjust(width)
                        for n, (text, width) in enumerate(zip(row, widths))).rstrip())
    print(flush=True)


__all__ = ["ADDRESS", "ITEMS", "LOGIN", "PROGRAM", "ROOT", "ROUNDS", "SECONDS", "WARMUP", "Failed",
           "Results", "Server", "bench", "cell", "free_port", "introduce", "profile_of", "table",
           "wait_for_port"]
