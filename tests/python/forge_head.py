"""What somebody with root and the log's key can do to signed heads: sign whatever he likes, and
make the signer (server/ledger/signer.h) remember that it did."""

import base64
import struct

from forge_ledger import crc32c
from verifier import (COSIGNATURE, ED25519, Checkpoint, Key, Tree, ed25519_public, ed25519_sign,
                      signature_line)

SLOT = struct.Struct(">8sQQ32sq")
SLOT_LEN, SLOT_APART, SLOTS = 512, 4096, 2
MAGIC = b"DOSHEAD1"
SIGNED = struct.Struct(">Q32sq64s")
SIGNED_LEN = 128
CRC_LEN = 4
SEED_LEN = 32


class Thief:
    """Has a private key of the server, and signs with it in the key's name."""

    def __init__(self, pem, name):
        lines = pem.read_text().split("\n")
        self.seed = base64.b64decode("".join(line for line in lines if "-" not in line))[-SEED_LEN:]
        public = ed25519_public(self.seed)
        self.key, self.beat = Key(name, ED25519, public), Key(name, COSIGNATURE, public)

    def sign(self, leaves, time=None):
        """A head of these leaves as head office signs it; with a time (seconds): a heartbeat."""
        text = head_text(self.key.name, leaves)
        note = text + "\n" + signature_line(self.key, self.seed, text)
        if time is not None:
            note += signature_line(self.beat, self.seed, text, time)
        return note.encode()

    def cosign(self, origin, leaves, time):
        """A witness's signature line."""
        return signature_line(self.beat, self.seed, head_text(origin, leaves), time).encode()


def root_of(leaves):
    return Tree(leaves).root(len(leaves))


def head_text(origin, leaves):
    return Checkpoint(origin, len(leaves), root_of(leaves)).text()


class Signer:
    """DATA/signer, made to remember what never came by."""

    def __init__(self, data):
        self.folder = data / "signer"

    def remember(self, leaves, time):
        """That this was signed last, at that time (microseconds); for that no key is needed."""
        with open(self.folder / "head", "r+b") as file:
            turn = max(self._turns(file.read()))
            for number in range(SLOTS):
                file.seek(SLOT_APART * number)
                slot = SLOT.pack(MAGIC, turn + 1 + number, len(leaves), root_of(leaves), time)
                file.write(sealed(slot, SLOT_LEN))

    @staticmethod
    def _turns(data):
        return [SLOT.unpack_from(data, SLOT_APART * number)[1] for number in range(SLOTS)]

    def newest_slot(self):
        """Where the one stands that was written last."""
        turns = self._turns((self.folder / "head").read_bytes())
        return SLOT_APART * turns.index(max(turns))

    def forget(self, size):
        """That anything longer was ever signed; for that no key is needed."""
        self._change(lambda kept: [old for old in kept if SIGNED.unpack_from(old)[0] <= size])

    def file(self, thief, leaves, time):
        """That it was signed, and all that was signed before was of the same past."""
        def change(kept):
            kept = [self._again(thief, leaves, old) for old in kept
                    if SIGNED.unpack_from(old)[0] < len(leaves)]
            return kept + [signed(thief, leaves, time)]
        self._change(change)

    @staticmethod
    def _again(thief, leaves, old):
        size, root, time, _ = SIGNED.unpack_from(old)
        return old if root == root_of(leaves[:size]) else signed(thief, leaves[:size], time)

    def _change(self, change):
        with open(self.folder / "checkpoints", "r+b") as file:
            data = file.read()
            kept = [data[at:at + SIGNED_LEN] for at in range(0, len(data), SIGNED_LEN)]
            kept = change([old for old in kept if SIGNED.unpack_from(old)[0] > 0])
            file.seek(0)
            file.write(b"".join(kept).ljust(len(data), b"\0"))


def signed(thief, leaves, time):
    """What is kept of a head that was signed."""
    signature = ed25519_sign(thief.seed, head_text(thief.key.name, leaves).encode())
    return sealed(SIGNED.pack(len(leaves), root_of(leaves), time, signature), SIGNED_LEN)


def sealed(record, length):
    """Zeros up to its length, its checksum last."""
    record = record.ljust(length - CRC_LEN, b"\0")
    return record + struct.pack(">I", crc32c(record))
