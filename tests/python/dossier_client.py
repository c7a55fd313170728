"""A client of Dossier written from proto/PROTOCOL.md alone. Blocking, one thread a connection."""

import hashlib
import itertools
import os
import pathlib
import socket
import ssl
import struct
import time
from typing import NamedTuple

import verifier
from contract import RPCS, STATUSES, wire

HEADER = struct.Struct(">IBBHQ")
ENTRY = struct.Struct(">BBHHHQqQQ16s32s")
SUBJECT = struct.Struct(">BQ")
ALPN = "dossier/1"
VERSIONS = (1, 2, 3)
PROVEN = 3  # the version from which on everything that is entered comes with its proof
KEY_LEN = 16
DRY_RUN = 1

HELLO, WELCOME, REQUEST, ANSWER, ITEM, END, ERROR, CANCEL, PING, PONG, MARK = range(1, 12)


class Closed(Exception):
    """The server ended the connection, properly (close_notify)."""


class Cut(Exception):
    """The connection ended without a goodbye: nothing of it may be taken as complete."""


class Broken(Exception):
    """The server does not keep to the protocol."""


class Refused(Exception):
    """The server answered with an ERROR; body is what never changes of it, without the proof."""

    def __init__(self, refusal, body):
        self.refusal = refusal
        lasting = wire.Refusal.FromString(body)
        lasting.receipt.ClearField("proof")
        self.body = lasting.SerializeToString(deterministic=True)
        self.status = STATUSES.get(refusal.status, str(refusal.status))
        super().__init__(f"{self.status} {refusal.reason} {refusal.field}".strip())


class Frame(NamedTuple):
    kind: int
    flags: int
    rpc: int
    request_id: int
    body: bytes


class Entry(NamedTuple):
    """The header of a ledger entry."""
    version: int
    class_: int
    rpc: int
    status: int
    subject_count: int
    sequence: int
    time: int
    actor: int
    office: int
    key: bytes
    commitment: bytes
    subjects: tuple

    @classmethod
    def decode(cls, data):
        fixed = ENTRY.unpack_from(data)
        if len(data) != ENTRY.size + fixed[4] * SUBJECT.size:
            raise Broken("an entry's header has the wrong length")
        return cls(*fixed, tuple(SUBJECT.iter_unpack(data[ENTRY.size:])))


class Marked(NamedTuple):
    """What stands before what was entered before it was shown."""
    request_id: int
    entry: Entry
    grants: tuple


class Done(NamedTuple):
    """The answer to an act. receipt is None for a dry run; body is what never changes of it: the
    entry's header and the reply, without the proof."""
    reply: object
    receipt: object
    body: bytes

    @property
    def entry(self):
        return Entry.decode(self.receipt.entry)


