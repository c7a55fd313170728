#!/usr/bin/python3 -B
"""What one peer may take at most: each limit is met with small figures, is answered as it should be,
and others go on meanwhile. Addresses are those of loopback, 127.0.0.0/8."""

import re
import select
import signal
import socket
import subprocess
import threading
import time
import urllib.request
from contextlib import ExitStack

from contract import RPCS, record, request, wire
from dossier_client import (ANSWER, ERROR, HELLO, Client, Closed, Connection, Refused,
                            encode_request, new_key, refused)
from fixture import ADDRESS, PROGRAM, Server
from suite import Suite, equal, raises, true

DOSSIER = PROGRAM.with_name("dossier")
FLOODER, OTHER = "127.0.0.9", "127.0.0.2"
TRIES = 500  # until a limit must have been met, however slow the machine is
SOON = 10.0


def from_address(server, login, source):
    return server.profile(login)._replace(source=source)


def knock(server, source):
    """A connection that says nothing."""
    return socket.create_connection((ADDRESS, server.port), SOON, (source, 0))


def await_closed(plain, seconds=SOON):
    """Those connections that the server ends, though nothing was said on them. Which of several it
    ends is chance: they come in on different threads."""
    return select.select(plain, [], [], seconds)[0]


def none_is_closed(plain):
    return not await_closed(plain, 0.3)


def is_turned_away(server, login, source):
    try:
        Client(from_address(server, login, source)).close()
    except OSError:  # of the socket or of TLS
        return True
    return False


def connect_until_turned_away(server, source):
    """How many connections were made before."""
    for count in range(TRIES):
        if is_turned_away(server, "archivist", source):
            return count
    raise AssertionError(f"{TRIES} connections and none was turned away")


def whoami(server):
    """The clerk's command."""
    return subprocess.run([DOSSIER, "--profile", server.folder / "clerk", "--server",
                           f"{ADDRESS}:{server.port}", "--lang", "en", "whoami"],
                          capture_output=True, text=True, timeout=60)


def eventually(check, what):
    deadline = time.monotonic() + SOON
    while not check():
        true(time.monotonic() < deadline, what)
        time.sleep(0.02)  # there is no event for what a client is not told


def wait_for_log(server, pattern):
    eventually(lambda: re.search(pattern, server.said()), f"{pattern} is not in the log")


def reload(server, limits):
    lines = [f"{key} = {value}" for key, value in limits.items()]
    server.config.write_text("\n".join([f"[server]\nport = 0\naddress = {ADDRESS}\n[limits]", *lines])
                             + "\n")
    begin = len(server.said())
    server.process.send_signal(signal.SIGHUP)
    eventually(lambda: "event=reloaded" in server.said()[begin:], "it does not reload")


# ---- connections ----

def three_hundred_commands_of_a_clerk_pass():
    """One after the other, as fast as one can, with the defaults."""
    with Server() as server:
        for _ in range(299):  # the officer's was the first
            with server.client("clerk") as clerk:
                equal(clerk.look("whoami").principal.login, "clerk")


def one_address_too_often_is_closed_before_the_handshake():
    with Server({"limits": {"handshakes_per_second": 1}}) as server:
        with Client(from_address(server, "clerk", FLOODER)) as inside:
            true(connect_until_turned_away(server, FLOODER) >= 14, "15 at once")
            equal(inside.look("whoami").principal.login, "clerk")
        with Client(from_address(server, "clerk", OTHER)) as other:
            equal(other.look("whoami").principal.login, "clerk")
        wait_for_log(server, rf"event=limit_reached address={FLOODER} why=too_fast")
        reload(server, {"handshakes_per_second": 0})
        for _ in range(30):
            Client(from_address(server, "clerk", FLOODER)).close()


def the_client_says_what_it_may_mean():
    with Server({"limits": {"handshakes_per_second": 1}}) as server:
        for _ in range(TRIES):  # a token may come back before the command starts
            connect_until_turned_away(server, ADDRESS)
            done = whoami(server)
            if done.returncode != 0:
                break
        equal(done.returncode, 3, done.stderr)
        true("too many connections come from your address; try again" in
             " ".join(done.stderr.split()), done.stderr)


