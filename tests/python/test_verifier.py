#!/usr/bin/python3 -B
"""The product and a verifier in Python, written from the public texts alone, are of one opinion: on
100,000 proofs in trees of every size up to 300 and as many mutated ones, on all public vectors, and
on notes, cosignatures, tlog-proofs and policies that either of them made, or somebody spoilt."""

import contextlib
import hashlib
import io
import json
import os
import pathlib
import random
import struct
import subprocess
import sys

from suite import Suite, equal, raises, true
import verifier
from verifier import (COSIGNATURE, ED25519, HASH_LEN, Checkpoint, Key, Note, Policy, TlogProof, Tree,
                      Wrong, ed25519_public, ed25519_sign, ed25519_verify, leaf_hash, signature_line,
                      to_base64, verify_consistency, verify_inclusion)
from verifier_bundle import BEGIN, END, ERASED, FULL, HEAD, HEADER, ITEM, LEAF, MAGIC, Bundle

LONG = bool(os.environ.get("DOSSIER_LONG"))
SIZES = 300
PROOFS = 1_000_000 if LONG else 100_000
SEED = random.SystemRandom().getrandbits(32) if LONG else 9162
VECTORS_MIN = 100
OK, PROOF, INVALID, NOT_FOUND = 0, 53, 3, 1


# ---- the product's opinion ----

def run_of(data):
    return struct.pack(">I", len(data)) + data


def numbers(*values):
    return struct.pack(f">{len(values)}Q", *values)


class Prover:
    """tests/python/prover.c: asked in batches, because a question costs less than a round trip."""

    def __init__(self):
        build = pathlib.Path(os.environ.get("DOSSIER_BUILD", "build/debug"))
        self.process = subprocess.Popen([build / "tests/python/prover"], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE)

    def close(self):
        self.process.stdin.close()
        equal(self.process.wait(), 0, "prover")

    def ask(self, questions):
        """Of each question, a letter and a body, the status and the answer's body."""
        batch = b"".join(which + run_of(body) for which, body in questions)
        self.process.stdin.write(run_of(batch))
        self.process.stdin.flush()
        data = self.take(struct.unpack(">I", self.take(4))[0])
        answers, at = [], 0
        while at < len(data):
            status, length = struct.unpack_from(">BI", data, at)
            answers.append((status, data[at + 5:at + 5 + length]))
            at += 5 + length
        equal(len(answers), len(questions), "answers")
        return answers

    def take(self, length):
        data = self.process.stdout.read(length)
        true(len(data) == length, "the prover answers")
        return data

    def one(self, which, body):
        return self.ask([(which, body)])[0]

    def made(self, which, body):
        status, answer = self.one(which, body)
        equal(status, OK, "status")
        return answer


def hashes(data):
    return [data[at:at + HASH_LEN] for at in range(0, len(data), HASH_LEN)]


def holds(check, *arguments):
    """Our own opinion."""
    try:
        check(*arguments)
    except Wrong:
        return False
    return True


# ---- trees ----

