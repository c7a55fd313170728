#!/usr/bin/python3 -B
"""Who gets a connection: TLS 1.3, both certificates, our ALPN, nothing resumed."""

# What may come to the port, and what shows that it gets nothing. Where no file is named, this one.
#
#   plain text                          plain_text_is_turned_away
#   TLS 1.0 to 1.2                      TLSv1_is_turned_away, TLSv1_1_..., TLSv1_2_...
#   a hello in pieces, without end      a_slow_handshake_is_ended, silence_is_ended
#   a hello over 16 KiB                 plain_text_is_turned_away a hello of 20 KiB
#   no certificate                      no_certificate_is_turned_away
#   one signed by itself                self_signed_is_turned_away
#   one of another CA                   another_ca_is_turned_away
#   expired                             expired_is_turned_away
#   not yet valid                       not_yet_valid_is_turned_away
#   revoked                             test_life.py: who_is_on_a_list_is_sent_away_and_cannot_...
#   no list of revoked ones             test_life.py: a_required_list_that_is_missing_is_refused,
#                                       with_a_list_that_proves_nothing_... one_of_another_ca
#   a list that has expired             test_life.py: with_a_list_... an_expired_one,
#                                       a_list_that_ends_while_it_is_in_force_closes_the_door
#   a list by another key               test_life.py: with_a_list_... one_by_another_key
#   for another purpose                 a_servers_usage_is_turned_away
#   a CA's own as a person's            a_ca_as_a_person_is_turned_away
#   a chain that is too long            a_chain_that_is_too_long_is_turned_away
#   a chain of more than 100 KB         a_chain_of_a_hundred_kilobytes_is_turned_away
#   no alternative name                 names_do_not_make_a_person none
#   two of them                         names_do_not_make_a_person two
#   a pattern or a NUL in them          names_do_not_make_a_person a_pattern, a_nul, ...
#   a weak key, SHA-1                   a_weak_key_is_turned_away, sha_1_is_turned_away
#   valid, but of nobody, or suspended  names_do_not_make_a_person somebody_elses;
#                                       test_life.py: who_is_suspended_is_sent_away
#   a flood of key updates              tests/unit/common/test_tls_refusal.c:
#                                       a_flood_of_key_updates_is_a_failure_and_a_few_are_not
#   resumption, early data              no_ticket_is_given_and_nothing_resumed,
#                                       a_strangers_ticket_resumes_nothing,
#                                       early_data_is_turned_away

import select
import socket
import ssl
import subprocess
import threading
import time
import warnings

from dossier_client import (ALPN, PING, Client, Closed, Connection, Cut, Profile, Refused,
                            encode)
from fixture import Server
from forge import Forge, append, uri
from suite import Suite, equal, raises, true

SOON = 2.0
LIMITS = {"handshake_seconds": 1}


# ---- how it is judged ----

def tls_context(server, alpn=ALPN):
    context = server.profile("clerk").tls()
    context.set_alpn_protocols([alpn] if alpn else [])
    return context


def turned_away(server, profile, context=None):
    """No Welcome: the handshake, or the first read after it, ends with the server's alert."""
    begun = time.monotonic()
    try:
        with Connection(profile, timeout=SOON, context=context) as connection:
            connection.send(PING)
            connection.receive()
    except ssl.SSLError as error:
        true("alert" in str(error).lower(), f"an alert, not {error}")
    except (Cut, Closed) as error:
        raise AssertionError(f"no alert: {type(error).__name__} {error}") from error
    else:
        raise AssertionError("the server talks")
    true(time.monotonic() - begun < SOON, "soon")


def serves(server):
    with server.client("clerk") as client:
        equal(client.look("whoami").principal.login, "clerk")


def refuses(server, folder, why):
    """Turned away, and the operator can read why."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.set_ciphers("DEFAULT@SECLEVEL=0")  # our own side has no scruples
    context.set_alpn_protocols([ALPN])
    context.load_verify_locations(folder / "ca.pem")
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    begin = len(server.said())
    turned_away(server, Profile(folder, server.profile("clerk").host, server.port), context)
    server.tells("handshake_failed", why, begin)


def refuses_forged(server, forge, name, what, why):
    refuses(server, forge.profile(name, **{"signer": forge.our_ca(), **what}), why)


def a_chain_that_is_too_long_is_turned_away(server, forge):
    first = forge.below("first", forge.our_ca())
    second = forge.below("second", first)
    folder = forge.profile("deep", second)
    append(folder, second[0], first[0])
    refuses(server, folder, "chain too long")


def a_chain_of_a_hundred_kilobytes_is_turned_away(server, forge):
    folder = forge.profile("heavy", forge.our_ca())
    one = forge.other_ca[0].read_bytes()
    (folder / "ballast").write_bytes(one)
    append(folder, *[folder / "ballast"] * (100 * 1024 // (len(one) * 3 // 4) + 1))
    refuses(server, folder, "excessive message size")


def names_do_not_make_a_person(server, forge, name, names):
    """Signed by our CA, but issued to nobody: whatever it says of itself."""
    folder = forge.profile(f"named {name}", forge.our_ca(), names=names)
    error = raises(Refused, Client, Profile(folder, server.profile("clerk").host, server.port))
    equal(error.status, "IDENTITY")


def plain_text_is_turned_away(server, data):
    with socket.create_connection(("127.0.0.1", server.port), SOON) as plain:
        plain.sendall(data)
        begun = time.monotonic()
        try:
            while plain.recv(4096):
                pass
        except ConnectionResetError:
            pass
        true(time.monotonic() - begun < SOON, "soon")


def silence_is_ended(server):
    """Neither side says anything: the handshake's timer ends it."""
    with socket.create_connection(("127.0.0.1", server.port), SOON + 1) as plain:
        begun = time.monotonic()
        equal(plain.recv(1), b"")
        true(time.monotonic() - begun < SOON, "soon")


