#!/usr/bin/env -S /usr/bin/python3 -B
"""What the command line makes of a server that lies about its ledger: it must never say "done", must
end with 5, keep the evidence, and leave the act in the journal until it is proven."""

import os
import shutil
import subprocess

from contract import ROOT, RPCS, record, wire
from dossier_client import ERROR, WELCOME
from fixture import ADDRESS, BUILD, UNLIMITED, Server
from liar import Liar, with_hello, with_receipt, with_welcome
from suite import Suite, equal, true

DOSSIER = (BUILD if BUILD.is_absolute() else ROOT / BUILD) / "dossier"
PROOF = 5
QUARANTINE = 10  # statuses
BUSY = 21
SHUTTING_DOWN = 24
STORAGE_FULL = 30


class World:
    """A head office with a clerk; each check starts with a profile of its own making."""

    def __init__(self):
        self.server = Server({"limits": UNLIMITED})
        self.count = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.close()

    def person(self):
        """A new clerk, who has met the server."""
        self.count += 1
        login = f"clerk{self.count}"
        self.server.person(login, "王芳", "HQ", record.CLERK)
        equal(self.run(login, "whoami").returncode, 0)
        return login

    def run(self, login, *words, port=None, **environment):
        folder = self.server.folder / login
        return subprocess.run(
            [DOSSIER, "--profile", folder, "--server", f"{ADDRESS}:{port or self.server.port}",
             "--lang", "en", *words], capture_output=True, text=True, timeout=30,
            env={**os.environ, **environment})

    def act(self, login, port=None):
        """An act that changes something: a new customer."""
        self.count += 1
        return self.run(login, "customer", "add", f"张三{self.count}", "--kind", "person",
                        port=port)

    def state(self, login):
        return self.server.folder / login / "state"

    def journals(self, login):
        return list((self.state(login) / "journal").glob("*.journal"))

    def evidence(self, login):
        """The files of the one folder of evidence."""
        folders = list((self.state(login) / "evidence").iterdir())
        equal(len(folders), 1, "folders of evidence")
        readme = (folders[0] / "README.txt").read_text()
        true("总账" in readme and "security officer" in readme, readme)
        return {path.name: path.read_bytes() for path in folders[0].iterdir()}

    def receipts(self, login):
        path = self.state(login) / "receipts.log"
        return path.read_bytes() if path.exists() else b""


def refuses_an_act(world, answer, words, evidence):
    """An act through a liar is not done for the clerk; over the honest line it is settled."""
    login = world.person()
    before = world.receipts(login)
    with Liar(world.server, login, answer) as liar:
        done = world.act(login, liar.port)
    equal(done.returncode, PROOF, done.stderr)
    true(words in done.stderr and "auditor" in done.stderr, done.stderr)
    equal(done.stdout, "")
    equal(len(world.journals(login)), 1, "journals")
    equal(world.receipts(login), before, "receipts")
    found = world.evidence(login)
    for name in evidence:
        true(name in found, f"{name} is in {sorted(found)}")
    done = world.run(login, "whoami")
    equal(done.returncode, 0, done.stderr)
    true("settled" in done.stderr, done.stderr)
    equal(world.journals(login), [])
    true(len(world.receipts(login)) > len(before), "the receipt is filed")


def an_act_without_a_proof_is_not_done(world):
    def answer(frame, asked):
        if asked.get(frame.request_id) != RPCS["customer_add"].number:
            return frame
        return with_receipt(frame, lambda receipt: receipt.ClearField("proof"))

    refuses_an_act(world, answer, "no proof that the entry", ["kept.checkpoint", "entry"])


def an_act_under_an_older_head_is_not_done(world):
    heads = []

    def answer(frame, asked):
        def swap(receipt):
            receipt.proof.checkpoint = heads[0]

        if frame.kind == WELCOME:
            with_welcome(frame, lambda welcome: heads.append(welcome.checkpoint))
        if asked.get(frame.request_id) != RPCS["customer_add"].number:
            return frame
        return with_receipt(frame, swap)

    refuses_an_act(world, answer, "not in the ledger", ["kept.checkpoint", "shown.checkpoint"])


