#!/usr/bin/python3 -B
"""What an administrator with root can do to the ledger, one by one, and who finds it.

TABLE below is what is claimed, and each line is tried against a copy of a real installation: the
attack is made, all who could notice it look, and those who do must be exactly those of the line.
Before all that everybody looks at a copy that nobody touched, and must be content.

    check    dossierd check DATA, which anybody may run beside the server
    replay   dossierd verify DATA --replay
    start    dossierd run: does not start, or starts in quarantine
    client   the next command of a clerk in a branch: exit 5
    witness  the next co-signing of a witness, or what it says of a heartbeat
    auditor  dossier ledger verify, offline, with the log key and an old head
"""

import re
import shutil
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from attack_site import DOSSIER, PROOF, UNREACHABLE, Site, copy_tree, run
from contract import ROOT, RPCS, record, request
from dossier_client import DRY_RUN
from fixture import ServerFailed
from forge import openssl
from forge_head import Signer
from forge_ledger import Ledger, flip
from forge_state import state
from liar import Liar
from suite import Suite, equal, true
from verifier import Key, TlogProof, leaf_hash

BORROW = RPCS["borrow"].number
REFUSED = 2  # class of an entry
PATIENCE_SECONDS = 5
AT_ONCE = 3  # attacks, each against a copy of its own; most of the time something is awaited
MILLION = 1_000_000
DAY = 86_400 * MILLION

# Attack (numbers as in the design), the function that makes it, what it is; who finds it, and when.
# Where all look, the others notice nothing.
TABLE = [
    (1, "a_leaf_is_changed",
     "an old entry says another time",
     "check replay auditor", "at the next check"),
    (1, "a_payload_is_changed",
     "an old entry's payload says something else",
     "check replay auditor", "at the next check"),
    (1, "an_erasure_is_pretended",
     "an old entry is altered, and said to have been erased",
     "check replay", "at the next check"),
    (2, "a_leaf_is_changed_with_its_tree",
     "an old entry is changed and all hashes made anew",
     "check replay start", "at the next start or signature"),
    (2, "a_leaf_is_changed_with_tree_and_state",
     "the same, and the state is made of that",
     "check start", "at the next start or signature"),
    (2, "entries_are_exchanged_and_put_in",
     "two old entries are exchanged, one is put in, all hashes made anew",
     "check replay start", "at the next start or signature"),
    (3, "the_tail_is_cut",
     "the last two entries are cut off",
     "check replay start", "at the next start"),
    (3, "the_tail_is_cut_with_the_state",
     "the same, and the state is made of what is left",
     "check start", "at the next start"),
    (3, "the_tail_is_cut_with_the_signers_memory",
     "the same, and the signer's memory is put right",
     "client witness", "at the next contact"),
    (4, "the_database_is_restored",
     "yesterday's backup of ledger and state is put back",
     "check start", "at the next start"),
    (5, "everything_is_restored",
     "yesterday's backup of everything is put back",
     "client witness", "at the next contact"),
    (6, "everything_is_restored_and_more_is_done",
     "the same, and other acts up to the old size",
     "client witness", "at the next contact"),
    (7, "two_branches_are_shown_two_histories",
     "two branches are shown two histories",
     "client witness auditor", "when a witness, or a colleague's head, has seen the other one"),
    (8, "a_row_is_changed",
     "a loan's row says another purpose, the ledger is untouched",
     "replay", "at the next replay"),
    (9, "a_row_is_rolled_back",
     "a loan's row is rolled back to yesterday",
     "check replay", "at the next check"),
    (9, "a_row_is_rolled_back_with_its_indexes",
     "a loan's row is rolled back, and its index entries, too",
     "replay auditor", "at the next replay"),
    (10, "two_rows_are_exchanged",
     "the rows of two items are exchanged",
     "check replay", "at the next check"),
    (11, "an_act_is_not_entered",
     "a patched server answers, and enters nothing",
     "client", "at once"),
    (12, "heads_are_withheld",
     "no new head is shown to witnesses",
     "witness", "after five minutes"),
    (13, "an_entry_is_dated_back",
     "an entry is dated back",
     "check auditor", "at the next check"),
    (13, "an_entry_is_dated_forward",
     "an entry is dated forward",
     "check auditor", "when heads that have the entry were signed before its time"),
    (14, "the_clock_is_set_back",
     "the server's clock is set back",
     "witness", "at the next co-signing"),
    (14, "the_clock_is_set_forward",
     "the server's clock is set forward",
     "witness", "at the next co-signing"),
    (15, "an_act_is_invented",
     "an act is invented in a clerk's name, with a certificate made for it",
     "", "when the clerk, or the auditor, reads the log"),
    (16, "a_refusal_is_taken_out",
     "the entry of a refusal is taken out, what follows moves up",
     "check replay start", "at the next start"),
    (17, "the_log_key_is_replaced",
     "another log key, another log of the same name",
     "client witness auditor", "at once"),
    (18, "all_is_forged",
     "the log key is stolen: one old entry is changed, and all is signed anew",
     "client witness auditor", "at the next contact"),
    (19, "a_row_flips",
     "a bit flips in a row of the state",
     "replay", "at the next replay"),
    (20, "a_branch_forgets",
     "a branch's own journals are cut, and the ledger is forged",
     "witness auditor", "at the next contact of anybody else"),
    (21, "everything_is_destroyed",
     "everything is destroyed",
     "client", "at once; what receipts prove, they prove without head office"),
    (22, "a_witness_is_bribed",
     "one witness is bribed to sign a forged head",
     "auditor", "where two are demanded"),
]