def a_flood_of_connections_does_not_disturb_others():
    with Server({"limits": {"handshakes_per_second": 5}}) as server, ExitStack() as stack:
        over = threading.Event()

        def flood():
            while not over.is_set():
                try:
                    knock(server, FLOODER).close()
                except OSError:
                    pass  # the server is free to refuse in whatever way

        threads = [threading.Thread(target=flood) for _ in range(3)]
        stack.callback(lambda: [thread.join() for thread in threads])
        stack.callback(over.set)
        for thread in threads:
            thread.start()
        wait_for_log(server, rf"address={FLOODER} why=too_fast")
        with server.client("clerk") as clerk:
            for number in range(20):
                begun = time.monotonic()
                clerk.act("customer_add", draft={"name": f"顺畅公司{number}"})
                Client(from_address(server, "colleague", OTHER)).close()
                true(time.monotonic() - begun < 5, "the healthy client waits")


def who_says_nothing_takes_no_more_than_a_quarter():
    with Server({"limits": {"handshakes": 8}}) as server, ExitStack() as stack:
        def silent(source):
            return stack.enter_context(knock(server, source))

        inside = stack.enter_context(server.client("clerk"))
        held = [silent(FLOODER) for _ in range(3)]
        closed = await_closed(held)
        equal(len(closed), 1, "closed of three")
        held.remove(closed[0])
        true(none_is_closed(held), "two have their places")
        Client(from_address(server, "colleague", OTHER)).close()
        for source in ("127.0.0.10", "127.0.0.11", "127.0.0.12"):
            held += [silent(source), silent(source)]
        true(none_is_closed(held), "each address has its quarter")
        true(await_closed([silent(OTHER)]), "the ninth of all is closed")
        wait_for_log(server, rf"event=limit_reached address={OTHER} why=crowded")
        equal(inside.look("whoami").principal.login, "clerk")
        for plain in held:
            plain.close()
        eventually(lambda: not is_turned_away(server, "colleague", OTHER), "no room again")


def who_does_not_greet_is_a_stranger_still():
    with Server({"limits": {"handshakes": 4, "hello_seconds": 1}}) as server:
        with Connection(from_address(server, "clerk", FLOODER)) as silent:
            true(is_turned_away(server, "clerk", FLOODER), "its one place is taken")
            hello = wire.Hello(version_min=1, version_max=9, client="test/1")
            silent.send(HELLO, hello.SerializeToString())
            silent.receive()
            Client(from_address(server, "clerk", FLOODER)).close()


def one_connection_of_a_certificate_too_many_is_told_so():
    with Server({"limits": {"certificate_connections": 3}}) as server, ExitStack() as stack:
        clients = [stack.enter_context(server.client("clerk")) for _ in range(3)]
        with Connection(server.profile("clerk")) as fourth:
            hello = wire.Hello(version_min=1, version_max=9, client="test/1")
            fourth.send(HELLO, hello.SerializeToString())
            frame = fourth.receive()
            equal((frame.kind, frame.request_id), (ERROR, 0))
            answer = refused(frame)
            equal((answer.status, answer.refusal.reason, answer.refusal.limit),
                  ("LIMIT", "too_many_connections", 3))
            raises(Closed, fourth.receive)
        server.client("colleague").close()
        for client in clients:
            equal(client.look("whoami").principal.login, "clerk")
        done = whoami(server)
        equal(done.returncode, 1, done.stderr)
        true("too many connections are open with your certificate" in done.stderr, done.stderr)
        clients[1].close()

        def has_seat():
            try:
                server.client("clerk").close()
            except Refused:
                return False
            return True

        eventually(has_seat, "the seat that was left is not given again")
        reload(server, {"certificate_connections": 0})
        for _ in range(10):
            stack.enter_context(server.client("clerk"))


# ---- requests ----

def ask_at_once(client, count):
    """Sends so many requests and reads what comes: answers, and refusals."""
    first = 1000
    client.connection.send_bytes(b"".join(
        encode_request("whoami", RPCS["whoami"].request(), first + n) for n in range(count)))
    frames = [client.connection.receive() for _ in range(count)]
    equal(sorted(frame.request_id for frame in frames), list(range(first, first + count)))
    return ([frame for frame in frames if frame.kind == ANSWER],
            [refused(frame) for frame in frames if frame.kind == ERROR])


def expect_too_fast(refusals, limit):
    true(refusals, "nothing was refused")
    for answer in refusals:
        equal((answer.status, answer.refusal.reason, answer.refusal.limit, answer.refusal.entered),
              ("TOO_MANY_REQUESTS", "too_fast", limit, False))


