#!/usr/bin/python3 -B
"""What a stranger or a broken program may send: each kind gets the named answer or a clean close,
soon, and the server goes on. Numbers are those of the 34 classes of bad input on the wire."""

import time
from typing import NamedTuple, Optional

from contract import RPCS, request, wire
from dossier_client import (ANSWER, CANCEL, ERROR, HEADER, HELLO, ITEM, PING, PONG, REQUEST,
                            WELCOME, Client, Closed, Connection, Cut, encode, encode_request,
                            new_key, refused)
from fixture import Server
from suite import Suite, equal, raises, true

SOON = 2.0  # seconds in which a peer knows
LIMITS = {"in_flight": 4, "frame_seconds": 1, "hello_seconds": 1}
HELLO_MAX, REQUEST_MAX = 4 * 1024, 64 * 1024
KEY = b"\x01" * 16


class Stays(NamedTuple):
    """The request gets this status; the connection goes on."""
    status: str
    reason: Optional[str] = None


class Ends(NamedTuple):
    """The connection gets this status, then a goodbye."""
    status: str


class Closes(NamedTuple):
    """The peer left in the middle: a goodbye, perhaps a word before."""


class Case(NamedTuple):
    number: int
    name: str
    send: object         # bytes, or a function of the connection
    expect: object
    welcome: bool = True  # send after Welcome


# ---- what is sent ----

def header(length, kind=REQUEST, flags=0, rpc=51, request_id=1):
    return HEADER.pack(length, kind, flags, rpc, request_id)


def hello(low=1, high=1):
    return encode(HELLO, wire.Hello(version_min=low, version_max=high,
                                    client="bad/1").SerializeToString())


def look(body, name="item_show", request_id=1, flags=0):
    return encode_request(name, body, request_id, flags=flags)


def act(body, name="customer_add", request_id=1, key=None, flags=0):
    return encode_request(name, body, request_id, new_key() if key is None else key, flags)


def draft(body):
    """A customer_add whose draft has these bytes."""
    return act(field(1, body))


def tag(number, wire_type):
    return varint(number << 3 | wire_type)


def varint(value):
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def field(number, body):
    return tag(number, 2) + varint(len(body)) + body


def number_field(number, value):
    return tag(number, 0) + varint(value & 0xFFFFFFFFFFFFFFFF)


def nested(depth):
    body = b""
    while len(field(1, body)) < REQUEST_MAX - 64 and depth > 0:
        body = field(1, body)
        depth -= 1
    return body


def borrow(**fields):
    fields = {"items": ["HQ-KH-2026-000001"], "borrower": "colleague", "purpose": "x", **fields}
    return RPCS["borrow"].request(**fields).SerializeToString()


def leave(data):
    """Sends some bytes and says goodbye."""
    def send(connection):
        connection.send_bytes(data)
        connection.socket.unwrap()
    return send


def vanish(data):
    def send(connection):
        connection.send_bytes(data)
        connection.drop()
    return send


def dribble(data, count, pause):
    """One byte at a time, until the server has enough."""
    def send(connection):
        try:
            for byte in data[:count]:
                connection.send_bytes(bytes([byte]))
                time.sleep(pause)
        except OSError:
            pass  # the server closed, and what it said is still to be read
    return send


def follow(request_id):
    message = RPCS["log_list"].request(follow=True, last=1)
    return encode_request("log_list", message, request_id)


def cancelled(connection):
    """CANCEL with a body."""
    connection.send_bytes(follow(1) + encode(CANCEL, b"x", request_id=1))


def other_payload(connection):
    key = new_key()
    connection.send_bytes(act(request.CustomerAddRequest(
        draft=request.CustomerDraft(name="一")), key=key, request_id=7))
    equal(connection.receive().kind, ANSWER)
    connection.send_bytes(act(request.CustomerAddRequest(
        draft=request.CustomerDraft(name="二")), key=key))


def show(text):
    return look(field(1, text))


# ---- the table ----

