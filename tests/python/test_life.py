#!/usr/bin/python3 -B
"""The life of keys, certificates and accounts while the server runs: what is exchanged, taken away,
revoked, suspended or over has its effect within five seconds, on who comes and on who is there, and
on nobody else: a colleague asks all the time, and never loses a connection or a request."""

import contextlib
import re
import ssl
import threading
import time

from contract import RPCS, record
from dossier_client import ERROR, ITEM, Client, Closed, Connection, Cut, Refused, refused
from fixture import UNLIMITED, Server
from forge import Forge
from suite import Suite, equal, raises, true

EFFECT_SECONDS = 5.0
ASK_SECONDS = 0.005
BRIEF_SECONDS = 3
MANY = 200
DAY = 86400.0


# ---- who must not notice anything ----

class Asking(threading.Thread):
    """Asks who it is, on one connection, from the beginning of `with` to its end."""

    def __init__(self, server, login="colleague"):
        super().__init__(daemon=True)
        self.client = server.client(login)
        self.answered = 0
        self.failure = None
        self.over = threading.Event()

    def run(self):
        try:
            while not self.over.wait(ASK_SECONDS):
                self.client.look("whoami")
                self.answered += 1
        except Exception as error:  # whatever it is, the test has to hear of it
            self.failure = error

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, kind, *_):
        self.over.set()
        self.join()
        self.client.close()
        if kind is None:
            equal(self.failure, None, "the colleague's failure")
            true(self.answered > 0, "the colleague was served")


# ---- what is tried ----

def serves(server, login):
    with server.client(login) as client:
        client.look("whoami")


def reloads(server):
    equal(server.reload(), None, "why the reload was refused")


def is_sent_away(client, reason, begun):
    """The connection ends with an ERROR that says why, in time. A stream that is under way goes on
    until then, or ends just before."""
    client.connection.socket.settimeout(EFFECT_SECONDS)
    while (frame := client.connection.receive()).request_id != 0:
        true(frame.kind in (ITEM, ERROR), "a stream goes on or ends")
    equal(frame.kind, ERROR)
    error = refused(frame)
    equal((error.status, error.refusal.reason), ("IDENTITY", reason))
    raises(Closed, client.connection.receive)
    true(time.monotonic() - begun < EFFECT_SECONDS, "in time")
    client.close()


def shakes_hands(profile):
    context = profile.tls()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # whether he trusts the server is not the question
    with Connection(profile, EFFECT_SECONDS, context) as connection:
        connection.receive()


def is_turned_away(server, login, why):
    """By an alert in the handshake, and the operator can read why."""
    begin = len(server.said())
    error = raises((ssl.SSLError, Cut, Closed), shakes_hands, server.profile(login))
    true("alert" in str(error).lower(), f"an alert, not {error!r}")
    server.tells("handshake_failed", why, begin)


def is_refused(server, login, reason):
    """The handshake is fine, but the ledger knows better."""
    error = raises(Refused, server.client, login)
    equal((error.status, error.refusal.reason), ("IDENTITY", reason))


# ---- keys and CAs ----

def server_certificate(client):
    return client.connection.socket.getpeercert(binary_form=True)


def a_new_server_key_is_seen_by_who_comes_and_not_by_who_is_there(server):
    with Asking(server), server.client("clerk") as old:
        before = server_certificate(old)
        server.operate("rotate", server.data, "--server")
        with server.client("clerk") as still:
            equal(server_certificate(still), before, "until the reload the certificate")
        reloads(server)
        with server.client("clerk") as new:
            true(server_certificate(new) != before, "another certificate")
        old.look("whoami")


def issue_anew(server, login):
    """To the same person by the CA that issues now: a profile LOGIN-2."""
    server.operate("issue", server.data, login, "--out", server.folder / f"{login}-2")


def two_cas_are_trusted_side_by_side(server):
    with Asking(server), server.client("clerk") as before:
        server.operate("rotate", server.data, "--ca")
        reloads(server)
        issue_anew(server, "colleague")
        issue_anew(server, "branch")
        serves(server, "clerk")
        serves(server, "colleague-2")
        before.look("whoami")


def an_old_ca_that_is_taken_away_takes_its_own_and_nobody_else(server):
    server.operate("rotate", server.data, "--server")  # by the new CA: old profiles trust it not
    olds = [server.client(login) for login in ("clerk", "branch")]
    trusted = server.data / "identity" / "ca-cert.pem"
    with Asking(server, "colleague-2"), server.client("branch-2") as new:
        trusted.write_text(re.match(r".*?-----END CERTIFICATE-----\n", trusted.read_text(),
                                    re.S)[0])
        reloads(server)
        begun = time.monotonic()
        for old in olds:
            is_sent_away(old, "certificate_untrusted", begun)
        is_turned_away(server, "clerk", "self-signed certificate in certificate chain")
        new.look("whoami")
        serves(server, "branch-2")


# ---- lists of revoked certificates ----

@contextlib.contextmanager
def crl(server, *lists):
    """With these lists in force, and afterwards with none."""
    path = server.data / "identity" / "crl.pem"
    path.write_bytes(b"".join(lists))
    reloads(server)
    try:
        yield
    finally:
        path.unlink()
        reloads(server)


