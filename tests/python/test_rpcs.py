#!/usr/bin/python3 -B
"""The happy path of every RPC for people, by the client written from PROTOCOL.md alone."""

import datetime
import hashlib
import io
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from contract import RPCS, record, request
from dossier_client import Client, Entry, Profile, Refused, new_key
from fixture import ADDRESS, Server
from newcomer import Key, Stranger, code_hash
import verifier
from suite import Suite, equal, raises, true
from verifier_bundle import Bundle

CHECKS = []
COVERED = set()
PRINCIPAL, CUSTOMER, ITEM = 2, 3, 4  # common/subject.def


def check(*names):
    """A check that covers these RPCs."""
    def note(function):
        CHECKS.append(function)
        COVERED.update(names)
        return function
    return note


class World:
    """The server, one client a person, and what the checks made so far."""

    def __init__(self, server):
        self.server = server
        self.clients = {}

    def __getattr__(self, login):
        if login not in self.clients:
            self.clients[login] = self.server.client(login)
        return self.clients[login]

    def close(self):
        for client in self.clients.values():
            client.close()

    def deciders(self):
        """A head of HQ and the general manager, from now on world.head and world.manager."""
        if not (self.server.folder / "head").exists():
            self.server.person("head", "罗华", "HQ", record.APPROVER)
            self.server.person("manager", "周总", "HQ", record.GENERAL_MANAGER)

    def customer(self, name="华夏贸易有限公司", **fields):
        draft = request.CustomerDraft(name=name, **fields)
        return self.clerk.act("customer_add", draft=draft).reply.customer

    def item(self, customer, title="营业执照", **fields):
        draft = request.ItemDraft(title=title, customer=customer.number, **fields)
        return self.clerk.act("item_add", draft=draft).reply.item


def refusal_of(call, *arguments, **fields):
    return raises(Refused, call, *arguments, **fields)


@check("whoami")
def whoami_says_who_the_welcome_said(world):
    reply = world.clerk.look("whoami")
    welcome = world.clerk.welcome
    equal(reply.principal.login, "clerk")
    equal((welcome.login, welcome.name, welcome.office, welcome.role),
          ("clerk", "王芳", "HQ", "clerk"))
    equal(reply.principal.id, welcome.principal_id)
    equal(reply.office.code, "HQ")
    true("CIRCULATE" in [word.upper() for word in reply.permissions], "a clerk may circulate")


@check("status")
def status_knows_the_ledger(world):
    before = world.clerk.look("status")
    equal(before.origin, "test.example/dossier")
    equal(before.origin, world.clerk.welcome.origin)
    equal(len(before.ledger_root), 32)
    true(before.started_at <= before.now, "it was started before now")
    true(before.connections >= 1, "this connection is counted")
    world.customer()
    after = world.clerk.look("status")
    true(after.ledger_size > before.ledger_size, "an act makes the ledger longer")
    true(after.ledger_root != before.ledger_root, "and changes its root")


@check("office_add", "office_list")
def an_added_office_is_listed(world):
    office = world.officer.act("office_add", code="GZ", name="广州分公司").reply.office
    listed = {reply.office.code: reply.office for reply in world.clerk.stream("office_list")}
    equal(listed["GZ"], office)
    true(listed["HQ"].head and not listed["GZ"].head, "one head office")
    equal(refusal_of(world.officer.act, "office_add", code="GZ", name="again").status, "CONFLICT")


@check("department_add", "department_list")
def a_department_is_listed_and_keeps_records(world):
    department = world.officer.act("department_add", code="XS", name="销售部",
                                   office="HQ").reply.department
    listed = [reply for reply in world.clerk.stream("department_list", office="HQ")]
    equal([(reply.department, reply.office) for reply in listed], [(department, "HQ")])
    customer = world.customer(department="XS")
    equal(customer.department_id, department.id)
    item = world.item(customer, department="XS", dated=20000)
    view = world.clerk.look("item_show", item=item.number).view
    equal((view.department, view.item.dated), ("XS", 20000))


@check("principal_add", "principal_list")
def an_added_person_is_listed_and_can_log_in(world):
    person = world.officer.act("principal_add", login="sun.li", name="孙丽", office="CD",
                               role=record.CLERK).reply.principal
    listed = {reply.principal.login: reply for reply in world.officer.stream("principal_list")}
    equal(listed["sun.li"].principal, person)
    equal(listed["sun.li"].office, "CD")
    in_cd = [reply.office for reply in world.officer.stream("principal_list", office="CD")]
    equal(set(in_cd), {"CD"})
    world.server.issue("sun.li")
    with world.server.client("sun.li") as client:
        equal(client.welcome.principal_id, person.id)


@check("principal_code", "enrol", "certificate_renew")
def a_code_enrolls_and_the_certificate_renews_itself(world):
    secret = os.urandom(15)
    done = world.officer.act("principal_code", login="colleague", code_hash=code_hash(secret))
    equal(done.reply.principal.login, "colleague")
    with Stranger(ADDRESS, world.server.port) as stranger:
        facts = stranger.enrol()
        equal((facts.origin, facts.certificate), ("test.example/dossier", b""))
        key = Key()
        issued = stranger.enrol(secret, key.csr())
    equal((issued.ca, issued.log_key), (facts.ca, facts.log_key))
    with Client(Profile(key.keep(issued).folder, ADDRESS, world.server.port)) as client:
        equal(client.welcome.login, "colleague")
        renewed = Key()
        issued = client.look("certificate_renew", csr=renewed.csr()).issued
    with Client(Profile(renewed.keep(issued).folder, ADDRESS, world.server.port)) as client:
        equal(client.welcome.login, "colleague")


