#!/usr/bin/python3 -B
"""What is erased is gone from every file; the proofs, the others and the ledger's replay stay."""

import hashlib
import os
import pathlib
import shutil
import subprocess
import time

from contract import RPCS, record, request
from dossier_client import Refused, leaf_hash, new_key
from fixture import PROGRAM, UNLIMITED, Server, ServerFailed
from suite import Suite, equal, raises, true

CUSTOMERS = 200
HIM = 77                # of them, counted from 0
ERASE = "erase"

# Everything about him that anybody said, each word in no text of another.
NAME = "欧阳锦鹏"
WORDS = [NAME, "ouyangjinpeng", "91510100MA6ERASED7", "13981234567", "青羊区槐树街77号附1", "OLD-KEY-77",
         "510105198703124477", "6222024402077777777", "催收记录在案77", "抵押合同77号", "缺页待补77",
         "贾律师 诚信律师事务所77", "开庭质证77", "归还时封皮破损77", "核对身份77", "家庭住址变动77", "欧阳锦朋",
         "借款合同纠纷77", "川0105民初7777号", "代理诉讼77", "律协7777", "盛平律师协会77", "委托解除77", "更名依据77",
         "同意更名77", "喜好钓鱼77", "密室-77架"]
STAY = ["customer 76's note", "customer 78's note", "别人的合同"]

CHECKS = []


def check(function):
    CHECKS.append(function)
    return function


def scan():
    return hashlib.sha256(b"scan").digest()


