"""A second opinion on the ledger's proofs, by the Python standard library alone.

Written from the public texts (RFC 4648, 6962, 8032, 9162; C2SP signed-note, tlog-checkpoint,
tlog-cosignature, tlog-proof, tlog-policy), not from the sources in C: where the two do not agree one
of them is wrong. What is not as the texts say raises Wrong.

As a program it verifies a .tlog-proof or a checkpoint with the keys of a file of verifier keys:
    verifier.py KEYS FILE"""

import base64
import functools
import hashlib
import re
import struct
import sys


class Wrong(Exception):
    """Not what it claims to be."""


def demand(condition, why):
    if not condition:
        raise Wrong(why)


# ---- RFC 4648 section 4: base64 in its one canonical form ----

def to_base64(data):
    return base64.b64encode(data).decode("ascii")


def from_base64(text):
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except ValueError as error:
        raise Wrong(f"no base64: {error}") from error
    demand(to_base64(data) == text, "base64 in a form that encoding does not give")
    return data


def from_decimal(text):
    demand(re.fullmatch("0|[1-9][0-9]*", text, re.ASCII), f"no number: {text!r}")
    demand(int(text) < 2 ** 64, "a number of more than 64 bits")
    return int(text)


# ---- RFC 9162 section 2.1: trees ----

HASH_LEN = 32


def leaf_hash(data):
    return hashlib.sha256(b"\0" + data).digest()


def node_hash(left, right):
    return hashlib.sha256(b"\1" + left + right).digest()


def split(count):
    """The largest power of two below count."""
    return 1 << (count - 1).bit_length() - 1


class Tree:
    """Roots and proofs of leaf hashes, as sections 2.1.1, 2.1.3.1 and 2.1.4.1 define them."""

    def __init__(self, leaves):
        self.leaves = leaves
        self.known = {}

    def root(self, size):
        return self.hash(0, size) if size else hashlib.sha256(b"").digest()

    def hash(self, start, count):
        """MTH(D[start : start + count])"""
        if count == 1:
            return self.leaves[start]
        found = self.known.get((start, count))
        if found is None:
            k = split(count)
            found = node_hash(self.hash(start, k), self.hash(start + k, count - k))
            self.known[start, count] = found
        return found

    def inclusion(self, index, count, start=0):
        """PATH(index, D[start : start + count])"""
        if count == 1:
            return []
        k = split(count)
        if index < k:
            return self.inclusion(index, k, start) + [self.hash(start + k, count - k)]
        return self.inclusion(index - k, count - k, start + k) + [self.hash(start, k)]

    def consistency(self, first, count):
        """PROOF(first, D[count])"""
        return self.subproof(first, 0, count, True) if 0 < first < count else []

    def subproof(self, first, start, count, whole):
        if first == count:
            return [] if whole else [self.hash(start, count)]
        k = split(count)
        if first <= k:
            return self.subproof(first, start, k, whole) + [self.hash(start + k, count - k)]
        return (self.subproof(first - k, start + k, count - k, False)
                + [self.hash(start, k)])


def verify_inclusion(index, size, leaf, proof, root):
    """Section 2.1.3.2."""
    demand(index < size, "the index is beyond the tree")
    demand(all(len(hash) == HASH_LEN for hash in (leaf, root, *proof)), "no hash")
    fn, sn, r = index, size - 1, leaf
    for p in proof:
        demand(sn != 0, "the proof is too long")
        if fn & 1 or fn == sn:
            r = node_hash(p, r)
            while not fn & 1 and fn:
                fn >>= 1
                sn >>= 1
        else:
            r = node_hash(r, p)
        fn >>= 1
        sn >>= 1
    demand(sn == 0, "the proof is too short")
    demand(r == root, "the proof leads to another root")


def verify_consistency(first, second, proof, first_root, second_root):
    """Section 2.1.4.2; for the empty tree and for equal ones, of which it says nothing, as RFC 6962
    has it: the proof is empty."""
    demand(first <= second, "the second tree is smaller")
    demand(all(len(hash) == HASH_LEN for hash in (first_root, second_root, *proof)), "no hash")
    if first in (0, second):
        demand(not proof, "the proof is too long")
        demand(first_root == (second_root if first == second else hashlib.sha256(b"").digest()),
               "the first root is another one")
        return
    demand(proof, "the proof is empty")
    path = [first_root] + proof if first & (first - 1) == 0 else list(proof)
    fn, sn = first - 1, second - 1
    while fn & 1:
        fn >>= 1
        sn >>= 1
    fr = sr = path[0]
    for c in path[1:]:
        demand(sn != 0, "the proof is too long")
        if fn & 1 or fn == sn:
            fr, sr = node_hash(c, fr), node_hash(c, sr)
            while not fn & 1 and fn:
                fn >>= 1
                sn >>= 1
        else:
            sr = node_hash(sr, c)
        fn >>= 1
        sn >>= 1
    demand(sn == 0, "the proof is too short")
    demand(fr == first_root, "the proof leads to another first root")
    demand(sr == second_root, "the proof leads to another second root")