@check("principal_show", "principal_state", "principal_role", "handover")
def a_leaver_hands_over_and_his_account_is_closed(world):
    for login, name in (("leaver", "钱进"), ("heir", "孔明")):
        world.officer.act("principal_add", login=login, name=name, office="HQ",
                          role=record.SALESPERSON)
    customer = world.customer(owner="leaver")
    shown = world.auditor.look("principal_show", login="leaver")
    equal((shown.office, shown.customers.count, list(shown.customers.first)),
          ("HQ", 1, [customer.number]))
    closing = {"login": "leaver", "state": record.CLOSED, "reason": "离职"}
    refused = refusal_of(world.officer.act, "principal_state", **closing)
    equal((refused.status, refused.refusal.reason, list(refused.refusal.others)),
          ("BLOCKED", "still_holds", [customer.number]))
    done = world.officer.act("handover", **{"from": "leaver", "to": "heir", "reason": "离职"})
    equal([row.number for row in done.reply.customers], [customer.number])
    equal(done.reply.left, 0)
    true((CUSTOMER, customer.id) in done.entry.subjects, "the entry is about the customer")
    world.officer.act("principal_state", **closing)
    equal(world.auditor.look("principal_show", login="leaver").principal.state, record.CLOSED)
    post = world.officer.act("principal_role", login="heir", role=record.CLERK, office="CD",
                             reason="调岗").reply.principal
    equal(post.role, record.CLERK)
    equal(world.auditor.look("principal_show", login="heir").office, "CD")


@check("customer_add", "customer_show")
def an_added_customer_is_shown_by_number_and_by_key(world):
    contact = record.Contact(name="张三", phone="138 0000 0000", address="成都市锦江区一号")
    done = world.clerk.act("customer_add", draft=request.CustomerDraft(
        name="蜀光科技", owner="colleague", contacts=[contact], ref="91510100MA0001"))
    customer = done.reply.customer
    equal(customer.number[:5], "HQ-C-")
    equal(customer.version, 1)
    true((CUSTOMER, customer.id) in done.entry.subjects, "the entry is about the customer")
    equal((customer.contacts[0].name, customer.contacts[0].phone, customer.contacts[0].address),
          ("张**", "138****0000", "成都市****"))
    for name in (customer.number, "91510100MA0001"):
        view = world.clerk.look("customer_show", customer=name).view
        equal(view.customer, customer)
        equal((view.office, view.owner), ("HQ", "colleague"))
    equal(refusal_of(world.branch.look, "customer_show", customer=customer.number).status,
          "NOT_FOUND", "for another office")


@check("customer_list")
def customers_are_listed_by_name_and_limit(world):
    wanted = {world.customer(f"列表公司{n}").number for n in range(3)}
    listed = [reply.view.customer.number
              for reply in world.clerk.stream("customer_list", name="列表")]
    equal(set(listed), wanted)
    equal(len(list(world.clerk.stream("customer_list", limit=2))), 2)
    branch = {reply.view.office for reply in world.branch.stream("customer_list")}
    true(branch <= {"CD"}, "a branch sees its own")


@check("customer_edit")
def an_edit_changes_what_it_names_and_nothing_else(world):
    customer = world.customer("改名前", note="留着")
    edit = {"customer": customer.number, "version": 1, "fields": ["owner"],
            "draft": request.CustomerDraft(owner="colleague", note="不要")}
    edited = world.clerk.act("customer_edit", **edit).reply.customer
    equal((edited.name, edited.note, edited.version), ("改名前", "留着", 2))
    true(edited.owner_id != 0, "somebody looks after it")
    equal(refusal_of(world.clerk.act, "customer_edit", **edit).status, "STALE")


@check("customer_import")
def a_second_import_of_customers_changes_nothing(world):
    rows = [request.CustomerDraft(name=f"导入{n}", ref=f"IMP-C-{n}") for n in range(3)]
    batch = {"source": "customers.csv", "digest": hashlib.sha256(b"file").digest(), "first_row": 1,
             "rows": rows}
    verdicts = world.clerk.act("customer_import", **batch).reply.verdicts
    equal([(v.row, v.verdict) for v in verdicts], [(n, request.ADDED) for n in (1, 2, 3)])
    again = world.clerk.act("customer_import", **batch).reply.verdicts
    equal([v.verdict for v in again], [request.UNCHANGED] * 3)
    equal([v.number for v in again], [v.number for v in verdicts])


@check("item_add", "item_show")
def an_added_item_is_shown_where_it_is(world):
    customer = world.customer()
    box = world.item(customer, "一号盒", kind=record.BOX, place="A-03-2")
    piece = world.item(customer, "合同", parent=box.number, pages=12, ref="KEY-1")
    equal(piece.number[:6], "HQ-KH-")
    reply = world.clerk.look("item_show", item="KEY-1")
    equal(reply.view.item, piece)
    equal((reply.view.place, reply.view.parent, reply.view.state),
          ("A-03-2", box.number, request.ON_SHELF))
    equal(reply.view.customer, customer.number)
    equal(world.clerk.look("item_show", item=box.number).contents, 1)


