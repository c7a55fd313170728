#!/usr/bin/python3 -B
"""Another key follows the one that signs the ledger: asked for by one security officer, approved by
another, entered; clients take it from that entry alone. Whoever just exchanges the key is caught."""

import os
import shutil
import subprocess
import time

from contract import ROOT, record
from fixture import ADDRESS, BUILD, PROGRAM, Server, ServerFailed
from suite import Suite, equal, raises, true
from verifier import Checkpoint, Key, Note

CLIENT = (BUILD if BUILD.is_absolute() else ROOT / BUILD) / "dossier"
DONE, REFUSED, PROOF = 0, 1, 5


def command(server, login, *arguments):
    return [CLIENT, *map(str, arguments), "--profile", server.folder / login, "--server",
            f"{ADDRESS}:{server.port}"]


def dossier(server, login, *arguments, expected=DONE):
    """What the program for people prints; standard output, and error where something is wrong."""
    done = subprocess.run(command(server, login, *arguments), capture_output=True, text=True, timeout=60,
                          env={**os.environ, "LC_ALL": "C.UTF-8", "LANGUAGE": "en"}, check=False)
    equal(done.returncode, expected, f"{arguments}: {done.stdout}{done.stderr}")
    return done.stdout if expected == DONE else done.stderr


def known_keys(server, login):
    return [Key.parse(line) for line in (server.folder / login / "log.vkey").read_text().splitlines()]


def identity(server, name):
    return server.data / "identity" / name


def statement(server):
    """What the operator gets: the text of the file, and the key that it names."""
    done = subprocess.run([PROGRAM, "rotate", server.data, "--log-key"], capture_output=True,
                          text=True, timeout=60, check=True)
    file = server.folder / "statement"
    file.write_text(done.stdout)
    return file, Key.parse(done.stdout.splitlines()[1])


def head(server, login="clerk"):
    """The signed head that the newest act's receipt leads to."""
    with server.client(login) as client:
        client.act("customer_add", draft={"name": "华夏贸易有限公司"})
    with server.client(login) as client:
        return client.welcome.checkpoint


def signers(server, *keys):
    note = Note(head(server))
    return [note.verify(key) is not None for key in keys]


def a_key_that_was_just_exchanged_is_refused_by_every_client(server):
    path, kept = identity(server, "log-key.pem"), server.folder / "kept.pem"
    before = known_keys(server, "colleague")
    dossier(server, "colleague", "whoami")
    server.stop()
    shutil.copy(path, kept)
    path.write_bytes(subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519"],
                                    capture_output=True, check=True).stdout)
    server.start()
    said = dossier(server, "colleague", "whoami", expected=PROOF)
    true("not signed by the key of your ledger" in said, said)
    equal(known_keys(server, "colleague"), before, "keys")
    server.stop()
    shutil.copy(kept, path)
    server.start()
    dossier(server, "colleague", "whoami")


def the_server_has_to_have_the_key_that_is_asked_for(server):
    head(server)
    file, _ = statement(server)
    again, _ = statement(server)
    equal(again.read_text(), file.read_text(), "a second time")
    said = dossier(server, "officer", "ledger", "rekey", file, "--reason", "年度换钥",
                   expected=REFUSED)
    true("does not have the key" in said, said)
    equal(server.reload(), None)
    dossier(server, "clerk", "ledger", "rekey", file, "--reason", "年度换钥", expected=REFUSED)
    text = file.read_text()
    spoilt = server.folder / "spoilt"
    spoilt.write_text(text.replace("dossier-log-key/1", "dossier-log-key/2"))
    said = dossier(server, "officer", "ledger", "rekey", spoilt, "--reason", "年度换钥", expected=2)
    true("does not name a key" in said, said)


def watch(server):
    """A witness that co-signs once a second; to be ended."""
    dossier(server, "watcher", "witness", "register")
    return subprocess.Popen(command(server, "watcher", "witness", "run", "--interval", "1"),
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                            env={**os.environ, "LC_ALL": "C.UTF-8", "LANGUAGE": "en"})


def a_witness_that_stays_connected_takes_it(server, watcher):
    for _ in range(100):
        if len(known_keys(server, "watcher")) == 2:
            break
        time.sleep(0.1)  # it looks once a second
    equal(watcher.poll(), None, "it runs")
    equal(len(known_keys(server, "watcher")), 2, "keys")


def nobody_does_it_alone(server):
    file, key = statement(server)
    number = dossier(server, "officer", "ledger", "rekey", file, "--reason", "年度换钥", "-q").strip()
    dossier(server, "officer", "ledger", "rekey", file, "--approval", number, expected=REFUSED)
    said = dossier(server, "officer", "approve", number, expected=REFUSED)
    true("nobody decides" in said, said)
    dossier(server, "manager", "approve", number, expected=REFUSED)
    shown = dossier(server, "second", "approval", "show", number)
    true(str(key) in shown.replace("\n", ""), shown)
    dossier(server, "second", "approve", number)
    dossier(server, "second", "ledger", "rekey", file, "--approval", number, expected=REFUSED)
    old = known_keys(server, "clerk")[0]
    equal(signers(server, old, key), [True, False], "who signed")
    with watch(server) as watcher:
        try:
            equal(watcher.stdout.readline().startswith("co-signed"), True, "it co-signs")
            done = dossier(server, "officer", "ledger", "rekey", file, "--approval", number,
                           "-q").strip()
            a_witness_that_stays_connected_takes_it(server, watcher)
        finally:
            watcher.terminate()
    equal(done, str(key), "the key")
    dossier(server, "clerk", "ledger", "status")
    equal(signers(server, old, key), [True, True], "who signed")
    dossier(server, "officer", "ledger", "rekey", file, "--approval", number, expected=2)


