#!/usr/bin/python3 -B
"""The whole matrix: every RPC by every role on every relation to its target, at a running server.

What is expected stands in tests/lib/privilege.def, a letter a cell. What is outside a role's scope
must be answered byte for byte like what is not there, and nothing of it may stand in any answer.
Where an act may be done it is tried as a dry run, which is judged like the act; where not, it is
tried in earnest.
"""

import re
from collections import Counter
from typing import NamedTuple

from contract import ROOT, RPCS, STATUSES, wire
from dossier_client import (ANSWER, DRY_RUN, END, ERROR, ITEM, PING, PONG, Entry, encode_request,
                            new_key)
from fixture import UNLIMITED, Server
from privilege_ask import ASKS, LISTS
from privilege_states import (who_has_no_certificate_can_only_enrol,
                              who_is_not_active_can_do_nothing)
from privilege_world import NOTHING, OFFICE, RELATIONS, ROLES, World
from suite import Suite, equal, true

# Of fixed length: what follows in a message may look like one more digit.
NUMBER = re.compile(rb"[A-Z]{2}-(?:KH-\d{4}-\d{6}|(?:C|SQ|SP)-\d{4}-\d{5})")
NAME = re.compile("(?:客户|卷宗|委托)\\d{4}号".encode())
MALFORMED = b"\xff\xff\xff"
NUMBERS_NAMED = 5  # of the names of a target: those long enough to be looked for in bytes
ENTRY_SEQUENCE = 8  # in the header of an entry: common/entry.h
ENTRY_SUBJECTS = 88
CLASS_DONE = 1
A_TIME = 10**15  # microseconds; dates and counts are less
TELLS_OF_GRANTS = ("grant_list", "grant_show", "my_views")


def expected_letters():
    text = (ROOT / "tests/lib/privilege.def").read_text()
    return {name: dict(zip(ROLES, re.split(r",\s*", cells), strict=True))
            for name, cells in re.findall(r"^PRIVILEGE\((\w+),\s+(.*)\)$", text, flags=re.M)}


LETTERS = expected_letters()


class Cell(NamedTuple):
    """One thing that is tried."""
    person: object
    rpc: str
    ask: object
    target: object
    named: object  # the same as the request names it
    seen: bool     # the target is there for him
    message: bytes
    dry_run: bool = True

    def __str__(self):
        return f"{self.rpc} by {self.person.role} on {self.target.relation}"

    @property
    def letter(self):
        return LETTERS[self.rpc][self.person.role]


class Answered(NamedTuple):
    """What came: kinds and bodies of the frames, the refusal when it ended with one."""
    frames: tuple
    refusal: object

    @property
    def verdict(self):
        return "ok" if self.refusal is None else self.refusal.reason

    @property
    def status(self):
        return "OK" if self.refusal is None else STATUSES[self.refusal.status]

    @property
    def bodies(self):
        return b"".join(body for _, body in self.frames)


def ask_all(client, cells):
    """Asks many at a time: what came to each, in their order."""
    answers = [[] for _ in cells]
    sent = done = 0
    while done < len(cells):
        while sent < len(cells) and sent - done < client.welcome.in_flight_max:
            cell = cells[sent]
            sent += 1
            is_write = RPCS[cell.rpc].lane == "WRITE"
            client.connection.send_bytes(encode_request(
                cell.rpc, cell.message, sent, new_key() if is_write else None,
                DRY_RUN if is_write and cell.dry_run else 0))
        frame = client.connection.receive()
        if frame.kind == PING:
            client.connection.send(PONG, request_id=frame.request_id)
            continue
        true(frame.request_id != 0, f"the connection of {client.welcome.login} is refused")
        answers[frame.request_id - 1].append((frame.kind, frame.body))
        done += frame.kind in (ANSWER, END, ERROR)
    return [answered(frames) for frames in answers]


def answered(frames):
    kind, body = frames[-1]
    return Answered(tuple(frames), wire.Refusal.FromString(body) if kind == ERROR else None)


# ---- judging ----