INVALID = Stays("MESSAGE_INVALID")
CASES = [
    Case(1, "a look of length 0 names nothing", look(b""), Stays("NOT_FOUND", "item_unknown")),
    Case(1, "an act of length 0 has no key", header(0, rpc=40), Stays("KEY_INVALID")),
    Case(1, "a hello of length 0 offers no version", encode(HELLO), Ends("VERSION_UNSUPPORTED"),
         False),
    Case(2, "one byte too long", header(REQUEST_MAX + 1), Ends("FRAME_TOO_LARGE")),
    Case(2, "a hello one byte too long", header(HELLO_MAX + 1, HELLO, 0, 0, 0),
         Ends("FRAME_TOO_LARGE"), False),
    Case(3, "length 0xffffffff", header(0xFFFFFFFF), Ends("FRAME_TOO_LARGE")),
    Case(3, "a hello of length 0xffffffff", header(0xFFFFFFFF, HELLO, 0, 0, 0),
         Ends("FRAME_TOO_LARGE"), False),
    Case(4, "cut in the length", leave(header(9)[:2]), Closes()),
    Case(4, "cut in the length before hello", leave(hello()[:2]), Closes(), False),
    Case(4, "vanished in the length", vanish(header(9)[:2]), None),
    Case(5, "cut in the header", leave(header(9)[:9]), Closes()),
    Case(5, "vanished in the header", vanish(header(9)[:9]), None),
    Case(6, "cut in the body", leave(show(b"HQ-KH-2026-000001")[:-3]), Closes()),
    Case(6, "vanished in the body", vanish(show(b"HQ-KH-2026-000001")[:-3]), None),
    Case(7, "the body never comes", header(100), Ends("TIMEOUT")),
    Case(7, "the hello never comes", b"", Ends("TIMEOUT"), False),
    Case(8, "a byte now and then", dribble(header(100) + b"x" * 100, 8, 0.25), Ends("TIMEOUT")),
    Case(8, "a hello byte by byte", dribble(hello(), 8, 0.25), Ends("TIMEOUT"), False),
    Case(9, "a version from the future", hello(99, 100), Ends("VERSION_UNSUPPORTED"), False),
    Case(9, "versions upside down", hello(2, 1), Ends("VERSION_UNSUPPORTED"), False),
    Case(10, "kind 0", header(0, 0), Ends("FRAME_INVALID")),
    Case(10, "kind 11", header(0, 11), Ends("FRAME_INVALID")),
    Case(10, "kind 255", header(0, 255), Ends("FRAME_INVALID")),
    *(Case(11, f"kind {kind}, which only a server may send", header(0, kind),
           Ends("FRAME_INVALID")) for kind in (WELCOME, ANSWER, ITEM, 6, ERROR)),
    Case(12, "a reserved flag", look(field(1, b"x"), flags=0x80), Ends("FRAME_INVALID")),
    Case(12, "a dry run of a look", look(field(1, b"x"), flags=1), Ends("FRAME_INVALID")),
    Case(12, "a flag on a ping", encode(PING, flags=1), Ends("FRAME_INVALID")),
    Case(12, "a ping with a body", encode(PING, b"x"), Ends("FRAME_INVALID")),
    Case(12, "a cancel with a body", cancelled, Ends("FRAME_INVALID")),
    Case(12, "request id 0", look(field(1, b"x"), request_id=0), Ends("FRAME_INVALID")),
    Case(13, "the id of a request under way", follow(1) + follow(1), Ends("REQUEST_ID_IN_USE")),
    Case(14, "one request too many", b"".join(follow(n) for n in (2, 3, 4, 5, 1)),
         Stays("TOO_MANY_REQUESTS")),
    Case(15, "a request before hello", look(field(1, b"x")), Ends("NOT_WELCOME_YET"), False),
    Case(15, "a ping before hello", encode(PING), Ends("NOT_WELCOME_YET"), False),
    Case(16, "a second hello", hello(), Ends("FRAME_INVALID")),
    Case(17, "wire type 3", look(tag(1, 3) + tag(1, 4)), INVALID),
    Case(17, "wire type 4", look(tag(1, 4)), INVALID),
    Case(17, "wire type 6", look(tag(1, 6) + b"\0"), INVALID),
    Case(17, "wire type 7", look(tag(1, 7) + b"\0"), INVALID),
    Case(17, "a text sent as a number", look(number_field(1, 5)), INVALID),
    Case(18, "field number 0", look(field(0, b"x")), INVALID),
    Case(19, "a varint of 11 bytes", act(field(1, tag(2, 0) + b"\x80" * 10 + b"\x01")), INVALID),
    Case(19, "a tag of 11 bytes", look(b"\x8a" + b"\x80" * 9 + b"\x01" + b"\0"), INVALID),
    Case(19, "a varint that is cut", look(tag(1, 2) + b"\x80"), INVALID),
    Case(20, "a length that overruns", look(tag(1, 2) + varint(100) + b"abc"), INVALID),
    Case(20, "a length of 2^64 - 1", look(tag(1, 2) + varint(2**64 - 1) + b"abc"), INVALID),
    Case(20, "an inner length that overruns", draft(tag(1, 2) + varint(9) + b"abc"), INVALID),
    Case(21, "a singular field twice", look(field(1, b"a") + field(1, b"b")), INVALID),
    Case(21, "a draft twice", act(field(1, b"") + field(1, b"")), INVALID),
    Case(22, "one unknown field", look(field(1, b"a") + field(99, b"")), INVALID),
    Case(22, "a flood of unknown fields", look(number_field(1000, 0) * 20000), INVALID),
    Case(23, "a flood of empty contacts", draft(field(5, b"") * 30000), INVALID),
    Case(24, "nested 5000 deep", act(nested(5000)), INVALID),
    Case(25, "more items than may be lent at once",
         act(borrow(items=[f"X-{n}" for n in range(501)]), "borrow"), Stays("INVALID", "too_many")),
    Case(25, "a packed field of what cannot be packed",
         act(field(1, field(2, varint(1) * 100))), INVALID),
    Case(26, "a byte that is no UTF-8", show(b"HQ\xff"), Stays("MESSAGE_INVALID", "not_utf8")),
    Case(26, "an overlong NUL", show(b"HQ\xc0\x80"), Stays("MESSAGE_INVALID", "not_utf8")),
    Case(26, "a surrogate", show(b"HQ\xed\xa0\x80"), Stays("MESSAGE_INVALID", "not_utf8")),
    Case(27, "a NUL", show(b"HQ\0KH"), Stays("MESSAGE_INVALID", "control_character")),
    Case(28, "a line feed", show(b"HQ\nKH"), Stays("MESSAGE_INVALID", "control_character")),
    Case(28, "an escape", show(b"HQ\x1b[2J"), Stays("MESSAGE_INVALID", "control_character")),
    Case(28, "a right-to-left override", show("HQ\u202eKH".encode()),
         Stays("MESSAGE_INVALID", "control_character")),
    Case(29, "a customer without a name", draft(b""), Stays("INVALID", "required")),
    Case(29, "an act without its draft", act(b""), Stays("INVALID", "required")),
    Case(29, "a loan of nothing", act(borrow(items=[]), "borrow"), Stays("INVALID", "required")),
    Case(30, "a kind of customer that is none", draft(field(1, b"x") + number_field(2, 77)),
         INVALID),
    Case(30, "a kind of customer below 0", draft(field(1, b"x") + number_field(2, -1)), INVALID),
    Case(31, "a due date of INT32_MIN", act(borrow(until=-2**31), "borrow"),
         Stays("INVALID", "out_of_range")),
    Case(31, "a due date of INT32_MAX", act(borrow(until=2**31 - 1), "borrow"),
         Stays("INVALID", "out_of_range")),
    Case(32, "a name over its limit", draft(field(1, b"x" * 1500)), Stays("INVALID", "too_long")),
    Case(32, "a text over every limit", draft(field(1, b"x" * 3000)),
         Stays("MESSAGE_INVALID", "too_long")),
    Case(33, "no key", act(b"", key=b""), Stays("KEY_INVALID")),
    Case(33, "a short key", act(b"", key=KEY[:15]), Stays("KEY_INVALID")),
    Case(33, "a key of zeros", act(b"", key=bytes(16)), Stays("KEY_INVALID")),
    Case(34, "the same key with another message", other_payload,
         Stays("IDEMPOTENCY_MISMATCH", "key_reused")),
    Case(0, "an rpc that is none", encode(REQUEST, b"", 9999, 1), Stays("RPC_UNKNOWN")),
    Case(0, "a hello that is no message", encode(HELLO, b"\xff\xff"), Ends("MESSAGE_INVALID"),
         False),
]


