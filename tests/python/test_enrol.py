#!/usr/bin/python3 -B
"""Enrolment: what a stranger may and may not, codes that are no good, races, ends, renewals."""

import os
import ssl
import time
from concurrent.futures import ThreadPoolExecutor

from contract import RPCS, record, wire
from dossier_client import (ERROR, HELLO, REQUEST, Client, Closed, Connection, Profile, Refused,
                            encode_request, new_key, refused)
from fixture import ADDRESS, UNLIMITED, Server
from newcomer import Key, Stranger, code_hash, openssl, pin_of
from suite import Suite, equal, raises, true

CHECKS = []
DAY = 86400
ANY_CODES = {"wrong_codes": 0, "wrong_codes_stop": 0}
SOON = 2.0


def check(function):
    CHECKS.append(function)
    return function


class World:
    def __init__(self, server):
        self.server = server
        self.officer = server.client("officer")
        self.auditor = server.client("auditor")
        self.count = 0

    def stranger(self):
        return Stranger(ADDRESS, self.server.port)

    def enrol(self, secret, key):
        with self.stranger() as stranger:
            return stranger.enrol(secret, key.csr())

    def client(self, key, issued):
        return Client(Profile(key.keep(issued).folder, ADDRESS, self.server.port))

    def person(self, role=record.CLERK, **fields):
        """A new account with its code: login and secret."""
        self.count += 1
        login, secret = f"new{self.count}", os.urandom(15)
        self.officer.act("principal_add", login=login, name="新人", office="HQ", role=role,
                         code_hash=code_hash(secret), **fields)
        return login, secret

    def code(self, login, **fields):
        secret = os.urandom(15)
        done = self.officer.act("principal_code", login=login, code_hash=code_hash(secret),
                                **fields)
        return secret, done

    def issues(self):
        """The entries that say that a certificate was issued, or refused."""
        number = RPCS["certificate_issue"].number
        return [reply for reply in self.auditor.stream("log_list") if reply.rpc == number]


def refusal_of(call, *arguments, **fields):
    return raises(Refused, call, *arguments, **fields)


def days_left(certificate):
    pem = ssl.DER_cert_to_PEM_cert(certificate).encode()
    end = openssl("x509", "-noout", "-enddate", data=pem).decode().strip().partition("=")[2]
    return (ssl.cert_time_to_seconds(end) - time.time()) / DAY


# ---- the way it should go ----

@check
def a_code_gives_a_certificate_that_works(world):
    login, secret = world.person()
    key = Key()
    issued = world.enrol(secret, key)
    with world.client(key, issued) as client:
        equal(client.welcome.login, login)
    true(89 < days_left(issued.certificate) < 91, "staff have 90 days")


@check
def the_entry_is_the_servers_and_about_the_person(world):
    login, secret = world.person()
    before = len(world.issues())
    world.enrol(secret, Key())
    issues = world.issues()[before:]
    equal(len(issues), 1)
    true(login in str(issues[0]), "it names the person")


@check
def the_same_key_gets_the_same_certificate_again(world):
    _, secret = world.person()
    key = Key()
    first = world.enrol(secret, key)
    before = len(world.issues())
    equal(world.enrol(secret, key).certificate, first.certificate)
    with world.stranger() as stranger:
        equal(stranger.enrol(secret, key.csr()).certificate, first.certificate)
        equal(stranger.enrol(secret, key.csr()).certificate, first.certificate)
    equal(len(world.issues()), before, "nothing is entered again")


@check
def after_a_restart_too(world):
    _, secret = world.person()
    key = Key()
    first = world.enrol(secret, key)
    world.server.kill()
    world.server.start()
    world.officer, world.auditor = world.server.client("officer"), world.server.client("auditor")
    equal(world.enrol(secret, key).certificate, first.certificate)


@check
def an_ed25519_key_is_fine(world):
    login, secret = world.person()
    key = Key(None, "ED25519")
    with world.stranger() as stranger:
        issued = stranger.enrol(secret, openssl("req", "-new", "-key", key.folder / "key.pem",
                                                "-subj", "/CN=x", "-outform", "DER"))
    with world.client(key, issued) as client:
        equal(client.welcome.login, login)


@check
def strangers_and_officers_are_told_the_same_pin(world):
    facts = world.officer.look("certificate_renew").issued
    with world.stranger() as stranger:
        equal(pin_of(stranger.enrol()), pin_of(facts))


# ---- codes that are no good ----

def the_refusal(world, secret, key=None):
    with world.stranger() as stranger:
        return refusal_of(stranger.enrol, secret, (key or Key()).csr())


@check
def whatever_is_wrong_with_a_code_the_answer_is_the_same(world):
    login, secret = world.person()
    world.enrol(secret, Key())
    withdrawn, _ = world.code(login)
    _, done = world.code(login)
    equal(len(done.reply.withdrawn), 1)
    answers = [the_refusal(world, code) for code in (os.urandom(15), secret, withdrawn)]
    equal({(answer.status, answer.refusal.reason) for answer in answers},
          {("DENIED", "code_invalid")})
    equal(len({answer.body for answer in answers}), 1, "byte for byte")