def a_slow_handshake_is_ended(server):
    """A client hello byte by byte."""
    with socket.create_connection(("127.0.0.1", server.port), SOON + 1) as plain:
        begun = time.monotonic()
        try:
            for byte in bytes.fromhex("16030102000100") + b"\x01" * 40:
                plain.send(bytes([byte]))
                time.sleep(0.1)
        except OSError:
            pass
        true(time.monotonic() - begun < SOON + 1, "soon")


def older_tls_is_turned_away(server, version):
    context = tls_context(server)
    context.set_ciphers("DEFAULT@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # that they are old is the point
        context.minimum_version = version
        context.maximum_version = version
    turned_away(server, server.profile("clerk"), context)


def no_alpn_is_turned_away(server):
    """There is nothing to disagree about, so no alert: the end comes right after the handshake."""
    with Connection(server.profile("clerk"), SOON, tls_context(server, alpn=None)) as connection:
        raises((Closed, Cut), connection.receive)


def no_certificate_is_turned_away(server):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.set_alpn_protocols([ALPN])
    context.load_verify_locations(server.folder / "clerk" / "ca.pem")
    turned_away(server, server.profile("clerk"), context)


def the_terms_are_tls_1_3_and_our_alpn(server):
    with server.client("clerk") as client:
        tls = client.connection.socket
        equal(tls.version(), "TLSv1.3")
        equal(tls.selected_alpn_protocol(), ALPN)


def no_ticket_is_given_and_nothing_resumed(server):
    first = server.client("clerk")
    first.look("whoami")  # a ticket would have come before the answer
    session = first.connection.socket.session
    true(session is None or not session.has_ticket, "no ticket")
    context = first.connection.socket.context
    first.close()
    plain = socket.create_connection(("127.0.0.1", server.port), SOON)
    try:
        with context.wrap_socket(plain, server_hostname="127.0.0.1", session=session) as again:
            true(not again.session_reused, "a full handshake")
    except ValueError:
        plain.close()  # the session cannot even be offered


def s_client(server, forge, *options):
    """What openssl(1) says of a try with a ticket, which is not ours."""
    folder = server.folder / "clerk"
    done = subprocess.run(
        [str(word) for word in (
            "openssl", "s_client", "-connect", f"127.0.0.1:{server.port}", "-alpn", ALPN,
            "-cert", folder / "cert.pem", "-key", folder / "key.pem",
            "-sess_in", forge.ticket(ALPN), *options)],
        input=b"", capture_output=True, timeout=10, check=False)
    return done.stdout.decode("latin-1") + done.stderr.decode("latin-1")


def a_strangers_ticket_resumes_nothing(server, forge):
    said = s_client(server, forge)
    true("New, TLSv1.3" in said and "Reused" not in said, f"a full handshake: {said}")


def early_data_is_turned_away(server, forge):
    data = forge.folder / "early"
    data.write_bytes(encode(PING))
    begin = len(server.said())
    said = s_client(server, forge, "-early_data", data)
    true("Early data was rejected" in said and "Reused" not in said, f"rejected: {said}")
    server.tells("handshake_failed", "too much early data", begin)


def the_server_proves_its_name(server, forge):
    """A client that calls it by another name, or trusts another CA, goes away by itself."""
    context = tls_context(server)
    with socket.create_connection(("127.0.0.1", server.port), SOON) as plain:
        raises(ssl.SSLCertVerificationError, context.wrap_socket, plain,
               server_hostname="elsewhere.example")
    stranger = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    stranger.set_alpn_protocols([ALPN])
    stranger.load_verify_locations(forge.other_ca[0])
    with socket.create_connection(("127.0.0.1", server.port), SOON) as plain:
        raises(ssl.SSLCertVerificationError, stranger.wrap_socket, plain,
               server_hostname="127.0.0.1")


def the_server_says_goodbye(server):
    """An end without close_notify would be Cut."""
    with server.client("clerk") as client:
        client.connection.send_bytes(encode(200))
        raises(Refused, client.look, "whoami")
        raises(Closed, client.connection.receive)


class Relay(threading.Thread):
    """Passes bytes between a client and the server until it is told to cut."""

    def __init__(self, port):
        super().__init__()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.server_port = port
        self.told, self.teller = socket.socketpair()

    def run(self):
        front, _ = self.listener.accept()
        back = socket.create_connection(("127.0.0.1", self.server_port))
        other = {front: back, back: front}
        while self.told not in (ready := select.select([self.told, front, back], [], [])[0]):
            for end in ready:
                other[end].sendall(end.recv(65536))
        for end in (front, back, self.listener, self.told):
            end.close()

    def cut(self):
        self.teller.close()
        self.join()


def a_cut_is_told_from_an_end(server):
    """Something between cuts the line without close_notify: that is a cut, not an end."""
    relay = Relay(server.port)
    relay.start()
    client = Client(Profile(server.profile("clerk").folder, "127.0.0.1", relay.port), timeout=SOON)
    client.ping(5)
    relay.cut()
    raises(Cut, client.connection.receive)
    client.connection.drop()


def main():
    suite = Suite()
    with Server({"limits": LIMITS}) as server:
        forge = Forge(server)
        suite.run("the_terms_are_tls_1_3_and_our_alpn", the_terms_are_tls_1_3_and_our_alpn, server)
        for name, data in (("http", b"GET / HTTP/1.0\r\n\r\n"), ("zeros", bytes(64)),
                           ("a frame", encode(1, b"\x08\x01\x10\x01")),
                           ("a hello of 20 KiB", bytes.fromhex("160301400001005000") + bytes(8))):
            suite.run(f"plain_text_is_turned_away {name}", plain_text_is_turned_away, server, data)
        suite.run("silence_is_ended", silence_is_ended, server)
        suite.run("a_slow_handshake_is_ended", a_slow_handshake_is_ended, server)
        for version in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1, ssl.TLSVersion.TLSv1_2):
            suite.run(f"{version.name}_is_turned_away", older_tls_is_turned_away, server, version)
        suite.run("no_certificate_is_turned_away", no_certificate_is_turned_away, server)
        suite.run("no_alpn_is_turned_away", no_alpn_is_turned_away, server)
        for alpn in ("http/1.1", "dossier/2"):
            suite.run(f"alpn_{alpn}_is_turned_away", turned_away, server, server.profile("clerk"),
                      tls_context(server, alpn=alpn))
        for name, what, why in (
                ("another_ca", {"signer": forge.other_ca}, "unable to get local issuer"),
                ("self_signed", {"signer": None}, "self-signed certificate"),
                ("expired", {"begin": -10, "end": -1}, "certificate has expired"),
                ("not_yet_valid", {"begin": 2}, "certificate is not yet valid"),
                ("a_servers_usage", {"usage": "serverAuth"}, "unsuitable certificate purpose"),
                ("a_ca_as_a_person", {"is_ca": "TRUE"}, "invalid CA certificate"),
                ("a_weak_key", {"key": ("rsa", "rsa_keygen_bits:1024")}, "EE certificate key too weak"),
                ("sha_1", {"digest": "sha1"}, "CA signature digest algorithm too weak")):
            suite.run(f"{name}_is_turned_away", refuses_forged, server, forge, name, what, why)
        suite.run("a_chain_that_is_too_long_is_turned_away",
                  a_chain_that_is_too_long_is_turned_away, server, forge)
        suite.run("a_chain_of_a_hundred_kilobytes_is_turned_away",
                  a_chain_of_a_hundred_kilobytes_is_turned_away, server, forge)
        for name, names in (
                ("none", ()),
                ("somebody_elses", ("URI:dossier:principal:1",)),
                ("two", ("URI:dossier:principal:1,URI:dossier:principal:2",)),
                ("a_pattern", ("URI:dossier:principal:*",)),
                ("a_pattern_of_hosts", ("DNS:*",)),
                ("a_nul", (uri("dossier:principal:1\0#+/"),)),
                ("not_utf_8", (uri("dossier:principal:\xff"),)),
                ("a_long_one", (uri("dossier:principal:" + "1" * 4096),))):
            suite.run(f"names_do_not_make_a_person {name}", names_do_not_make_a_person, server,
                      forge, name, names)
        suite.run("the_server_proves_its_name", the_server_proves_its_name, server, forge)
        suite.run("no_ticket_is_given_and_nothing_resumed", no_ticket_is_given_and_nothing_resumed,
                  server)
        suite.run("a_strangers_ticket_resumes_nothing", a_strangers_ticket_resumes_nothing, server,
                  forge)
        suite.run("early_data_is_turned_away", early_data_is_turned_away, server, forge)
        suite.run("the_server_says_goodbye", the_server_says_goodbye, server)
        suite.run("a_cut_is_told_from_an_end", a_cut_is_told_from_an_end, server)
        suite.run("it_still_serves", serves, server)
        suite.run("the_server_stops_in_order", server.stop)
    suite.finish()


if __name__ == "__main__":
    main()