# ---- who looks ----

def check(site):
    return site.operated("check")[0] == PROOF


def replay(site):
    return site.operated("verify", "--replay")[0] == PROOF


def start(site):
    try:
        site.start()
    except ServerFailed:
        return True
    return re.search(r"event=quarantine\b", site.said()) is not None


def client(site):
    return site.is_running() and site.typed("branch", "whoami")[0] == PROOF


def witness(site):
    return site.is_running() and site.typed("first", "witness", "run", "--once")[0] == PROOF


def auditor(site):
    """Has the ledger's key and an old head; head office writes his bundle, with a profile that it
    makes for it."""
    if not site.is_running():
        return False
    bundle = site.folder / "new.bundle"
    site.operate("issue", site.data, "stranger", "--out", site.folder / "new")
    site.typed("new", "ledger", "export", "--out", bundle)
    if not bundle.exists():
        return False
    return run(DOSSIER, "ledger", "verify", bundle, "--key", site.folder / "auditor" / "log.vkey",
               "--since", site.folder / "old.checkpoint", "--replay")[0] == PROOF


LOOKERS = (check, replay, start, client, witness, auditor)


def look(site):
    """Who notices, of all who look."""
    found = {one.__name__ for one in LOOKERS if one(site)}
    if site.is_running():
        site.stop()
    return found


# ---- the ledger is changed ----

def a_leaf_is_changed(site):
    ledger = Ledger(site.data)
    ledger.find(BORROW).time += 1_000_000
    ledger.write(nodes=False)


def a_payload_is_changed(site):
    ledger = Ledger(site.data)
    entry = ledger.find(BORROW)
    entry.payload = entry.payload.replace("核对往来".encode(), "诉讼取证".encode())
    ledger.write(nodes=False)


def a_leaf_is_changed_with_its_tree(site):
    ledger = Ledger(site.data)
    entry = ledger.find(BORROW)
    entry.payload = entry.payload.replace("核对往来".encode(), "诉讼取证".encode())
    entry.commit()
    ledger.write()


def a_leaf_is_changed_with_tree_and_state(site):
    a_leaf_is_changed_with_its_tree(site)
    site.make_state()


def entries_are_exchanged_and_put_in(site):
    ledger = Ledger(site.data)
    groups = ledger.groups
    groups[10], groups[11] = groups[11], groups[10]
    groups.insert(12, [groups[12][0].copy()])
    ledger.write()


def an_erasure_is_pretended(site):
    ledger = Ledger(site.data)
    entry = ledger.find(BORROW)
    entry.payload = entry.payload.replace("核对往来".encode(), "诉讼取证".encode())
    entry.salt = bytes(12) + entry.salt[12:]
    ledger.write(nodes=False)