def an_act_under_a_head_that_nobody_signed_is_not_done(world):
    def answer(frame, asked):
        def forge(receipt):
            text, signature = receipt.proof.checkpoint.split(b"\n\n")
            origin, size, root = text.split(b"\n")
            receipt.proof.checkpoint = b"\n".join([origin, b"%d" % (int(size) + 1), root, b"",
                                                   signature])

        if asked.get(frame.request_id) != RPCS["customer_add"].number:
            return frame
        return with_receipt(frame, forge)

    refuses_an_act(world, answer, "not signed by the key", ["shown.checkpoint"])


def an_act_with_the_receipt_of_another_is_not_done(world):
    kept = []

    def answer(frame, asked):
        def exchange(receipt):
            kept.append(receipt.SerializeToString())
            receipt.ParseFromString(kept[0])

        if asked.get(frame.request_id) != RPCS["customer_add"].number:
            return frame
        return with_receipt(frame, exchange)

    login = world.person()
    with Liar(world.server, login, answer) as liar:
        equal(world.act(login, liar.port).returncode, 0)
    refuses_an_act(world, answer, "not of what was asked", ["entry"])


def a_refusal_that_is_said_to_be_entered_is_proven_too(world):
    login = world.person()

    def answer(frame, asked):
        if frame.kind != ERROR or frame.request_id == 0:
            return frame
        refusal = wire.Refusal.FromString(frame.body)
        refusal.ClearField("receipt")
        return frame._replace(body=refusal.SerializeToString())

    words = ["office", "add", "XX", "--name", "不许"]
    honest = world.run(login, *words)
    equal(honest.returncode, 1, honest.stderr)
    filed = len(world.receipts(login))
    true(filed > 0, "a refusal that was entered is filed")
    with Liar(world.server, login, answer) as liar:
        done = world.run(login, *words, port=liar.port)
    equal(done.returncode, PROOF, done.stderr)
    equal(len(world.journals(login)), 1)
    equal(len(world.receipts(login)), filed)
    world.evidence(login)


def refuses_to_begin(world, login, words, port, evidence):
    done = world.act(login, port)
    equal(done.returncode, PROOF, done.stderr)
    true(words in done.stderr and "auditor" in done.stderr, done.stderr)
    equal(world.journals(login), [], "nothing was sent")
    found = world.evidence(login)
    for name in evidence:
        true(name in found, f"{name} is in {sorted(found)}")
    return found


def an_old_greeting_is_a_shorter_ledger(world):
    login = world.person()
    old = []
    with Liar(world.server, login, lambda frame, _: old.append(frame) or frame) as liar:
        equal(world.run(login, "whoami", port=liar.port).returncode, 0)
    equal(world.act(login).returncode, 0)
    equal(world.run(login, "whoami").returncode, 0)
    with Liar(world.server, login,
              lambda frame, _: old[0] if frame.kind == WELCOME else frame) as liar:
        found = refuses_to_begin(world, login, "you were shown one of", liar.port,
                                 ["kept.checkpoint", "shown.checkpoint", "README.txt"])
    sizes = [int(found[name].split(b"\n")[1]) for name in ("kept.checkpoint", "shown.checkpoint")]
    true(sizes[0] > sizes[1], sizes)


def a_greeting_without_a_head_is_a_shorter_ledger(world):
    login = world.person()
    with Liar(world.server, login, lambda frame, _: with_welcome(
            frame, lambda welcome: welcome.ClearField("checkpoint"))) as liar:
        refuses_to_begin(world, login, "a ledger of 0 entries", liar.port, ["kept.checkpoint"])


def a_greeting_without_its_proofs_is_not_believed(world):
    login = world.person()
    equal(world.act(login).returncode, 0)
    with Liar(world.server, login, lambda frame, _: with_welcome(
            frame, lambda welcome: welcome.ClearField("consistency"))) as liar:
        refuses_to_begin(world, login, "no proof that its ledger", liar.port,
                         ["kept.checkpoint", "shown.checkpoint"])


