#!/usr/bin/python3 -B
"""What a clever administrator does, who has the server's files and the log key: rewrites why an old
loan was made, and makes everything anew that could give him away.
    forge.py DATA ORIGIN WORDS OTHER-WORDS"""

import pathlib
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "python"))

from forge_head import Signer, Thief  # noqa: E402  (found above)
from forge_ledger import Ledger  # noqa: E402

MILLION = 1_000_000


def main(data, origin, words, others):
    data = pathlib.Path(data)
    ledger = Ledger(data)
    entry = next(one for one in ledger.entries if words.encode() in one.payload)
    entry.payload = entry.payload.replace(words.encode(), others.encode())
    entry.commit()
    ledger.write()
    print(f"entry {entry.sequence}: {words} becomes {others}; its header commits to that, too")
    print(f"checksums of {len(ledger.groups)} groups and {len(ledger.leaves)} leaves with all "
          f"hashes above them are made anew")
    signer, now = Signer(data), int(time.time() * MILLION)
    thief = Thief(data / "identity" / "log-key.pem", origin)
    signer.forget(0)
    signer.remember(ledger.leaves, now)
    signer.file(thief, ledger.leaves, now)
    print("the head is signed with the log key, and the signer remembers that one alone")


if __name__ == "__main__":
    main(*sys.argv[1:5])