def flip(data, chance):
    at = chance.randrange(8 * len(data))
    return data[:at // 8] + bytes([data[at // 8] ^ 1 << at % 8]) + data[at // 8 + 1:]


def change_number(value, chance):
    return max(0, chance.choice([value + 1, value - 1, value ^ 2, value * 2, value // 2]))


def mutated_proof(proof, chance):
    kind = chance.randrange(6)
    other = chance.randbytes(HASH_LEN)
    if kind == 0 or not proof:
        return [other] + proof if chance.randrange(2) else proof + [other]
    if kind == 1:
        return proof[1:] if chance.randrange(2) else proof[:-1]
    if kind == 2 and len(proof) > 1 and proof[0] != proof[-1]:
        return [proof[-1]] + proof[1:-1] + [proof[0]]
    at = chance.randrange(len(proof))
    return proof[:at] + [flip(proof[at], chance)] + proof[at + 1:]


# A claim: two numbers, two hashes (leaf and root, or two roots), a proof. It can still be true with
# other numbers; and whatever the second root is, the empty tree is its beginning.
NOTHING = Tree([]).root(0)

def mutated(claim, chance):
    """A claim with one thing changed, and whether nobody may believe it."""
    first, second, hash1, hash2, proof = claim
    kind = chance.randrange(8)
    if kind == 0:
        return (change_number(first, chance), second, hash1, hash2, proof), False
    if kind == 1:
        return (first, change_number(second, chance), hash1, hash2, proof), False
    if kind == 2:
        return (first, second, flip(hash1, chance), hash2, proof), True
    if kind == 3:
        return (first, second, hash1, flip(hash2, chance), proof), hash1 != NOTHING
    if kind == 4:
        return (first, second, hash2, hash1, proof), hash1 != hash2
    return (first, second, hash1, hash2, mutated_proof(proof, chance)), True


def packed(claim):
    first, second, hash1, hash2, proof = claim
    return numbers(first, second) + hash1 + hash2 + b"".join(proof)


def agree(prover, question, check, claims, expected):
    """Both judge the claims; expected(n, believed) says what is wrong with a verdict."""
    answers = prover.ask([(question, packed(claim)) for claim in claims])
    for number, (claim, (status, _)) in enumerate(zip(claims, answers)):
        first, second, hash1, hash2, proof = claim
        if question == b"I":
            ours = holds(check, first, second, hash1, proof, hash2)
        else:
            ours = holds(check, first, second, proof, hash1, hash2)
        if (status == OK) != ours or status not in (OK, PROOF) or not expected(number, ours):
            raise AssertionError(f"the product: {status}, the verifier: {ours}, of {claim}")


def compare_size(prover, tree, size, count, chance):
    """Proofs in the tree of so many leaves: half of inclusion, half of consistency. One of each kind
    that is possible when there are not more, else random ones."""
    root = tree.root(size)
    equal(prover.made(b"R", numbers(size)), root, "root")
    for question, prove, check in ((b"i", tree.inclusion, verify_inclusion),
                                   (b"c", tree.consistency, verify_consistency)):
        firsts = [chance.randrange(size) for _ in range(count)]
        if question == b"c":
            firsts = [first + chance.randrange(2) for first in firsts]
        made = prover.ask([(question, numbers(first, size)) for first in firsts])
        claims = []
        for first, (status, answer) in zip(firsts, made):
            proof = prove(first, size)
            if status != OK or hashes(answer) != proof:
                raise AssertionError(f"another proof of {first} in {size}: {status}")
            if question == b"i":
                claims.append((first, size, tree.leaves[first], root, proof))
            else:
                claims.append((first, size, tree.root(first), root, proof))
        agree(prover, question.upper(), check, claims, lambda _, ours: ours)
        pairs = [mutated(claim, chance) for claim in claims]
        agree(prover, question.upper(), check, [claim for claim, _ in pairs],
              lambda number, ours: not (ours and pairs[number][1]))


def proofs_agree_in_trees_of_every_size(prover, chance):
    leaves = [chance.randbytes(chance.randrange(100)) for _ in range(SIZES)]
    prover.made(b"L", b"".join(map(run_of, leaves)))
    tree = Tree([leaf_hash(leaf) for leaf in leaves])
    done = 0
    for size in range(1, SIZES + 1):
        count = (PROOFS * size // SIZES - done + 1) // 2
        compare_size(prover, tree, size, count, chance)
        done += 2 * count
    true(done >= PROOFS, f"{done} proofs were compared")


# ---- public vectors ----

def read_hash(text):
    data = verifier.from_base64(text or "")
    verifier.demand(len(data) == HASH_LEN, "no hash")
    return data


def vector_holds(vector):
    proof = [read_hash(text) for text in vector["proof"] or []]
    if "leafIdx" in vector:
        verify_inclusion(vector["leafIdx"], vector["treeSize"], read_hash(vector["leafHash"]), proof,
                         read_hash(vector["root"]))
    else:
        verify_consistency(vector["size1"], vector["size2"], proof, read_hash(vector["root1"]),
                           read_hash(vector["root2"]))


def all_public_vectors_agree(folder):
    seen = 0
    for path in sorted(folder.rglob("*.json")):
        vector = json.loads(path.read_text())
        equal(holds(vector_holds, vector), not vector["wantErr"], str(path))
        seen += 1
    true(seen >= VECTORS_MIN, f"{seen} vectors")


# ---- keys ----

# RFC 8032 section 7.1, tests 1 to 3: seed, public key, message, signature.
RFC_8032 = [
    ("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
     "d25bf5f0595bbe24655141438e7a100b"),
    ("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
     "387b2eaeb4302aeeb00d291612bb0c00"),
    ("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
     "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc659"
     "4a7c15e9716ed28dc027beceea1ec40a"),
]


def the_rfc_s_signatures_are_made_and_verified():
    for seed, public, message, signature in (map(bytes.fromhex, test) for test in RFC_8032):
        equal(ed25519_public(seed), public, "key")
        equal(ed25519_sign(seed, message), signature, "signature")
        ed25519_verify(public, message, signature)
        raises(Wrong, ed25519_verify, public, message + b"x", signature)
        larger = int.from_bytes(signature[32:], "little") + verifier.L
        raises(Wrong, ed25519_verify, public, message,
               signature[:32] + larger.to_bytes(32, "little"))


# ---- notes ----

class Signer:
    """A seed and the key that it makes under a name."""

    def __init__(self, name, kind, chance):
        self.seed = chance.randbytes(32)
        self.key = Key(name, kind, ed25519_public(self.seed))

    def pem(self):
        der = bytes.fromhex("302e020100300506032b657004220420") + self.seed
        return f"-----BEGIN PRIVATE KEY-----\n{to_base64(der)}\n-----END PRIVATE KEY-----\n".encode()

    def line(self, text, time=0):
        return signature_line(self.key, self.seed, text, time)

    def product_line(self, prover, text, time=0):
        """The same by the product, and its verifier key."""
        answer = prover.made(b"s", run_of(self.pem()) + numbers(time) + bytes([self.key.kind])
                             + run_of(self.key.name.encode()) + text.encode())
        vkey, _, line = answer.decode().partition("\n")
        equal(vkey, str(self.key), "verifier key")
        return line


class World:
    """A log of 300 entries and two witnesses."""

    def __init__(self, chance):
        self.log = Signer("office.example/log", ED25519, chance)
        self.beat = Signer(self.log.key.name, COSIGNATURE, chance)
        self.witnesses = [Signer(f"office.example/witness/\N{GREEK SMALL LETTER ALPHA}{n}",
                                 COSIGNATURE, chance) for n in range(2)]
        self.headers = [chance.randbytes(100) for _ in range(SIZES)]
        self.tree = Tree([leaf_hash(header) for header in self.headers])

    def text(self, size):
        return Checkpoint(self.log.key.name, size, self.tree.root(size)).text()

    def note(self, size, *signers):
        text = self.text(size)
        return (text + "\n" + "".join(signer.line(text, 1_700_000_000 + size)
                                      for signer in signers)).encode()


def both_verify(prover, note, key):
    """The time, when both find it; else None. They must not differ."""
    status, answer = prover.one(b"N", run_of(str(key).encode()) + note)
    try:
        ours = Note(note).verify(key)
    except Wrong:
        ours = None
        true(status in (PROOF, INVALID), f"both refuse, the product with {status}")
    else:
        equal(status, NOT_FOUND if ours is None else OK, "status")
    if ours is not None:
        equal(struct.unpack(">Q", answer)[0], ours, "time")
    return ours


def notes_and_cosignatures_of_both_are_the_same(prover, world):
    for size in (0, 1, 77, SIZES):
        text = world.text(size)
        for signer in (world.log, world.beat, *world.witnesses):
            time = 1_700_000_000 + size if signer.key.kind == COSIGNATURE else 0
            equal(signer.product_line(prover, text, time), signer.line(text, time), "line")
    everybody = (world.log, world.beat, *world.witnesses)
    note = world.note(5, *everybody)
    for signer in everybody:
        equal(both_verify(prover, note, signer.key),
              1_700_000_005 if signer.key.kind == COSIGNATURE else 0, "time")
    equal(both_verify(prover, world.note(5, world.log), world.witnesses[0].key), None, "a stranger")
    status, answer = prover.one(b"P", run_of(str(world.log.key).encode()) + note)
    equal((status, answer), (OK, numbers(5) + world.tree.root(5)), "checkpoint")


def spoilt_notes_are_refused_by_both(prover, world, chance):
    """Bytes exchanged, lost, doubled and slipped in, all over a cosigned checkpoint."""
    note = world.note(77, world.log, world.witnesses[0])
    refused = 0
    for at in range(0, len(note), 1 if LONG else 3):
        other = bytes([chance.choice(b"\0\t\n\r +=/A\x7f\xe2\xff")])
        for spoilt in (note[:at] + flip(note[at:at + 1], chance) + note[at + 1:],
                       note[:at] + note[at + 1:],
                       note[:at] + note[at:at + 1] + note[at:],
                       note[:at] + other + note[at:]):
            if b"\x7f" in spoilt: # the product takes no controls at all
                equal(prover.one(b"N", run_of(str(world.log.key).encode()) + spoilt)[0], INVALID,
                      "status")
                continue
            found = [both_verify(prover, spoilt, signer.key)
                     for signer in (world.log, world.witnesses[0])]
            refused += None in found
            true(None in found or spoilt == note, f"spoilt at {at}, and believed: {spoilt!r}")
    true(refused > len(note), "many were refused")


# ---- tlog-proofs ----

def both_verify_proof(prover, world, data, leaf):
    status, extra = prover.one(b"T", run_of(str(world.log.key).encode()) + leaf + data)
    try:
        proof = TlogProof.parse(data)
        proof.verify(leaf, [world.log.key])
    except Wrong:
        true(status in (PROOF, INVALID), f"both refuse, the product with {status}")
        return False
    equal((status, extra), (OK, proof.extra or b""), "status and extra")
    return True


def tlog_proofs_of_both_are_the_same(prover, world, chance):
    prover.made(b"L", b"".join(map(run_of, world.headers)))
    for size in (1, 2, 5, 64, 255, SIZES):
        note = world.note(size, world.log)
        index = chance.randrange(size)
        for extra in (world.headers[index], None):
            proof = TlogProof(index, world.tree.inclusion(index, size), note, extra)
            made = prover.made(b"t", numbers(index, size) + run_of(extra or b"") + note)
            equal(made, proof.format(), "tlog-proof")
            true(both_verify_proof(prover, world, made, world.tree.leaves[index]), "both believe it")
            true(not both_verify_proof(prover, world, made, chance.randbytes(HASH_LEN)),
                 "of another leaf neither does")


def spoilt_tlog_proofs_are_refused_by_both(prover, world, chance):
    """Each of its lines lost, doubled, exchanged with the next, and with a bit turned over."""
    index, size = 5, 77
    leaf = world.tree.leaves[index]
    whole = TlogProof(index, world.tree.inclusion(index, size), world.note(size, world.log),
                      world.headers[index]).format()
    lines = whole.splitlines(keepends=True)
    for at, line in enumerate(lines):
        turned = flip(line, chance)
        if b"\x7f" in turned:
            continue
        for spoilt in (lines[:at] + lines[at + 1:], lines[:at] + [line] + lines[at:],
                       lines[:at] + lines[at + 1:at + 2] + [line] + lines[at + 2:],
                       lines[:at] + [turned] + lines[at + 1:]):
            data = b"".join(spoilt)
            believed = both_verify_proof(prover, world, data, leaf)
            # The extra bytes are nobody's word: without them, or with others, the proof holds.
            # A signature said twice is said.
            harmless = data == whole or spoilt[2:] == lines[2:] or spoilt[1:] == lines[2:] or (
                data == whole + lines[-1])
            true(not believed or harmless, f"line {at}: {spoilt!r}")
    true(both_verify_proof(prover, world, whole, leaf), "the whole one holds")


# ---- policies ----

def policies_are_judged_alike(prover, world):
    log, (one, two) = world.log.key, (witness.key for witness in world.witnesses)
    named = f"log {log} https://log.example\nwitness one {one}\nwitness two {two}\n"
    notes = [world.note(9, world.log, *signers)
             for signers in ((), world.witnesses[:1], world.witnesses[1:], world.witnesses)]
    notes += [world.note(9, *world.witnesses), b"x\n"]
    ends = ["", "quorum none\n", "quorum one\n", "quorum two", "quorum three\n", "quorum one two\n",
            "group g any one two\nquorum g\n", "group g all one two\nquorum g\n",
            "group g 1 one\ngroup h 2 g two\n# all\nquorum h\n", "group g 3 one two\nquorum g\n",
            "group g 0 one two\nquorum g\n", "group g 01 one two\nquorum g\n",
            "group g any one\ngroup h any one\nquorum h\n", "quorum g\ngroup g any one\n",
            "group none any one\nquorum none\n", "\t quorum\t one \n", "quorum one\r\n",
            f"witness three {one}\nquorum one\n", f"witness three {log}\nquorum one\n",
            f"log {log}\nquorum one\n", "quorum one\nquorum one\n"]
    believed = 0
    for policy in [named + end for end in ends] + ["quorum none\n"]:
        for note in notes:
            status, _ = prover.one(b"J", run_of(policy.encode()) + note)
            ours = holds(lambda: Policy(policy.encode()).judge(note))
            equal(status == OK, ours, f"{policy!r} of {note!r}: {status}")
            believed += ours
    equal(believed, 4 + 2 + 3 + 1 + 1 + 2, "as many as one can count by hand")


# ---- bundles ----

class BundleMaker:
    """A ledger of a log's, written as bundles: records are pairs of kind and body."""

    def __init__(self, world, chance):
        self.world, self.chance = world, chance
        self.entries = [self.entry(sequence) for sequence in range(40)]
        self.tree = Tree([leaf_hash(header) for header, _, _ in self.entries])

    def entry(self, sequence):
        salt, payload = self.chance.randbytes(16), self.chance.randbytes(self.chance.randrange(80))
        subjects = self.chance.randrange(3)
        header = (struct.pack(">BBHHHQqQQ", 1, 1, 40, 0, subjects, sequence, 10 ** 15 + sequence, 7, 1)
                  + self.chance.randbytes(16) + hashlib.sha256(salt + payload).digest()
                  + self.chance.randbytes(9 * subjects))
        return header, salt, payload

    def entry_record(self, sequence):
        header, salt, payload = self.entries[sequence]
        kind = (FULL, HEADER, LEAF, FULL, ERASED)[sequence % 5]
        if kind == ERASED:
            salt, payload = bytes(12) + salt[12:], payload[:len(payload) // 2] + b"\x80" + bytes(9)
        return kind, {FULL: run_of(header) + salt + payload, ERASED: run_of(header) + salt + payload,
                      HEADER: header, LEAF: leaf_hash(header)}[kind]

    def head_record(self, end, size, *signers):
        text = Checkpoint(self.world.log.key.name, size, self.tree.root(size)).text()
        note = text + "\n" + "".join(signer.line(text, 1_700_000_000) for signer in signers)
        proof = self.tree.consistency(min(size, end), max(size, end))
        return HEAD, run_of(note.encode()) + b"".join(proof)

    def records(self, begin, end, heads):
        world = self.world
        peaks, at = [], 0
        for bit in range(64, -1, -1):
            if begin >> bit & 1:
                peaks.append(self.tree.hash(at, 1 << bit))
                at += 1 << bit
        made = [(BEGIN, numbers(begin) + b"".join(peaks))]
        made += [self.entry_record(sequence) for sequence in range(begin, end)]
        made.insert(-1, (ITEM, numbers(3) + b"\0" + "\N{LATIN SMALL LETTER E WITH ACUTE}1".encode()))
        made.append((ITEM, numbers(4) + b"\1" + numbers(9, 7, 10 ** 15) + bytes(4) + b"A-2"))
        made += [self.head_record(end, size, world.log, world.beat) for size in heads]
        proof = self.tree.consistency(begin, end)
        made.append((END, numbers(end) + self.tree.root(end) + numbers(2) + b"\1" + b"".join(proof)))
        return made


def written(records):
    return MAGIC + b"".join(bytes([kind]) + run_of(body) for kind, body in records)


def both_verify_bundle(prover, world, data, since=None):
    old = since.text().encode() if since else b""
    status, fault = prover.one(b"B", run_of(str(world.log.key).encode()) + run_of(old) + data)
    try:
        Bundle(io.BytesIO(data), [world.log.key], since)
        ours = None
    except Wrong as wrong:
        ours = wrong
    if (status == OK) != (ours is None) or status not in (OK, PROOF):
        raise AssertionError(f"the product: {status} {fault}, the verifier: {ours}")
    return ours is None


def bundles_are_verified_alike(prover, world, chance):
    maker = BundleMaker(world, chance)
    name = world.log.key.name
    for begin, end, heads in ((0, 40, [40]), (0, 9, [5, 9, 40]), (7, 33, [40, 2]), (16, 32, [32])):
        data = written(maker.records(begin, end, heads))
        true(both_verify_bundle(prover, world, data), f"from {begin} to {end}")
        for size in range(1, 41):
            seen = begin <= size <= end or size in heads
            right = Checkpoint(name, size, maker.tree.root(size))
            equal(both_verify_bundle(prover, world, data, right), seen, f"an old head of {size}")
            fork = Checkpoint(name, size, chance.randbytes(HASH_LEN))
            true(not both_verify_bundle(prover, world, data, fork), "a fork")


# Nothing in a bundle binds a second look at a head, what is left of an erased entry (another entry
# does) and items (the server's word).
LOOSE = {HEAD, ERASED, ITEM}


def spoilt_bundles_are_refused_by_both(prover, world, chance):
    """Each record lost, doubled, exchanged with the next, of another kind, longer, shorter, and with
    a bit turned over in each of its parts; the file cut, and longer."""
    records = BundleMaker(world, chance).records(7, 33, [40, 2])
    whole = written(records)
    for at, (kind, body) in enumerate(records):
        before, after = records[:at], records[at + 1:]
        others = [(other, body) for other in range(10) if other != kind]
        turned = [(kind, body[:spot] + flip(body[spot:spot + 1], chance) + body[spot + 1:])
                  for spot in range(0, len(body), 1 if LONG else 11)]
        sizes = [(kind, body[:-1]), (kind, body + b"\0"), (kind, body[1:])]
        for spoilt in ([before + after, before + [(kind, body)] * 2 + after,
                        before + after[:1] + [(kind, body)] + after[1:]]
                       + [before + [other] + after for other in others + turned + sizes]):
            data = written(spoilt)
            believed = both_verify_bundle(prover, world, data)
            loose = LOOSE & {kind, spoilt[at][0] if at < len(spoilt) else kind}
            true(not believed or loose or data == whole, f"record {at} of kind {kind}")
    for length in range(0, len(whole), 1 if LONG else 37):
        true(not both_verify_bundle(prover, world, whole[:length]), f"cut at {length}")
    true(not both_verify_bundle(prover, world, whole + b"\0"), "longer")


def main():
    suite = Suite()
    chance = random.Random(SEED)
    print(f"seed {SEED}")
    folder = pathlib.Path(os.environ.get("DOSSIER_SHARED", "../shared")) / "vectors"
    if folder.is_dir():
        suite.run("all public vectors agree", all_public_vectors_agree, folder)
    else:
        print(f"skipped: no vectors in {folder}")
    suite.run("the RFC's signatures are made and verified",
              the_rfc_s_signatures_are_made_and_verified)
    with contextlib.closing(Prover()) as prover:
        suite.run(f"{PROOFS} proofs agree in trees of every size up to {SIZES}",
                  proofs_agree_in_trees_of_every_size, prover, chance)
        world = World(chance)
        suite.run("notes and cosignatures of both are the same",
                  notes_and_cosignatures_of_both_are_the_same, prover, world)
        suite.run("spoilt notes are refused by both", spoilt_notes_are_refused_by_both, prover, world,
                  chance)
        suite.run("tlog-proofs of both are the same", tlog_proofs_of_both_are_the_same, prover, world,
                  chance)
        suite.run("spoilt tlog-proofs are refused by both", spoilt_tlog_proofs_are_refused_by_both,
                  prover, world, chance)
        suite.run("bundles are verified alike", bundles_are_verified_alike, prover, world, chance)
        suite.run("spoilt bundles are refused by both", spoilt_bundles_are_refused_by_both, prover,
                  world, chance)
        suite.run("policies are judged alike", policies_are_judged_alike, prover, world)
    suite.finish()


if __name__ == "__main__":
    sys.exit(main())