class Profile(NamedTuple):
    """Whose certificate, and which server: a folder with cert.pem, key.pem, ca.pem."""
    folder: pathlib.Path
    host: str
    port: int
    source: str = ""  # address to come from; "": any

    def tls(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.options &= ~ssl.OP_IGNORE_UNEXPECTED_EOF  # a cut must not look like a goodbye
        context.set_alpn_protocols([ALPN])
        context.load_verify_locations(self.folder / "ca.pem")
        context.load_cert_chain(self.folder / "cert.pem", self.folder / "key.pem")
        return context


def new_key():
    return (time.time_ns() // 1_000_000).to_bytes(6, "big") + os.urandom(KEY_LEN - 6)


def leaf_hash(entry):
    return hashlib.sha256(b"\0" + entry).digest()


class Connection:
    """Frames over TLS. Knows nothing of what is in them."""

    def __init__(self, profile, timeout=10.0, context=None):
        plain = socket.create_connection((profile.host, profile.port), timeout,
                                         (profile.source, 0))
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            self.socket = (context or profile.tls()).wrap_socket(
                plain, server_hostname=profile.host, suppress_ragged_eofs=False)
        except BaseException:
            plain.close()
            raise
        self._begun = b""  # of a frame that is not here whole

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def send_bytes(self, data):
        self.socket.sendall(data)

    def send(self, kind, body=b"", rpc=0, request_id=0, flags=0):
        self.send_bytes(encode(kind, body, rpc, request_id, flags))

    def receive(self):
        """The next frame. After a timeout it can be called again."""
        self._read(HEADER.size)
        length, kind, flags, rpc, request_id = HEADER.unpack(self._begun[:HEADER.size])
        self._read(HEADER.size + length)
        body, self._begun = self._begun[HEADER.size:], b""
        return Frame(kind, flags, rpc, request_id, body)

    def _read(self, length):
        while len(self._begun) < length:
            try:
                piece = self.socket.recv(length - len(self._begun))
            except (ConnectionResetError, BrokenPipeError) as error:
                raise Cut(str(error)) from error
            except ssl.SSLError as error:
                if "EOF" in str(error.reason):
                    raise Cut(str(error)) from error
                raise
            if not piece:
                raise Closed()
            self._begun += piece

    def close(self):
        """Says goodbye without waiting for the server's."""
        try:
            self.socket.settimeout(0)
            self.socket.unwrap()
        except (OSError, ValueError):
            pass  # the server was faster, or there is nobody any more
        self.socket.close()

    def drop(self):
        """Vanishes without a goodbye, as when a cable is pulled: the server sees a reset."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()


def encode(kind, body=b"", rpc=0, request_id=0, flags=0):
    return HEADER.pack(len(body), kind, flags, rpc, request_id) + body


def encode_request(name, message, request_id, key=None, flags=0):
    body = message if isinstance(message, bytes) else message.SerializeToString()
    return encode(REQUEST, (key or b"") + body, RPCS[name].number, request_id, flags)


class Client:
    """A connection that was welcomed. One request at a time, but for streams."""

    def __init__(self, profile, timeout=10.0, versions=VERSIONS, seen=()):
        self.connection = Connection(profile, timeout)
        self._ids = itertools.count(1)
        self.marks = []  # of what was shown, as they came; each a Marked
        try:
            self.welcome = self._greet(versions, seen)
        except BaseException:
            self.connection.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.connection.close()

    def close(self):
        self.connection.close()

    def _greet(self, versions, seen):
        hello = wire.Hello(version_min=versions[0], version_max=versions[-1], seen=seen,
                           client="dossier_client.py/3")
        self.connection.send(HELLO, hello.SerializeToString())
        frame = self.connection.receive()
        if frame.kind == ERROR:
            raise refused(frame)
        if frame.kind != WELCOME:
            raise Broken(f"kind {frame.kind} instead of WELCOME")
        welcome = wire.Welcome.FromString(frame.body)
        self._check_heads(welcome, seen)
        return welcome

    @staticmethod
    def _check_heads(welcome, seen):
        """What Welcome has to show of the ledger. That it is signed, and that its proofs hold, is
        for who has keys and heads: verifier.py."""
        shown = (welcome.checkpoint, welcome.heartbeat)
        if welcome.version < PROVEN:
            if any(shown) or welcome.consistency or welcome.quarantine:
                raise Broken("a field of a later version")
            return
        if all(shown) == bool(welcome.quarantine) or any(shown) != all(shown):
            raise Broken("a head and a heartbeat, or else why not")
        if any(shown):
            head = head_of(welcome.checkpoint)
            if ([proof.size for proof in welcome.consistency]
                    != [size for size in seen if size <= head.size]):
                raise Broken("a head that was seen is not proven")

    def _check_proof(self, header, proof):
        """That the entry is below the head that the proof leads to."""
        if self.welcome.version < PROVEN:
            return
        try:
            demand_proof(header, proof)
        except verifier.Wrong as wrong:
            raise Broken(f"the proof of an entry: {wrong}") from wrong

    def send(self, name, message, key=None, flags=0):
        """Sends a request; its id."""
        request_id = next(self._ids)
        self.connection.send_bytes(encode_request(name, message, request_id, key, flags))
        return request_id

    def receive(self, request_id):
        """The next frame that answers this request. Pings are answered on the way."""
        while True:
            frame = self.connection.receive()
            if frame.kind == PING:
                self.connection.send(PONG, request_id=frame.request_id)
            elif frame.kind == ERROR and frame.request_id in (0, request_id):
                raise self._refused(frame)
            elif frame.kind == MARK and frame.request_id == request_id:
                self._keep(frame)
            elif frame.request_id == request_id:
                return frame
            else:
                raise Broken(f"an answer to request {frame.request_id}, which was not asked")

    def _refused(self, frame):
        error = refused(frame)
        receipt = error.refusal.receipt
        if error.refusal.entered and self.welcome.version >= PROVEN:
            entry = Entry.decode(receipt.entry)
            told = (entry.version, entry.class_, entry.rpc, entry.sequence, entry.actor)
            if told != (1, 2, frame.rpc, error.refusal.sequence, self.welcome.principal_id):
                raise Broken("the receipt is for another refusal")
            self._check_proof(receipt.entry, receipt.proof)
        return error

    def _keep(self, frame):
        mark = wire.Mark.FromString(frame.body)
        entry = Entry.decode(mark.entry)
        told = (entry.version, entry.class_, entry.rpc, entry.status, entry.actor)
        if told != (1, 3, frame.rpc, 0, self.welcome.principal_id) or self.welcome.version < 2:
            raise Broken("the mark is of another look")
        self._check_proof(mark.entry, mark.proof)
        self.marks.append(Marked(frame.request_id, entry, tuple(mark.grants)))

    def look(self, name, /, **fields):
        """A POINT: its reply."""
        rpc = RPCS[name]
        frame = self.receive(self.send(name, rpc.request(**fields)))
        if frame.kind != ANSWER or frame.rpc != rpc.number:
            raise Broken(f"kind {frame.kind} of rpc {frame.rpc} instead of an answer to {name}")
        return rpc.reply.FromString(frame.body)

    def stream(self, name, /, **fields):
        """A SCAN: its replies one by one. Ends normally only when END came and agreed."""
        rpc = RPCS[name]
        yield from self.items(self.send(name, rpc.request(**fields)), rpc)

    def items(self, request_id, rpc):
        count, digest = 0, hashlib.sha256()
        while True:
            frame = self.receive(request_id)
            if frame.kind == END:
                break
            if frame.kind != ITEM:
                raise Broken(f"kind {frame.kind} in a stream")
            count += 1
            digest.update(frame.body)
            yield rpc.reply.FromString(frame.body)
        end = wire.StreamEnd.FromString(frame.body)
        if (end.count, end.hash) != (count, digest.digest()):
            raise Broken("the end of the stream does not agree with what came")

    def cancel(self, request_id):
        self.connection.send(CANCEL, request_id=request_id)

    def act(self, name, /, key=None, dry_run=False, **fields):
        """A WRITE: Done, with its receipt checked."""
        return self.act_packed(name, RPCS[name].request(**fields).SerializeToString(),
                               key or new_key(), dry_run)

    def act_packed(self, name, message, key, dry_run=False):
        """The same with the message's bytes, for repeating a request exactly."""
        request_id = self.send(name, message, key, DRY_RUN if dry_run else 0)
        return self.done(name, self.receive(request_id), key, dry_run)

    def done(self, name, frame, key, dry_run=False):
        rpc = RPCS[name]
        if frame.kind != ANSWER or frame.rpc != rpc.number:
            raise Broken(f"kind {frame.kind} of rpc {frame.rpc} instead of an answer to {name}")
        (length,) = struct.unpack_from(">I", frame.body)
        if length > len(frame.body) - 4 or (length == 0) != dry_run:
            raise Broken(f"a receipt of {length} bytes")
        receipt = None
        if not dry_run:
            receipt = wire.Receipt.FromString(frame.body[4:4 + length])
            entry = Entry.decode(receipt.entry)
            told = (entry.version, entry.class_, entry.rpc, entry.status, entry.key, entry.actor)
            if told != (1, 1, rpc.number, 0, key, self.welcome.principal_id):
                raise Broken("the receipt is for another act")
            self._check_proof(receipt.entry, receipt.proof)
        reply = frame.body[4 + length:]
        entry = b"" if dry_run else receipt.entry
        return Done(rpc.reply.FromString(reply), receipt, entry + reply)

    def ping(self, request_id):
        self.connection.send(PING, request_id=request_id)
        frame = self.connection.receive()
        if (frame.kind, frame.request_id) != (PONG, request_id):
            raise Broken("no pong")


def head_of(note):
    """The head in a signed note, whoever signed it."""
    return verifier.Checkpoint.parse(verifier.Note(note).text)


def hashes_of(proof):
    """A proof's hashes, one by one."""
    return [proof.hashes[at:at + 32] for at in range(0, len(proof.hashes), 32)]


def demand_proof(header, proof):
    """That an entry's header is below the head of its proof; the head. Else verifier.Wrong."""
    head = head_of(proof.checkpoint)
    verifier.demand(proof.index == Entry.decode(header).sequence, "of another entry")
    verifier.verify_inclusion(proof.index, head.size, verifier.leaf_hash(header),
                              hashes_of(proof), head.root)
    return head


def refused(frame):
    return Refused(wire.Refusal.FromString(frame.body), frame.body)