def a_greeting_with_a_wrong_proof_is_not_believed(world):
    def twist(welcome):
        for one in welcome.consistency:
            one.hashes = bytes([one.hashes[0] ^ 1]) + one.hashes[1:] if one.hashes else b"\0" * 32

    login = world.person()
    equal(world.act(login).returncode, 0)
    with Liar(world.server, login, lambda frame, _: with_welcome(frame, twist)) as liar:
        refuses_to_begin(world, login, "two histories", liar.port, ["proof"])


def nobody_is_talked_down_to_a_version_without_proofs(world):
    def older(hello):
        hello.version_min, hello.version_max = 1, 2

    login = world.person()
    with Liar(world.server, login, ask=lambda frame: with_hello(frame, older)) as liar:
        refuses_to_begin(world, login, "without proofs", liar.port, ["kept.checkpoint"])


def another_ledger_is_not_this_one(world):
    def rename(welcome):
        welcome.origin = "other.example/ledger"

    login = world.person()
    with Liar(world.server, login, lambda frame, _: with_welcome(frame, rename)) as liar:
        done = world.act(login, liar.port)
    equal(done.returncode, PROOF, done.stderr)
    true("other.example/ledger" in done.stderr, done.stderr)
    equal(world.journals(login), [])


def a_profile_without_a_key_says_what_to_do(world):
    login = world.person()
    (world.server.folder / login / "log.vkey").unlink()
    done = world.run(login, "whoami")
    equal(done.returncode, PROOF, done.stderr)
    true("no key of the ledger" in done.stderr and "dossierd issue" in done.stderr, done.stderr)


def make_old(world, login):
    """The profile as an older release left it: the key of the ledger has no name."""
    folder = world.server.folder / login
    (folder / "log.vkey").unlink()
    with open(folder / "log-key.pem", "wb") as pem:
        subprocess.run(["openssl", "pkey", "-in", world.server.data / "identity" / "log-key.pem",
                        "-pubout"], stdout=pem, check=True)
    return folder / "log.vkey"


def a_profile_from_before_gets_its_key_from_the_old_file(world):
    login = world.person()
    folder = world.server.folder / login
    vkey = (folder / "log.vkey").read_text()
    make_old(world, login)
    shutil.rmtree(world.state(login))
    equal(world.act(login).returncode, 0)
    equal((folder / "log.vkey").read_text(), vkey)
    (folder / "log.vkey").unlink()
    done = world.act(login)
    equal(done.returncode, 0, f"with a head that is kept: {done.stderr}")
    equal((folder / "log.vkey").read_text(), vkey)


def every_receipt_is_joined_to_the_newest_head(world):
    """More of them than a greeting takes: the rest is asked for, and all is kept."""
    login = world.person()
    for _ in range(20):
        equal(world.act(login).returncode, 0)
    (world.state(login) / "head").unlink()
    equal(world.run(login, "whoami").returncode, 0)
    joined = int((world.state(login) / "head").read_text().split("\n")[1])
    equal(joined, len(world.receipts(login)))
    equal(world.run(login, "receipt", "verify", "--all", "--online").returncode, 0)


def two_histories_from_one_key_are_told_apart(world):
    """DATA is copied, both copies go on: each clerk's own past convicts the other."""
    login = world.person()
    server = world.server
    server.stop()
    copy = server.folder / "copy"
    subprocess.run(["cp", "-a", "--sparse=always", server.data, copy], check=True)
    server.start()
    equal(world.act(login).returncode, 0)
    equal(world.run(login, "whoami").returncode, 0)
    server.stop()
    kept = server.folder / "kept"
    server.data.rename(kept)
    copy.rename(server.data)
    server.start()
    other = world.run("clerk", "customer", "add", "李四", "--kind", "person")
    equal(other.returncode, 0, other.stderr)
    refuses_to_begin(world, login, "two histories", None, ["kept.checkpoint", "shown.checkpoint"])
    server.stop()
    server.data.rename(copy)
    kept.rename(server.data)
    server.start()


