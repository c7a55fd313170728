#!/usr/bin/python3 -B
"""Nothing is revealed before it is entered: looks from outside and at secret things, over TLS."""

import hashlib
import json
import os
import re
import subprocess

from contract import RPCS, record, request
from dossier_client import ANSWER, Client, Refused
from fixture import ADDRESS, PROGRAM, UNLIMITED, Server
from suite import Suite, equal, raises, true

ACCESS = 3              # class of an entry
ITEM, GRANT = 4, 6      # common/subject.def
NOT_FOUND = 1           # common/status.def
UNMASKS = 5             # a day
RECORDS = 10            # likewise, to one outsider

CHECKS = []


def check(function):
    CHECKS.append(function)
    return function


class World:
    def __init__(self, server):
        self.server = server
        with server.client("officer") as officer:
            officer.act("principal_add", login="zhou", name="周明", office="HQ",
                        role=record.LAWYER, unit="锦城律师事务所")
            for login, role in (("head", record.APPROVER), ("manager", record.GENERAL_MANAGER)):
                officer.act("principal_add", login=login, name=login, office="HQ", role=role)
        for login in ("zhou", "head", "manager"):
            server.issue(login)
        self.archivist = server.client("archivist")
        self.clerk = server.client("clerk")
        self.head = server.client("head")
        self.manager = server.client("manager")
        self.lawyer = server.client("zhou")
        self.customer = self.archivist.act(
            "customer_add", draft=request.CustomerDraft(name="华夏贸易有限公司")).reply.customer
        self.open = self.item(record.INTERNAL)
        self.secret = self.item(record.SECRET)

    def item(self, secrecy):
        draft = request.ItemDraft(title="购销合同", customer=self.customer.number, secrecy=secrecy)
        return self.archivist.act("item_add", draft=draft).reply.item

    def entries(self, name, **filters):
        """What the ledger has of looks by one RPC."""
        return [reply for reply in self.archivist.stream("log_list", **filters)
                if reply.rpc == RPCS[name].number]

    def grant(self, **fields):
        """The lawyer's, on all of the customer's; approved."""
        grant = self.lawyer.act("grant_request", matter="合同纠纷", represented="锦江贸易",
                                purpose="代理", customers=[self.customer.number],
                                **fields).reply.grant
        for kind in (record.INTRODUCTION, record.PRACTISING_CERTIFICATE):
            self.clerk.act("grant_paper", grant=grant.number, kind=kind, number="川2026-17",
                           issuer="锦城律师事务所", issued=20000,
                           scan_hash=hashlib.sha256(b"scan").digest())
        approval = self.clerk.look("grant_show", grant=grant.number).view.approval
        self.head.act("approval_decide", approval=approval, approve=True)
        return grant

    def revoke(self, grant):
        """His last one: the connection that he had ends with it, and he comes anew."""
        self.manager.act("grant_revoke", grant=grant.number, reason="委托已解除")
        self.lawyer.close()
        self.lawyer = self.server.client("zhou")

    def close(self):
        for client in (self.archivist, self.clerk, self.head, self.manager, self.lawyer):
            client.close()


@check
def what_does_not_exist_for_an_outsider_is_entered_when_he_is_told(world):
    before = len(world.entries("item_show", actor="zhou"))
    hidden = raises(Refused, world.lawyer.look, "item_show", item=world.open.number)
    missing = raises(Refused, world.lawyer.look, "item_show", item="HQ-KH-2026-999999")
    equal((hidden.status, missing.status), ("NOT_FOUND", "NOT_FOUND"))
    entries = world.entries("item_show", actor="zhou")[before:]
    equal([entry.status for entry in entries], [NOT_FOUND, NOT_FOUND])
    equal([list(entry.subjects) for entry in entries], [[], []])
    equal(world.lawyer.marks, [])


@check
def an_empty_list_of_an_outsider_comes_with_its_entry(world):
    equal(list(world.lawyer.stream("item_list")), [])
    (mark,) = world.lawyer.marks
    equal((mark.entry.class_, mark.entry.subjects, mark.grants), (ACCESS, (), ()))
    equal(world.entries("item_list", actor="zhou")[-1].sequence, mark.entry.sequence)


@check
def a_look_at_something_secret_is_marked_with_its_entry(world):
    del world.archivist.marks[:]
    view = world.archivist.look("item_show", item=world.secret.number).view
    equal(view.item.id, world.secret.id)
    (mark,) = world.archivist.marks
    true((ITEM, world.secret.id) in mark.entry.subjects, "the entry names the item")
    equal(mark.entry.actor, world.archivist.welcome.principal_id)
    (entry,) = world.archivist.stream("log_list", **{"from": mark.entry.sequence, "limit": 1})
    equal((entry.sequence, entry.time), (mark.entry.sequence, mark.entry.time))


@check
def a_list_with_something_secret_is_marked_before_its_rows(world):
    del world.archivist.marks[:]
    rows = list(world.archivist.stream("item_list"))
    equal({row.view.item.id for row in rows}, {world.open.id, world.secret.id})
    equal(len(world.archivist.marks), 1)


@check
def what_anybody_of_the_staff_sees_has_no_mark(world):
    del world.archivist.marks[:]
    world.archivist.look("item_show", item=world.open.number)
    equal(world.archivist.marks, [])


@check
def a_client_of_version_1_gets_no_mark_and_has_its_entry_all_the_same(world):
    before = len(world.entries("item_show", item=world.secret.number))
    with Client(world.server.profile("archivist"), versions=(1, 1)) as old:
        equal(old.welcome.version, 1)
        old.look("item_show", item=world.secret.number)
        equal(old.marks, [])
    equal(len(world.entries("item_show", item=world.secret.number)), before + 1)


