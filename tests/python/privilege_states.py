"""Accounts and certificates that no longer speak: what they get, everywhere."""

import hashlib
import os
import ssl
import time

from contract import RPCS, STATUSES, record, wire
from dossier_client import ERROR, Client, Closed, Cut, Refused, encode_request, new_key
from newcomer import Stranger
from privilege_ask import ASKS
from privilege_world import ROLES
from suite import equal, raises, true

LIVES = 3  # seconds of a certificate that ends under an open connection

# How an account comes to be so, and with what reason it is turned away.
REASONS = {"suspended": "account_inactive", "closed": "account_inactive",
           "expired": "certificate_ended", "revoked": "certificate_ended", "unknown": ""}


class Former:
    """One whose account or certificate will not be good any more."""

    def __init__(self, world, role, state):
        self.world = world
        self.role = role
        self.state = state
        issued = set(self._issued())
        self.login = world.register(role)
        self.entry, = set(self._issued()) - issued
        self.end = 0
        self.client = None
        if state == "unknown":
            self.entry.unlink()
        else:
            self._connect()

    def __str__(self):
        return f"{self.role}, {self.state}"

    def _issued(self):
        return (self.world.server.data / "identity" / "issued").iterdir()

    def _connect(self):
        """While all is well. What is entered of a certificate counts, so that is made to end."""
        if self.state == "expired":
            self.end = int(time.time()) + LIVES
            principal, _, *rest = self.entry.read_text().split()
            self.entry.write_text(" ".join([principal, str(self.end), *rest]) + "\n")
        self.client = self.world.server.client(self.login)
        self.client.look("whoami")

    def change(self):
        """Makes it so; from now on it must be so."""
        officer = self.world.officer
        if self.state == "expired":
            time.sleep(max(0.0, self.end - time.time()))
        elif self.state == "revoked":
            officer.act("principal_code", login=self.login, lost=True,
                        code_hash=hashlib.sha256(os.urandom(15)).digest())
        elif self.state != "unknown":
            officer.act("principal_state", login=self.login, reason="核对",
                        state=getattr(record, self.state.upper()))


def judge_login(former):
    error = raises(Refused, Client, former.world.server.profile(former.login))
    equal((error.status, error.refusal.reason), ("IDENTITY", REASONS[former.state]), str(former))


def ask_everything(former, target):
    """All RPCs at once, in earnest: what came to each, until the connection ended."""
    client = former.client
    answers = {}
    asked = {}
    try:
        for number, (name, ask) in enumerate(ASKS.items(), 1000):
            message = RPCS[name].request(**ask.fields(target)).SerializeToString()
            asked[number] = name
            client.connection.send_bytes(encode_request(
                name, message, number, new_key() if RPCS[name].lane == "WRITE" else None))
        while len(answers) < len(asked):
            frame = client.connection.receive()
            if frame.request_id == 0 and frame.kind == ERROR:
                break
            answers.setdefault(asked.get(frame.request_id), []).append(frame)
    except (Closed, Cut, BrokenPipeError, ConnectionResetError, ssl.SSLEOFError):
        pass  # it was ended, which answers all
    return answers


def judge_request(former, name, frames):
    """Each is ours to refuse as what he is, but for those that nobody may who has a certificate:
    they are denied before anybody looks at who he is."""
    expected = {("IDENTITY", REASONS[former.state])}
    if not RPCS[name].is_for_people or RPCS[name].is_for_strangers:
        expected |= {("DENIED", "not_for_people"), ("DENIED", "role_forbids")}
    for frame in frames:
        true(frame.kind == ERROR, f"{name} by {former}: frame of kind {frame.kind}")
        refusal = wire.Refusal.FromString(frame.body)
        true((STATUSES[refusal.status], refusal.reason) in expected,
             f"{name} by {former}: {STATUSES[refusal.status]} {refusal.reason}")


def who_is_not_active_can_do_nothing(world, matrix):
    target = world.people[0].targets[1]
    formers = [Former(world, role, state) for state in REASONS for role in ROLES]
    for former in formers:
        former.change()
        if former.client is not None:
            answers = ask_everything(former, target)
            for name in ASKS:
                matrix.note("state", judge_request, former, name, answers.get(name, ()))
            former.client.close()
        matrix.note("login", judge_login, former)
    matrix.finish()


def judge_stranger(name, frame):
    true(frame.kind == ERROR, f"{name}: frame of kind {frame.kind}")
    equal(STATUSES[wire.Refusal.FromString(frame.body).status], "NOT_WELCOME_YET", name)


def who_has_no_certificate_can_only_enrol(world, matrix):
    target = world.people[0].targets[1]
    host, port = world.server.profile("clerk").host, world.server.port
    for name, ask in ASKS.items():
        if RPCS[name].is_for_strangers:
            continue
        message = RPCS[name].request(**ask.fields(target)).SerializeToString()
        with Stranger(host, port) as stranger:
            stranger.send_bytes(encode_request(
                name, message, 1, new_key() if RPCS[name].lane == "WRITE" else None))
            matrix.note("stranger", judge_stranger, name, stranger.receive())
    matrix.finish()