def who_is_on_a_list_is_sent_away_and_cannot_come_back(server, forge):
    with Asking(server), server.client("branch") as other:
        gone = server.client("clerk")
        named = forge.crl(forge.our_ca(), [server.folder / "clerk" / "cert.pem"])
        begun = time.monotonic()
        with crl(server, named):
            is_sent_away(gone, "certificate_ended", begun)
            is_turned_away(server, "clerk", "certificate revoked")
            other.look("whoami")
            serves(server, "branch")
        serves(server, "clerk")  # the ledger never said that it was revoked


def with_a_list_that_proves_nothing_nobody_logs_in_and_nobody_is_sent_away(server, why, lists):
    with Asking(server), server.client("clerk") as there:
        with crl(server, lists):
            is_turned_away(server, "clerk", why)
            is_turned_away(server, "branch", why)
            there.look("whoami")
        serves(server, "clerk")


def a_list_that_ends_while_it_is_in_force_closes_the_door(server, forge):
    with Asking(server), server.client("clerk") as there:
        with crl(server, forge.crl(forge.our_ca(), end=BRIEF_SECONDS / DAY)):
            serves(server, "clerk")
            time.sleep(BRIEF_SECONDS + 1)  # the only way to that moment
            is_turned_away(server, "clerk", "CRL has expired")
            there.look("whoami")


def a_list_of_the_ledgers_own_names_who_was_revoked(server):
    """`dossierd crl` beside the running server, after the officer had a machine reported lost."""
    gone = server.client("archivist")
    with Asking(server):
        begun = time.monotonic()
        with server.client("officer") as officer:
            officer.act("principal_code", login="archivist", code_hash=bytes(32), lost=True)
        is_sent_away(gone, "certificate_ended", begun)
        is_refused(server, "archivist", "certificate_ended")
        server.operate("crl", server.data, "--days", 1)
        reloads(server)
        is_turned_away(server, "archivist", "certificate revoked")
        serves(server, "clerk")
        (server.data / "identity" / "crl.pem").unlink()
        reloads(server)


# ---- reloads that are refused ----

def a_broken_file_is_refused_and_what_was_stays(server, name, data, why):
    path = server.data / "identity" / name
    good = path.read_bytes() if path.exists() else None
    with Asking(server), server.client("clerk") as there:
        path.write_bytes(data)
        said = server.reload()
        true(said is not None and why in said, f"refused because of {why!r}, not {said}")
        there.look("whoami")
        serves(server, "clerk")
        if good is None:
            path.unlink()
        else:
            path.write_bytes(good)
        reloads(server)
        serves(server, "clerk")


def a_required_list_that_is_missing_is_refused(server, forge):
    with Asking(server), server.client("clerk") as there:
        server.configure({"server": {"crl": "required"}, "limits": UNLIMITED})
        said = server.reload()
        true(said is not None and "crl.pem" in said, f"refused because of crl.pem, not {said}")
        serves(server, "clerk")
        path = server.data / "identity" / "crl.pem"
        path.write_bytes(forge.crl(forge.our_ca()))
        reloads(server)
        serves(server, "clerk")
        path.write_bytes(forge.crl(forge.other_ca))  # there, but not for our CA
        reloads(server)
        is_turned_away(server, "clerk", "unable to get certificate CRL")
        there.look("whoami")
        path.unlink()
        true(server.reload() is not None, "refused again")
        is_turned_away(server, "clerk", "unable to get certificate CRL")
        server.configure({"limits": UNLIMITED})
        reloads(server)
        serves(server, "clerk")


# ---- time, and accounts ----

def a_stream(server, login):
    """A client with a stream that waits for what comes: entries of the ledger."""
    client = server.client(login)
    client.send("log_list", RPCS["log_list"].request(follow=True, last=1))
    equal(client.connection.receive().kind, ITEM)
    return client


def who_has_a_certificate_that_ends_is_sent_away_then(server, forge):
    with server.client("auditor") as auditor:
        principal = auditor.look("whoami").principal.id
    folder = forge.profile("brief", forge.our_ca(), end=BRIEF_SECONDS / DAY)
    end = forge.bind(folder, principal)
    profile = server.profile("auditor")._replace(folder=folder)
    with Asking(server), server.client("auditor") as same_person:
        idle, streaming = Client(profile), Client(profile)
        streaming.send("log_list", RPCS["log_list"].request(follow=True, last=1))
        idle.look("whoami")
        time.sleep(max(0.0, end - time.time()))
        begun = time.monotonic()
        is_sent_away(idle, "certificate_ended", begun)
        is_sent_away(streaming, "certificate_ended", begun)
        same_person.look("whoami")


def who_is_suspended_or_closed_is_sent_away(server, state):
    with Asking(server), server.client("officer") as officer:
        idle, streaming = server.client("auditor"), a_stream(server, "auditor")
        begun = time.monotonic()
        officer.act("principal_state", login="auditor", state=state, reason="离职核查")
        is_sent_away(idle, "account_inactive", begun)
        is_sent_away(streaming, "account_inactive", begun)
        is_refused(server, "auditor", "account_inactive")


