#!/usr/bin/python3 -B
"""Ten thousand people with a mark in all that is personal, sensitive or secret of them: no mark
reaches anybody without the right to it, nor the server's log, nor what a crash leaves behind.

Each mark says of which level it is, and stands where a mask leaves nothing.
"""

import collections
import hashlib
import pathlib
import re
import signal
import time

from contract import RPCS, record, request
from dossier_client import (ANSWER, DRY_RUN, END, ERROR, PING, PONG, Refused, encode_request,
                            new_key)
from fixture import UNLIMITED, Server
from privilege_ask import ASKS, LISTS
from privilege_world import OFFICE, OUTSIDERS, World
from suite import Suite, equal, raises, true
from test_privileges import LETTERS

PEOPLE = 10_000
BATCH = 250
DOSSIERS = 50
SEALED = 50
MARK = re.compile(rb"QX[PSTI]\d{5}XQ|QX[PSTI]\d")
PERSONAL, SENSITIVE, SECRET, ITEM = "PSTI"
MASKED_PHONE = re.compile(rb"138\*{4}1234")
CRASH_SECONDS = 20
COVERED = range(200, 205)  # the people each outsider has a grant on
UNMASKS = 3                # a day, of an outsider


def mark(level, n):
    return f"QX{level}{n:05}XQ"


def contact(n):
    return record.Contact(name=f"张{mark(PERSONAL, n)}", phone=f"138{mark(PERSONAL, n)}1234",
                          address=f"成都市{mark(PERSONAL, n)}路一号",
                          id_number=f"510{mark(SENSITIVE, n)}12X4",
                          account=f"6222{mark(SENSITIVE, n)}0123")


class Listener:
    """A client that keeps all bytes that come."""

    def __init__(self, client):
        self.client = client
        self.heard = bytearray()
        receive = client.connection.receive

        def hear():
            frame = receive()
            self.heard += frame.body
            return frame
        client.connection.receive = hear

    def ask(self, rpc, message, dry_run=False):
        """Asks, and hears to the end. True unless it was refused."""
        is_write = RPCS[rpc].lane == "WRITE"
        request_id = next(self.client._ids)
        self.client.connection.send_bytes(encode_request(
            rpc, message, request_id, new_key() if is_write else None,
            DRY_RUN if is_write and dry_run else 0))
        while True:
            frame = self.client.connection.receive()
            if frame.kind == PING:
                self.client.connection.send(PONG, request_id=frame.request_id)
            elif frame.kind in (ANSWER, END, ERROR):
                return frame.kind != ERROR

    def take(self):
        heard, self.heard = bytes(self.heard), bytearray()
        return heard


class Load:
    """The people in the server: everything here was accepted by it."""

    def __init__(self, world):
        self.world = world
        world.server.person("boss", "周总", "HQ", record.GENERAL_MANAGER)
        self.numbers = []
        self._import(world.by("branch"), world.logins["salesperson"])
        self._confide(world.by("boss"), world.by("branch"))
        self.sealed = self._seal(world.by("branch"), world.by("archivist"))
        self.outsiders = [person for person in world.people if person.role in OUTSIDERS]
        self.grants = {person.login: self._grant(person) for person in self.outsiders
                       if person.role != "organisation"}  # which has none but on itself

    def _import(self, clerk, owner):
        for first in range(0, PEOPLE, BATCH):
            rows = [request.CustomerDraft(name=f"客户{n}", office=OFFICE, department="D1",
                                          owner=owner, ref=f"L-{n}", contacts=[contact(n)])
                    for n in range(first, first + BATCH)]
            reply = clerk.act("customer_import", source="people.csv", rows=rows,
                              digest=hashlib.sha256(b"people").digest(), first_row=first + 1).reply
            self.numbers += [v.number for v in reply.verdicts if v.verdict == request.ADDED]

    def _confide(self, boss, named):
        for n in range(DOSSIERS):
            boss.act("confidential_name", customer=self.numbers[n], person="branch", reason="跟进")
            named.act("confidential_set", customer=self.numbers[n], section="rank-1", field="name",
                      value=f"赵{mark(SECRET, n)}")

    def _grant(self, person):
        """On some of the people, and on a sealed item: the number."""
        grant = self.world.grant("archivist", person.login, person.role, items=self.sealed[:1],
                                 customers=[self.numbers[n] for n in COVERED])
        self.world.approve(grant)
        return grant

    def _seal(self, clerk, archivist):
        numbers = []
        for n in range(SEALED):
            draft = request.ItemDraft(title=f"表{mark(ITEM, n)}", customer=self.numbers[n],
                                      note=f"注{mark(ITEM, n)}", place=f"柜{mark(ITEM, n)}",
                                      ref=f"{mark(ITEM, n)}")
            numbers.append(clerk.act("item_add", draft=draft).reply.item.number)
            archivist.act("item_seal", item=numbers[-1], reason="封存")
        return numbers


def may_reveal(role, rpc):
    """What is not asked by this role, since to reveal is what it is for."""
    return rpc == "unmask" and LETTERS[rpc][role] != "_" or \
        rpc == "unseal" and role == "general-manager"