@check("item_list")
def items_are_listed_by_customer_and_container(world):
    customer = world.customer()
    box = world.item(customer, "盒", kind=record.BOX)
    inside = {world.item(customer, f"件{n}", parent=box.number).number for n in range(3)}
    of_customer = {reply.view.item.number
                   for reply in world.clerk.stream("item_list", customer=customer.number)}
    equal(of_customer, inside | {box.number})
    contents = {reply.view.item.number
                for reply in world.clerk.stream("item_list", parent=box.number)}
    equal(contents, inside)


@check("item_edit")
def an_item_is_edited(world):
    item = world.item(world.customer(), "旧题名", pages=3)
    edited = world.clerk.act("item_edit", item=item.number, version=1, fields=["title", "pages"],
                             draft=request.ItemDraft(title="新题名", pages=4)).reply.item
    equal((edited.title, edited.pages, edited.version), ("新题名", 4, 2))
    equal(edited.number, item.number)


@check("item_import")
def a_second_import_of_items_changes_nothing(world):
    customer = world.customer()
    rows = [request.ItemDraft(title=f"件{n}", customer=customer.number, ref=f"IMP-I-{n}")
            for n in range(3)]
    rows.append(request.ItemDraft(title="无主", customer="nobody", ref="IMP-I-9"))
    batch = {"source": "items.csv", "digest": hashlib.sha256(b"file").digest(), "first_row": 1,
             "rows": rows}
    reply = world.clerk.act("item_import", **batch).reply
    equal([v.verdict for v in reply.verdicts], [request.ADDED] * 3 + [request.INVALID])
    equal([item.number for item in reply.added], [v.number for v in reply.verdicts[:3]])
    again = world.clerk.act("item_import", **batch).reply
    equal([v.verdict for v in again.verdicts], [request.UNCHANGED] * 3 + [request.INVALID])


def borrow(world, *items, **fields):
    fields = {"borrower": "colleague", "purpose": "核对", **fields}
    return world.clerk.act("borrow", items=[item.number for item in items], **fields)


@check("borrow")
def a_borrowed_item_is_on_loan_to_whoever_has_it(world):
    item = world.item(world.customer())
    done = borrow(world, item)
    loan = done.reply.outcomes[0].loan
    equal((loan.item_id, loan.open, loan.borrower), (item.id, 1, "李娜"))
    equal(loan.lent_at, done.entry.time)
    true({(ITEM, item.id), (PRINCIPAL, loan.borrower_id)} <= set(done.entry.subjects),
         "the entry is about the item and the borrower")
    view = world.clerk.look("item_show", item=item.number).view
    equal((view.state, view.loan.loan), (request.ON_LOAN, loan))
    refused = refusal_of(borrow, world, item, borrower="张律师", external=True)
    equal((refused.status, refused.refusal.reason), ("ON_LOAN", "item_on_loan"))
    equal((refused.refusal.subject, refused.refusal.holder, refused.refusal.holder_office),
          (item.number, "李娜", "HQ"))
    equal((refused.refusal.since, refused.refusal.due), (loan.lent_at, loan.due))


@check("borrow")
def of_many_items_all_are_lent_or_none_or_each_that_can_be(world):
    customer = world.customer()
    lent, free = world.item(customer), world.item(customer)
    borrow(world, lent)
    equal(refusal_of(borrow, world, lent, free).status, "ON_LOAN")
    equal(world.clerk.look("item_show", item=free.number).view.state, request.ON_SHELF)
    outcomes = borrow(world, lent, free, each=True).reply.outcomes
    equal([outcome.HasField("refusal") for outcome in outcomes], [True, False])
    equal(world.clerk.look("item_show", item=free.number).view.state, request.ON_LOAN)


@check("return")
def a_returned_item_is_on_the_shelf(world):
    item = world.item(world.customer(), pages=7)
    borrow(world, item)
    loan = world.clerk.act("return", items=[item.number], pages=7,
                           condition=record.OK).reply.outcomes[0].loan
    equal((loan.open, loan.returned_pages, loan.condition), (0, 7, record.OK))
    equal(world.clerk.look("item_show", item=item.number).view.state, request.ON_SHELF)
    equal(refusal_of(world.clerk.act, "return", items=[item.number]).status, "NOT_ON_LOAN")


@check("renew")
def a_renewed_loan_is_due_later(world):
    item = world.item(world.customer())
    today = (datetime.date.today() - datetime.date(1970, 1, 1)).days
    first = borrow(world, item, until=today + 3).reply.outcomes[0].loan
    loan = world.clerk.act("renew", items=[item.number]).reply.outcomes[0].loan
    true(loan.due > first.due, "the new date is later")
    equal((loan.id, loan.renewals), (first.id, 1))
    equal(refusal_of(world.clerk.act, "renew", items=[item.number]).refusal.reason,
          "renewals_used")


