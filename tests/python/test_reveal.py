#!/usr/bin/python3 -B
"""Nothing is revealed before it is entered: looks from outside and at secret things, over TLS."""

from contract import RPCS, record, request
from dossier_client import ANSWER, Client, Refused
from fixture import Server
from suite import Suite, equal, raises, true

ACCESS = 3              # class of an entry
ITEM = 4                # common/subject.def
NOT_FOUND = 1           # common/status.def
UNMASKS = 5             # a day

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
        server.issue("zhou")
        self.archivist = server.client("archivist")
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

    def close(self):
        self.archivist.close()
        self.lawyer.close()


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


def main():
    suite = Suite()
    with Server({"limits": {"unmasks_per_day": UNMASKS}}) as server:
        world = World(server)
        for function in CHECKS:
            suite.run(function.__name__, function, world)
        world.close()
        server.stop()
        server.start()
        suite.run("the_server_starts_again", server.stop)
    suite.finish()


if __name__ == "__main__":
    main()