# ---- RFC 8032 section 5.1: Ed25519. Points are extended homogeneous coordinates (X, Y, Z, T). ----

P = 2 ** 255 - 19
L = 2 ** 252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
SQRT_OF_MINUS_1 = pow(2, (P - 1) // 4, P)
NEUTRAL = (0, 1, 1, 0)


def point_add(p, q):
    a = (p[1] - p[0]) * (q[1] - q[0]) % P
    b = (p[1] + p[0]) * (q[1] + q[0]) % P
    c = 2 * p[3] * q[3] * D % P
    d = 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def point_multiply(scalar, point):
    result = NEUTRAL
    while scalar:
        if scalar & 1:
            result = point_add(result, point)
        point = point_add(point, point)
        scalar >>= 1
    return result


def recover_x(y, sign):
    demand(y < P, "y is no element of the field")
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * SQRT_OF_MINUS_1 % P
    demand((x * x - square) % P == 0, "no point of the curve")
    demand(x or not sign, "zero has no sign")
    return P - x if x & 1 != sign else x


def point_encode(point):
    inverse = pow(point[2], P - 2, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def point_decode(data):
    number = int.from_bytes(data, "little")
    y, sign = number & (1 << 255) - 1, number >> 255
    x = recover_x(y, sign)
    return x, y, 1, x * y % P


BASE_Y = 4 * pow(5, P - 2, P) % P
BASE_X = recover_x(BASE_Y, 0)
BASE = (BASE_X, BASE_Y, 1, BASE_X * BASE_Y % P)


def sha512_number(*parts):
    return int.from_bytes(hashlib.sha512(b"".join(parts)).digest(), "little")


def ed25519_expand(seed):
    digest = hashlib.sha512(seed).digest()
    scalar = int.from_bytes(digest[:32], "little") & (1 << 254) - 8 | 1 << 254
    return scalar, digest[32:]


def ed25519_public(seed):
    return point_encode(point_multiply(ed25519_expand(seed)[0], BASE))


def ed25519_sign(seed, message):
    scalar, prefix = ed25519_expand(seed)
    public = point_encode(point_multiply(scalar, BASE))
    r = sha512_number(prefix, message) % L
    encoded_r = point_encode(point_multiply(r, BASE))
    k = sha512_number(encoded_r, public, message) % L
    return encoded_r + ((r + k * scalar) % L).to_bytes(32, "little")


@functools.lru_cache # what is right stays right, and takes milliseconds
def ed25519_verify(public, message, signature):
    demand(len(public) == 32 and len(signature) == 64, "no key or no signature")
    s = int.from_bytes(signature[32:], "little")
    demand(s < L, "S is not reduced")
    x, y, z, t = point_decode(public)
    k = sha512_number(signature[:32], public, message) % L
    found = point_add(point_multiply(s, BASE), point_multiply(k, (-x % P, y, z, -t % P)))
    demand(point_encode(found) == signature[:32], "the signature is wrong")


# ---- C2SP signed-note ----

ED25519 = 1
COSIGNATURE = 4
NOTE_MAX = 16 * 1024
SIGNATURES_MAX = 64


class Key:
    """A verifier key: <name>+<id>+<base64 of type and key>."""

    def __init__(self, name, kind, public):
        demand(name and "+" not in name and not re.search(r"\s", name), f"no name: {name!r}")
        self.name, self.kind, self.public = name, kind, public
        self.id = hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + public).digest()[:4]

    @classmethod
    def parse(cls, vkey):
        parts = vkey.split("+", 2)
        demand(len(parts) == 3, "no verifier key")
        data = from_base64(parts[2])
        demand(len(data) == 33 and data[0] in (ED25519, COSIGNATURE), "a key of another kind")
        key = cls(parts[0], data[0], data[1:])
        demand(parts[1] == key.id.hex(), "the id is not the key's")
        return key

    def __str__(self):
        return f"{self.name}+{self.id.hex()}+{to_base64(bytes([self.kind]) + self.public)}"

    def __eq__(self, other):
        return str(self) == str(other)


def cosigned_message(time, text):
    return b"cosignature/v1\ntime %d\n" % time + text.encode()


def signature_line(key, seed, text, time=0):
    """The line by which a key, whose seed this is, signs a text."""
    if key.kind == ED25519:
        signature = ed25519_sign(seed, text.encode())
    else:
        signature = struct.pack(">Q", time) + ed25519_sign(seed, cosigned_message(time, text))
    return f"\N{EM DASH} {key.name} {to_base64(key.id + signature)}\n"


class Note:
    """A text and its signatures, each a name, a key's id and bytes."""

    def __init__(self, data):
        demand(len(data) <= NOTE_MAX, "the note is too long")
        try:
            whole = data.decode("utf-8")
        except UnicodeDecodeError as error:
            raise Wrong("the note is not UTF-8") from error
        demand(not re.search("[\0-\x09\x0b-\x1f]", whole), "a control character")
        cut = whole.rfind("\n\n")
        demand(cut >= 0 and whole.endswith("\n"), "no empty line between text and signatures")
        self.text = whole[:cut + 1]
        lines = whole[cut + 2:].split("\n")[:-1]
        demand(0 < len(lines) <= SIGNATURES_MAX, "no signatures, or too many")
        self.signatures = [self.cut(line) for line in lines]

    @staticmethod
    def cut(line):
        words = line.split(" ")
        demand(len(words) == 3 and words[0] == "\N{EM DASH}", f"no signature line: {line!r}")
        name, data = words[1], from_base64(words[2])
        demand(name and "+" not in name and not re.search(r"\s", name), f"no name: {name!r}")
        demand(len(data) > 4, "no signature behind the id")
        return name, data[:4], data[4:]

    def verify(self, key):
        """The time of the key's signature (0 for a kind without); None when it did not sign."""
        times = [self.verify_one(key, signature) for name, id, signature in self.signatures
                 if (name, id) == (key.name, key.id)]
        return max(times) if times else None

    def verify_one(self, key, signature):
        if key.kind == ED25519:
            ed25519_verify(key.public, self.text.encode(), signature)
            return 0
        demand(len(signature) == 72, "no cosignature")
        time = struct.unpack(">Q", signature[:8])[0]
        demand(time < 2 ** 63, "the time is none")
        ed25519_verify(key.public, cosigned_message(time, self.text), signature[8:])
        return time


# ---- C2SP tlog-checkpoint ----

class Checkpoint:
    def __init__(self, origin, size, root):
        self.origin, self.size, self.root = origin, size, root

    @classmethod
    def parse(cls, text):
        demand(text.endswith("\n"), "the text does not end")
        lines = text.split("\n")[:-1]
        demand(len(lines) >= 3 and all(lines), "no three lines")
        root = from_base64(lines[2])
        demand(len(root) == HASH_LEN, "no root")
        return cls(lines[0], from_decimal(lines[1]), root)

    @classmethod
    def verified(cls, data, keys):
        """Of a note that a log of that origin signed, with one of the keys."""
        note = Note(data)
        checkpoint = cls.parse(note.text)
        signed = [key for key in keys if note.verify(key) is not None]
        demand(any(key.name == checkpoint.origin for key in signed), "not signed by the log")
        return checkpoint

    def text(self):
        return f"{self.origin}\n{self.size}\n{to_base64(self.root)}\n"


# ---- C2SP tlog-proof ----

PROOF_HASHES_MAX = 64


class TlogProof:
    def __init__(self, index, proof, checkpoint, extra=None):
        self.index, self.proof, self.checkpoint, self.extra = index, proof, checkpoint, extra

    @classmethod
    def parse(cls, data):
        head, empty, checkpoint = data.partition(b"\n\n")
        demand(empty and checkpoint, "no empty line before the checkpoint")
        try:
            lines = head.decode("ascii").split("\n")
        except UnicodeDecodeError as error:
            raise Wrong("not ASCII") from error
        demand(lines.pop(0) == "c2sp.org/tlog-proof@v1", "no proof of this version")
        extra = None
        if lines and lines[0].startswith("extra "):
            extra = from_base64(lines.pop(0)[6:])
            demand(extra, "nothing extra")
        demand(lines and lines[0].startswith("index "), "no index")
        index = from_decimal(lines.pop(0)[6:])
        proof = [from_base64(line) for line in lines]
        demand(len(proof) <= PROOF_HASHES_MAX and all(len(hash) == HASH_LEN for hash in proof),
               "what stands in the proof are no hashes")
        return cls(index, proof, checkpoint, extra)

    def format(self):
        lines = ["c2sp.org/tlog-proof@v1"]
        if self.extra is not None:
            lines.append("extra " + to_base64(self.extra))
        lines.append(f"index {self.index}")
        lines += map(to_base64, self.proof)
        return ("\n".join(lines) + "\n\n").encode() + self.checkpoint

    def verify(self, leaf, keys):
        """The checkpoint below which the leaf is."""
        checkpoint = Checkpoint.verified(self.checkpoint, keys)
        verify_inclusion(self.index, checkpoint.size, leaf, self.proof, checkpoint.root)
        return checkpoint


# ---- C2SP tlog-policy ----

class Policy:
    """Logs, and the quorum of witnesses that must have cosigned."""

    def __init__(self, data):
        demand(not re.search(rb"[^\t\n\x20-\x7e\x80-\xff]", data), "a control character")
        demand(data.endswith(b"\n"), "the last line does not end")
        self.logs, self.nodes, self.members, self.quorum = [], {}, set(), None
        for line in data.decode("latin-1").split("\n")[:-1]:
            words = [word for word in re.split("[ \t]+", line) if word]
            if words and not words[0].startswith("#"):
                demand(words[0] in ("log", "witness", "group", "quorum"), f"no line: {line!r}")
                getattr(self, "read_" + words[0])(*words[1:])
        demand(self.quorum is not None, "no quorum")

    def read_log(self, *words):
        demand(1 <= len(words) <= 2, "no log")
        key = Key.parse(words[0].encode("latin-1").decode("utf-8"))
        demand(all(log.public != key.public for log in self.logs), "the log is there already")
        self.logs.append(key)

    def define(self, name, what):
        demand(name != "none" and name not in self.nodes, "the name is taken")
        self.nodes[name] = what

    def read_witness(self, *words):
        demand(2 <= len(words) <= 3, "no witness")
        key = Key.parse(words[1].encode("latin-1").decode("utf-8"))
        demand(key.kind == COSIGNATURE, "a key of another kind")
        demand(all(node.public != key.public for node in self.nodes.values()
                   if isinstance(node, Key)), "the witness is there already")
        self.define(words[0], key)

    def read_group(self, *words):
        demand(len(words) >= 3, "no group")
        members = words[2:]
        for member in members:
            demand(member in self.nodes and member not in self.members, f"no member: {member!r}")
            self.members.add(member)
        threshold = {"all": len(members), "any": 1}.get(words[1])
        threshold = from_decimal(words[1]) if threshold is None else threshold
        demand(1 <= threshold <= len(members), "no threshold")
        self.define(words[0], (threshold, members))

    def read_quorum(self, *words):
        demand(len(words) == 1 and self.quorum is None, "no quorum, or a second one")
        demand(words[0] == "none" or words[0] in self.nodes, "a quorum of nobody")
        self.quorum = words[0]

    def holds(self, name, note):
        if name == "none":
            return True
        node = self.nodes[name]
        if isinstance(node, Key):
            return note.verify(node) is not None
        return sum(self.holds(member, note) for member in node[1]) >= node[0]

    def judge(self, data):
        """The checkpoint, which a log of the policy and the quorum signed."""
        checkpoint = Checkpoint.verified(data, self.logs)
        note = Note(data)
        for node in self.nodes.values(): # a wrong signature by any of them is one too many
            if isinstance(node, Key):
                note.verify(node)
        demand(self.holds(self.quorum, note), "the quorum does not hold")
        return checkpoint


def main(keys_file, file):
    with open(keys_file, encoding="utf-8") as keys_in, open(file, "rb") as file_in:
        keys = [Key.parse(line.rstrip("\n")) for line in keys_in]
        data = file_in.read()
    if data.startswith(b"c2sp.org/tlog-proof@"):
        proof = TlogProof.parse(data)
        demand(proof.extra is not None, "the entry's header is missing")
        checkpoint = proof.verify(leaf_hash(proof.extra), keys)
        print(f"entry {proof.index} is in the log {checkpoint.origin} of {checkpoint.size} entries")
    else:
        checkpoint = Checkpoint.verified(data, keys)
        print(f"the log {checkpoint.origin} has {checkpoint.size} entries")


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except Wrong as wrong:
        sys.exit(f"{sys.argv[2]}: {wrong}")