def the_tail_is_cut(site):
    ledger = Ledger(site.data)
    ledger.truncate(len(ledger.entries) - 2)
    ledger.write()


def the_tail_is_cut_with_the_state(site):
    the_tail_is_cut(site)
    site.make_state()


def the_tail_is_cut_with_the_signers_memory(site):
    the_tail_is_cut(site)
    signer, leaves = Signer(site.data), Ledger(site.data).leaves
    signer.remember(leaves, int(time.time() * MILLION))
    signer.forget(len(leaves))
    forget_witnesses(site)
    site.make_state()


def the_database_is_restored(site):
    site.restore("ledger", "state", "snapshots")


def everything_is_restored(site):
    shutil.rmtree(site.data)
    site.data.mkdir()
    copy_tree(site.yesterday, site.data)


def everything_is_restored_and_more_is_done(site):
    everything_is_restored(site)
    site.start()
    for item in site.items[4:]:
        site.typed("stranger", "borrow", item, "--for", "branch", "--purpose", "核对往来")
    site.stop()


def two_branches_are_shown_two_histories(site):
    found = set()
    with site.copied() as other:
        site.start()
        other.start()
        site.lend(site.items[4])
        equal(site.typed("shanghai", "customer", "add", "浦江商贸", port=other.port)[0], 0)
        for server in (site, other):
            server.restart()
        site.dossier("first", "witness", "run", "--once")
        kept = [site.keep_head("branch", "one"), site.keep_head("shanghai", "two", other.port)]
        if site.typed("first", "witness", "run", "--once", port=other.port)[0] == PROOF:
            found.add("witness")
        if site.typed("shanghai", "whoami")[0] == PROOF:
            found.add("client")
        if site.typed("auditor", "ledger", "verify", *kept)[0] == PROOF:
            found.add("auditor")
    return found


def a_row_is_changed(site):
    with state(site.data) as table:
        loans = table("loan")
        key, loan = loans.rows(record.Loan)[0]
        loan.purpose = "借阅"
        loans.put_row(key, loan)


def a_row_is_rolled_back(site):
    roll_back(site, "loan")


def a_row_is_rolled_back_with_its_indexes(site):
    roll_back(site, "loan", "loan.open_by_item", "loan.open_by_borrower", "loan.open_by_office")


def roll_back(site, *tables):
    """Rows that are there on both days become yesterday's; so do the entries of indexes."""
    with state(site.yesterday, writes=False) as table:
        then = {name: dict(table(name).items()) for name in tables}
    with state(site.data) as table:
        for name in tables:
            now = dict(table(name).items())
            for key, value in then[name].items():
                if now.get(key) != value and (key in now or "." in name):
                    table(name).put(key, value)


def two_rows_are_exchanged(site):
    with state(site.data) as table:
        items = table("item")
        (key, value), (other_key, other_value) = items.items()[:2]
        items.put(key, other_value)
        items.put(other_key, value)


def a_refusal_is_taken_out(site):
    ledger = Ledger(site.data)
    for group in ledger.groups:
        group[:] = [entry for entry in group if entry.class_ != REFUSED]
    ledger.groups[:] = filter(None, ledger.groups)
    ledger.write()


# ---- the server itself lies ----

def an_act_is_not_entered(site):
    def pretend(frame):
        return frame._replace(flags=DRY_RUN) if frame.rpc == BORROW else frame
    site.start()
    size = len(Ledger(site.data).entries)
    with Liar(site, "branch", ask=pretend) as liar:
        code, said = site.typed("branch", "borrow", site.items[4], "--for", "branch", "--purpose",
                                "核对", port=liar.port)
    equal(len(Ledger(site.data).entries), size, "entries")
    true("lent" not in said, said)
    return {"client"} if code == PROOF else set()


def heads_are_withheld(site):
    return is_told("no new heartbeat", beats(site, -400))


def the_clock_is_set_back(site):
    return is_told("late by more than two minutes", beats(site, 0, -150))


def the_clock_is_set_forward(site):
    return is_told("a time to come", beats(site, 150))