# ---- how it is judged ----

def connect(server, welcome):
    """A connection of the archivist, who may do all that is tried here."""
    if not welcome:
        return Connection(server.profile("archivist"), timeout=SOON)
    return Client(server.profile("archivist"), timeout=SOON).connection


def next_error(connection):
    """The next ERROR; what else was under way is passed over."""
    while True:
        frame = connection.receive()
        if frame.kind == ERROR:
            return frame, refused(frame)


def stays(connection, expect):
    frame, answer = next_error(connection)
    equal(frame.request_id, 1, "request id")
    equal(answer.status, expect.status)
    if expect.reason is not None:
        equal(answer.refusal.reason, expect.reason, f"reason (field {answer.refusal.field})")
    connection.send(PING, request_id=77)
    while (frame := connection.receive()).kind != PONG:
        true(frame.kind != ERROR, "only one error")
    equal(frame.request_id, 77)


def ends(connection, expect):
    equal(next_error(connection)[1].status, expect.status)
    raises(Closed, connection.receive)


def closes(connection, _):
    """Nothing but a goodbye may be left, or what the server said before it."""
    try:
        while True:
            connection.receive()
    except (Closed, ValueError, OSError):
        pass  # OSError: our own half is closed already


def try_case(server, healthy, case):
    connection = connect(server, case.welcome)
    begun = time.monotonic()
    try:
        if callable(case.send):
            case.send(connection)
        else:
            connection.send_bytes(case.send)
        if case.expect is not None:
            judge = {Stays: stays, Ends: ends, Closes: closes}[type(case.expect)]
            judge(connection, case.expect)
        took = time.monotonic() - begun
        true(took < SOON + 1, f"{took:.1f} s until the peer knew")
    except Cut as error:
        raise AssertionError(f"cut instead of a goodbye: {error}") from error
    finally:
        connection.close()
    equal(healthy.look("whoami").principal.login, "clerk")
    true(server.is_running(), "the server runs")


def every_class_is_tried():
    missing = set(range(1, 35)) - {case.number for case in CASES}
    true(not missing, f"classes {sorted(missing)} are not tried")


def main():
    suite = Suite()
    suite.run("every_class_is_tried", every_class_is_tried)
    with Server({"limits": LIMITS}) as server:
        healthy = server.client("clerk")
        for case in CASES:
            suite.run(f"{case.number} {case.name}", try_case, server, healthy, case)
        healthy.close()
        suite.run("the_server_stops_in_order", server.stop)
    suite.finish()


if __name__ == "__main__":
    main()