def all_that_may_be_asked(listener, role, target):
    """Every RPC, dry and with what is not well formed; how many were answered."""
    answered = 0
    for asks in (ASKS, *LISTS):
        for rpc, ask in asks.items():
            if may_reveal(role, rpc):
                continue
            message = RPCS[rpc].request(**ask.fields(target)).SerializeToString()
            answered += listener.ask(rpc, message, dry_run=True)
            listener.ask(rpc, message + b"\xff\xff", dry_run=True)
    for fields in ({"customer": target.customer}, {"item": target.item}):
        for rpc in ("history", "log_list"):
            answered += listener.ask(rpc, RPCS[rpc].request(**fields).SerializeToString())
    return answered + listener.ask("log_list", b"")


def marks_in(data, what):
    found = MARK.findall(data)
    true(not found, f"{what}: {len(found)} marks, such as {found[:3]}")


def the_load_was_reached(world, load):
    equal(len(set(load.numbers)), PEOPLE)
    listener = Listener(world.server.client("archivist"))
    listener.ask("customer_list", b"")
    heard = listener.take()
    true(len(MASKED_PHONE.findall(heard)) == PEOPLE, "everybody is listed, with a mask")
    listener.ask("unmask", request.UnmaskRequest(customer=load.numbers[7],
                                                 reason="核对").SerializeToString())
    found = set(MARK.findall(listener.take()))
    equal(found, {mark(PERSONAL, 7).encode()}, "what is personal of one, and nothing sensitive")
    named = Listener(world.server.client("branch"))
    named.ask("confidential_show", request.ConfidentialShowRequest(
        customer=load.numbers[3]).SerializeToString())
    equal(set(MARK.findall(named.take())), {mark(SECRET, 3).encode()}, "who is named sees it")
    boss = Listener(world.server.client("boss"))
    boss.ask("unseal", request.UnsealRequest(item=load.sealed[2],
                                             reason="复核").SerializeToString())
    equal(set(MARK.findall(boss.take())), {mark(ITEM, 2).encode()}, "the general manager opens it")
    listener.client.close()
    named.client.close()
    boss.client.close()


def no_role_hears_a_mark(world, load):
    heard_of = collections.Counter()
    for person in world.people:
        listener = Listener(person.client)
        for n in (0, PEOPLE - 1, COVERED[0]):
            target = person.targets[1]._replace(customer=load.numbers[n],
                                                item=load.sealed[n % SEALED])
            true(all_that_may_be_asked(listener, person.role, target) > 0,
                 f"{person.role} is answered something")
        heard = listener.take()
        marks_in(heard, person.role)
        heard_of[person.role] = len(MASKED_PHONE.findall(heard))
    for role in ("clerk", "archivist", "keeper", "salesperson", "approver", "general-manager"):
        true(heard_of[role] >= PEOPLE, f"{role} heard of {heard_of[role]} people only")
    for role in ("officer", "operator", "witness", "organisation"):
        equal(heard_of[role], 0, f"{role} heard of")
    for role in ("lawyer", "authority", "party"):
        true(heard_of[role] >= len(COVERED), f"{role} heard of {heard_of[role]} people only")
    print("# masked people heard of: " + ", ".join(f"{r} {n}" for r, n in heard_of.items()))


def who_has_a_grant_hears_of_its_people_alone(world, load):
    covered = {load.numbers[n] for n in COVERED}
    for person in load.outsiders:
        mine = covered if person.login in load.grants else set()
        listed = {reply.view.customer.number for reply in person.client.stream("customer_list")}
        equal(listed & set(load.numbers), mine, f"{person.role} lists")
        listener = Listener(person.client)
        for n in (COVERED[0] - 1, COVERED[-1] + 1, DOSSIERS - 1, 0):
            for rpc in ("customer_show", "unmask", "item_list"):
                asked = RPCS[rpc].request(customer=load.numbers[n])
                if rpc == "unmask":
                    asked.reason = "核对"
                true(not listener.ask(rpc, asked.SerializeToString()),
                     f"{person.role} is refused {rpc}")
        for number in (load.sealed[0], load.sealed[1]):
            true(not listener.ask("item_show", request.ItemShowRequest(
                item=number).SerializeToString()), f"{person.role}: what is sealed is not there")
        marks_in(listener.take(), person.role)