@check
def a_code_that_was_used_by_another_is_entered_an_unknown_one_is_not(world):
    _, secret = world.person()
    world.enrol(secret, Key())
    before = len(world.issues())
    the_refusal(world, os.urandom(15))
    equal(len(world.issues()), before)
    the_refusal(world, secret)
    entries = world.issues()
    equal(len(entries), before + 1)
    equal(entries[-1].status, 2, "DENIED")


@check
def lost_revokes_and_the_first_machine_is_out(world):
    login, secret = world.person()
    key = Key()
    issued = world.enrol(secret, key)
    with world.client(key, issued) as client:
        new, done = world.code(login, lost=True)
        equal(len(done.reply.revoked), 1)
        equal(refusal_of(client.look, "whoami").status, "IDENTITY")
    error = refusal_of(world.client, key, issued)
    equal((error.status, error.refusal.reason), ("IDENTITY", "certificate_ended"))
    equal(the_refusal(world, secret, key).refusal.reason, "code_invalid",
          "the same key gets no revoked certificate again")
    other = Key()
    with world.client(other, world.enrol(new, other)) as client:
        equal(client.welcome.login, login)


@check
def two_machines_with_one_code_one_of_them_gets_it(world):
    for _ in range(5):
        _, secret = world.person()
        keys = [Key() for _ in range(4)]

        def attempt(key, secret=secret):
            try:
                return world.enrol(secret, key).certificate
            except Refused as error:
                return error.refusal.reason

        with ThreadPoolExecutor(len(keys)) as pool:
            ends = list(pool.map(attempt, keys))
        equal(ends.count("code_invalid"), len(keys) - 1)


@check
def one_machine_by_many_connections_gets_one_certificate(world):
    _, secret = world.person()
    key = Key()
    with ThreadPoolExecutor(4) as pool:
        ends = list(pool.map(lambda _: world.enrol(secret, key).certificate, range(4)))
    equal(len(set(ends)), 1)


@check
def only_an_active_person_gets_a_code(world):
    equal(refusal_of(world.code, "nobody.there").status, "NOT_FOUND")
    short = refusal_of(world.officer.act, "principal_code", login="clerk", code_hash=b"short")
    equal((short.status, short.refusal.field), ("INVALID", "code_hash"))
    secret, _ = world.code("clerk")
    again = refusal_of(world.officer.act, "principal_code", login="clerk",
                       code_hash=code_hash(secret))
    equal(again.status, "CONFLICT")


# ---- keys and requests that are no good ----

@check
def only_good_signing_requests_are_taken(world):
    _, secret = world.person()
    good = Key().csr()
    bad = {
        "rsa": Key(None, "RSA", "-pkeyopt", "rsa_keygen_bits:2048").csr(),
        "p-384": Key(None, "EC", "-pkeyopt", "ec_paramgen_curve:P-384").csr(),
        "sha-512": Key().csr("-sha512"),
        "none": b"",
        "garbage": os.urandom(200),
        "cut": good[:-1],
        "tail": good + b"\0",
        "changed": good[:-1] + bytes([good[-1] ^ 1]),
    }
    for name, csr in bad.items():
        with world.stranger() as stranger:
            error = refusal_of(stranger.enrol, secret, csr)
            equal((error.status, error.refusal.field), ("INVALID", "csr"), name)
    for length in (0, 1, 14, 16):
        with world.stranger() as stranger:
            error = refusal_of(stranger.enrol, os.urandom(length), good)
            equal((error.status, error.refusal.field), ("INVALID", "secret"), str(length))
    world.enrol(secret, Key())  # the code is still good


@check
def nothing_but_the_key_is_taken_from_a_request(world):
    login, secret = world.person()
    key = Key()
    csr = openssl("req", "-new", "-key", key.folder / "key.pem", "-subj", "/O=head/CN=officer",
                  "-addext", "basicConstraints=critical,CA:TRUE", "-addext",
                  "subjectAltName=DNS:localhost", "-outform", "DER")
    with world.stranger() as stranger:
        issued = stranger.enrol(secret, csr)
    text = openssl("x509", "-noout", "-text",
                   data=ssl.DER_cert_to_PEM_cert(issued.certificate).encode()).decode()
    for wrong in ("CA:TRUE", "officer", "localhost", "Server Authentication"):
        true(wrong not in text, wrong)
    with world.client(key, issued) as client:
        equal(client.welcome.login, login)


# ---- what a stranger may ----

def ends_with(stranger, status):
    frame = stranger.receive()
    equal((frame.kind, refused(frame).status), (ERROR, status))
    raises(Closed, stranger.receive)


@check
def a_stranger_reaches_no_other_rpc(world):
    for rpc in RPCS.values():
        if rpc.is_for_strangers:
            continue
        with world.stranger() as stranger:
            stranger.send_bytes(encode_request(rpc.name, b"", 1,
                                               new_key() if rpc.lane == "WRITE" else None))
            ends_with(stranger, "NOT_WELCOME_YET")
    for number in (0, 999, 65535):
        with world.stranger() as stranger:
            stranger.send(REQUEST, b"", number, 1)
            ends_with(stranger, "NOT_WELCOME_YET")


