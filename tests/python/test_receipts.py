#!/usr/bin/env -S /usr/bin/python3 -B
"""What the server proves of its ledger, seen by a client that has the log's key and nothing else:
receipts, heads, and what it says and does when the ledger is not the one that was signed."""

import hashlib
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

import verifier
from dossier_client import Broken, Client, Entry, Refused, demand_proof, hashes_of, head_of, new_key
from fixture import PROGRAM, Server, ServerFailed
from suite import Suite, equal, raises, true


class World:
    """A server, its log's keys as a client pins them, and clients."""

    def __init__(self, server):
        self.server = server
        pem = server.data / "identity" / "log-key.pem"
        der = subprocess.run(["openssl", "pkey", "-in", pem, "-pubout", "-outform", "DER"],
                             capture_output=True, check=True).stdout
        self.key = verifier.Key("test.example/dossier", verifier.ED25519, der[-32:])
        self.timed = verifier.Key("test.example/dossier", verifier.COSIGNATURE, der[-32:])

    def client(self, login="archivist", **options):
        return Client(self.server.profile(login), **options)

    def proven(self, receipt):
        """The head below which a receipt proves its entry; its signature, too."""
        demand_proof(receipt.entry, receipt.proof)
        return verifier.Checkpoint.verified(receipt.proof.checkpoint, [self.key])


def grew(older, newer, proof):
    verifier.verify_consistency(older.size, newer.size, hashes_of(proof), older.root, newer.root)


def acts_and_refusals_are_proven(world):
    with world.client() as client:
        done = client.act("customer_add", draft={"name": "宏达", "ref": new_key().hex()})
        head = world.proven(done.receipt)
        true(head.size > done.entry.sequence, "the head covers the entry")
        item = client.act("item_add", draft={"title": "合同",
                                             "customer": done.reply.customer.number}).reply.item
        client.act("borrow", items=[item.number], borrower="archivist", purpose="x")
        error = raises(Refused, client.act, "borrow", items=[item.number], borrower="archivist",
                       purpose="x")
        equal((error.status, error.refusal.entered), ("ON_LOAN", True))
        later = world.proven(error.refusal.receipt)
        equal(Entry.decode(error.refusal.receipt.entry).sequence, error.refusal.sequence)
        true(later.size > head.size, "heads grow")
        equal(client.act("return", items=[item.number], dry_run=True).receipt, None)


def an_answer_that_is_given_again_leads_to_the_newest_head(world):
    with world.client() as client:
        key = new_key()
        draft = {"name": "再来", "ref": key.hex()}
        first = client.act("customer_add", key=key, draft=draft)
        client.act("customer_add", draft={"name": "其他", "ref": new_key().hex()})
        again = client.act("customer_add", key=key, draft=draft)
        equal(again.body, first.body)
        true(world.proven(again.receipt).size > world.proven(first.receipt).size, "a newer head")


def each_greeting_shows_a_head_that_grew_from_those_seen(world):
    with world.client() as client:
        heads = [head_of(client.welcome.checkpoint)]
        for _ in range(20):
            done = client.act("customer_add", draft={"name": "增长", "ref": new_key().hex()})
            heads.append(world.proven(done.receipt))
    seen = {head.size: head for head in heads[-16:]}
    with world.client(seen=list(seen) [:15] + [10 ** 9]) as client:
        welcome = client.welcome
        newest = verifier.Checkpoint.verified(welcome.checkpoint, [world.key])
        equal([proof.size for proof in welcome.consistency], list(seen)[:15])
        for proof in welcome.consistency:
            grew(seen[proof.size], newest, proof)


def the_heartbeat_tells_the_time(world):
    with world.client() as client:
        first = verifier.Note(client.welcome.heartbeat)
    at = first.verify(world.timed)
    true(abs(at - time.time()) < 10, "a time of these seconds")
    equal(first.verify(world.key), 0)
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:  # [ledger] heartbeat_seconds is 1
        with world.client() as client:
            note = verifier.Note(client.welcome.heartbeat)
        if note.verify(world.timed) > at:
            return
        time.sleep(0.05)
    raise AssertionError("the heart stands still")


def older_clients_are_shown_nothing_new(world):
    for version in (1, 2):
        with world.client(versions=(1, version), seen=(1, 2)) as client:
            equal(client.welcome.version, version)  # the client looks at the fields
            client.act("customer_add", draft={"name": "旧", "ref": new_key().hex()})


def a_mark_is_proven(world):
    with world.client("auditor") as client:
        try:
            list(client.stream("customer_list"))
        except Refused as error:
            equal(error.status, "DENIED")
        for mark in client.marks:
            true(mark.entry.class_ == 3, "a look")


# ---- quarantine ----

