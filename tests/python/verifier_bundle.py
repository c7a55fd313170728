"""Verifies a bundle as proto/PROTOCOL.md, "The bundle", says that anybody can: from the text, not
from the sources in C, with the proofs and notes of verifier.py.

As a program, with a file of the ledger's verifier keys, and perhaps a checkpoint of one's own:
    verifier_bundle.py KEYS BUNDLE [CHECKPOINT]"""

import hashlib
import re
import struct
import sys

import verifier
from verifier import (COSIGNATURE, HASH_LEN, Checkpoint, Key, Note, Wrong, demand, leaf_hash, node_hash,
                      verify_consistency)

MAGIC = b"dossier-bundle/1\n"
BEGIN, FULL, ERASED, HEADER, LEAF, ITEM, HEAD, END = range(1, 9)
BODY_MAX = 1_044_480
FIXED_LEN, SUBJECT_LEN, SUBJECTS_MAX = 88, 9, 2000
SALT_LEN = 16
PROOF_MAX = 64 * HASH_LEN
# Controls, what breaks a line, what turns the direction of writing.
NO_TEXT = re.compile("[\0-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


class Reader:
    """Takes from the front of some bytes."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, length):
        demand(self.at + length <= len(self.data), "a record is too short")
        self.at += length
        return self.data[self.at - length:self.at]

    def number(self, code):
        return struct.unpack(">" + code, self.take(struct.calcsize(">" + code)))[0]

    def rest(self):
        return self.take(len(self.data) - self.at)

    def hashes(self):
        data = self.rest()
        demand(len(data) % HASH_LEN == 0 and len(data) <= PROOF_MAX, "no proof")
        return [data[at:at + HASH_LEN] for at in range(0, len(data), HASH_LEN)]


class Peaks:
    """A tree that grows: its perfect subtrees, the largest first."""

    def __init__(self, size, peaks):
        self.size, self.peaks = size, peaks

    def append(self, leaf):
        size = self.size
        while size & 1:
            leaf = node_hash(self.peaks.pop(), leaf)
            size >>= 1
        self.peaks.append(leaf)
        self.size += 1

    def root(self):
        if not self.peaks:
            return hashlib.sha256(b"").digest()
        root = self.peaks[-1]
        for peak in self.peaks[-2::-1]:
            root = node_hash(peak, root)
        return root


class Bundle:
    """What a bundle proves to whoever has these keys, and perhaps an old checkpoint."""

    def __init__(self, file, keys, since=None):
        self.file, self.keys, self.since = file, keys, since
        self.since_holds = since is None
        self.counts = dict.fromkeys((FULL, ERASED, HEADER, LEAF), 0)
        self.tree = None
        self.last_time = None
        self.last_item = None
        self.items = 0
        self.reached = self.ended = False
        self.dated = {} # size: when the ledger's key last signed it
        demand(self.file.read(len(MAGIC)) == MAGIC, "no bundle")
        for kind, body in self.records():
            self.read(kind, Reader(body))
        demand(self.ended, "the bundle is cut short")
        demand(self.since_holds, "the old checkpoint could not be compared")

    def records(self):
        while True:
            prefix = self.file.read(5)
            if not prefix:
                return
            demand(len(prefix) == 5, "the bundle is cut short")
            kind, length = struct.unpack(">BI", prefix)
            demand(length <= BODY_MAX, "a record is too long")
            body = self.file.read(length)
            demand(len(body) == length, "the bundle is cut short")
            yield kind, body

    def read(self, kind, body):
        demand(not self.ended, "something behind the end")
        demand((kind == BEGIN) == (self.tree is None), "no beginning, or a second one")
        demand(BEGIN <= kind <= END, "a record of an unknown kind")
        if kind in self.counts or kind == ITEM:
            demand(not self.heads_begun, "an entry or item behind a head")
        if kind in self.counts:
            self.read_entry(kind, body)
            self.counts[kind] += 1
            self.compare(self.tree.size, self.tree.root)
        else:
            {BEGIN: self.read_begin, ITEM: self.read_item, HEAD: self.read_head,
             END: self.read_end}[kind](body)
        demand(body.at == len(body.data), "a record is too long")

    def compare(self, size, root):
        if self.since is not None and self.since.size == size:
            demand(root() == self.since.root, "the old checkpoint is of another past")
            self.since_holds = True

    def read_begin(self, body):
        self.begin = body.number("Q")
        peaks = body.hashes()
        demand(len(peaks) == self.begin.bit_count(), "not as many peaks as bits")
        self.tree = Peaks(self.begin, peaks)
        self.begin_root = self.tree.root()
        self.heads_begun = False
        self.compare(self.begin, self.tree.root)

    def read_entry(self, kind, body):
        if kind == LEAF:
            self.tree.append(body.take(HASH_LEN))
            return
        header = body.rest() if kind == HEADER else body.take(body.number("I"))
        commitment = self.read_header(header)
        if kind != HEADER:
            salt, payload = body.take(SALT_LEN), body.rest()
            same = hashlib.sha256(salt + payload).digest() == commitment
            demand(same == (kind == FULL), "the content is not the header's")
            demand(kind == FULL or salt[:12] == bytes(12), "no mark of an erasure")
            demand(kind == FULL or payload.rstrip(b"\0").endswith(b"\x80"), "no end of what is left")
        self.tree.append(leaf_hash(header))

    def read_header(self, header):
        demand(len(header) >= FIXED_LEN, "a header is too short")
        version, kind, _, _, subjects, sequence, time = struct.unpack_from(">BBHHHQq", header)
        demand(version == 1 and 1 <= kind <= 3, "a header of another version or class")
        demand(subjects <= SUBJECTS_MAX and len(header) == FIXED_LEN + subjects * SUBJECT_LEN,
               "a header's length is not that of its subjects")
        demand(sequence == self.tree.size, "an entry in the place of another")
        demand(self.last_time is None or time >= self.last_time, "an entry before its time")
        self.last_time = time
        return header[56:56 + HASH_LEN]

    def read_item(self, body):
        id, standing = body.number("Q"), body.number("B")
        demand(self.last_item is None or id > self.last_item, "the items are not in order")
        demand(standing <= 2, "an item stands in no known way")
        if standing == 1:
            body.take(8 + 8 + 8 + 4)
        number = body.rest()
        demand(len(number) <= 255, "an item's number is too long")
        try:
            text = number.decode("utf-8")
        except UnicodeDecodeError as error:
            raise Wrong("an item's number is not UTF-8") from error
        demand(not NO_TEXT.search(text), "an item's number is no text")
        self.last_item = id
        self.items += 1

    def read_head(self, body):
        self.heads_begun = True
        data = body.take(body.number("I"))
        proof = body.hashes()
        checkpoint = Checkpoint.verified(data, self.keys)
        end, root = self.tree.size, self.tree.root()
        if checkpoint.size >= end:
            verify_consistency(end, checkpoint.size, proof, root, checkpoint.root)
            self.reached = True
        else:
            verify_consistency(checkpoint.size, end, proof, checkpoint.root, root)
        self.compare(checkpoint.size, lambda: checkpoint.root)
        note = Note(data)
        for key in self.keys:
            time = note.verify(Key(key.name, COSIGNATURE, key.public))
            if time is not None:
                self.dated[checkpoint.size] = max(time, self.dated.get(checkpoint.size, 0))

    def read_end(self, body):
        end, root = body.number("Q"), body.take(HASH_LEN)
        items, whole = body.number("Q"), body.number("B")
        demand(self.reached, "no head reaches to the last entry")
        demand(end == self.tree.size and items == self.items, "more or fewer than the end says")
        demand(whole <= 1 and (whole or not items), "the items are neither all nor none")
        demand(root == self.tree.root(), "the entries make another tree than the end says")
        verify_consistency(self.begin, end, body.hashes(), self.begin_root, root)
        self.ended = True


def main(keys_file, file, since=None):
    with open(keys_file, encoding="utf-8") as keys_in:
        keys = [Key.parse(line.rstrip("\n")) for line in keys_in]
    if since is not None:
        with open(since, "rb") as since_in:
            since = Checkpoint.verified(since_in.read(), keys)
    with open(file, "rb") as file_in:
        bundle = Bundle(file_in, keys, since)
    full, erased, headers, leaves = bundle.counts.values()
    print(f"entries {bundle.begin} to {bundle.tree.size}: {full} full, {erased} erased, "
          f"{headers} headers, {leaves} hashes; {bundle.items} items")


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except verifier.Wrong as wrong:
        sys.exit(f"{sys.argv[2]}: {wrong}")