@check("loan_list")
def open_loans_are_listed_by_customer_and_borrower(world):
    customer = world.customer()
    items = [world.item(customer) for _ in range(3)]
    borrow(world, *items)
    world.clerk.act("return", items=[items[0].number])
    loans = [reply.view for reply in world.clerk.stream("loan_list", customer=customer.number)]
    equal({loan.item for loan in loans}, {item.number for item in items[1:]})
    equal({(loan.clerk, loan.office, loan.overdue) for loan in loans}, {("clerk", "HQ", False)})
    mine = {reply.view.item for reply in world.clerk.stream("loan_list", borrower="colleague")}
    true({item.number for item in items[1:]} <= mine, "they are among the borrower's")


@check("unmask")
def a_reason_shows_what_is_personal_but_not_what_is_sensitive(world):
    contact = record.Contact(name="张三", phone="13800001234", id_number="51010619800101123X")
    customer = world.customer("解除掩码公司", contacts=[contact])
    shown = world.clerk.look("unmask", customer=customer.number, reason="回访")
    equal(shown.view.customer.contacts[0].phone, "13800001234")
    equal(shown.view.customer.contacts[0].id_number, "510***********123X")
    equal(refusal_of(world.clerk.look, "unmask", customer=customer.number).refusal.field, "reason")
    entry = list(world.archivist.stream("history", customer=customer.number))[-1].entry
    equal((entry.actor, entry.rpc), ("clerk", RPCS["unmask"].number))


@check("unmask")
def what_is_sensitive_is_shown_once_by_an_approval(world):
    world.deciders()
    contact = record.Contact(name="张三", account="6222021234567890123")
    customer = world.customer("核对账号公司", contacts=[contact]).number
    asked = world.clerk.act("approval_request", kind="sensitive", subject=customer, reason="核对")
    number = asked.reply.opened.approval.number
    unmask = {"customer": customer, "reason": "核对", "approval": number}
    equal(refusal_of(world.clerk.look, "unmask", **unmask).refusal.reason, "approval_waits")
    world.head.act("approval_decide", approval=number, approve=True)
    shown = world.clerk.look("unmask", **unmask)
    equal(shown.view.customer.contacts[0].account, "6222021234567890123")
    equal(refusal_of(world.clerk.look, "unmask", **unmask).refusal.reason, "approval_used")


@check("item_seal", "unseal")
def a_sealed_item_is_opened_by_the_general_manager(world):
    world.deciders()
    item = world.item(world.customer(), "健康调查表")
    world.archivist.act("item_seal", item=item.number, reason="封存")
    view = world.clerk.look("item_show", item=item.number).view
    equal((view.item.number, view.item.title, view.state), (item.number, "", request.SEALED))
    opened = world.manager.look("unseal", item=item.number, reason="复核").view
    equal(opened.item.title, "健康调查表")
    refused = refusal_of(world.clerk.look, "unseal", item=item.number, reason="复核")
    equal((refused.status, refused.refusal.reason), ("BLOCKED", "approval_needed"))


@check("confidential_set", "confidential_show", "confidential_name")
def the_confidential_dossier_is_for_those_who_are_named(world):
    world.deciders()
    customer = world.customer("机密公司").number
    world.manager.act("confidential_name", customer=customer, person="clerk", reason="跟进")
    done = world.clerk.act("confidential_set", customer=customer, section="rank-1", field="name",
                           value="赵总")
    equal(done.reply.confidential.facts[0].value, "****")
    shown = world.clerk.look("confidential_show", customer=customer)
    equal([(f.section, f.field, f.value) for f in shown.facts], [("rank-1", "name", "赵总")])
    equal(list(shown.named), ["clerk"])
    refused = refusal_of(world.colleague.look, "confidential_show", customer=customer)
    equal((refused.status, refused.refusal.reason), ("NOT_FOUND", "confidential_unknown"))


@check("erase", "erasure_list")
def what_is_erased_by_consent_of_two_is_listed(world):
    world.deciders()
    number = world.customer("被遗忘权公司").number
    asked = world.archivist.act("approval_request", kind="erase", subject=number,
                                reason="期满").reply.opened.approval.number
    for decider in (world.head, world.manager):
        decider.act("approval_decide", approval=asked, approve=True)
    done = world.archivist.act("erase", customer=number, reason="期满", approval=asked)
    equal((done.reply.erasure.number, len(done.reply.redacted)), (number, 0))
    row = list(world.archivist.stream("erasure_list"))[-1]
    equal((row.erasure.sequence, row.by, list(row.approved_by)),
          (done.entry.sequence, "archivist", ["head", "manager"]))
    equal(world.clerk.look("customer_show", customer=number).view.customer.name, "")
    refused = refusal_of(world.archivist.act, "erase", customer=number, reason="再次")
    equal((refused.status, refused.refusal.reason), ("CONFLICT", "record_erased"))
    refused = refusal_of(world.archivist.act, "erase", reason="没有")
    equal((refused.status, refused.refusal.field), ("INVALID", "customer"))