@check
def of_many_unmaskings_at_once_those_are_shown_that_the_day_has_left(world):
    lines = [world.server.client("clerk") for _ in range(2)]
    asked = [(line, line.send("unmask", request.UnmaskRequest(customer=world.customer.number,
                                                             reason="回访")))
             for _ in range(UNMASKS) for line in lines]
    shown, refusals = 0, []
    for line, request_id in asked:
        try:
            frame = line.receive(request_id)
            shown += frame.kind == ANSWER
        except Refused as refused:
            refusals.append(refused.refusal)
    equal(shown, UNMASKS)
    equal({refusal.reason for refusal in refusals}, {"unmasks_used_up"})
    true(all(refusal.entered and refusal.limit == UNMASKS and refusal.until > 0
             for refusal in refusals), "each says how many, until when, and is entered")
    marks = {mark.entry.sequence for line in lines for mark in line.marks}
    entries = world.entries("unmask", actor="clerk")
    equal({entry.sequence for entry in entries if entry.status == 0}, marks)
    equal({entry.sequence for entry in entries if entry.status != 0},
          {refusal.sequence for refusal in refusals})
    for line in lines:
        line.close()


@check
def what_a_grant_covers_is_shown_with_its_number_and_entry(world):
    grant = world.grant()
    del world.lawyer.marks[:]
    view = world.lawyer.look("item_show", item=world.open.number).view
    equal(view.item.id, world.open.id)
    (mark,) = world.lawyer.marks
    equal(mark.grants, (grant.number,))
    equal(set(mark.entry.subjects), {(ITEM, world.open.id), (GRANT, grant.id)})
    rows = list(world.lawyer.stream("item_list"))
    equal([row.view.item.id for row in rows], [world.open.id])
    equal(set(world.lawyer.marks[-1].entry.subjects), {(ITEM, world.open.id), (GRANT, grant.id)})
    views = list(world.lawyer.stream("my_views", grant=grant.number))
    equal([view.sequence for view in views], [mark.entry.sequence for mark in world.lawyer.marks[:2]])
    world.revoke(grant)


@check
def the_command_line_tells_the_mark_and_keeps_it_as_a_receipt(world):
    grant = world.grant()

    def dossier(*words):
        where = f"{ADDRESS}:{world.server.port}"
        return subprocess.run(
            [PROGRAM.with_name("dossier"), "--lang", "en", "--server", where, *words], text=True,
            env={**os.environ, "DOSSIER_PROFILE": str(world.server.folder / "zhou")},
            capture_output=True, check=True, timeout=20)

    told = dossier("item", "show", world.open.number).stdout.splitlines()[-1]
    found = re.fullmatch(rf"Shown under grant {grant.number}, entry (\d+), [-0-9]+ [:0-9]+", told)
    true(found, told)
    true("item show" in dossier("receipt", "show", found[1]).stdout, "the receipt is kept")
    listed = dossier("item", "list", "-o", "json")
    equal([row["view"]["item"]["number"] for row in json.loads(listed.stdout)], [world.open.number])
    true(listed.stderr.startswith(f"Shown under grant {grant.number}, entry "), listed.stderr)
    world.revoke(grant)


@check
def of_two_looks_at_once_under_the_last_view_one_is_shown(world):
    grant = world.grant(views_max=1)
    with world.server.client("zhou") as other:
        lines = [world.lawyer, other]
        ids = [line.send("item_show", request.ItemShowRequest(item=world.open.number))
               for line in lines]
        outcomes = []
        for line, request_id in zip(lines, ids):
            try:
                outcomes.append(line.receive(request_id).kind)
            except Refused as refused:
                outcomes.append(refused.status)
    # Whoever was read after the other was entered finds no grant at all.
    equal(outcomes.count(ANSWER), 1, outcomes)
    true(set(outcomes) <= {ANSWER, "LIMIT", "NOT_FOUND"}, outcomes)
    equal(world.clerk.look("grant_show", grant=grant.number).view.views, 1)


@check
def a_list_stops_where_the_days_records_end_with_what_was_entered(world):
    items = [world.item(record.INTERNAL) for _ in range(RECORDS)]
    grant = world.grant()
    del world.lawyer.marks[:]
    rows = []

    def read():
        for row in world.lawyer.stream("item_list"):
            rows.append(row.view.item.id)

    refusal = raises(Refused, read).refusal
    equal((refusal.reason, refusal.limit), ("records_used_up", RECORDS))
    true(0 < len(rows) < RECORDS, "the day had some left, and not enough")
    entered = [subject for mark in world.lawyer.marks for subject in mark.entry.subjects
               if subject[0] == ITEM]
    equal(entered, [(ITEM, number) for number in rows])
    true(len(items) == RECORDS and refusal.entered, "the end of it is entered too")
    world.revoke(grant)


@check
def nothing_is_shown_under_a_grant_that_was_revoked(world):
    refused = raises(Refused, world.lawyer.look, "item_show", item=world.open.number)
    equal(refused.status, "NOT_FOUND")


def replayed(server):
    server.stop()
    server.operate("check", server.data)
    server.operate("verify", server.data, "--replay", "--temp", server.folder)


def main():
    suite = Suite()
    limits = {**UNLIMITED, "unmasks_per_day": UNMASKS, "outsider_records_per_day": RECORDS}
    with Server({"limits": limits}) as server:
        world = World(server)
        for function in CHECKS:
            suite.run(function.__name__, function, world)
        world.close()
        suite.run("what_looks_used_up_comes_out_the_same_from_the_ledger", replayed, server)
    suite.finish()


if __name__ == "__main__":
    main()
