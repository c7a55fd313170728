#!/usr/bin/python3 -B
"""What an auditor takes along: the ledger as a bundle, as much of it as is his to see, verified with
the server gone."""

import hashlib
import json
import os
import pathlib
import struct
import subprocess
import sys
import threading

from contract import RPCS, record, request
from dossier_client import Refused
from fixture import ADDRESS, BUILD, ROOT, UNLIMITED, Server
from suite import Suite, equal, raises, true
from verifier_bundle import FULL, ITEM, MAGIC

DOSSIER = (BUILD if BUILD.is_absolute() else ROOT / BUILD) / "dossier"
VERIFIER = pathlib.Path(__file__).with_name("verifier_bundle.py")
ITEMS = 1500             # more than a slice of the stream has
ITEMS_AT_ONCE = 250
TRIES = 20               # until acts come between two slices; mostly one is enough
PROOF, REFUSED, USAGE = 5, 1, 2  # exits
MARK = "QXSECRETXQ"      # in what no role sees unmasked
OTHERS = "QXOTHERXQ"     # in what is of the customer that is not granted

CHECKS = []


def check(function):
    CHECKS.append(function)
    return function


class World:
    def __init__(self, server):
        self.server = server
        server.person("head", "罗华", "HQ", record.APPROVER)
        server.person("manager", "周总", "HQ", record.GENERAL_MANAGER)
        self.clerk = server.client("clerk")
        self.mine = self.customer("甲公司")
        self.other = self.customer(OTHERS)
        self.items = {name: self.item(customer, name) for name, customer in
                      (("账簿", self.mine), (OTHERS + "一", self.other))}
        self.grant()
        for item in self.items.values():
            self.clerk.act("borrow", items=[item], borrower="colleague", purpose="核对")

    def customer(self, name):
        contact = record.Contact(name=f"张{MARK}", phone=f"138{MARK}1234")
        draft = request.CustomerDraft(name=name, contacts=[contact])
        return self.clerk.act("customer_add", draft=draft).reply.customer.number

    def item(self, customer, title):
        draft = request.ItemDraft(title=title, customer=customer)
        return self.clerk.act("item_add", draft=draft).reply.item.number

    def grant(self):
        """The auditor may see the one customer."""
        with self.server.client("archivist") as archivist, self.server.client("head") as head:
            grant = archivist.act("grant_request", principal="auditor", customers=[self.mine],
                                  matter="年度审计", purpose="核对", represented="总部",
                                  channel=record.LETTER).reply.grant.number
            self.granted = grant
            approval = archivist.look("grant_show", grant=grant).view.approval
            head.act("approval_decide", approval=approval, approve=True)

    def dossier(self, login, *words, code=0):
        """What `dossier` said; with no profile when login is None."""
        environment = {**os.environ, "LC_ALL": "C.UTF-8",
                       "DOSSIER_PROFILE": str(self.server.folder / (login or "nobody"))}
        done = subprocess.run([DOSSIER, "--server", f"{ADDRESS}:{self.server.port}",
                               *map(str, words)],
                              capture_output=True, text=True, timeout=60, env=environment)
        equal(done.returncode, code, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def export(self, login, name, *options):
        file = self.server.folder / name
        self.dossier(login, "ledger", "export", "--out", file, *options)
        return file

    def key(self):
        return self.server.folder / "auditor" / "log.vkey"

    def verify(self, file, *options, code=0):
        """The numbers of the report."""
        said = self.dossier(None, "ledger", "verify", file, "--key", self.key(), "-o", "json",
                            *options, code=code)
        report, = json.loads(said)
        return report["bundle"], report


def checked_elsewhere(world, file):
    subprocess.run([sys.executable, "-B", VERIFIER, world.key(), file], check=True, capture_output=True, timeout=60)


def records(file):
    """Kind and body of each."""
    with open(file, "rb") as data:
        data.seek(len(MAGIC))
        while prefix := data.read(5):
            kind, length = struct.unpack(">BI", prefix)
            yield kind, data.read(length)


@check
def a_clerk_is_refused(world):
    refused = raises(Refused, list, world.clerk.stream("ledger_export"))
    equal(refused.status, "DENIED")
    file = world.server.folder / "clerk.bundle"
    world.dossier("clerk", "ledger", "export", "--out", file, code=REFUSED)
    equal([path.name for path in file.parent.glob("clerk.bundle*")], [], "what is left")


@check
def the_auditor_gets_the_bodies_that_his_grant_covers_and_no_others(world):
    file = world.export("auditor", "audit.bundle")
    data = file.read_bytes()
    numbers, _ = world.verify(file, "--replay")
    true(numbers["headers"] > 0 and numbers["full"] > 0, "some of each")
    true("账簿".encode() in data, "what is granted is there")
    true(world.items["账簿"].encode() in data, "and in the inventory")
    true(OTHERS.encode() not in data, "what is not granted is not")
    true(world.items[OTHERS + "一"].encode() not in data, "nor in the inventory")
    true(MARK.encode() not in data, "what is masked is nowhere")
    equal((numbers["items"], numbers["agree"], numbers["differ"]), (1, 1, 0))
    checked_elsewhere(world, file)


@check
def the_archivist_gets_more_and_nothing_that_is_masked(world):
    file = world.export("archivist", "whole.bundle")
    data = file.read_bytes()
    numbers, _ = world.verify(file, "--replay")
    true(OTHERS.encode() in data and MARK.encode() not in data, "all but what is masked")
    equal((numbers["items"], numbers["agree"], numbers["differ"]), (2, 2, 0))
    checked_elsewhere(world, file)


@check
def an_export_is_a_look_that_is_entered_before_it_leaves(world):
    with world.server.client("auditor") as auditor:
        before = auditor.look("status").ledger_size
        stream = auditor.stream("ledger_export")
        next(stream)  # and nothing more is read
        with world.server.client("archivist") as archivist:
            entry, = [reply for reply in archivist.stream("log_list", **{"from": before})
                      if reply.rpc == RPCS["ledger_export"].number]
        equal((entry.actor, entry.status, list(entry.subjects)), ("auditor", 0, [world.granted]))


@check
def a_later_bundle_continues_an_old_head(world):
    first = world.export("archivist", "first.bundle")
    numbers, _ = world.verify(first)
    size = numbers["to"]
    world.clerk.act("return", items=[world.items["账簿"]])
    second = world.export("archivist", "second.bundle", "--since", size)
    later, _ = world.verify(second)
    equal((later["from"], later["to"] > size), (size, True))
    middle = world.export("archivist", "middle.bundle", "--since", size - 3, "--until", size)
    numbers, _ = world.verify(middle)
    equal((numbers["from"], numbers["to"], numbers["items"]), (size - 3, size, 0))
    world.dossier("archivist", "ledger", "export", "--out", second, code=USAGE)
    checked_elsewhere(world, second)
    checked_elsewhere(world, middle)


@check
def entries_and_inventory_agree_while_others_work(world):
    for first in range(0, ITEMS, ITEMS_AT_ONCE):
        rows = [request.ItemDraft(title=f"卷{n}", customer=world.mine)
                for n in range(first, first + ITEMS_AT_ONCE)]
        world.clerk.act("item_import", source="items.csv", rows=rows, first_row=first + 1,
                        digest=hashlib.sha256(b"items").digest())
    item = world.items["账簿"]
    over = threading.Event()

    def work(clerk):
        while not over.is_set():
            clerk.act("borrow", items=[item], borrower="colleague", purpose="核对")
            clerk.act("return", items=[item])

    def came_between(file):
        """Verifies; whether acts were done between two slices."""
        numbers, _ = world.verify(file, "--replay")
        equal((numbers["items"], numbers["agree"], numbers["differ"]), (ITEMS + 2, ITEMS + 2, 0))
        kinds = [kind for kind, _ in records(file)]
        return FULL in kinds[kinds.index(ITEM):]

    with world.server.client("clerk") as clerk:
        worker = threading.Thread(target=work, args=(clerk,))
        worker.start()
        try:
            true(any(came_between(world.export("archivist", f"busy-{n}.bundle"))
                     for n in range(TRIES)), "entries came between the items")
        finally:
            over.set()
            worker.join()


@check
def what_was_erased_is_marked_and_an_act_of_erasure_explains_it(world):
    customer = world.customer("被删公司")
    world.item(customer, "被删案卷")
    with world.server.client("archivist") as archivist:
        archivist.act("erase", customer=customer, reason="保管期限届满")
    file = world.export("archivist", "erased.bundle")
    data = file.read_bytes()
    true("被删案卷".encode() not in data, "it is gone")
    numbers, _ = world.verify(file, "--replay")
    true(numbers["erased"] > 0, "something was erased")
    equal((numbers["explained"], numbers["differ"]), (numbers["erased"], 0))
    checked_elsewhere(world, file)


@check
def with_the_server_gone_a_bundle_is_verified_and_a_forged_one_is_not(world):
    file = world.server.folder / "whole.bundle"
    world.server.stop()
    said = world.dossier(None, "ledger", "verify", file, "--key", world.key(), "--replay")
    true("Verified" in said and "FAILS" not in said, "in words")
    data = bytearray(file.read_bytes())
    data[data.index(OTHERS.encode())] ^= 1
    forged = world.server.folder / "forged.bundle"
    forged.write_bytes(data)
    numbers, report = world.verify(forged, code=PROOF)
    equal((numbers["fault"], report["verified"]), ("CONTENT", False))
    world.dossier(None, "ledger", "verify", file, code=USAGE)


def main():
    suite = Suite()
    with Server({"limits": UNLIMITED, "approval": {"erase": "none"}}) as server:
        world = World(server)
        for function in CHECKS:
            suite.run(function.__name__, function, world)
    suite.finish()


if __name__ == "__main__":
    main()
