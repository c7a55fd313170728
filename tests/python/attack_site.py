"""A real installation to be attacked: head office, two branches, clerks with the command line, and
what they did. It is made once; each attack gets a copy of all its directories."""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import time

import fixture
from contract import record, request
from fixture import ADDRESS, Server
from forge_head import Thief
from suite import equal

COMMAND_SECONDS = 60
ITEMS = 8
COPY = ("cp", "-a", "--sparse=always")  # a state has far more addresses than bytes
WITNESSES = ("first", "second")
OFFLINE_PORT = 1
REFUSED, UNREACHABLE, PROOF = 1, 3, 5  # exit codes
ORIGIN = "test.example/dossier"
DOSSIER = fixture.PROGRAM.parent / "dossier"


def copy_tree(source, target):
    subprocess.run([*COPY, f"{source}/.", target], check=True)


class Site(Server):
    """Founded, stopped, and as it was a day before in `yesterday`."""

    def _found(self):
        super()._found()
        for login in WITNESSES:
            self.person(login, "见证", "CD", record.WITNESS)
        self.person("stranger", "生人", "HQ", record.ARCHIVIST)
        with self.client("officer") as officer:
            officer.act("office_add", code="SH", name="上海分公司")
        self.person("shanghai", "张敏", "SH", record.CLERK)
        with self.client("archivist") as archivist:
            draft = request.CustomerDraft(name="海河商贸", office="CD", ref="C1")
            archivist.act("customer_add", draft=draft)
            self.items = [f"P{n}" for n in range(ITEMS)]
            for ref in self.items:
                draft = request.ItemDraft(title="购销合同", customer="C1", office="CD",
                                          ref=ref)
                archivist.act("item_add", draft=draft)
        self.vkeys = [self.dossier(login, "witness", "register", "--quiet").strip()
                      for login in WITNESSES]
        self.dossier("shanghai", "whoami")
        self.lend(self.items[0])
        self.lend(self.items[1])
        self.dossier("branch", "return", self.items[7], expect=REFUSED)
        self.stop()
        self.start()
        self.cosign()
        self.keep_head("auditor", "old.checkpoint")
        self.dossier("auditor", "ledger", "export", "--out", self.folder / "old.bundle")
        self.stop()
        self.yesterday = self.folder / "yesterday"
        copy_tree(self.data, self.yesterday)
        self.start()
        self.lend(self.items[2])
        self.dossier("branch", "return", self.items[0])
        self.lend(self.items[3])
        self.restart()
        self.cosign()
        self.stop()

    def cosign(self):
        for login in WITNESSES:
            self.dossier(login, "witness", "run", "--once")

    def keep_head(self, login, name, port=None):
        """What somebody copied, of what his machine was last shown: a file with a signed head."""
        equal(self.typed(login, "whoami", port=port)[0], 0)
        head = (self.folder / login / "state" / "head").read_text()
        (self.folder / name).write_text(head.split("\n", 2)[2])
        return self.folder / name

    def thief(self):
        """Who has the log key."""
        return Thief(self.data / "identity" / "log-key.pem", ORIGIN)

    def bribed(self, login, leaves):
        """A witness's line for a head of these leaves."""
        one = Thief(self.folder / login / "witness-key.pem", f"{ORIGIN}/witness/{login}")
        return one.cosign(ORIGIN, leaves, int(time.time()))

    def receipts(self, login):
        """Numbers of the entries of which somebody has receipts."""
        return re.findall(r"^ *(\d+) ", self.dossier(login, "receipt", "list"), re.M)

    def lend(self, item):
        return self.dossier("branch", "borrow", item, "--for", "branch", "--purpose", "核对往来")

    def copied(self):
        return Copy(self)

    def dossier(self, login, *words, expect=0):
        """A command as somebody types it: all that it said."""
        code, said = self.typed(login, *words)
        if code != expect:
            raise AssertionError(f"dossier {' '.join(map(str, words))}: exit {code}: {said}")
        return said

    def typed(self, login, *words, port=None):
        """The same, however it ends and whoever is asked: (exit code, what it said)."""
        return run(*self.command(login, *words, port=port))

    def command(self, login, *words, port=None):
        server = f"{ADDRESS}:{port or self.port or OFFLINE_PORT}"
        return [str(word) for word in (DOSSIER, "--profile", self.folder / login, "--lang", "en",
                                       "--server", server, *words)]

    def operated(self, command, *words):
        return run(fixture.PROGRAM, command, self.data, *words)


class Copy(Site):
    def __init__(self, base):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="dossier-attack-"))
        self.yesterday = base.yesterday  # nobody writes there
        parts = [part for part in base.folder.iterdir() if part != base.yesterday]
        subprocess.run([*COPY, *parts, self.folder], check=True)
        self.data = self.folder / "data"
        self.log, self.config = self.folder / "log", self.folder / "dossierd.conf"
        self.items, self.vkeys = base.items, base.vkeys
        self.process, self.port = None, 0

    def restore(self, *parts):
        """Puts yesterday's copy of these parts of the data directory in the place of today's."""
        for part in parts:
            target, source = self.data / part, self.yesterday / part
            if target.is_dir():
                shutil.rmtree(target)
                target.mkdir()
                copy_tree(source, target)
            else:
                shutil.copy(source, target)

    def make_state(self):
        """The state as if the ledger had never been another: by a start of which the signer does
        not hear."""
        for part in ("state", "snapshots"):
            shutil.rmtree(self.data / part)
        (self.data / "snapshots").mkdir()
        (self.data / "signer").rename(self.folder / "signer")
        self.operate("adopt", self.data)
        self.start()
        self.stop()
        shutil.rmtree(self.data / "signer")
        (self.folder / "signer").rename(self.data / "signer")


def run(*command):
    done = subprocess.run(list(map(str, command)), stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True,
                          timeout=COMMAND_SECONDS, env={**os.environ, "DOSSIER_LANG": "en"})
    return done.returncode, done.stdout