def is_told(words, lines):
    return {"witness"} if any(words in line for line in lines) else set()


def beats(site, *offsets):
    """What a witness says who is shown heartbeats that are so many seconds off, the last one again
    and again."""
    site.start()
    leaves = Ledger(site.data).leaves
    left = list(offsets)

    def answer(frame, asked):
        if asked.get(frame.request_id) != RPCS["witness_pull"].number:
            return frame
        offset = left.pop(0) if len(left) > 1 else left[0]
        note = site.thief().sign(leaves, int(time.time()) + offset)
        body = f"old {len(leaves)}\n\n".encode() + note
        return frame._replace(body=request.WitnessPullReply(body=body).SerializeToString())
    with Liar(site, "first", answer) as liar:
        command = site.command("first", "witness", "run", "--interval", 1, port=liar.port)
        with subprocess.Popen(command, stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, text=True) as process:
            patience = threading.Timer(PATIENCE_SECONDS, process.kill)
            patience.start()
            yield from process.stderr
            patience.cancel()


def an_entry_is_dated_back(site):
    an_entry_is_dated(site, -DAY)


def an_entry_is_dated_forward(site):
    an_entry_is_dated(site, DAY)


def an_entry_is_dated(site, difference):
    """By who has the log key and the machine, before anybody has seen the entry."""
    site.start()
    site.typed("stranger", "borrow", site.items[4], "--for", "branch", "--purpose", "核对")
    site.stop()
    ledger = Ledger(site.data)
    ledger.entries[-1].time += difference
    rewrite(site, ledger)


def rewrite(site, ledger):
    """All that can be made anew with the log key, so that the server itself finds nothing."""
    ledger.write()
    signer, now = Signer(site.data), int(time.time() * MILLION)
    signer.remember(ledger.leaves, now)
    signer.file(site.thief(), ledger.leaves, now)
    forget_witnesses(site)
    site.make_state()


def forget_witnesses(site):
    """What they co-signed is of another past, and nobody can sign that anew."""
    (site.data / "anchors").unlink()


def an_act_is_invented(site):
    site.operate("issue", site.data, "branch", "--out", site.folder / "invented")
    site.start()
    site.dossier("invented", "borrow", site.items[4], "--for", "branch", "--purpose", "核对")
    site.stop()


def the_log_key_is_replaced(site):
    openssl("genpkey", "-algorithm", "ED25519", "-out", site.data / "identity" / "log-key.pem")
    shutil.rmtree(site.data / "signer")
    forget_witnesses(site)
    site.operate("adopt", site.data)


def all_is_forged(site):
    ledger = Ledger(site.data)
    entry = ledger.find(BORROW)
    entry.payload = entry.payload.replace("核对往来".encode(), "诉讼取证".encode())
    entry.commit()
    rewrite(site, ledger)


def a_branch_forgets(site):
    all_is_forged(site)
    shutil.rmtree(site.folder / "branch" / "state")


def everything_is_destroyed(site):
    shutil.rmtree(site.data)
    key = site.folder / "auditor" / "log.vkey"
    proof = site.folder / "borrow.tlog-proof"
    number = site.receipts("branch")[0]
    equal(site.typed("branch", "receipt", "verify", "--all")[0], 0)
    site.dossier("branch", "receipt", "export", number, "--out", proof)
    equal(run(DOSSIER, "ledger", "verify", proof, "--key", key)[0], 0)
    keys = [Key.parse(line) for line in key.read_text().split()]
    held = TlogProof.parse(proof.read_bytes())
    held.verify(leaf_hash(held.extra), keys)
    equal(by_the_manual(site, proof), (0, "in the ledger\n"))
    proof.write_bytes(held.format().replace(b"index %s" % number.encode(), b"index 1"))
    equal(by_the_manual(site, proof), (0, "NOT in the ledger\n"))
    return {"client"} if site.typed("branch", "whoami")[0] == UNREACHABLE else set()