def an_honest_quarantine_is_a_warning(world):
    """The ledger of yesterday is brought back, and the server itself says that it is too short."""
    login = world.person()
    server = world.server
    server.stop()
    for name in ("ledger", "state"):
        subprocess.run(["cp", "-a", "--sparse=always", server.data / name,
                        server.folder / f"old-{name}"], check=True)
    server.start()
    equal(world.act(login).returncode, 0)
    equal(world.run(login, "whoami").returncode, 0)
    before = (world.state(login) / "head").read_bytes()
    server.stop()
    for name in ("ledger", "state"):
        shutil.rmtree(server.data / name)
        (server.folder / f"old-{name}").rename(server.data / name)
    server.start()
    done = world.run(login, "whoami")
    equal(done.returncode, 0, done.stderr)
    true(login in done.stdout and "in quarantine" in done.stderr, done.stderr)
    equal((world.state(login) / "head").read_bytes(), before, "the kept head")
    done = world.act(login)
    equal(done.returncode, 1, done.stderr)
    equal(world.journals(login), [])
    true(not (world.state(login) / "evidence").exists(), "no evidence")


def quarantined(frame, more=lambda welcome: welcome.ClearField("checkpoint")):
    """The greeting of a server that says that it is in quarantine."""
    def change(welcome):
        welcome.quarantine = "entries are missing"
        more(welcome)

    return with_welcome(frame, change)


def a_quarantine_that_shows_an_older_head_is_no_excuse(world):
    login = world.person()
    old = []
    with Liar(world.server, login, lambda frame, _: old.append(frame) or frame) as liar:
        equal(world.run(login, "whoami", port=liar.port).returncode, 0)
    equal(world.act(login).returncode, 0)
    equal(world.run(login, "whoami").returncode, 0)

    def answer(frame, _):
        return quarantined(old[0], lambda _: None) if frame.kind == WELCOME else frame

    with Liar(world.server, login, answer) as liar:
        refuses_to_begin(world, login, "you were shown one of", liar.port,
                         ["kept.checkpoint", "shown.checkpoint"])


def in_quarantine_no_act_is_sent(world):
    login = world.person()
    sent = []
    with Liar(world.server, login, lambda frame, _: quarantined(frame),
              ask=lambda frame: sent.append(frame.rpc) or frame) as liar:
        done = world.act(login, liar.port)
        tried = world.run(login, "customer", "add", "李四", "--kind", "person", "--dry-run",
                          port=liar.port)
    equal((done.returncode, tried.returncode), (1, 1), done.stderr + tried.stderr)
    true("not the one that was signed" in done.stderr, done.stderr)
    true(RPCS["customer_add"].number not in sent, sent)
    equal(world.journals(login), [])


def cut_off(world, login):
    """An act that is done, but whose answer never came."""
    def answer(frame, asked):
        if asked.get(frame.request_id) != RPCS["customer_add"].number:
            return frame
        return frame._replace(kind=ERROR, rpc=0, request_id=0,
                              body=wire.Refusal(status=SHUTTING_DOWN).SerializeToString())

    with Liar(world.server, login, answer) as liar:
        done = world.act(login, liar.port)
    equal(done.returncode, 4, done.stderr)
    equal(len(world.journals(login)), 1)


def is_settled(world, login):
    done = world.run(login, "whoami")
    equal(done.returncode, 0, done.stderr)
    true("settled" in done.stderr and "registered" in done.stderr, done.stderr)
    equal(world.journals(login), [])


def what_was_cut_off_before_a_quarantine_stays_unknown(world):
    login = world.person()
    cut_off(world, login)
    with Liar(world.server, login, lambda frame, _: quarantined(frame)) as liar:
        done = world.run(login, "whoami", port=liar.port)
    equal(done.returncode, 0, done.stderr)
    true("stays unknown" in done.stderr and "settled" not in done.stderr, done.stderr)
    equal(len(world.journals(login)), 1)
    is_settled(world, login)


def not_now_is_not_never(world):
    for status in (QUARANTINE, STORAGE_FULL):
        login = world.person()
        cut_off(world, login)

        def answer(frame, asked, status=status):
            if asked.get(frame.request_id) != RPCS["customer_add"].number:
                return frame
            return frame._replace(kind=ERROR, body=wire.Refusal(status=status).SerializeToString())

        with Liar(world.server, login, answer) as liar:
            done = world.run(login, "whoami", port=liar.port)
        equal(done.returncode, 0, done.stderr)
        true("stays unknown" in done.stderr, done.stderr)
        equal(len(world.journals(login)), 1)
        is_settled(world, login)