def judge_denied(cell, answer):
    reason = "not_for_people" if RPCS[cell.rpc].permission == "SYSTEM" else "role_forbids"
    equal((answer.verdict, answer.status), (reason, "DENIED"), str(cell))
    equal(answer.refusal.subject, "", f"{cell}: it says")


def shown(world, cell):
    """What stands in an answer that shows the target."""
    name = getattr(cell.target, cell.ask.shows)
    return (world.facts[name].name if cell.ask.shows == "delegation" else name).encode()


def judge_seen(world, cell, answer):
    true(answer.verdict in ("ok", *cell.ask.reasons), f"{cell}: {answer.verdict}")
    if answer.verdict == "ok" and cell.ask.shows is not None:
        true(shown(world, cell) in answer.bodies, f"{cell}: it is not shown")


def without_times(message):
    """A dry run's reply without the moment at which it was made."""
    for field, value in message.ListFields():
        if field.message_type is not None:
            for part in value if field.label == field.LABEL_REPEATED else [value]:
                without_times(part)
        elif field.type == field.TYPE_INT64 and value > A_TIME:
            message.ClearField(field.name)
    return message


def without_name(cell, answer):
    """The frames as they would be for any other name that was asked for, and for any entry."""
    frames = []
    for kind, body in answer.frames:
        if kind == ERROR:
            refusal = wire.Refusal.FromString(body)
            refusal.sequence = 0
            without_moment(refusal)
            if refusal.subject in cell.named.names():
                refusal.subject = ""
            body = refusal.SerializeToString()
        elif kind == ANSWER and RPCS[cell.rpc].lane == "WRITE":
            body = without_times(RPCS[cell.rpc].reply.FromString(body[4:])).SerializeToString()
        for name in cell.named.names()[:NUMBERS_NAMED]:
            body = body.replace(name.encode(), b"?")
        frames.append((kind, body))
    return frames


def without_moment(refusal):
    """Leaves of the receipt what must not tell anything: what was refused, about which records."""
    entry = refusal.receipt.entry
    refusal.ClearField("receipt")
    if entry:
        refusal.receipt.entry = entry[:ENTRY_SEQUENCE] + entry[ENTRY_SUBJECTS:]


def judge_hidden(cell, answer, nothing):
    """nothing: the cell with what is not there, and what came to it."""
    equal(without_name(cell, answer), without_name(*nothing), str(cell))


def judge_unlisted(world, cell, answer):
    equal(answer.verdict, "ok", str(cell))
    if cell.target.relation != "nothing":
        true(shown(world, cell) not in answer.bodies, f"{cell}: it is listed")


def is_named(world, cell):
    return cell.person.login in world.facts[cell.target.customer].named


def judge_unnamed(cell, answer):
    """The customer is there; whether there is a dossier on it is not told."""
    refusal = wire.Refusal(status=answer.refusal.status, reason="confidential_unknown",
                           subject=cell.target.customer, entered=answer.refusal.entered,
                           sequence=answer.refusal.sequence) if answer.refusal else None
    if refusal and answer.refusal.HasField("receipt"):
        refusal.receipt.CopyFrom(answer.refusal.receipt)
    equal((answer.status, answer.refusal), ("NOT_FOUND", refusal), str(cell))


def judge_placed(cell, answer):
    """Refused in words: the request itself, or the row of an import."""
    if answer.refusal is None:
        true(b"office_forbids" in answer.bodies, f"{cell}: the row is taken")
    else:
        equal(answer.verdict, "office_forbids", str(cell))


def judge_leaks(world, cell, answer):
    """Whatever came: of what he may not see there is neither a number nor a name in it."""
    asked = {str(name).encode() for name in cell.named.names()}
    said = set(NUMBER.findall(answer.bodies)) | set(NAME.findall(answer.bodies))
    for number, facts in world.facts.items():
        letters = (cell.letter, LETTERS[facts.shown_by][cell.person.role])
        if cell.rpc in TELLS_OF_GRANTS and cell.person.login in facts.told:
            continue
        if not any(cell.person.sees(letter, facts) for letter in letters):
            for what in {str(number).encode(), facts.name.encode()} - asked:
                true(what not in said, f"{cell}: it tells of {what.decode()}")