@check("log_list")
def the_log_has_each_act_with_the_receipt_that_its_client_got(world):
    done = [world.clerk.act("customer_add", draft=request.CustomerDraft(name=f"日志{n}"))
            for n in range(3)]
    first = done[0].entry.sequence
    entries = {reply.sequence: reply
               for reply in world.archivist.stream("log_list", **{"from": first, "acts_only": True})}
    for act in done:
        logged = entries[act.entry.sequence]
        equal(logged.entry, act.receipt.entry)
        equal((logged.actor, logged.rpc, logged.status),
              ("clerk", RPCS["customer_add"].number, 0))
        equal(request.CustomerAddReply.FromString(logged.act.reply), act.reply)
        true(act.reply.customer.number in logged.subjects, "the customer is named")


@check("log_list")
def a_followed_log_shows_an_act_when_it_is_done_and_ends_when_cancelled(world):
    with world.server.client("auditor") as auditor:
        rpc = RPCS["log_list"]
        size = auditor.look("status").ledger_size
        request_id = auditor.send("log_list", rpc.request(**{"from": size, "follow": True}))
        stream = auditor.items(request_id, rpc)
        done = world.clerk.act("customer_add", draft=request.CustomerDraft(name="正在看"))
        while next(stream).entry != done.receipt.entry:
            pass
        auditor.cancel(request_id)
        try:
            list(stream)  # what was under way, then the end, which has to agree
        except Refused as refused:
            equal(refused.status, "CANCELLED")
        auditor.ping(9)


@check("history")
def the_history_of_an_item_is_all_that_happened_to_it(world):
    item = world.item(world.customer())
    borrow(world, item)
    world.clerk.act("return", items=[item.number])
    entries = [reply.entry for reply in
               world.clerk.stream("history", item=item.number, acts_only=True)]
    equal([RPCS[name].number for name in ("item_add", "borrow", "return")],
          [entry.rpc for entry in sorted(entries, key=lambda entry: entry.sequence)])
    true(all(Entry.decode(entry.entry).sequence == entry.sequence for entry in entries),
         "each with its header")


def asked(world, customer, **fields):
    fields = {"kind": "sensitive", "subject": customer.number, "reason": "核实", **fields}
    return world.clerk.act("approval_request", **fields).reply.opened.approval


@check("approval_request", "approval_decide", "approval_list", "approval_show")
def what_a_clerk_asks_waits_for_the_head_and_is_approved(world):
    world.deciders()
    approval = asked(world, world.customer())
    equal((approval.number[:6], approval.state), ("HQ-SP-", record.WAITING))
    waiting = [reply.view for reply in world.head.stream("approval_list")]
    true(approval.number in [view.approval.number for view in waiting], "it waits for the head")
    equal([view.overdue for view in waiting], [False] * len(waiting))
    equal(world.head.look("status").approvals_waiting, len(waiting))
    equal(list(world.manager.stream("approval_list")), [])
    equal(refusal_of(world.clerk.act, "approval_decide", approval=approval.number,
                     approve=True).refusal.reason, "approval_own")
    decided = world.head.act("approval_decide", approval=approval.number, approve=True,
                             text="同意").reply.approval
    equal((decided.state, decided.decisions[0].text), (record.APPROVED, "同意"))
    shown = world.clerk.look("approval_show", approval=approval.number)
    equal((shown.view.approval.rule, shown.as_ruled), ("head; secret: gm", True))
    equal(shown.view.decisions[0].by, "head")
    mine = [reply.view.approval.number for reply in world.clerk.stream("approval_list", mine=True)]
    true(approval.number in mine, "it is among what the clerk asked")


@check("approval_decide")
def of_two_who_decide_at_once_one_does_and_the_other_is_told(world):
    world.deciders()
    if "deputy" not in world.clients:
        world.server.person("deputy", "何静", "HQ", record.APPROVER)
    for _ in range(10):
        approval = asked(world, world.customer())
        barrier = threading.Barrier(2)

        def decide(client, **how):
            barrier.wait()
            try:
                return client.act("approval_decide", approval=approval.number, **how).reply
            except Refused as refused:
                return refused

        with ThreadPoolExecutor(2) as pool:
            answers = [pool.submit(decide, world.head, approve=True),
                       pool.submit(decide, world.deputy, decline=True, text="不同意")]
            answers = [answer.result() for answer in answers]
        refused = [answer for answer in answers if isinstance(answer, Refused)]
        equal([answer.status for answer in refused], ["STALE"])
        shown = world.clerk.look("approval_show", approval=approval.number).view
        equal(len(shown.decisions), 1)
        names = {"head": "罗华", "deputy": "何静"}
        equal(refused[0].refusal.holder, names[shown.decisions[0].by])
        equal(refused[0].refusal.since, shown.decisions[0].decision.at)


@check("approval_withdraw")
def what_was_asked_is_taken_back_once(world):
    world.deciders()
    number = asked(world, world.customer()).number
    equal(refusal_of(world.colleague.act, "approval_withdraw", approval=number).status, "NOT_FOUND")
    equal(world.clerk.act("approval_withdraw", approval=number).reply.approval.state,
          record.WITHDRAWN)
    equal(refusal_of(world.head.act, "approval_decide", approval=number, approve=True).status,
          "STALE")