def who_is_active_again_comes_back(server):
    with server.client("officer") as officer:
        officer.act("principal_state", login="auditor", state=record.ACTIVE, reason="核查完毕")
    serves(server, "auditor")


# ---- many ----

def a_reload_with_many_connections_ends_those_that_it_must(server, forge):
    with contextlib.ExitStack() as stack:
        stack.enter_context(Asking(server))
        clients = [stack.enter_context(server.client("branch")) for _ in range(MANY - 2)]
        gone = [server.client("clerk") for _ in range(2)]
        begun = time.monotonic()
        stack.enter_context(crl(server, forge.crl(forge.our_ca(),
                                                  [server.folder / "clerk" / "cert.pem"])))
        for client in gone:
            is_sent_away(client, "certificate_ended", begun)
        for client in clients:
            client.look("whoami")
        print(f"# {MANY} connections judged anew within {time.monotonic() - begun:.2f} s")


def run_lists(suite, server, forge):
    ca = forge.our_ca()
    suite.run("who_is_on_a_list_is_sent_away_and_cannot_come_back",
              who_is_on_a_list_is_sent_away_and_cannot_come_back, server, forge)
    for name, why, lists in (
            ("an_expired_one", "CRL has expired", forge.crl(ca, begin=-2, end=-1)),
            ("one_of_the_future", "CRL is not yet valid", forge.crl(ca, begin=1, end=2)),
            ("one_by_another_key", "CRL signature failure",
             forge.crl(forge.twin_of(ca), [server.folder / "clerk" / "cert.pem"])),
            ("one_of_another_ca", "unable to get certificate CRL", forge.crl(forge.other_ca))):
        suite.run(f"with_a_list_that_proves_nothing_nobody_logs_in_and_nobody_is_sent_away {name}",
                  with_a_list_that_proves_nothing_nobody_logs_in_and_nobody_is_sent_away, server,
                  why, lists)
    suite.run("a_list_that_ends_while_it_is_in_force_closes_the_door",
              a_list_that_ends_while_it_is_in_force_closes_the_door, server, forge)
    suite.run("a_required_list_that_is_missing_is_refused",
              a_required_list_that_is_missing_is_refused, server, forge)
    suite.run("a_list_of_the_ledgers_own_names_who_was_revoked",
              a_list_of_the_ledgers_own_names_who_was_revoked, server)


def run_broken_files(suite, server):
    pem = "-----BEGIN {0}-----\nMIIB\n-----END {0}-----\n"
    key = (server.folder / "clerk" / "key.pem").read_bytes()
    own = (server.data / "identity" / "server-cert.pem").read_bytes()
    for name, file, data, why in (
            ("a_key_of_another_certificate", "server-key.pem", key, "server-key.pem"),
            ("half_a_certificate", "server-cert.pem", own[:len(own) // 2], "server-cert.pem"),
            ("no_ca", "ca-cert.pem", b"", "ca-cert.pem"),
            ("a_ca_that_is_none", "ca-cert.pem", pem.format("CERTIFICATE").encode(),
             "ca-cert.pem"),
            ("no_list", "crl.pem", b"", "crl.pem"),
            ("a_list_that_is_none", "crl.pem", pem.format("X509 CRL").encode(), "crl.pem"),
            ("settings_that_are_none", "../../dossierd.conf", b"[server]\ncrl = perhaps\n",
             "settings")):
        suite.run(f"a_broken_file_is_refused_and_what_was_stays {name}",
                  a_broken_file_is_refused_and_what_was_stays, server, file, data, why)


def main():
    suite = Suite()
    with Server({"limits": UNLIMITED}) as server:
        forge = Forge(server)
        suite.run("a_new_server_key_is_seen_by_who_comes_and_not_by_who_is_there",
                  a_new_server_key_is_seen_by_who_comes_and_not_by_who_is_there, server)
        run_broken_files(suite, server)
        suite.run("a_reload_with_many_connections_ends_those_that_it_must",
                  a_reload_with_many_connections_ends_those_that_it_must, server, forge)
        run_lists(suite, server, forge)
        suite.run("who_has_a_certificate_that_ends_is_sent_away_then",
                  who_has_a_certificate_that_ends_is_sent_away_then, server, forge)
        suite.run("who_is_suspended_is_sent_away", who_is_suspended_or_closed_is_sent_away,
                  server, record.SUSPENDED)
        suite.run("who_is_active_again_comes_back", who_is_active_again_comes_back, server)
        suite.run("who_is_closed_is_sent_away", who_is_suspended_or_closed_is_sent_away, server,
                  record.CLOSED)
        suite.run("two_cas_are_trusted_side_by_side", two_cas_are_trusted_side_by_side, server)
        suite.run("an_old_ca_that_is_taken_away_takes_its_own_and_nobody_else",
                  an_old_ca_that_is_taken_away_takes_its_own_and_nobody_else, server)
        suite.run("the_server_stops_in_order", server.stop)
    suite.finish()


if __name__ == "__main__":
    main()