class World:
    def __init__(self, server):
        self.server = server
        with server.client("officer") as officer:
            officer.act("principal_add", login="zhou", name="周明", office="HQ",
                        role=record.LAWYER, unit="锦城律师事务所")
        server.issue("zhou")
        for login, role in (("head", record.APPROVER), ("manager", record.GENERAL_MANAGER)):
            server.person(login, login, "HQ", role)
        self.connect()
        self.receipts = []
        self.fill()

    def connect(self):
        self.people = {login: self.server.client(login)
                       for login in ("archivist", "clerk", "head", "manager", "auditor")}

    def close(self):
        for client in self.people.values():
            client.close()

    def restart(self):
        self.close()
        if self.server.is_running():
            self.server.stop()
        self.server.start()
        self.connect()

    def act(self, who, name, **fields):
        done = self.people[who].act(name, **fields)
        self.receipts.append((done.entry.sequence, done.receipt.entry))
        return done.reply

    def fill(self):
        rows = [self.draft(i) for i in range(CUSTOMERS)]
        added = self.act("archivist", "customer_import", source="customers.csv",
                         digest=scan(), first_row=1, rows=rows).added
        self.numbers = [row.number for row in added]
        self.him = self.numbers[HIM]
        # Once more: nothing is added, but the request says all again.
        self.act("archivist", "customer_import", source="customers.csv", digest=scan(),
                 first_row=1, rows=rows[HIM - 1:HIM + 2])
        self.items = [self.item(f"{WORDS[9]} 第{i}册" if i < 3 else "别人的合同",
                                self.him if i < 3 else self.numbers[HIM + 1], i)
                      for i in range(4)]
        self.other()
        self.circulate()
        self.reveal()
        self.grant()

    def draft(self, i):
        draft = request.CustomerDraft(name=f"公司第{i}号", note=f"customer {i}'s note",
                                      kind=record.COMPANY, ref=f"REF-{i}")
        if i == HIM:
            draft = request.CustomerDraft(name=f"{NAME} ouyangjinpeng", note=WORDS[8],
                                          kind=record.PERSON, ref=WORDS[2])
            draft.contacts.add(name=NAME, phone=WORDS[3], address=WORDS[4], id_number=WORDS[6],
                               account=WORDS[7])
        return draft

    def repeat(self):
        """His first item once more, under the same key."""
        return self.people["archivist"].act_packed(
            "item_add", RPCS["item_add"].request(draft=self.first).SerializeToString(), self.key)

    def item(self, title, customer, i):
        his = customer == self.him
        draft = request.ItemDraft(title=title, customer=customer, pages=3,
                                  note=WORDS[10] if his else "", medium=record.PAPER,
                                  authenticity=record.COPY, place=WORDS[26] if his else "A-1",
                                  ref=f"{WORDS[5]}-{i}" if his else "")
        if i == 0:
            self.first, self.key = draft, new_key()
            return self.repeat().reply.item.number
        return self.act("archivist", "item_add", draft=draft).item.number

    def other(self):
        """An entry about somebody else alone."""
        draft = request.CustomerDraft(name="公司第5号甲")
        asked = self.act("archivist", "approval_request", kind="edit", subject=self.numbers[5],
                         draft=draft, fields=["name"], reason="更名").opened.approval
        self.act("archivist", "approval_withdraw", approval=asked.number)

    def circulate(self):
        """One loan of his alone, and one of his and another's at once, asked for by natural key."""
        self.act("archivist", "borrow", items=[self.items[0]], borrower=WORDS[11], external=True,
                 purpose=WORDS[12])
        self.act("archivist", "return", items=[self.items[0]], note=WORDS[13])
        self.act("archivist", "borrow", items=[f"{WORDS[5]}-1", self.items[3]], borrower="clerk",
                 purpose="清点")
        self.act("archivist", "renew", items=[self.items[1], self.items[3]])
        self.act("archivist", "return", items=[self.items[1], self.items[3]])

    def reveal(self):
        self.people["archivist"].look("unmask", customer=WORDS[2], reason=WORDS[14])
        self.act("manager", "confidential_name", customer=self.him, person="archivist",
                 reason=WORDS[15])
        self.act("archivist", "confidential_set", customer=self.him, section="person",
                 field="other", value=WORDS[25])
        draft = request.CustomerDraft(name=WORDS[16])
        asked = self.act("archivist", "approval_request", kind="edit", subject=self.him,
                         draft=draft, fields=["name"], reason=WORDS[23]).opened.approval
        self.act("head", "approval_decide", approval=asked.number, approve=True, text=WORDS[24])
        self.act("archivist", "customer_edit", customer=self.him, draft=draft, fields=["name"],
                 approval=asked.number)

    def grant(self):
        """A grant that is approved, used and revoked."""
        with self.server.client("zhou") as lawyer:
            grant = lawyer.act("grant_request", matter=WORDS[17], case_number=WORDS[18],
                               represented=NAME, purpose=WORDS[19],
                               customers=[self.him]).reply.grant.number
            for kind in (record.INTRODUCTION, record.PRACTISING_CERTIFICATE):
                self.act("clerk", "grant_paper", grant=grant, kind=kind, number=WORDS[20],
                         issuer=WORDS[21], issued=20000, scan_hash=scan())
            view = self.people["clerk"].look("grant_show", grant=grant).view
            self.act("head", "approval_decide", approval=view.approval, approve=True)
            lawyer.look("customer_show", customer=self.him)
        self.granted = grant

    def approve(self, subject, who="archivist"):
        """The number of an approval to erase, by two others."""
        asked = self.act(who, "approval_request", kind=ERASE, subject=subject,
                         reason="保管期限届满").opened.approval.number
        self.act("head", "approval_decide", approval=asked, approve=True)
        self.act("manager", "approval_decide", approval=asked, approve=True)
        return asked

    def erase(self, **fields):
        return self.act("archivist", "erase", reason="保管期限届满，鉴定销毁", **fields)


def found(folder, words):
    """Which of the words stand in any file of the folder."""
    left = {word: word.encode() for word in words}
    hits = {}
    for path in sorted(pathlib.Path(folder).rglob("*")):
        if not path.is_file():
            continue
        for data in extents(path):
            for word, raw in left.items():
                if raw in data:
                    hits.setdefault(word, set()).add(path.name)
    return hits