def by_the_manual(site, proof):
    """What the few lines of Python in dossier-ledger(7) say."""
    manual = (ROOT / "server/man/dossier-ledger.7").read_text()
    code = re.search(r"^import base64.*?(?=^\.RE)", manual, re.S | re.M)[0]
    program = site.folder / "manual.py"
    program.write_text(code.replace(r"\e", "\\").replace(r"\-", "-"))
    return run(sys.executable, program, proof)


def a_witness_is_bribed(site):
    all_is_forged(site)
    leaves = Ledger(site.data).leaves
    head = site.folder / "forged.checkpoint"
    head.write_bytes(site.thief().sign(leaves) + site.bribed("first", leaves))
    log = (site.folder / "auditor" / "log.vkey").read_text().strip()
    witnesses = [f"witness w{n} {vkey}\n" for n, vkey in enumerate(site.vkeys)]
    codes = {}
    for quorum in ("any", "all"):
        policy = site.folder / f"{quorum}.policy"
        policy.write_text(f"log {log}\n" + "".join(witnesses)
                          + f"group both {quorum} w0 w1\nquorum both\n")
        codes[quorum] = run(DOSSIER, "ledger", "verify", head, "--policy", policy)[0]
    equal(codes["any"], 0, "where one is enough")
    return {"auditor"} if codes["all"] == PROOF else set()


# ---- bits that flip ----

def in_segment(part, find=lambda ledger: ledger.find(BORROW)):
    """Where a part of an entry stands."""
    def where(site):
        ledger = Ledger(site.data)
        return ledger.segment.path, ledger.offset(find(ledger).sequence, part)
    return where


def last(ledger):
    return ledger.entries[-1]


def at(path, offset):
    return lambda site: (site.data / path, offset)


def in_group_header(site):
    ledger = Ledger(site.data)
    return ledger.segment.path, ledger.segment.offsets[len(ledger.groups) // 2]


FLIPS = [
    ("the segment's header", at("ledger/00000000000000000000.seg", 30), "check replay start"),
    ("a group's header", in_group_header, "check replay start"),
    ("an old entry's header", in_segment("header"), "check replay start"),
    ("an old entry's salt", in_segment("salt"), "check replay start"),
    ("an old entry's payload", in_segment("payload"), "check replay start"),
    ("the last entry's payload", in_segment("payload", last), "check replay start"),
    ("a node of the tree", at("ledger/tree", 32 * 20), "check"),
    ("the signer's newest head", lambda site: (site.data / "signer" / "head",
                                               Signer(site.data).newest_slot()), "check"),
    ("a head in the list of those signed", at("signer/checkpoints", 128 + 10), "check"),
    ("an anchored head", at("anchors", 100), "check"),
    ("the header of an anchored head", at("anchors", 20), "check"),
]

def flipping(place):
    return lambda site: flip(*place(site))


def a_row_flips(site):
    with state(site.data) as table:
        loans = table("loan")
        key, value = loans.items()[0]
        place = value.index("核对往来".encode())
        loans.put(key, value[:place] + bytes([value[place] ^ 1]) + value[place + 1:])


# ---- trying them ----

def is_noticed_by_whom_the_table_says(base, found_by, function):
    with base.copied() as site:
        found = function(site)
        equal(look(site) if found is None else found, found_by, "those who notice")


def nobody_complains_of_what_nobody_touched(base):
    with base.copied() as site:
        equal(look(site), set())


def attacks():
    """The table, with functions for names, and the bits that flip."""
    for number, name, *rest in TABLE:
        yield number, globals()[name], *rest
    for name, place, found_by in FLIPS:
        yield 19, flipping(place), f"a bit flips in {name}", found_by, "at the next check"


def main():
    suite = Suite()
    with Site() as base, ThreadPoolExecutor(AT_ONCE) as pool:
        pool.submit(suite.run, "nobody complains of what nobody touched",
                    nobody_complains_of_what_nobody_touched, base)
        for number, function, what, found_by, when in attacks():
            name = f"{number:2} {what}: {found_by.replace(' ', ', ') or 'nobody'}, {when}"
            pool.submit(suite.run, name, is_noticed_by_whom_the_table_says, base,
                        set(found_by.split()), function)
    suite.finish()


if __name__ == "__main__":
    main()