@check("delegation_add", "delegation_list", "delegation_end")
def who_is_away_lets_a_colleague_decide(world):
    world.deciders()
    number = asked(world, world.customer()).number
    decide = {"approval": number, "approve": True}
    equal(refusal_of(world.colleague.act, "approval_decide", **decide).status, "NOT_FOUND")
    today = (datetime.date.today() - datetime.date(1970, 1, 1)).days
    view = world.head.act("delegation_add", to="colleague", until_date=today + 3,
                          reason="出差").reply.view
    true(view.active, "from today")
    equal([reply.view.delegation for reply in world.colleague.stream("delegation_list")],
          [view.delegation])
    decision = world.colleague.act("approval_decide", **decide).reply.approval.decisions[0]
    equal(decision.on_behalf_of, view.delegation.from_id)
    world.head.act("delegation_end", delegation=view.delegation.id)
    equal(list(world.colleague.stream("delegation_list")), [])
    equal(refusal_of(world.colleague.act, "approval_decide",
                     approval=asked(world, world.customer()).number, approve=True).status,
          "NOT_FOUND")


@check("borrow", "approval_request")
def an_original_leaves_the_house_by_an_approval_once(world):
    world.deciders()
    item = world.item(world.customer())
    lawyer = {"borrower": "张律师 某律师事务所", "external": True}
    refused = refusal_of(borrow, world, item, **lawyer)
    equal((refused.status, refused.refusal.reason, refused.refusal.subject),
          ("BLOCKED", "approval_needed", item.number))
    number = world.clerk.act("approval_request", kind="loan", subject=item.number, reason="开庭",
                             borrower=lawyer["borrower"]).reply.opened.approval.number
    equal(refusal_of(borrow, world, item, **lawyer, approval=[number]).refusal.reason,
          "approval_waits")
    world.head.act("approval_decide", approval=number, approve=True)
    equal(len(borrow(world, item, **lawyer, approval=[number]).reply.approval_ids), 1)
    equal(world.clerk.look("approval_show", approval=number).view.approval.state, record.USED)
    world.clerk.act("return", items=[item.number])
    equal(refusal_of(borrow, world, item, **lawyer, approval=[number]).refusal.reason,
          "approval_used")


@check("customer_edit", "approval_request")
def a_customer_is_renamed_as_approved_and_not_otherwise(world):
    world.deciders()
    customer = world.customer("改名前")
    edit = {"draft": request.CustomerDraft(name="改名后"), "fields": ["name"]}
    asks = {"customer": customer.number, **edit}
    equal(refusal_of(world.clerk.act, "customer_edit", **asks).refusal.reason, "approval_needed")
    number = asked(world, customer, kind="edit", **edit).number
    world.head.act("approval_decide", approval=number, approve=True)
    other = {**asks, "draft": request.CustomerDraft(name="另一个")}
    equal(refusal_of(world.clerk.act, "customer_edit", **other, approval=number).refusal.reason,
          "approval_other")
    edited = world.clerk.act("customer_edit", **asks, approval=number).reply
    equal((edited.customer.name, edited.customer.version), ("改名后", 2))
    equal(world.head.look("approval_show", approval=number).view.approval.id, edited.approval_id)


@check("item_edit", "approval_request")
def an_item_becomes_less_protected_as_approved_and_not_otherwise(world):
    world.deciders()
    item = world.item(world.customer())
    edit = {"fields": ["authenticity"],
            "draft": request.ItemDraft(authenticity=record.COPY)}
    asks = {"item": item.number, **edit}
    equal(refusal_of(world.clerk.act, "item_edit", **asks).refusal.reason, "approval_needed")
    number = asked(world, item, kind="item-edit", fields=edit["fields"],
                   item_draft=edit["draft"]).number
    world.head.act("approval_decide", approval=number, approve=True)
    other = {**asks, "fields": ["authenticity", "secrecy"]}
    other["draft"] = request.ItemDraft(authenticity=record.COPY, secrecy=record.PUBLIC)
    equal(refusal_of(world.clerk.act, "item_edit", **other, approval=number).refusal.reason,
          "approval_other")
    edited = world.clerk.act("item_edit", **asks, approval=number).reply
    equal((edited.item.authenticity, edited.item.version), (record.COPY, 2))
    equal(world.head.look("approval_show", approval=number).view.approval.id, edited.approval_id)


@check()
def a_dry_run_says_what_would_be_and_does_nothing(world):
    item = world.item(world.customer())
    size = world.officer.look("status").ledger_size
    key = new_key()
    would = world.clerk.act("borrow", key, dry_run=True, items=[item.number],
                            borrower="colleague", purpose="看")
    equal(would.reply.outcomes[0].loan.item_id, item.id)
    equal(world.officer.look("status").ledger_size, size)
    done = world.clerk.act("borrow", key, items=[item.number], borrower="colleague", purpose="看")
    equal(done.reply.outcomes[0].loan.id, would.reply.outcomes[0].loan.id)


@check()
def many_requests_under_way_are_each_answered(world):
    customer = world.customer()
    message = RPCS["customer_show"].request(customer=customer.number)
    with world.server.client("clerk") as client:
        ids = {client.send("customer_show", message)
               for _ in range(client.welcome.in_flight_max)}
        answered = set()
        while answered != ids:
            frame = client.connection.receive()
            reply = RPCS["customer_show"].reply.FromString(frame.body)
            equal(reply.view.customer.number, customer.number)
            true(frame.request_id not in answered, "one answer each")
            answered.add(frame.request_id)


