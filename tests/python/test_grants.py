#!/usr/bin/python3 -B
"""Access from outside, by the client written from PROTOCOL.md alone: what asking does not tell, what
a grant shows, and when it ends; and that a replay of the ledger gives the same state."""

import socket
import time

from contract import record, request
from dossier_client import Refused
from fixture import UNLIMITED, Server
from suite import Suite, equal, raises, true

ISSUED = 20000  # days since 1970-01-01
PIECES = 40


class World:
    """One customer with pieces, another one, a head, and outsiders of two classes."""

    def __init__(self, server):
        self.server = server
        self.clients = {}
        self.mine, self.other = [self.by("clerk").act(
            "customer_add", draft=request.CustomerDraft(name=name, ref=ref)).reply.customer
            for name, ref in (("锦江贸易有限公司", "JJ"), ("宏达商贸有限公司", "HD"))]
        self.pieces = [self.piece(self.mine) for _ in range(PIECES)]
        self.theirs = self.piece(self.other)
        self.register("head", record.APPROVER)
        self.register("lawyer", record.LAWYER, unit="诚信律师事务所")
        self.register("second", record.LAWYER, unit="诚信律师事务所")
        self.register("firm", record.ORGANISATION, unit="锦江", customer=self.mine.number)

    def by(self, login):
        if login not in self.clients:
            self.clients[login] = self.server.client(login)
        return self.clients[login]

    def close(self):
        for client in self.clients.values():
            client.close()

    def piece(self, customer):
        draft = request.ItemDraft(title="合同", customer=customer.number)
        return self.by("clerk").act("item_add", draft=draft).reply.item

    def register(self, login, role, **fields):
        self.by("officer").act("principal_add", login=login, name=login, office="HQ", role=role,
                               **fields)
        self.server.issue(login)

    def ask(self, login, **fields):
        return self.by(login).act("grant_request", matter="合同纠纷", represented="锦江贸易",
                                  purpose="代理诉讼", **fields).reply.grant

    def paper(self, number, kind, **fields):
        return self.by("clerk").act("grant_paper", grant=number, kind=kind, number="2026-17",
                                    issuer="某机关", issued=ISSUED, **fields).reply

    def grant(self, login, kinds, **fields):
        """Asked, shown, approved: the number."""
        number = self.ask(login, **fields).number
        for kind in kinds:
            reply = self.paper(number, kind)
        approval = self.by("clerk").look("grant_show", grant=number).view.approval
        equal(list(reply.missing), [])
        self.by("head").act("approval_decide", approval=approval, approve=True)
        return number


LAWYER = [record.INTRODUCTION, record.PRACTISING_CERTIFICATE]
FIRM = [record.INTRODUCTION, record.BUSINESS_LICENCE, record.WORK_ID]


def shape(grant):
    """All but what every grant has of its own."""
    for field in ("id", "number", "asked_at", "not_before", "named_customers", "named_items"):
        grant.ClearField(field)
    return grant


def asking_tells_nothing_of_what_there_is(world):
    there = world.ask("second", customers=[world.mine.number], items=[world.pieces[0].number])
    not_there = world.ask("second", customers=["HQ-C-2026-99999"], items=["HQ-KH-2026-999999"])
    equal(shape(there), shape(not_there))
    for number in [reply.view.grant.number for reply in world.by("second").stream("grant_list")]:
        view = world.by("second").look("grant_show", grant=number).view
        equal((list(view.customers), list(view.items), view.approval), ([], [], ""))


def a_grant_shows_what_it_covers_and_nothing_else(world):
    world.number = world.grant("lawyer", LAWYER, customers=["JJ"])
    lawyer = world.by("lawyer")
    equal({reply.view.item.number for reply in lawyer.stream("item_list")},
          {piece.number for piece in world.pieces})
    equal([reply.view.customer.number for reply in lawyer.stream("customer_list")],
          [world.mine.number])
    hidden = raises(Refused, lawyer.look, "item_show", item=world.theirs.number)
    nothing = raises(Refused, lawyer.look, "item_show", item="HQ-KH-2026-999999")
    equal((hidden.status, hidden.refusal.reason), (nothing.status, nothing.refusal.reason))
    view = lawyer.look("item_show", item=world.pieces[0].number).view
    equal((view.place, view.loan.ByteSize()), ("", 0))


