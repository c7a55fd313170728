"""Somebody without a certificate, written from PROTOCOL.md section 4 alone: codes, keys, and the
connection of a stranger."""

import base64
import hashlib
import pathlib
import re
import ssl
import subprocess
import tempfile

from contract import RPCS
from dossier_client import ANSWER, ERROR, Broken, Connection, Profile, encode_request, refused

ALPN_ENROL = "dossier-enrol/1"
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
SECRET_LEN, PIN_LEN, CHECK_PRIME = 15, 10, 1021


def digits_of(code):
    text = code.upper().translate(str.maketrans("OIL", "011", "- "))
    return [ALPHABET.index(character) for character in text]


def split_code(code):
    """Secret and pin of a code."""
    digits = digits_of(code)
    number = check = 0
    for digit in digits[:40]:
        number = number << 5 | digit
        check = (check * 32 + digit) % CHECK_PRIME
    if len(digits) != 42 or check != digits[40] * 32 + digits[41]:
        raise ValueError("mistyped")
    data = number.to_bytes(SECRET_LEN + PIN_LEN, "big")
    return data[:SECRET_LEN], data[SECRET_LEN:]


def code_hash(secret):
    return hashlib.sha256(secret).digest()


def pin_of(issued):
    ders = b"".join(ssl.PEM_cert_to_DER_cert(pem) for pem in
                    re.findall(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----",
                               issued.ca.decode(), re.S))
    both = hashlib.sha256(ders).digest() + hashlib.sha256(issued.log_key).digest()
    return hashlib.sha256(both).digest()[:PIN_LEN]


def openssl(*arguments, data=None):
    return subprocess.run(["openssl", *map(str, arguments)], input=data, capture_output=True,
                          check=True).stdout


def elements(der):
    """What a DER sequence has, each with its header."""
    def length_at(at):
        first = der[at + 1]
        if first < 0x80:
            return 2, first
        count = first & 0x7F
        return 2 + count, int.from_bytes(der[at + 2:at + 2 + count], "big")

    at, found = length_at(0)[0], []
    while at < len(der):
        head, length = length_at(at)
        found.append(der[at:at + head + length])
        at += head + length
    return found


def identity_of(certificate):
    """Whom a certificate in DER stands for: PROTOCOL.md section 2, common/tls.h."""
    _, serial, _, issuer, _, _, key = elements(elements(certificate)[0])[:7]
    return hashlib.sha256(issuer + serial + hashlib.sha256(key).digest()).digest()


class Key:
    """A key pair in a file of its own, with its signing request."""

    def __init__(self, folder=None, algorithm="EC", *options):
        self.folder = pathlib.Path(folder or tempfile.mkdtemp(prefix="dossier-key-"))
        self.folder.mkdir(exist_ok=True)
        options = options or (("-pkeyopt", "ec_paramgen_curve:P-256") if algorithm == "EC" else ())
        openssl("genpkey", "-algorithm", algorithm, *options, "-out", self.folder / "key.pem")

    def csr(self, digest="-sha256"):
        return openssl("req", "-new", "-key", self.folder / "key.pem", "-subj", "/CN=nobody",
                       digest, "-outform", "DER")

    def keep(self, issued):
        """Makes the folder a profile."""
        pem = base64.encodebytes(issued.certificate).decode()
        (self.folder / "cert.pem").write_text(
            f"-----BEGIN CERTIFICATE-----\n{pem}-----END CERTIFICATE-----\n")
        (self.folder / "ca.pem").write_bytes(issued.ca)
        return self


class Stranger(Connection):
    """A connection that shows no certificate, and has not checked the server's."""

    def __init__(self, host, port, timeout=10.0):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.options &= ~ssl.OP_IGNORE_UNEXPECTED_EOF
        context.set_alpn_protocols([ALPN_ENROL])
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        profile = Profile(pathlib.Path(), host, port)
        super().__init__(profile, timeout, context)
        self.asked = 0

    def enrol(self, secret=b"", csr=b""):
        """The answer's Issued."""
        self.asked += 1
        message = RPCS["enrol"].request(secret=secret, csr=csr)
        self.send_bytes(encode_request("enrol", message, self.asked))
        frame = self.receive()
        if frame.kind == ERROR:
            raise refused(frame)
        if (frame.kind, frame.rpc, frame.request_id) != (ANSWER, RPCS["enrol"].number, self.asked):
            raise Broken(f"kind {frame.kind} of rpc {frame.rpc} instead of an answer")
        return RPCS["enrol"].reply.FromString(frame.body).issued