def clients_take_it_from_the_ledger(server):
    old = known_keys(server, "colleague")
    equal(len(old), 1, "keys")
    said = dossier(server, "colleague", "ledger", "keys", "-o", "json")
    dossier(server, "second", "whoami")
    keys = known_keys(server, "colleague")
    equal(keys[0], old[0], "the first key")
    equal(len(keys), 2, "keys")
    true(str(keys[1]) in said, said)
    true(Checkpoint.verified(head(server), keys[1:]).size > 0, "the new key's head")


def who_comes_after_it_begins_with_the_new_key(server):
    server.person("late", "后来人", "HQ", record.CLERK)
    keys = known_keys(server, "late")
    dossier(server, "late", "whoami")
    equal(known_keys(server, "late"), keys, "keys")
    equal(keys[-1], known_keys(server, "clerk")[-1], "the new key")


def while_the_old_key_signs_no_third_is_prepared(server):
    done = subprocess.run([PROGRAM, "rotate", server.data, "--log-key"], capture_output=True,
                          text=True, timeout=60, check=False)
    equal(done.stdout, "", "a statement")
    true(done.returncode != 0 and "log-key.old.pem" in done.stderr, done.stderr)
    true(not identity(server, "log-key.next.pem").exists(), "a key was made")


def a_switch_that_was_cut_off_is_finished_at_the_start(server):
    current, old, next_key = (identity(server, name) for name in
                              ("log-key.pem", "log-key.old.pem", "log-key.next.pem"))
    keys = known_keys(server, "clerk")
    for half_done in (False, True):
        server.kill()
        current.rename(next_key)
        if not half_done:
            old.rename(current)
        server.start()
        true(current.exists() and old.exists() and not next_key.exists(), "the files' names")
        equal(signers(server, *keys), [True, True], "who signed")


def when_the_old_key_is_gone_only_who_knows_the_new_one_goes_on(server):
    keys = known_keys(server, "clerk")
    server.stop()
    identity(server, "log-key.old.pem").unlink()
    server.start()
    equal(signers(server, *keys), [False, True], "who signed")
    dossier(server, "clerk", "whoami")
    said = dossier(server, "branch", "whoami", expected=PROOF)
    true("not signed by the key of your ledger" in said, said)
    true("if it was changed while you were away" in said, said)
    equal(len(known_keys(server, "branch")), 1, "keys")


def a_second_key_follows_the_first_and_not_the_one_before(server):
    file, key = statement(server)
    equal(server.reload(), None)
    number = dossier(server, "officer", "ledger", "rekey", file, "--reason", "再换", "-q").strip()
    dossier(server, "second", "approve", number)
    dossier(server, "officer", "ledger", "rekey", file, "--approval", number)
    head(server)
    for login in ("clerk", "late"):
        before = known_keys(server, login)
        dossier(server, login, "whoami")
        equal(known_keys(server, login), before + [key], f"keys of {login}")
    keys = known_keys(server, "clerk")
    equal(signers(server, *keys), [False, True, True], "who signed")


def a_key_that_the_ledger_does_not_name_signs_nothing(server):
    path, kept = identity(server, "log-key.pem"), server.folder / "kept.pem"
    server.stop()
    shutil.copy(path, kept)
    path.write_bytes(subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519"],
                                    capture_output=True, check=True).stdout)
    failure = raises(ServerFailed, server.start)
    true("names another key" in str(failure), str(failure))
    shutil.copy(kept, path)
    server.start()
    dossier(server, "clerk", "whoami")


def main():
    suite = Suite()
    with Server() as server:
        server.person("second", "安全员乙", "HQ", record.OFFICER)
        server.person("manager", "周总", "HQ", record.GENERAL_MANAGER)
        server.person("watcher", "见证", "CD", record.WITNESS)
        for check in (a_key_that_was_just_exchanged_is_refused_by_every_client,
                      the_server_has_to_have_the_key_that_is_asked_for,
                      nobody_does_it_alone,
                      clients_take_it_from_the_ledger,
                      who_comes_after_it_begins_with_the_new_key,
                      while_the_old_key_signs_no_third_is_prepared,
                      a_switch_that_was_cut_off_is_finished_at_the_start,
                      when_the_old_key_is_gone_only_who_knows_the_new_one_goes_on,
                      a_second_key_follows_the_first_and_not_the_one_before,
                      a_key_that_the_ledger_does_not_name_signs_nothing):
            suite.run(check.__name__.replace("_", " "), check, server)
    suite.finish()


if __name__ == "__main__":
    main()