def a_name_that_no_signed_head_bears_is_not_kept(world):
    login = world.person()
    vkey = make_old(world, login)
    shutil.rmtree(world.state(login))

    def rename(welcome):
        welcome.origin = "other.example/ledger"

    with Liar(world.server, login, lambda frame, _: with_welcome(frame, rename)) as liar:
        equal(world.run(login, "whoami", port=liar.port).returncode, PROOF)
    true(not vkey.exists(), "a name that the server made up is kept")
    equal(world.run(login, "whoami").returncode, 0)
    true(vkey.exists(), "log.vkey")


def refuse_to_join(frame, asked):
    if asked.get(frame.request_id) != RPCS["ledger_checkpoint"].number:
        return frame
    return frame._replace(kind=ERROR, body=wire.Refusal(status=BUSY).SerializeToString())


def a_past_that_is_not_joined_is_not_passed_over(world):
    login = world.person()
    vkey = make_old(world, login)
    with Liar(world.server, login, refuse_to_join) as liar:
        done = world.run(login, "whoami", port=liar.port)
    equal((done.returncode, done.stdout), (3, ""), done.stderr)
    true(not vkey.exists(), "log.vkey")
    equal(world.run(login, "whoami").returncode, 0)


def a_proof_under_a_head_that_is_not_joined_verifies_nothing(world):
    login = world.person()
    other = world.person()
    done = world.act(login)
    equal(done.returncode, 0, done.stderr)
    entry = done.stdout.split("Entry ")[1].split()[0]

    def answer(frame, asked):
        if frame.kind == WELCOME:  # the ledger grows behind what is shown
            equal(world.act(other).returncode, 0)
        return refuse_to_join(frame, asked)

    with Liar(world.server, login, answer) as liar:
        done = world.run(login, "receipt", "verify", entry, "--online", port=liar.port)
    equal(done.returncode, 3, done.stderr)
    equal(world.run(login, "receipt", "verify", entry, "--online").returncode, 0)


def what_a_server_puts_beside_a_receipt_is_not_filed(world):
    login = world.person()
    before = len(world.receipts(login))

    def answer(frame, asked):
        if asked.get(frame.request_id) != RPCS["customer_add"].number:
            return frame
        return with_receipt(frame, lambda receipt: receipt.MergeFromString(
            b"\xfa\x7f\x80\x80\x3c" + bytes(0xf0000)))

    with Liar(world.server, login, answer) as liar:
        done = world.act(login, liar.port)
    equal((done.returncode, done.stderr), (0, ""))
    grown = len(world.receipts(login)) - before
    true(0 < grown < 4096, grown)


def main():
    suite = Suite()
    with World() as world:
        for check in (
                an_act_without_a_proof_is_not_done,
                an_act_under_an_older_head_is_not_done,
                an_act_under_a_head_that_nobody_signed_is_not_done,
                an_act_with_the_receipt_of_another_is_not_done,
                a_refusal_that_is_said_to_be_entered_is_proven_too,
                an_old_greeting_is_a_shorter_ledger,
                a_greeting_without_a_head_is_a_shorter_ledger,
                a_greeting_without_its_proofs_is_not_believed,
                a_greeting_with_a_wrong_proof_is_not_believed,
                nobody_is_talked_down_to_a_version_without_proofs,
                another_ledger_is_not_this_one,
                a_profile_without_a_key_says_what_to_do,
                a_profile_from_before_gets_its_key_from_the_old_file,
                every_receipt_is_joined_to_the_newest_head,
                two_histories_from_one_key_are_told_apart,
                a_quarantine_that_shows_an_older_head_is_no_excuse,
                in_quarantine_no_act_is_sent,
                what_was_cut_off_before_a_quarantine_stays_unknown,
                not_now_is_not_never,
                a_name_that_no_signed_head_bears_is_not_kept,
                a_past_that_is_not_joined_is_not_passed_over,
                a_proof_under_a_head_that_is_not_joined_verifies_nothing,
                what_a_server_puts_beside_a_receipt_is_not_filed,
                an_honest_quarantine_is_a_warning):  # and stays in it
            suite.run(check.__name__, check, world)
    suite.finish()


if __name__ == "__main__":
    main()