@check()
def what_only_the_server_may_do_is_refused_to_everybody(world):
    for rpc in RPCS.values():
        if rpc.is_for_people:
            continue
        for login in ("clerk", "archivist", "auditor", "officer"):
            refused = refusal_of(getattr(world, login).act, rpc.name)
            true(refused.status in ("DENIED", "INVALID"), f"{login} {rpc.name}: {refused.status}")


def a_lawyer(world, login="lin.hao"):
    world.officer.act("principal_add", login=login, name="林浩", office="HQ", role=record.LAWYER,
                      unit="诚信律师事务所")
    world.server.issue(login)
    return getattr(world, login)


@check("grant_request", "grant_paper", "grant_revoke", "grant_list", "grant_show", "my_views")
def a_grant_is_asked_for_papers_are_shown_and_it_is_ended(world):
    lawyer = a_lawyer(world)
    customer = world.customer()
    asked = lawyer.act("grant_request", matter="合同纠纷", represented="锦江贸易", purpose="代理",
                       customers=[customer.number]).reply
    number = asked.grant.number
    equal(number[:6], "HQ-SQ-")
    equal(list(asked.grant.customers), [], "what is there is not told")
    paper = {"grant": number, "number": "川2026-17", "issuer": "诚信律师事务所",
             "issued": 20000, "scan_hash": hashlib.sha256(b"scan").digest()}
    first = world.clerk.act("grant_paper", kind=record.INTRODUCTION, **paper).reply
    equal(list(first.grant.customers), [customer.id])
    equal(list(first.missing), ["lawyer's practising certificate"])
    last = world.colleague.act("grant_paper", kind=record.PRACTISING_CERTIFICATE, **paper).reply
    equal(list(last.missing), [])
    view = world.clerk.look("grant_show", grant=number).view
    equal((view.state, view.principal), (request.GRANT_WAITING, "lin.hao"))
    equal(list(view.customers), [customer.number])
    equal([reply.view.grant.number for reply in lawyer.stream("grant_list")], [number])
    equal(refusal_of(world.branch.look, "grant_show", grant=number).refusal.reason,
          "grant_unknown")
    equal(list(lawyer.stream("my_views")), [])
    world.officer.act("principal_add", login="zhao", name="赵总", office="HQ",
                      role=record.GENERAL_MANAGER)
    world.server.issue("zhao")
    ended = world.zhao.act("grant_revoke", grant=number, reason="委托已解除").reply.grant
    true(ended.revoked_at > 0, "it is ended")
    equal(lawyer.look("grant_show", grant=number).view.state, request.GRANT_REVOKED)


class Witness:
    """A key that co-signs, of one who is logged in."""

    def __init__(self, client):
        self.client = client
        self.seed = os.urandom(32)
        self.key = verifier.Key(f"{client.welcome.origin}/witness/{client.welcome.login}",
                                verifier.COSIGNATURE, verifier.ed25519_public(self.seed))

    def register(self):
        statement = f"dossier-witness-key/v1\n{self.key}\n".encode()
        return self.client.act("witness_key", public_key=self.key.public,
                               proof=verifier.ed25519_sign(self.seed, statement))


def log_key(world):
    """As `ledger status` names it, and as the officer's profile pins it."""
    key = verifier.Key.parse(world.clerk.look("ledger_status").key)
    equal(str(key), (world.server.folder / "officer" / "log.vkey").read_text().strip())
    return key


@check("ledger_checkpoint")
def the_head_is_signed_and_grew_from_those_that_were_seen(world):
    key = log_key(world)
    old = world.clerk.look("ledger_checkpoint")
    first = verifier.Checkpoint.verified(old.checkpoint, [key])
    world.customer()
    new = world.clerk.look("ledger_checkpoint", seen=[0, 1, first.size, 10 ** 9])
    head = verifier.Checkpoint.verified(new.checkpoint, [key])
    true(head.size > first.size, "an act makes the ledger longer")
    equal([row.size for row in new.consistency], [0, 1, first.size])  # none of what is not there
    row = new.consistency[2]
    hashes = [row.hashes[i:i + 32] for i in range(0, len(row.hashes), 32)]
    verifier.verify_consistency(first.size, head.size, hashes, first.root, head.root)
    refused = refusal_of(world.clerk.look, "ledger_checkpoint", seen=[1] * 17)
    equal((refused.status, refused.refusal.reason, refused.refusal.limit),
          ("INVALID", "too_many", 16))


