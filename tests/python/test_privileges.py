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
from dossier_client import (ANSWER, DRY_RUN, END, ERROR, PING, PONG, Entry, encode_request,
                            new_key)
from fixture import UNLIMITED, Server
from privilege_ask import ASKS, FREE, LIST, PLACED, RECORD, WHOLE
from privilege_world import NOTHING, OFFICE, ROLES, World
from suite import Suite, equal, true

# Which relations are seen, by letter, of what a request names.
SEEN = {
    RECORD: {
        "A": {"own office", "own department", "own customer", "other office"},
        "O": {"own office", "own department", "own customer"},
        "D": {"own department"},
        "C": {"own customer"},
    },
}
SEEN[LIST] = SEEN[RECORD]
RELATIONS = ["nothing", "own office", "own department", "own customer", "other office"]

NUMBER = re.compile(rb"[A-Z]{2}-[A-Z]+-\d{4}-\d+")
NAME = re.compile("(?:客户|卷宗)\\d{4}号".encode())
MALFORMED = b"\xff\xff\xff"
CLASS_DONE = 1


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


def judge_seen(cell, answer):
    true(answer.verdict in ("ok", *cell.ask.reasons), f"{cell}: {answer.verdict}")
    if answer.verdict == "ok" and cell.ask.shows is not None:
        true(cell.ask.shows(cell.target).encode() in answer.bodies, f"{cell}: it is not shown")


def without_name(cell, answer):
    """The frames as they would be for any other name that was asked for, and for any entry."""
    names = [name.encode() for name in cell.named.names()]
    frames = []
    for kind, body in answer.frames:
        if kind == ERROR:
            refusal = wire.Refusal.FromString(body)
            refusal.sequence = 0
            body = refusal.SerializeToString()
        for name in names:
            body = body.replace(name, b"?" * len(name))
        frames.append((kind, body))
    return frames


def judge_hidden(cell, answer, nothing):
    """nothing: the cell with what is not there, and what came to it."""
    equal(without_name(cell, answer), without_name(*nothing), str(cell))


def judge_unlisted(cell, answer):
    equal(answer.verdict, "ok", str(cell))
    true(cell.ask.shows(cell.target).encode() not in answer.bodies, f"{cell}: it is listed")


def judge_placed(cell, answer):
    """Refused in words: the request itself, or the row of an import."""
    if answer.refusal is None:
        true(b"office_forbids" in answer.bodies, f"{cell}: the row is taken")
    else:
        equal(answer.verdict, "office_forbids", str(cell))


def judge_leaks(world, cell, answer):
    """Whatever came: of what he may not see there is neither a number nor a name in it."""
    asked = {name.encode() for name in cell.named.names()}
    said = set(NUMBER.findall(answer.bodies)) - asked
    names = set(NAME.findall(answer.bodies))
    for number, facts in world.facts.items():
        if not cell.person.sees(cell.letter, facts):
            true(number.encode() not in said, f"{cell}: it tells of {number}")
            true(facts.name.encode() not in names, f"{cell}: it tells of {facts.name}")


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
        if cell.letter == "_":
            self.note("denied", judge_denied, cell, answer)
        elif cell.ask.on == FREE:
            kind = self.note("free", judge_seen, cell, answer)
        elif cell.ask.on == PLACED:
            placed = cell.letter == "A" or cell.target.office == OFFICE
            self.note("placed", judge_seen if placed else judge_placed, cell, answer)
        elif cell.target.relation in SEEN[cell.ask.on].get(cell.letter, ()):
            self.note("seen", judge_seen, cell, answer)
        elif cell.ask.on == LIST:
            self.note("unlisted", judge_unlisted, cell, answer)
        else:
            self.note("hidden", judge_hidden, cell, answer, nothing)
        self.note("leak", judge_leaks, self.world, cell, answer)

    def run(self, person, asks, targets, named_as=lambda target: target):
        """Each RPC on each target; the first target is what is not there."""
        cells = [make_cell(person, name, ask, target, named_as(target))
                 for name, ask in asks.items() for target in targets]
        nothing = {}
        for cell, answer in zip(cells, ask_all(person.client, cells)):
            nothing.setdefault(cell.rpc, (cell, answer))
            self.judge(cell, answer, nothing[cell.rpc])


def make_cell(person, name, ask, target, named):
    letter = LETTERS[name][person.role]
    forbidden = letter == "_" or (ask.on not in (FREE, PLACED)
                                  and target.relation not in SEEN[ask.on].get(letter, ()))
    return Cell(person, name, ask, target, named,
                RPCS[name].request(**ask.fields(named)).SerializeToString(),
                dry_run=not forbidden or name.endswith("_import"))


# ---- what is tried ----

def every_rpc_can_be_asked():
    equal(sorted(set(RPCS) - set(ASKS)), [], "without a way of asking")
    equal(sorted(set(ASKS) - set(RPCS)), [], "no RPC")
    equal(sorted(set(LETTERS) ^ set(RPCS)), [], "with a line and no RPC, or the reverse")


def each_role_sees_what_is_expected(world, matrix):
    for person in world.people:
        matrix.run(person, ASKS, person.targets)
    matrix.finish()


def natural_keys_name_no_more_than_numbers(world, matrix):
    asks = {name: ask for name, ask in ASKS.items() if ask.on == RECORD}
    for person in world.people:
        matrix.run(person, asks, person.targets, lambda target: target.by_keys(world.keys))
    matrix.finish()


def lists_without_a_filter_have_what_is_expected(world, matrix):
    for person in world.people:
        matrix.run(person, WHOLE, person.targets)
    matrix.finish()


def judge_malformed(cell, answer):
    if cell.letter == "_":
        judge_denied(cell, answer)
    else:
        equal(answer.status, "MESSAGE_INVALID", str(cell))


def what_is_denied_is_not_looked_at(world, matrix):
    for person in world.people:
        cells = [Cell(person, name, ask, NOTHING, NOTHING, MALFORMED) for name, ask in ASKS.items()]
        for cell, answer in zip(cells, ask_all(person.client, cells)):
            matrix.note("malformed", judge_malformed, cell, answer)
    matrix.finish()


def judge_count(person, counted, listed):
    equal(counted, listed, f"open loans that are counted for {person.role}")


def counts_have_what_lists_have(world, matrix):
    """Loans in the status: of the office, or all; to others it tells none."""
    for person in world.people:
        listed = [facts for number, facts in world.facts.items() if number in world.lent
                  and person.sees(LETTERS["loan_list"][person.role], facts)]
        wanted = len(listed) if LETTERS["loan_list"][person.role] in "OA" else 0
        matrix.note("count", judge_count, person, person.client.look("status").open_loans, wanted)
    matrix.finish()


def nothing_was_done(world):
    """No act of theirs is in the ledger."""
    theirs = set(world.logins.values())
    for entry in world.by("auditor").stream("log_list", acts_only=True):
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
                      lists_without_a_filter_have_what_is_expected,
                      what_is_denied_is_not_looked_at, counts_have_what_lists_have):
            suite.run(check.__name__, check, world, matrix)
        suite.run("nothing_was_done", nothing_was_done, world)
        world.close()
        suite.run("the_server_stops_in_order", server.stop)
    suite.run("no_cell_is_missing", no_cell_is_missing, matrix)
    suite.finish()


if __name__ == "__main__":
    main()
