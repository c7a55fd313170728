"""A server that lies: it stands between the command line and the real server with the real server's
key, as whoever has root at head office could. Frames pass through functions that may change them."""

import socket
import ssl
import struct
import threading

from contract import wire
from dossier_client import ALPN, ANSWER, HELLO, REQUEST, WELCOME, Closed, Connection, Cut


class Liar:
    """answer(frame, asked) gives what the client gets for the server's frame; ask(frame) what the
    server gets for the client's. asked: the rpc numbers of requests by id."""

    def __init__(self, server, login, answer=None, ask=None):
        self.server = server
        self.login = login
        self.answer = answer or (lambda frame, asked: frame)
        self.ask = ask or (lambda frame: frame)
        identity = server.data / "identity"
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_3
        self.context.load_cert_chain(identity / "server-cert.pem", identity / "server-key.pem")
        self.context.load_verify_locations(identity / "ca-cert.pem")
        self.context.verify_mode = ssl.CERT_REQUIRED
        self.context.set_alpn_protocols([ALPN])
        self.context.num_tickets = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.close()

    def _serve(self):
        while True:
            try:
                plain, _ = self.listener.accept()
            except OSError:
                return  # closed
            threading.Thread(target=self._pass, args=(plain,), daemon=True).start()

    def _pass(self, plain):
        try:
            near = _Near(self.context.wrap_socket(plain, server_side=True))
            far = Connection(self.server.profile(self.login))
        except (OSError, ssl.SSLError):
            plain.close()
            return
        asked = {}
        forth = threading.Thread(target=_pump, daemon=True,
                                 args=(near, far, lambda frame: self._ask(frame, asked)))
        forth.start()
        _pump(far, near, lambda frame: self.answer(frame, asked))

    def _ask(self, frame, asked):
        if frame.kind == REQUEST:
            asked[frame.request_id] = frame.rpc
        return self.ask(frame)


class _Near(Connection):
    """The client's side: the same frames."""

    def __init__(self, tls):
        self.socket = tls
        self._begun = b""


def _pump(source, target, change):
    try:
        while True:
            frame = change(source.receive())
            if frame is not None:
                target.send(frame.kind, frame.body, frame.rpc, frame.request_id, frame.flags)
    except (Closed, Cut, OSError, ssl.SSLError, ValueError):
        pass
    finally:
        target.close()


def with_receipt(frame, change):
    """The answer to an act with its receipt as change(receipt) leaves it."""
    if frame.kind != ANSWER:
        return frame
    (length,) = struct.unpack_from(">I", frame.body)
    receipt = wire.Receipt.FromString(frame.body[4:4 + length])
    change(receipt)
    packed = receipt.SerializeToString()
    return frame._replace(body=struct.pack(">I", len(packed)) + packed + frame.body[4 + length:])


def with_welcome(frame, change):
    """The greeting as change(welcome) leaves it."""
    if frame.kind != WELCOME:
        return frame
    welcome = wire.Welcome.FromString(frame.body)
    change(welcome)
    return frame._replace(body=welcome.SerializeToString())


def with_hello(frame, change):
    if frame.kind != HELLO:
        return frame
    hello = wire.Hello.FromString(frame.body)
    change(hello)
    return frame._replace(body=hello.SerializeToString())