def grants_approvals_and_views_of_others_tell_nothing(world, load):
    """Of grants: the papers' numbers, the matter, who was shown what."""
    waiting = world.by("branch").act("approval_request", kind="sensitive", reason="某案",
                                     subject=load.numbers[COVERED[0]]).reply.opened.approval.number
    for person in world.people:
        listener = Listener(person.client)
        for login, grant in load.grants.items():
            if login == person.login:
                continue
            for rpc in ("grant_show", "my_views", "grant_revoke", "grant_paper"):
                fields = ASKS[rpc].fields(person.targets[1]._replace(grant=grant))
                listener.ask(rpc, RPCS[rpc].request(**fields).SerializeToString(), dry_run=True)
        for rpc in ("approval_show", "approval_withdraw", "approval_decide"):
            fields = ASKS[rpc].fields(person.targets[1]._replace(approval=waiting))
            listener.ask(rpc, RPCS[rpc].request(**fields).SerializeToString(), dry_run=True)
        heard = listener.take()
        marks_in(heard, person.role)
        if person.role in (*OUTSIDERS, "officer", "operator", "witness", "keeper", "salesperson"):
            asked = {*load.grants.values(), waiting}
            said = re.sub("|".join(sorted(asked)).encode(), b"", heard)
            equal(re.findall(rb"[A-Z]{2}-(?:C|KH|SQ|SP)-[0-9]{4}-[0-9]+|\xe6\x9f\x90\xe6\xa1\x88",
                             said), [], f"{person.role} is told")


def of_an_outsiders_unmaskings_the_day_has_so_many(world, load):
    lawyer = next(person for person in load.outsiders if person.role == "lawyer")
    lines = [Listener(world.server.client(lawyer.login)) for _ in range(2)]
    asked = [(line, line.client.send("unmask", request.UnmaskRequest(
        customer=load.numbers[n], reason="核对"))) for n in COVERED for line in lines]
    shown = 0
    for line, request_id in asked:
        try:
            shown += line.client.receive(request_id).kind == ANSWER
        except Refused as refused:
            equal(refused.refusal.reason, "unmasks_used_up")
    equal(shown, UNMASKS)
    heard = b"".join(line.take() for line in lines)
    found = set(MARK.findall(heard))
    true(0 < len(found) <= UNMASKS, "so many people")
    true(found <= {mark(PERSONAL, n).encode() for n in COVERED}, "and nothing sensitive of them")
    for line in lines:
        true(not line.ask("unmask", request.UnmaskRequest(
            customer=load.numbers[COVERED[0]], reason="核对").SerializeToString()), "all used up")
        marks_in(line.take(), "an outsider's day")
        line.client.close()


def no_act_answers_with_a_mark(world, load):
    clerk = Listener(world.server.client("branch"))
    draft = request.CustomerDraft(name="新客户", office=OFFICE, contacts=[contact(99_999)])
    key = new_key()
    for _ in range(2):  # the second time from the ledger
        done = clerk.client.act("customer_add", key=key, draft=draft)
    clerk.client.act("customer_edit", customer=done.reply.customer.number, fields=["note"],
                     draft=request.CustomerDraft(note="改"))
    rows = [request.CustomerDraft(name="客户5", office=OFFICE, ref="L-5", contacts=[contact(6)])]
    clerk.client.act("customer_import", dry_run=True, source="again.csv", rows=rows, first_row=1,
                     digest=hashlib.sha256(b"again").digest())
    raises(Refused, clerk.client.act, "customer_edit", customer=load.numbers[5], version=9,
           fields=["contacts"], draft=request.CustomerDraft(contacts=[contact(5)]))
    raises(Refused, clerk.client.act, "customer_add", draft=request.CustomerDraft(
        name="", office=OFFICE, contacts=[contact(5)]))
    marks_in(clerk.take(), "a clerk's acts")
    clerk.client.close()


def the_servers_log_has_no_mark(world, _):
    said = world.server.log.read_bytes()
    true(len(said) > 0, "it says something")
    marks_in(said, "the log and stderr")


def a_crash_leaves_no_memory_behind(world, _):
    process = world.server.process
    proc = pathlib.Path(f"/proc/{process.pid}")
    limit = re.search(r"^Max core file size +(\S+) +(\S+)", (proc / "limits").read_text(), re.M)
    equal(limit.groups(), ("0", "0"), "the limit on core files")
    places = [pathlib.Path.cwd(), world.server.folder, world.server.data]
    before = {path for place in places for path in place.glob("*core*")}
    began = time.time()
    process.send_signal(signal.SIGSEGV)
    true(process.wait(CRASH_SECONDS) != 0, "it crashed")
    after = {path for place in places for path in place.glob("*core*")} - before
    for path in pathlib.Path("/tmp").glob("*core*"):
        if path.is_file() and path.stat().st_mtime >= began:
            after.add(path)
    equal(after, set(), "core files")
    marks_in(world.server.log.read_bytes(), "the log after a crash")


def main():
    suite = Suite()
    with Server({"limits": {**UNLIMITED, "in_flight": 16,
                            "outsider_unmasks_per_day": UNMASKS}}) as server:
        world = World(server)
        load = Load(world)
        for check in (the_load_was_reached, no_role_hears_a_mark,
                      who_has_a_grant_hears_of_its_people_alone,
                      grants_approvals_and_views_of_others_tell_nothing,
                      of_an_outsiders_unmaskings_the_day_has_so_many, no_act_answers_with_a_mark,
                      the_servers_log_has_no_mark, a_crash_leaves_no_memory_behind):
            suite.run(check.__name__, check, world, load)
    suite.finish()


if __name__ == "__main__":
    main()
