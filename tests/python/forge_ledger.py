"""What somebody with root can do to a data directory's ledger while nobody looks: its segments,
groups and entries read by the documented layouts (server/ledger/ledger.h, nodes.h), changed, and
written back with everything recomputed that can be recomputed without a key."""

import hashlib
import os
import struct

from verifier import leaf_hash, node_hash

SEGMENT_HEADER = struct.Struct(">8sII Q32sQ QQqI")
SEGMENT_HEADER_LEN = 4096
SEGMENT_CRC_AT, SEGMENT_CRC_FROM = 12, 16
GROUP_HEADER = struct.Struct(">IIQIIII")
GROUP_MAGIC = 0x47525031
GROUP_CRC_AT = 28
LENGTHS = struct.Struct(">II")
ENTRY_SEQUENCE_AT, ENTRY_TIME_AT, ENTRY_COMMITMENT_AT, ENTRY_FIXED_LEN = 8, 16, 56, 88
SALT_LEN = 16


# ---- checksums and nodes ----

def _crc_table():
    for byte in range(256):
        crc = byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
        yield crc


CRC_TABLE = tuple(_crc_table())


def crc32c(data):
    """CRC-32C (Castagnoli)."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ CRC_TABLE[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF


def node_file(leaves):
    """The nodes of the tree in post-order: each stands right behind what it is made of."""
    nodes, peaks = [], []  # peaks: (level, hash)
    for leaf in leaves:
        level, node = 0, leaf
        nodes.append(node)
        while peaks and peaks[-1][0] == level:
            level, node = level + 1, node_hash(peaks.pop()[1], node)
            nodes.append(node)
        peaks.append((level, node))
    return b"".join(nodes)


# ---- what a ledger is made of ----

class Entry:
    """Header, salt and payload, each as it is stored; changed at will."""

    def __init__(self, header, salt, payload):
        self.header = bytearray(header)
        self.salt = bytes(salt)
        self.payload = bytes(payload)

    def copy(self):
        return Entry(self.header, self.salt, self.payload)

    @property
    def rpc(self):
        return struct.unpack_from(">H", self.header, 2)[0]

    @property
    def class_(self):
        return self.header[1]

    @property
    def sequence(self):
        return struct.unpack_from(">Q", self.header, ENTRY_SEQUENCE_AT)[0]

    @sequence.setter
    def sequence(self, value):
        struct.pack_into(">Q", self.header, ENTRY_SEQUENCE_AT, value)

    @property
    def time(self):
        return struct.unpack_from(">q", self.header, ENTRY_TIME_AT)[0]

    @time.setter
    def time(self, value):
        struct.pack_into(">q", self.header, ENTRY_TIME_AT, value)

    @property
    def key(self):
        return bytes(self.header[40:56])

    def commit(self):
        """Makes the header commit to the payload that is there now."""
        commitment = hashlib.sha256(self.salt + self.payload).digest()
        self.header[ENTRY_COMMITMENT_AT:ENTRY_FIXED_LEN] = commitment

    def pack(self):
        return (LENGTHS.pack(len(self.header), len(self.payload)) + bytes(self.header) + self.salt
                + self.payload)


class Segment:
    """One file: its groups, each a list of entries, and where each group stood when it was read."""

    def __init__(self, path):
        self.path = path
        data = path.read_bytes()
        (self.magic, self.version, _, self.first, self.origin, self.size,
         *self.before) = SEGMENT_HEADER.unpack_from(data)
        self.groups, self.offsets = [], []
        self.crcs = {}  # of bodies that were there
        at = SEGMENT_HEADER_LEN
        while len(data) - at >= GROUP_HEADER.size:
            magic, length, _, count, _, crc, _ = GROUP_HEADER.unpack_from(data, at)
            if magic != GROUP_MAGIC:
                break
            self.offsets.append(at)
            at += GROUP_HEADER.size
            body = data[at:at + length]
            self.crcs[body] = crc
            self.groups.append(list(_entries(body, count)))
            at += length
        self.end = at

    def pack_header(self):
        header = bytearray(SEGMENT_HEADER_LEN)
        SEGMENT_HEADER.pack_into(header, 0, self.magic, self.version, 0, self.first, self.origin,
                                 self.size, *self.before)
        struct.pack_into(">I", header, SEGMENT_CRC_AT, crc32c(header[SEGMENT_CRC_FROM:]))
        return bytes(header)

    def write(self):
        """Puts the groups back, chained anew, and zeros behind them."""
        packed, before, sequence = [self.pack_header()], 0, self.first
        for group in self.groups:
            body = b"".join(entry.pack() for entry in group)
            crc = self.crcs.get(body)
            header = GROUP_HEADER.pack(GROUP_MAGIC, len(body), sequence, len(group), before,
                                       crc32c(body) if crc is None else crc, 0)[:GROUP_CRC_AT]
            before = crc32c(header)
            packed += [header, struct.pack(">I", before), body]
            sequence += len(group)
        data = b"".join(packed)
        with open(self.path, "r+b") as file:
            file.write(data)
            file.write(bytes(max(0, self.end - len(data))))
        self.end = len(data)


def _entries(body, count):
    at = 0
    for _ in range(count):
        header_len, payload_len = LENGTHS.unpack_from(body, at)
        at += LENGTHS.size
        salt_at = at + header_len
        payload_at = salt_at + SALT_LEN
        yield Entry(body[at:salt_at], body[salt_at:payload_at],
                    body[payload_at:payload_at + payload_len])
        at = payload_at + payload_len


class Ledger:
    """DATA/ledger, as long as it has but one segment."""

    def __init__(self, data):
        self.folder = data / "ledger"
        (path,) = sorted(self.folder.glob("*.seg"))
        self.segment = Segment(path)

    @property
    def groups(self):
        return self.segment.groups

    @property
    def entries(self):
        return [entry for group in self.groups for entry in group]

    @property
    def leaves(self):
        return [leaf_hash(bytes(entry.header)) for entry in self.entries]

    def find(self, rpc, nth=0):
        """The nth done act of that rpc."""
        return [entry for entry in self.entries if (entry.rpc, entry.class_) == (rpc, 1)][nth]

    def offset(self, sequence, part):
        """Where a part of an entry stands in the file: "header", "salt" or "payload"."""
        for at, group in zip(self.segment.offsets, self.groups):
            at += GROUP_HEADER.size
            for entry in group:
                header_at = at + LENGTHS.size
                salt_at = header_at + len(entry.header)
                if entry.sequence == sequence:
                    return {"header": header_at, "salt": salt_at,
                            "payload": salt_at + SALT_LEN}[part]
                at += len(entry.pack())
        raise LookupError(sequence)

    def write(self, nodes=True):
        """Everything consistent again: commitments are the caller's, numbers, checksums and nodes
        are done here. nodes False: the node file is forgotten about."""
        for sequence, entry in enumerate(self.entries, self.segment.first):
            entry.sequence = sequence
        self.segment.write()
        if nodes:
            self.write_nodes()

    def write_nodes(self):
        path = self.folder / "tree"
        if path.exists():
            data = node_file(self.leaves)
            with open(path, "r+b") as file:
                size = os.fstat(file.fileno()).st_size
                file.write(data)
                file.write(bytes(max(0, size - len(data))))

    def truncate(self, count):
        """Drops the last groups until at most count entries remain."""
        while sum(map(len, self.groups)) > count:
            self.groups.pop()


def flip(path, offset, bit=0):
    """One bit, as by a dying disk."""
    with open(path, "r+b") as file:
        file.seek(offset)
        byte = file.read(1)[0]
        file.seek(offset)
        file.write(bytes([byte ^ 1 << bit]))
