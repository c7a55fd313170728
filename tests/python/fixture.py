"""A real server in a directory of its own, with two offices and one person of each role."""

import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time

from contract import ROOT, record
from dossier_client import Client, Profile

BUILD = pathlib.Path(os.environ.get("DOSSIER_BUILD", "build/debug"))
PROGRAM = (BUILD if BUILD.is_absolute() else ROOT / BUILD) / "dossierd"
ADDRESS = "127.0.0.1"
START_SECONDS = 20
STOP_SECONDS = 20
TELL_SECONDS = 5

# [limits] for what makes more connections and requests from one address than people would.
UNLIMITED = {"handshakes": 0, "handshakes_per_second": 0, "certificate_connections": 0,
             "staff_requests": 0, "outsider_requests": 0}

# Login, name, office, role. The officer is there from the start.
PEOPLE = [
    ("clerk", "王芳", "HQ", record.CLERK),
    ("colleague", "李娜", "HQ", record.CLERK),
    ("branch", "赵敏", "CD", record.CLERK),
    ("archivist", "陈静", "HQ", record.ARCHIVIST),
    ("auditor", "周杰", "HQ", record.AUDITOR),
]


class ServerFailed(Exception):
    """dossierd did not do what a test needs of it; with what it said."""


class Server:
    """settings: {"limits": {"in_flight": 4}} and so on, as in server/option.def."""

    def __init__(self, settings=None):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="dossier-test-"))
        self.data = self.folder / "data"
        self.log = self.folder / "log"
        self.config = self.folder / "dossierd.conf"
        self.process = None
        self.port = 0
        self.configure(settings or {})
        try:
            self._found()
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def configure(self, settings):
        """Writes the settings; for what is not said at the start, reload() follows."""
        own = {"port": 0, "address": ADDRESS, **settings.get("server", {})}
        lines = []
        for section, values in {**settings, "server": own}.items():
            lines.append(f"[{section}]")
            lines += [f"{key} = {value}" for key, value in values.items()]
        self.config.write_text("\n".join(lines) + "\n")

    def _found(self):
        self.operate("init", self.data, "--origin", "test.example/dossier", "--office", "HQ",
                     "--office-name", "总部", "--login", "officer", "--name", "安全员",
                     "--profile", self.folder / "officer")
        self.start()
        with self.client("officer") as officer:
            officer.act("office_add", code="CD", name="成都分公司")
            for login, name, office, role in PEOPLE:
                officer.act("principal_add", login=login, name=name, office=office, role=role)
        for login, *_ in PEOPLE:
            self.issue(login)

    def operate(self, *arguments, timeout=60):
        """An operator's command: its output."""
        done = subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True,
                              timeout=timeout)
        if done.returncode != 0:
            raise ServerFailed(f"{arguments[0]}: exit {done.returncode}: {done.stderr.strip()}")
        return done.stdout + done.stderr

    def issue(self, login):
        self.operate("issue", self.data, login, "--out", self.folder / login)

    def person(self, login, name, office, role):
        """One more person, with a certificate."""
        with self.client("officer") as officer:
            officer.act("principal_add", login=login, name=name, office=office, role=role)
        self.issue(login)

    def start(self):
        """Starts and waits until it says where it listens."""
        with open(self.log, "ab") as log:
            begin = log.tell()
            self.process = subprocess.Popen([PROGRAM, "run", self.data, "--config", self.config],
                                            stdout=log, stderr=log)
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.is_running():
            found = re.search(r"event=listening\b.*\bport=(\d+)", self.said()[begin:])
            if found:
                self.port = int(found[1])
                return
            time.sleep(0.01)
        said = self.said()[begin:]
        self.kill()
        raise ServerFailed(f"run: {said.strip()}")

    def stop(self):
        """Asks it to stop and waits; it has to end well."""
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(STOP_SECONDS)
        if code != 0:
            raise ServerFailed(f"stopped with {code}: {self.said()[-500:]}")

    def kill(self):
        """kill -9."""
        self.process.kill()
        self.process.wait()

    def restart(self):
        self.stop()
        self.start()

    def reload(self):
        """SIGHUP: None when all is taken up, else why not."""
        begin = len(self.said())
        self.process.send_signal(signal.SIGHUP)
        deadline = time.monotonic() + STOP_SECONDS
        while time.monotonic() < deadline and self.is_running():
            found = re.search(r"event=(reloaded|reload_refused)\b(.*)\n", self.said()[begin:])
            if found:
                return None if found[1] == "reloaded" else found[2]
            time.sleep(0.01)
        raise ServerFailed(f"reload: {self.said()[begin:]}")

    def said(self):
        """Its log, a character a byte."""
        return self.log.read_bytes().decode("latin-1")

    def tells(self, event, why, begin):
        """Waits until its log has that, from there on; what it does comes before what it says."""
        deadline = time.monotonic() + TELL_SECONDS
        while not re.search(rf"event={event} .*{re.escape(why)}", self.said()[begin:]):
            if time.monotonic() > deadline:
                raise ServerFailed(f"no {event} with {why!r}: {self.said()[begin:]}")
            time.sleep(0.01)

    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def profile(self, login):
        return Profile(self.folder / login, ADDRESS, self.port)

    def client(self, login, timeout=10.0):
        return Client(self.profile(login), timeout)

    def close(self):
        if self.is_running():
            self.kill()
        if os.environ.get("DOSSIER_KEEP"):
            print(f"# kept {self.folder}")
        else:
            shutil.rmtree(self.folder, ignore_errors=True)