def too_many_requests_are_answered_so_and_the_connection_stays():
    with Server({"limits": {"staff_requests": 20}}) as server:
        with server.client("clerk") as clerk, server.client("clerk") as same, \
             server.client("colleague") as colleague:
            answers, refusals = ask_at_once(clerk, 400)
            true(len(answers) >= 20, f"{len(answers)} answers")
            expect_too_fast(refusals, 20)
            expect_too_fast(ask_at_once(same, 400)[1], 20)
            equal(colleague.look("whoami").principal.login, "colleague")
            clerk.ping(7)
            eventually(lambda: ask_at_once(clerk, 1)[0], "it is not answered again")
        wait_for_log(server, r"event=limit_reached principal=\d+ why=too_fast limit=20")


def an_act_too_many_has_no_effect_and_its_key_stays_free():
    with Server({"limits": {"staff_requests": 20}}) as server, server.client("clerk") as clerk:
        key = new_key()
        packed = request.CustomerAddRequest(draft={"name": "一次公司"}).SerializeToString()

        def flood_and_act():
            ask_at_once(clerk, 400)
            try:
                clerk.act_packed("customer_add", packed, key)
            except Refused as error:
                equal((error.status, error.refusal.reason), ("TOO_MANY_REQUESTS", "too_fast"))
                return True
            return False

        true(flood_and_act(), "the act was not refused")
        equal(sum(1 for _ in server_list(server)), 0)
        eventually(lambda: ask_at_once(clerk, 1)[0], "it is not answered again")
        eventually(lambda: acted(clerk, packed, key), "the act is not taken")
        equal(sum(1 for _ in server_list(server)), 1)


def acted(client, packed, key):
    try:
        client.act_packed("customer_add", packed, key)
    except Refused as error:
        equal(error.status, "TOO_MANY_REQUESTS")
        return False
    return True


def server_list(server):
    with server.client("archivist") as archivist:
        yield from archivist.stream("customer_list")


def an_outsider_may_ask_ten_times_a_second():
    with Server() as server:
        with server.client("officer") as officer:
            officer.act("principal_add", login="lawyer", name="罗律师", office="HQ",
                        role=record.LAWYER, unit="律师事务所")
        server.issue("lawyer")
        with server.client("lawyer") as lawyer, server.client("clerk") as clerk:
            answers, refusals = ask_at_once(lawyer, 300)
            true(10 <= len(answers) < 100, f"{len(answers)} answers")
            expect_too_fast(refusals, 10)
            equal(len(ask_at_once(clerk, 300)[0]), 300)


# ---- what the operator sees ----

def refusals_are_counted():
    with Server({"limits": {"certificate_connections": 1, "handshakes": 4,
                            "staff_requests": 20}}) as server:
        with socket.create_server((ADDRESS, 0)) as listener:
            port = listener.getsockname()[1]
        server.stop()
        with open(server.config, "a", encoding="utf-8") as config:
            config.write(f"[server]\nmetrics_port = {port}\n")
        server.start()
        with server.client("clerk") as clerk:
            raises(Refused, server.client, "clerk")
            refusals = ask_at_once(clerk, 300)[1]
        with knock(server, FLOODER) as first, knock(server, FLOODER) as second:
            equal(len(await_closed([first, second])), 1, "closed of two")
        text = urllib.request.urlopen(f"http://{ADDRESS}:{port}/metrics", timeout=SOON).read()
        for line in (b"limit_certificate_total 1", b"limit_handshakes_total 1",
                     b"limit_address_total 0", b"limit_codes_total 0",
                     b"limit_requests_total %d" % len(refusals)):
            true(b"\ndossier_" + line + b"\n" in text, line)


CHECKS = [
    three_hundred_commands_of_a_clerk_pass,
    one_address_too_often_is_closed_before_the_handshake,
    the_client_says_what_it_may_mean,
    a_flood_of_connections_does_not_disturb_others,
    who_says_nothing_takes_no_more_than_a_quarter,
    who_does_not_greet_is_a_stranger_still,
    one_connection_of_a_certificate_too_many_is_told_so,
    too_many_requests_are_answered_so_and_the_connection_stays,
    an_act_too_many_has_no_effect_and_its_key_stays_free,
    an_outsider_may_ask_ten_times_a_second,
    refusals_are_counted,
]


def main():
    suite = Suite()
    for check in CHECKS:
        suite.run(check.__name__, check)
    suite.finish()


if __name__ == "__main__":
    main()