def check(world):
    done = subprocess.run([PROGRAM, "check", world.server.data], capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def in_quarantine(world, why, size):
    """The server reads and refuses, signs nothing, and says why, wherever it is asked."""
    server = world.server
    ledger = ledger_bytes(server)
    head = (server.data / "signer" / "head").read_bytes() if size else None
    begin = len(server.said())
    server.start()
    true(why in server.said()[begin:], "the log says why")
    with world.client() as client:
        true(why in client.welcome.quarantine, client.welcome.quarantine)
        equal((client.welcome.checkpoint, client.welcome.heartbeat), (b"", b""))
        status = client.look("status")
        true(why in status.quarantine, status.quarantine)
        list(client.stream("office_list"))
        error = raises(Refused, client.act, "customer_add", draft={"name": "无", "ref": "Q-1"})
        equal((error.status, error.refusal.reason, error.refusal.entered),
              ("QUARANTINE", "quarantine", False))
    error = raises(Refused, world.client("officer").act, "office_add", code="XX", name="无")
    equal(error.status, "QUARANTINE")
    code, said = check(world)
    equal(code, 5)
    true(why in said, said)
    server.stop()
    equal(ledger_bytes(server), ledger, "nothing is written")
    if size:
        equal((server.data / "signer" / "head").read_bytes(), head)


def ledger_bytes(server):
    return {path.name: hashlib.sha256(path.read_bytes()).digest()
            for path in (server.data / "ledger").glob("*.seg")}


def work(world, count):
    with world.client() as client:
        for _ in range(count):
            client.act("customer_add", draft={"name": "工作", "ref": new_key().hex()})


ALL = ("ledger", "state", "snapshots", "signer")


class Kept:
    """Copies of a stopped server's folders, which can be brought back one by one."""

    def __init__(self, world):
        self.data = world.server.data
        self.copy = pathlib.Path(tempfile.mkdtemp(dir=world.server.folder))
        for name in ALL:
            self.copy_folder(self.data / name, self.copy / name)

    @staticmethod
    def copy_folder(from_, to):
        # With holes as they are: the state is much smaller than its file.
        subprocess.run(["cp", "-a", "--sparse=always", from_, to], check=True)

    def bring(self, *names):
        for name in names:
            shutil.rmtree(self.data / name, ignore_errors=True)
            self.copy_folder(self.copy / name, self.data / name)


def yesterdays_ledger_is_not_signed_over(world):
    server = world.server
    server.stop()
    yesterday = Kept(world)
    server.start()
    work(world, 3)
    server.stop()
    today = Kept(world)
    yesterday.bring("ledger", "state", "snapshots")
    in_quarantine(world, "were signed with the root", True)
    # The right ledger ends it.
    today.bring(*ALL)
    server.start()
    work(world, 1)


def a_fork_is_not_signed(world):
    """Two pasts from the same moment on: the ledger of one, the memory of the other."""
    server = world.server
    server.stop()
    before = Kept(world)
    server.start()
    work(world, 2)
    server.stop()
    other = Kept(world)
    before.bring(*ALL)
    server.start()
    work(world, 4)
    server.stop()
    mine = Kept(world)
    other.bring("signer")
    in_quarantine(world, "in this ledger they have the root", True)
    mine.bring(*ALL)
    server.start()
    work(world, 1)


def a_damaged_last_group_is_not_taken_for_a_torn_one(world):
    """One bit of the last entry: without the signer's memory that looks like a crash."""
    server = world.server
    work(world, 1)
    server.stop()
    kept = Kept(world)
    segment = max((server.data / "ledger").glob("*.seg"))
    data = bytearray(segment.read_bytes())
    end = len(data.rstrip(b"\0"))
    data[end - 40] ^= 4
    segment.write_bytes(data)
    in_quarantine(world, "whole ones; bring back the ledger", True)
    kept.bring(*ALL)
    server.start()
    work(world, 1)


def without_its_memory_nothing_is_signed_until_adopted(world):
    server = world.server
    server.stop()
    kept = Kept(world)
    error = raises(ServerFailed, server.operate, "adopt", server.data)
    true("is there" in str(error), str(error))
    shutil.rmtree(server.data / "signer")
    in_quarantine(world, "is missing beside a ledger", False)
    true("were taken over" in server.operate("adopt", server.data), "adopted")
    server.start()
    work(world, 1)
    server.stop()
    head = server.data / "signer" / "head"
    data = bytearray(head.read_bytes())
    data[20] ^= 1
    data[4096 + 20] ^= 1
    head.write_bytes(data)
    in_quarantine(world, "is damaged", True)
    kept.bring(*ALL)
    server.start()
    work(world, 1)


CHECKS = [
    acts_and_refusals_are_proven,
    an_answer_that_is_given_again_leads_to_the_newest_head,
    each_greeting_shows_a_head_that_grew_from_those_seen,
    the_heartbeat_tells_the_time,
    older_clients_are_shown_nothing_new,
    a_mark_is_proven,
    yesterdays_ledger_is_not_signed_over,
    a_fork_is_not_signed,
    a_damaged_last_group_is_not_taken_for_a_torn_one,
    without_its_memory_nothing_is_signed_until_adopted,
]


def main():
    suite = Suite()
    with Server({"ledger": {"heartbeat_seconds": 1}}) as server:
        world = World(server)
        for check_ in CHECKS:
            suite.run(check_.__name__, check_, world)
    suite.finish()


if __name__ == "__main__":
    sys.exit(main())