def views_in(cell, answer):
    """Those of items and loans, with the loans within them."""
    kinds = {"item_show": ANSWER, "item_list": ITEM, "loan_list": ITEM}
    views = [RPCS[cell.rpc].reply.FromString(body).view for kind, body in answer.frames
             if kind == kinds.get(cell.rpc)]
    return views + [view.loan for view in views if cell.rpc != "loan_list"]


def judge_views(cell, answer):
    """What is not named in a view is not there as an id either."""
    for view in views_in(cell, answer):
        loan = not hasattr(view, "parent")
        row = view.loan if loan else view.item
        named = {"customer_id": view.customer,
                 **({"item_id": view.item} if loan else {"parent_id": view.parent})}
        for field, number in named.items():
            true(bool(getattr(row, field)) == bool(number), f"{cell}: {field} of {number!r}")


class Matrix:
    """Runs cells and counts them."""

    def __init__(self, world):
        self.world = world
        self.count = Counter()
        self.failures = []

    def note(self, kind, judge, *arguments):
        self.count[kind] += 1
        try:
            judge(*arguments)
        except AssertionError as failure:
            self.failures.append(f"{kind}: {failure}")

    def finish(self):
        shown = "\n  ".join(self.failures[:40])
        self.failures, failures = [], self.failures
        true(not failures, f"{len(failures)} cells\n  {shown}")

    def judge(self, cell, answer, nothing):
        what = cell.ask.what
        if cell.letter == "_":
            self.note("denied", judge_denied, cell, answer)
        elif what is None:
            self.note("free", judge_seen, self.world, cell, answer)
        elif what == "office":
            placed = cell.letter == "A" or cell.target.office == OFFICE
            self.note("placed", *((judge_seen, self.world) if placed else (judge_placed,)),
                      cell, answer)
        elif cell.seen and cell.ask.named and not is_named(self.world, cell):
            self.note("not named", judge_unnamed, cell, answer)
        elif cell.seen:
            self.note("seen", judge_seen, self.world, cell, answer)
            if cell.rpc == "customer_show":
                self.note("count", judge_items, self.world, cell, answer)
        elif what == "whole":
            self.note("unlisted", judge_unlisted, self.world, cell, answer)
        else:
            self.note("hidden", judge_hidden, cell, answer, nothing)
        self.note("leak", judge_leaks, self.world, cell, answer)
        self.note("view", judge_views, cell, answer)

    def run(self, person, asks, named_as=lambda target: target):
        """Each RPC on each target; the first target is what is not there."""
        cells = [make_cell(self.world, person, name, ask, target, named_as(target))
                 for name, ask in asks.items() for target in person.targets]
        nothing = {}
        for cell, answer in zip(cells, ask_all(person.client, cells)):
            nothing.setdefault(cell.rpc, (cell, answer))
            self.judge(cell, answer, nothing[cell.rpc])


def is_seen(world, person, name, ask, target):
    """Whether the target is there for him; True where nothing is named."""
    if ask.what in (None, "office"):
        return True
    number = getattr(target, ask.shows if ask.what == "whole" else ask.what)
    letter = ask.letter(person.role, LETTERS[name][person.role])
    return target.relation != "nothing" and person.sees(letter, world.facts[number])


def make_cell(world, person, name, ask, target, named):
    seen = is_seen(world, person, name, ask, target)
    forbidden = LETTERS[name][person.role] == "_" or not seen
    return Cell(person, name, ask, target, named, seen,
                RPCS[name].request(**ask.fields(named)).SerializeToString(),
                dry_run=not (forbidden and ask.earnest))


# ---- what is tried ----

def every_rpc_can_be_asked():
    equal(sorted(set(RPCS) - set(ASKS)), [], "without a way of asking")
    equal(sorted(set(ASKS) - set(RPCS)), [], "no RPC")
    equal(sorted(set(LETTERS) ^ set(RPCS)), [], "with a line and no RPC, or the reverse")