@check
def a_stranger_may_send_no_other_frame(world):
    hello = wire.Hello(version_min=1, version_max=1, client="x").SerializeToString()
    enrol = RPCS["enrol"].number
    for kind in range(256):
        if kind == REQUEST:
            continue
        with world.stranger() as stranger:
            stranger.send(kind, hello if kind == HELLO else b"", enrol, 1)
            ends_with(stranger, "NOT_WELCOME_YET")
    for flags in (1, 2, 128):
        with world.stranger() as stranger:
            stranger.send(REQUEST, b"", enrol, 1, flags)
            ends_with(stranger, "NOT_WELCOME_YET")
    with world.stranger() as stranger:
        stranger.send(REQUEST, b"", enrol, 0)
        ends_with(stranger, "FRAME_INVALID")


@check
def a_stranger_has_small_frames_and_three_requests(world):
    with world.stranger() as stranger:
        stranger.send(REQUEST, bytes(4097), RPCS["enrol"].number, 1)
        ends_with(stranger, "FRAME_TOO_LARGE")
    with world.stranger() as stranger:
        for _ in range(3):
            stranger.enrol()
        error = refusal_of(stranger.enrol)
        equal(error.status, "TOO_MANY_REQUESTS")
        raises(Closed, stranger.receive)


@check
def who_has_a_certificate_does_not_enrol(world):
    equal(refusal_of(world.officer.look, "enrol").status, "DENIED")
    equal(refusal_of(world.officer.act, "certificate_issue").status, "DENIED")


@check
def the_usual_protocol_wants_a_certificate(world):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(["dossier/1"])
    with Connection(Profile(world.server.folder, ADDRESS, world.server.port), context=context) as one:
        error = raises(ssl.SSLError, one.receive)
        true("CERTIFICATE_REQUIRED" in str(error).upper(), str(error))


# ---- renewals ----

@check
def a_renewed_certificate_is_another_one_for_the_same_person(world):
    login, secret = world.person()
    key, other = Key(), Key()
    issued = world.enrol(secret, key)
    with world.client(key, issued) as client:
        renewed = client.look("certificate_renew", csr=other.csr()).issued
        equal(client.look("whoami").principal.login, login, "the old one is good until its end")
        bad = refusal_of(client.look, "certificate_renew", csr=b"nonsense")
        equal((bad.status, bad.refusal.reason), ("INVALID", "csr_invalid"))
    with world.client(other, renewed) as client:
        equal(client.welcome.login, login)


@check
def who_is_out_does_not_renew(world):
    login, secret = world.person()
    key = Key()
    with world.client(key, world.enrol(secret, key)) as client:
        world.code(login, lost=True)
        error = refusal_of(client.look, "certificate_renew", csr=Key().csr())
        equal((error.status, error.refusal.reason), ("IDENTITY", "certificate_ended"))


# ---- outsiders ----

@check
def an_outsider_without_a_grant_has_seven_days_by_a_ca_of_their_own(world):
    login, secret = world.person(role=record.LAWYER, unit="锦城律师事务所")
    key = Key()
    issued = world.enrol(secret, key)
    true(6 < days_left(issued.certificate) <= 7, f"{days_left(issued.certificate)} days")
    issuer = [elements_of_issuer(der) for der in (issued.certificate, staff_certificate(world))]
    true(issuer[0] != issuer[1], "another CA signs outsiders")
    with world.client(key, issued) as client:
        equal(client.welcome.login, login)


def elements_of_issuer(certificate):
    return openssl("x509", "-noout", "-issuer", data=ssl.DER_cert_to_PEM_cert(certificate).encode())


def staff_certificate(world):
    _, secret = world.person()
    return world.enrol(secret, Key()).certificate


# ---- limits and ends, each with a server of its own ----

def wrong_codes_are_limited():
    with Server({"limits": {"wrong_codes": 3}}) as server:
        world = World(server)
        for _ in range(3):
            equal(the_refusal(world, os.urandom(15)).refusal.reason, "code_invalid")
        _, secret = world.person()
        error = the_refusal(world, secret)
        equal((error.status, error.refusal.reason), ("TOO_MANY_REQUESTS", "code_wait"))
        with world.stranger() as stranger:
            stranger.enrol()  # who the server is may still be asked


def a_silent_stranger_is_sent_away():
    with Server({"limits": {"hello_seconds": 1}}) as server:
        world = World(server)
        with world.stranger() as stranger:
            began = time.monotonic()
            ends_with(stranger, "TIMEOUT")
            true(time.monotonic() - began < 1 + SOON, "soon")


def main():
    suite = Suite()
    with Server({"limits": {**UNLIMITED, **ANY_CODES}}) as server:
        world = World(server)
        for function in CHECKS:
            suite.run(function.__name__, function, world)
        suite.run("the_server_stops_in_order", server.stop)
    suite.run("wrong_codes_are_limited", wrong_codes_are_limited)
    suite.run("a_silent_stranger_is_sent_away", a_silent_stranger_is_sent_away)
    suite.finish()


if __name__ == "__main__":
    main()