@check("ledger_proof")
def every_entry_is_proven_to_the_newest_head(world):
    key = log_key(world)
    done = world.clerk.act("customer_add", draft=request.CustomerDraft(name="有证据公司"))
    own = done.entry.sequence
    lawyer = a_lawyer(world, "lin.proof")  # what hashes tell, anybody may know
    for sequence in (0, 1, own // 2, own):
        proof = lawyer.look("ledger_proof", sequence=sequence).proof
        head = verifier.Checkpoint.verified(proof.checkpoint, [key])
        hashes = [proof.hashes[i:i + 32] for i in range(0, len(proof.hashes), 32)]
        equal(proof.index, sequence)
        if sequence == own:
            verifier.verify_inclusion(own, head.size, verifier.leaf_hash(done.receipt.entry),
                                      hashes, head.root)
    refused = refusal_of(world.clerk.look, "ledger_proof", sequence=head.size)
    equal((refused.status, refused.refusal.reason, refused.refusal.subject),
          ("NOT_FOUND", "entry_unsigned", str(head.size)))


@check("ledger_status")
def the_status_says_what_is_signed(world):
    key = log_key(world)
    status = world.clerk.look("ledger_status")
    head = verifier.Checkpoint.verified(status.checkpoint, [key])
    equal((status.origin, status.size, status.root), (head.origin, head.size, head.root))
    equal(status.quarantine, "")
    beat = verifier.Note(status.heartbeat)
    dated = verifier.Key(key.name, 4, key.public)
    equal(beat.verify(dated) * 10 ** 6, status.heartbeat_at)
    true(abs(time.time() - status.heartbeat_at / 10 ** 6) < 120, "a heartbeat is fresh")


@check("witness_key")
def a_key_to_co_sign_with_is_registered_by_who_has_it(world):
    witness = Witness(world.clerk)
    done = witness.register()
    equal((done.reply.witness.name, done.reply.witness.key),
          (witness.key.name, witness.key.public))
    true(not done.reply.replaced, "the first one")
    true(Witness(world.clerk).register().reply.replaced, "another one")
    equal(refusal_of(world.colleague.act, "witness_key", public_key=witness.key.public,
                     proof=bytes(64)).refusal.reason, "witness_proof")


@check("witness_pull", "witness_submit")
def a_cosignature_is_for_a_head_that_is_asked_for(world):
    witness = Witness(world.clerk)
    equal(refusal_of(world.branch.look, "witness_submit", size=1, lines=b"x").refusal.reason,
          "witness_unknown")
    witness.register()
    equal(refusal_of(world.clerk.look, "witness_submit", size=10 ** 9, lines=b"x").refusal.reason,
          "head_not_asked")
    body = world.clerk.look("witness_pull").body
    true(body == b"" or body.startswith(b"old 0\n\n"), "from nothing")


@check("ledger_export")
def an_exported_ledger_is_proven_from_the_first_entry(world):
    with world.server.client("auditor") as auditor:
        parts = b"".join(reply.part for reply in auditor.stream("ledger_export"))
        keys = (world.server.folder / "auditor" / "log.vkey").read_text().splitlines()
        bundle = Bundle(io.BytesIO(parts), [verifier.Key.parse(key) for key in keys])
        equal((bundle.begin, bundle.tree.size >= world.clerk.look("status").ledger_size - 1),
              (0, True))
        refused = refusal_of(lambda: list(auditor.stream("ledger_export", **{"from": 10 ** 9})))
        equal((refused.status, refused.refusal.field), ("INVALID", "from"))


@check("log_key_rotate", "log_keys")
def another_key_signs_when_a_second_officer_approves(world):
    server = world.server
    server.person("second", "安全员乙", "HQ", record.OFFICER)
    printed = server.operate("rotate", server.data, "--log-key")
    statement = "".join(printed.splitlines(keepends=True)[:5]).encode()
    key = verifier.Note(statement).text.splitlines()[1]
    equal(server.reload(), None)
    equal(refusal_of(world.officer.act, "log_key_rotate", statement=b"x", reason="年度换钥")
          .refusal.reason, "log_key_statement")
    asked = world.officer.act("log_key_rotate", statement=statement, reason="年度换钥").reply
    number = asked.opened.approval.number
    equal(asked.opened.approval.detail, key)
    equal(refusal_of(world.officer.act, "log_key_rotate", statement=statement, approval=number)
          .refusal.reason, "approval_waits")
    equal(refusal_of(world.officer.act, "approval_decide", approval=number, approve=True)
          .refusal.reason, "approval_own")
    world.second.act("approval_decide", approval=number, approve=True)
    equal(list(world.clerk.stream("log_keys")), [])
    done = world.officer.act("log_key_rotate", statement=statement, approval=number).reply
    equal(done.key.vkey, key)
    named = list(world.clerk.stream("log_keys"))
    equal([one.key.vkey for one in named], [key])
    entry = Entry.decode(named[0].entry)
    equal((entry.sequence, entry.commitment),
          (named[0].key.entry, hashlib.sha256(named[0].salt + named[0].payload).digest()))


@check()
def a_ping_is_answered(world):
    world.clerk.connection.socket.settimeout(5)
    world.clerk.ping(0x0123456789ABCDEF)


def every_rpc_for_people_is_covered():
    missing = {rpc.name for rpc in RPCS.values() if rpc.is_for_people} - COVERED
    true(not missing, f"no check covers {', '.join(sorted(missing))}")


def main():
    suite = Suite()
    suite.run("every_rpc_for_people_is_covered", every_rpc_for_people_is_covered)
    with Server() as server:
        world = World(server)
        for function in CHECKS:
            suite.run(function.__name__, function, world)
        world.close()
        suite.run("the_server_stops_in_order", server.stop)
        suite.run("a_replay_of_the_ledger_gives_the_same_state", server.operate, "verify",
                  server.data, "--replay")
    suite.finish()


if __name__ == "__main__":
    main()