def what_was_shown_is_listed_with_its_entries(world):
    shown = list(world.by("lawyer").stream("my_views"))
    true(len(shown) >= 3, "the looks are there")
    equal([view.sequence for view in shown], sorted(view.sequence for view in shown))
    for view in shown:
        equal(list(view.grants), [world.number])
        true(len(view.entry) > 0, "its header is there")
    equal(list(shown[-1].records), [world.pieces[0].number])
    staff = list(world.by("clerk").stream("my_views", grant=world.number))
    equal([view.sequence for view in staff], [view.sequence for view in shown])
    last = list(world.by("lawyer").stream("my_views", last=1))
    equal([view.sequence for view in last], [shown[-1].sequence])


def approval_waits_for_the_papers_and_for_somebody_else(world):
    number = world.ask("second", customers=["JJ"]).number
    opened = world.paper(number, record.INTRODUCTION).opened.approval.number
    missing = raises(Refused, world.by("head").act, "approval_decide", approval=opened,
                     approve=True)
    equal((missing.status, missing.refusal.reason), ("BLOCKED", "papers_missing"))
    equal(missing.refusal.field, "lawyer's practising certificate")
    world.paper(number, record.PRACTISING_CERTIFICATE)
    raises(Refused, world.by("clerk").act, "approval_decide", approval=opened, approve=True)
    world.by("head").act("approval_decide", approval=opened, approve=True)
    late = raises(Refused, world.paper, number, record.WORK_ID)
    equal(late.refusal.reason, "grant_decided")


def an_organisation_sees_itself(world):
    world.grant("firm", FIRM)
    firm = world.by("firm")
    equal(len(list(firm.stream("item_list"))), PIECES)
    raises(Refused, firm.look, "customer_show", customer="HD")


def looks_are_capped(world):
    world.register("third", record.LAWYER, unit="诚信律师事务所")
    world.grant("third", LAWYER, items=[world.pieces[0].number], views_max=2)
    third = world.by("third")
    for _ in range(2):
        third.look("item_show", item=world.pieces[0].number)
    refused = raises(Refused, third.look, "item_show", item=world.pieces[0].number)
    equal(refused.status, "NOT_FOUND")
    state = [reply.view.state for reply in third.stream("grant_list")]
    equal(state, [request.GRANT_USED_UP])


def a_revoked_grant_is_over_on_the_open_connection(world):
    lawyer = world.by("lawyer")
    world.by("head").act("grant_revoke", grant=world.number, reason="委托已解除")
    began = time.monotonic()
    refused = raises(Refused, lawyer.look, "item_show", item=world.pieces[0].number)
    true(refused.status in ("NOT_FOUND", "IDENTITY"), f"at once, not {refused}")
    while refused.status != "IDENTITY":  # the connection ends by itself
        refused = raises(Refused, lawyer.look, "item_show", item=world.pieces[0].number)
    equal(refused.refusal.reason, "access_over")
    true(time.monotonic() - began < 5, "within seconds")
    with world.server.client("lawyer") as again:
        equal(raises(Refused, again.look, "item_show", item=world.pieces[0].number).status,
              "NOT_FOUND")
        equal(list(again.stream("item_list")), [])
        true(len(list(again.stream("my_views"))) >= 3, "what was shown stays listed")


def who_has_another_grant_stays(world):
    first = world.grant("second", LAWYER, customers=["JJ"])
    world.grant("second", LAWYER, items=[world.pieces[0].number])
    with world.server.client("second") as second, world.server.client("second") as other:
        world.by("head").act("grant_revoke", grant=first, reason="委托已解除")
        for _ in range(5):  # as many sweeps pass by
            raises(socket.timeout, waits, other)
            second.look("item_show", item=world.pieces[0].number)


def waits(client):
    """For a frame that does not come within half a second."""
    client.connection.socket.settimeout(0.5)
    client.connection.receive()


def a_replay_gives_the_same_state(world):
    world.close()
    world.server.stop()
    world.server.operate("verify", world.server.data, "--replay")


CHECKS = [asking_tells_nothing_of_what_there_is, a_grant_shows_what_it_covers_and_nothing_else,
          what_was_shown_is_listed_with_its_entries,
          approval_waits_for_the_papers_and_for_somebody_else, an_organisation_sees_itself,
          looks_are_capped, a_revoked_grant_is_over_on_the_open_connection,
          who_has_another_grant_stays,
          a_replay_gives_the_same_state]


def main():
    suite = Suite()
    with Server({"limits": UNLIMITED}) as server:
        world = World(server)
        for check in CHECKS:
            suite.run(check.__name__, check, world)
    suite.finish()


if __name__ == "__main__":
    main()