def each_role_sees_what_is_expected(world, matrix):
    for person in world.people:
        matrix.run(person, ASKS)
    matrix.finish()


def natural_keys_name_no_more_than_numbers(world, matrix):
    asks = {name: ask for name, ask in ASKS.items() if ask.what in ("customer", "item", "lent")}
    for person in world.people:
        matrix.run(person, asks, lambda target: target.by_keys(world.keys))
    matrix.finish()


def lists_have_what_is_expected_however_they_are_asked(world, matrix):
    for person in world.people:
        for asks in LISTS:
            matrix.run(person, asks)
    matrix.finish()


def judge_malformed(cell, answer):
    if cell.letter == "_":
        judge_denied(cell, answer)
    else:
        equal(answer.status, "MESSAGE_INVALID", str(cell))


def what_is_denied_is_not_looked_at(world, matrix):
    for person in world.people:
        cells = [Cell(person, name, ask, NOTHING, NOTHING, False, MALFORMED)
                 for name, ask in ASKS.items()]
        for cell, answer in zip(cells, ask_all(person.client, cells)):
            matrix.note("malformed", judge_malformed, cell, answer)
    matrix.finish()


def judge_items(world, cell, answer):
    """Of a customer that is seen those items are counted that are seen."""
    counted = RPCS[cell.rpc].reply.FromString(answer.frames[-1][1]).items
    facts = [world.facts[number] for number in world.items[cell.target.customer]]
    equal(counted, sum(cell.person.sees(cell.letter, one) for one in facts), f"{cell}: items")


def judge_count(person, counted, listed):
    equal(counted, listed, f"open loans that are counted for {person.role}")


def counts_have_what_lists_have(world, matrix):
    """Loans in the status: of the office, or all; to others it tells none."""
    for person in world.people:
        listed = [number for number in world.lent
                  if person.sees(LETTERS["loan_list"][person.role], world.facts[number])]
        wanted = len(listed) if LETTERS["loan_list"][person.role] in "OA" else 0
        matrix.note("count", judge_count, person, person.client.look("status").open_loans, wanted)
    matrix.finish()


def nothing_was_done(world):
    """No act of those who were tried is in the ledger."""
    theirs = set(world.offices) - {"clerk", "branch", "archivist"}
    for entry in world.by("auditor").stream("log_list", acts_only=True,
                                            **{"from": world.filled_at}):
        header = Entry.decode(entry.entry)
        true(entry.actor not in theirs or header.class_ != CLASS_DONE,
             f"{entry.actor} has done {entry.rpc}")


def no_cell_is_missing(matrix):
    ran = sum(matrix.count[kind] for kind in ("denied", "free", "placed", "seen", "hidden",
                                              "unlisted"))
    least = len(RPCS) * len(ROLES) * len(RELATIONS)
    print(f"# {', '.join(f'{kind} {count}' for kind, count in sorted(matrix.count.items()))}")
    print(f"# {ran} cells of {len(RPCS)} RPCs, {len(ROLES)} roles, {len(RELATIONS)} relations")
    true(ran >= least, f"{ran} cells were run, {least} are to be run")


def main():
    suite = Suite()
    suite.run("every_rpc_can_be_asked", every_rpc_can_be_asked)
    with Server({"limits": UNLIMITED}) as server:
        world = World(server)
        matrix = Matrix(world)
        for check in (each_role_sees_what_is_expected, natural_keys_name_no_more_than_numbers,
                      lists_have_what_is_expected_however_they_are_asked,
                      what_is_denied_is_not_looked_at, counts_have_what_lists_have,
                      who_is_not_active_can_do_nothing, who_has_no_certificate_can_only_enrol):
            suite.run(check.__name__, check, world, matrix)
        suite.run("nothing_was_done", nothing_was_done, world)
        world.close()
        suite.run("the_server_stops_in_order", server.stop)
    suite.run("no_cell_is_missing", no_cell_is_missing, matrix)
    suite.finish()


if __name__ == "__main__":
    main()