def extents(path):
    """What a file has, without its holes: the state's is as large as its map."""
    with open(path, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        at = 0
        while at < size:
            try:
                at = os.lseek(file.fileno(), at, os.SEEK_DATA)
            except OSError:     # nothing but a hole is left
                return
            end = os.lseek(file.fileno(), at, os.SEEK_HOLE)
            yield os.pread(file.fileno(), end - at, at)
            at = end


def copy(here, there):
    """A folder with its holes."""
    subprocess.run(["cp", "-a", "--sparse=always", here, there], check=True)


def refused(world, reason, **fields):
    refusal = raises(Refused, world.erase, **fields).refusal
    equal(refusal.reason, reason)
    return refusal


# ---- before ----

@check
def what_is_open_is_not_erased(world):
    refusal = refused(world, "approval_needed", customer=world.him)
    equal((refusal.subject, refusal.field), (world.him, ERASE))
    approval = world.approve(world.him)
    equal(refused(world, "erase_grant_open", customer=world.him, approval=approval).subject,
          world.granted)
    world.act("manager", "grant_revoke", grant=world.granted, reason=WORDS[22])
    world.act("archivist", "borrow", items=[world.items[2]], borrower="clerk", purpose="清点")
    equal(refused(world, "erase_loan_open", customer=world.him, approval=approval).subject,
          world.items[2])
    world.act("archivist", "return", items=[world.items[2]])
    draft = request.CustomerDraft(name=f"{NAME}二")
    asked = world.act("archivist", "approval_request", kind="edit", subject=world.him,
                      draft=draft, fields=["name"], reason=WORDS[23]).opened.approval.number
    equal(refused(world, "erase_approval_open", customer=world.him, approval=approval).subject,
          asked)
    world.act("archivist", "approval_withdraw", approval=asked, text=NAME)
    world.approval = approval


@check
def an_erasure_needs_two_others(world):
    asked = world.act("archivist", "approval_request", kind=ERASE, subject=world.him,
                      reason="保管期限届满").opened.approval
    equal(list(asked.levels), [record.HEAD, record.MANAGER])
    decide = {"approval": asked.number, "approve": True}
    equal(raises(Refused, world.people["archivist"].act, "approval_decide",
                 **decide).refusal.reason, "approval_own")
    refused(world, "approval_waits", customer=world.him, approval=asked.number)
    world.act("head", "approval_decide", **decide)
    refused(world, "approval_waits", customer=world.him, approval=asked.number)
    refused_twice = raises(Refused, world.people["head"].act, "approval_decide", **decide)
    true(refused_twice.refusal.reason in ("approval_twice", "approval_not_yours"),
         "who has decided does not decide again")
    world.act("archivist", "approval_withdraw", approval=asked.number)
    for who in ("clerk", "head", "auditor"):
        denied = raises(Refused, world.people[who].act, ERASE, customer=world.him, reason="x")
        equal(denied.status, "DENIED")


@check
def a_natural_key_does_not_name_what_is_to_be_erased(world):
    refusal = refused(world, "malformed", customer=WORDS[2], approval=world.approval)
    equal(refusal.field, "customer")
    for fields in ({}, {"customer": world.him, "item": world.items[0]}):
        refused(world, "malformed", **fields)


@check
def a_dry_run_erases_nothing(world):
    done = world.people["archivist"].act(ERASE, dry_run=True, customer=world.him, reason="看一下",
                                         approval=world.approval)
    true(done.reply.erasure.entries > 15, "it says how many entries")
    equal(done.reply.erasure.items, 3)
    view = world.people["clerk"].look("customer_show", customer=world.him).view
    equal(view.customer.name, WORDS[16])


# ---- the erasure ----

@check
def everything_of_him_is_in_the_files_before(world):
    world.restart()         # what is in the state's memory is on disk
    hits = found(world.server.data, WORDS + STAY)
    missing = [word for word in WORDS + STAY if word not in hits]
    equal(missing, [])


@check
def nothing_of_him_is_in_any_file_after(world):
    world.server.operate("snapshot", world.server.data)
    copy(world.server.data, world.server.folder / "before")
    world.leaves = leaves(world)
    done = world.erase(customer=world.him, approval=world.approval)
    world.erasure = done.erasure
    equal((done.erasure.number, done.erasure.items), (world.him, 3))
    equal(len(done.redacted), 0, "the list of entries is for the ledger")
    equal(found(world.server.data, WORDS), {})
    equal(sorted(found(world.server.data, STAY)), sorted(STAY))
    equal(found(world.server.folder / "log", WORDS), {})


def leaves(world):
    return [leaf_hash(reply.entry) for reply in world.people["archivist"].stream("log_list")
            if reply.entry]


@check
def every_leaf_is_what_it_was_and_old_receipts_hold(world):
    now = leaves(world)
    equal(now[:len(world.leaves)], world.leaves)
    entries = {reply.sequence: reply.entry
               for reply in world.people["archivist"].stream("log_list") if reply.entry}
    true(len(world.receipts) > 30, "there are receipts")
    for sequence, header in world.receipts:
        if sequence in entries:
            equal(leaf_hash(entries[sequence]), leaf_hash(header))


@check
def what_is_left_says_that_it_was_erased(world):
    view = world.people["clerk"].look("customer_show", customer=world.him).view
    equal((view.customer.number, view.customer.name, view.customer.note), (world.him, "", ""))
    equal(view.erasure.reason, "保管期限届满，鉴定销毁")
    (row,) = world.people["auditor"].stream("erasure_list")
    equal((row.erasure.sequence, row.by, row.approval, list(row.approved_by)),
          (view.erasure.sequence, "archivist", world.approval, ["head", "manager"]))
    item = world.people["clerk"].look("item_show", item=world.items[0]).view
    equal((item.item.title, item.item.pages, item.erasure.sequence),
          ("", 3, view.erasure.sequence))
    history = list(world.people["archivist"].stream("history", customer=world.him))
    true(history[0].entry.redacted and not history[-1].entry.redacted, "redacted but the erasure")


@check
def the_others_in_the_same_acts_stay(world):
    for i in (HIM - 1, HIM + 1):
        view = world.people["clerk"].look("customer_show", customer=world.numbers[i]).view
        equal(view.customer.name, f"公司第{i}号")
        (entry, *_) = world.people["archivist"].stream("history", customer=world.numbers[i])
        reply = request.CustomerImportReply.FromString(entry.entry.act.reply)
        equal(len(reply.added), CUSTOMERS)
        equal([row.name for row in reply.added if row.number == world.him], [""])
        asked = request.CustomerImportRequest.FromString(entry.entry.act.request)
        equal([row.note for row in asked.rows].count(""), 1)
    view = world.people["clerk"].look("item_show", item=world.items[3]).view
    equal(view.item.title, "别人的合同")


@check
def an_act_that_is_repeated_is_not_done_again_and_tells_nothing(world):
    refusal = raises(Refused, world.repeat).refusal
    equal(refusal.reason, "answer_erased")


@check
def what_is_erased_is_not_filled_again(world):
    draft = request.CustomerDraft(name="新名")
    for name, fields in (
            ("customer_edit", {"customer": world.him, "draft": draft, "fields": ["name"]}),
            ("item_add", {"draft": request.ItemDraft(title="新件", customer=world.him)}),
            ("item_edit", {"item": world.items[0], "draft": request.ItemDraft(title="新"),
                           "fields": ["title"]}),
            ("erase", {"customer": world.him, "reason": "再次"})):
        refusal = raises(Refused, world.people["archivist"].act, name, **fields).refusal
        equal(refusal.reason, "record_erased")
    refusal = raises(Refused, world.people["archivist"].act, "borrow", items=[world.items[0]],
                     borrower="clerk", purpose="清点").refusal
    equal(refusal.reason, "record_erased")


@check
def nothing_more_is_written_about_what_is_erased(world):
    """It could not be erased again."""
    def refuses(who, name, **fields):
        refusal = raises(Refused, lambda: world.people[who].act(name, **fields)).refusal
        equal((name, fields.get("kind"), refusal.reason),
              (name, fields.get("kind"), "record_erased"))

    draft = request.CustomerDraft(name="新名")
    item_draft = request.ItemDraft(secrecy=record.INTERNAL)
    for kind, subject, fields in (
            ("sensitive", world.him, {}), ("unseal", world.items[0], {}),
            ("loan", world.items[0], {"borrower": "某律师"}),
            ("edit", world.him, {"draft": draft, "fields": ["name"]}),
            ("item-edit", world.items[0], {"item_draft": item_draft, "fields": ["secrecy"]}),
            (ERASE, world.him, {}), (ERASE, world.items[0], {})):
        refuses("archivist", "approval_request", kind=kind, subject=subject, reason="补录",
                **fields)
    refuses("archivist", "item_seal", item=world.items[0], reason="补封")
    refuses("manager", "confidential_name", customer=world.him, person="archivist", reason="跟进")
    letter = {"principal": "zhou", "matter": "另案", "represented": "某人", "purpose": "代理",
              "channel": record.LETTER}
    refuses("clerk", "grant_request", customers=[world.him], **letter)
    refuses("clerk", "grant_request", items=[world.items[0]], **letter)
    refusal = raises(Refused, world.people["archivist"].look, "unmask", customer=world.him,
                     reason="核对").refusal
    equal(refusal.reason, "record_erased")


@check
def a_replay_gives_the_same_state_beside_the_server(world):
    verified(world.server)


def verified(server):
    said = server.operate("check", server.data)
    true("1 erasures" in said, said)
    server.operate("verify", server.data, "--replay", "--temp", server.folder)


@check
def the_state_comes_from_the_ledger_alone(world):
    world.close()
    world.server.stop()
    for name in ("state", "snapshots"):
        shutil.rmtree(world.server.data / name)
    (world.server.data / "snapshots").mkdir(mode=0o700)
    world.restart()
    what_is_left_says_that_it_was_erased(world)
    verified(world.server)
    equal(found(world.server.data, WORDS), {})


def groups_end(segment):
    """Behind the last group: see server/ledger/ledger.h."""
    at = 4096
    while segment[at:at + 4] == b"GRP1":
        at += 32 + int.from_bytes(segment[at + 4:at + 8], "big")
    return at


@check
def an_old_backup_with_the_newer_ledger_loses_him_again(world):
    """The old copy of the data, and behind its entries those that came since."""
    before = world.server.folder / "before"
    world.close()
    world.server.stop()
    data = world.server.data
    (old,) = (before / "ledger").glob("*.seg")
    (new,) = (data / "ledger").glob("*.seg")
    was = old.read_bytes()
    end = groups_end(was)
    merged = was[:end] + new.read_bytes()[end:]
    new.write_bytes(merged)
    wrong(world.server, "is to be erased, and is not")
    for name in ("state", "snapshots"):
        shutil.rmtree(data / name)
        copy(before / name, data / name)
    true(len(found(data, WORDS)) == len(WORDS), "the backup has everything")
    world.restart()
    equal(found(data, WORDS), {})
    equal(sorted(found(data, STAY)), sorted(STAY))
    what_is_left_says_that_it_was_erased(world)
    verified(world.server)


@check
def a_redaction_that_no_entry_lists_is_damage(world):
    """Of an entry about somebody else, made as ours are, with the right checksum."""
    world.close()
    world.server.stop()
    (path,) = (world.server.data / "ledger").glob("*.seg")
    good = path.read_bytes()
    path.write_bytes(forged(good, "公司第5号".encode()))
    wrong(world.server, "was overwritten, and no erasure says so")
    for name in ("state", "snapshots"):
        shutil.move(world.server.data / name, world.server.folder / name)
    (world.server.data / "snapshots").mkdir(mode=0o700)
    failed = raises(ServerFailed, world.server.start)
    true("was overwritten" in str(failed), str(failed))
    path.write_bytes(good)
    world.restart()
    verified(world.server)


@check
def killed_at_any_time_it_is_finished_at_the_next_start(world):
    """kill -9 between sending and a little after the answer: all of it is gone, or it was never
    entered and all of it is there."""
    finished = 0
    for delay in (0.0, 0.002, 0.004, 0.007, 0.012, 0.02, 0.04):
        name = f"将被遗忘的人{int(delay * 1000)}"
        added = world.act("archivist", "customer_add", draft=request.CustomerDraft(name=name))
        approval = world.approve(added.customer.number)
        client = world.people["archivist"]
        client.send("erase", RPCS["erase"].request(customer=added.customer.number, reason="期满",
                                                   approval=approval), new_key())
        time.sleep(delay)
        world.server.kill()
        for person in world.people.values():
            person.connection.drop()
        world.server.start()
        world.connect()
        gone = [row for row in world.people["auditor"].stream("erasure_list")
                if row.erasure.number == added.customer.number]
        finished += len(gone)
        equal(bool(found(world.server.data, [name])), not gone, f"{name} is there")
        true(not (world.server.data / "erasing").exists(), "nothing is left to be finished")
        true(not (world.server.data / "state.fresh").exists(), "nor of the old state")
    true(finished > 0, "some were entered")
    world.server.operate("verify", world.server.data, "--replay", "--temp", world.server.folder)


def wrong(server, what):
    done = subprocess.run([PROGRAM, "check", server.data], capture_output=True, text=True,
                          timeout=60)
    equal(done.returncode, 5)
    true(f" {what}" in done.stdout, done.stdout)


def crc32c(data, crc=0):
    """With the bits turned, as the ledger's groups have it."""
    crc ^= 0xffffffff
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82f63b78 if crc & 1 else 0)
    return crc ^ 0xffffffff


def fix(data, at, wanted):
    """Sets the 4 bytes at that place so that the checksum is the wanted one: it is linear."""
    data[at:at + 4] = bytes(4)
    base = crc32c(data)
    rows = []
    for bit in range(32):
        data[at:at + 4] = (1 << bit).to_bytes(4, "little")
        rows.append((crc32c(data) ^ base, 1 << bit))
    target, chosen = base ^ wanted, 0
    for column in range(31, -1, -1):
        pivot = next((row for row in rows if row[0] >> column & 1), None)
        if pivot is None:
            continue
        rows.remove(pivot)
        rows = [(row[0] ^ pivot[0], row[1] ^ pivot[1]) if row[0] >> column & 1 else row
                for row in rows]
        if target >> column & 1:
            target, chosen = target ^ pivot[0], chosen ^ pivot[1]
    equal(target, 0)
    data[at:at + 4] = chosen.to_bytes(4, "little")


def forged(segment, word):
    """The segment with the first small entry that has the word redacted to nothing."""
    at = 4096
    while segment[at:at + 4] == b"GRP1":
        end = at + 32 + int.from_bytes(segment[at + 4:at + 8], "big")
        entry = at + 32
        while entry < end:
            header, payload = (int.from_bytes(segment[entry + i:entry + i + 4], "big")
                               for i in (0, 4))
            salt = entry + 8 + header
            if word in segment[salt:salt + 16 + payload] and payload < 2000:
                region = bytearray(16) + b"\x80" + bytes(payload - 1)
                fix(region, 12, crc32c(segment[salt:salt + 16 + payload]))
                return segment[:salt] + bytes(region) + segment[salt + 16 + payload:]
            entry = salt + 16 + payload
        at = end
    raise AssertionError("no such entry")


def main():
    suite = Suite()
    with Server({"limits": UNLIMITED}) as server:
        world = World(server)
        for function in CHECKS:
            suite.run(function.__name__, function, world)
        world.close()
    suite.finish()


if __name__ == "__main__":
    main()
