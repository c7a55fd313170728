#!/usr/bin/python3 -B
"""Every act is done once, wherever the line is cut, and its key always gets the same answer."""

import datetime
import os
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from contract import RPCS, record, request
from dossier_client import HEADER, Closed, Cut, Entry, Refused, encode_request, new_key
from fixture import UNLIMITED, Server
import verifier
from suite import Suite, equal, raises, true

IDS = iter(range(1, 1 << 30))
OTHERS = {"clerk": "colleague", "officer": "other.officer", "head": "other.head",
          "archivist": "other.archivist", "manager": "other.manager"}
TODAY = (datetime.date.today() - datetime.date(1970, 1, 1)).days
SEED = random.SystemRandom().randrange(1 << 32)


class Act:
    """One request with a key of its own: the bytes that are sent again and again."""

    def __init__(self, name, login, message, other):
        self.name = name
        self.login = login
        self.key = new_key()
        self.message = message.SerializeToString()
        self.other = other.SerializeToString()  # what the key must not be used for

    def frame(self, request_id=1):
        return encode_request(self.name, self.message, request_id, self.key)


# ---- one request of each act, about records of its own ----

def customer(world):
    draft = request.CustomerDraft(name=f"客户{next(IDS)}")
    return world.clerk.act("customer_add", draft=draft).reply.customer


def item(world):
    draft = request.ItemDraft(title=f"件{next(IDS)}", customer=world.customer.number)
    return world.clerk.act("item_add", draft=draft).reply.item


def lent(world):
    number = item(world).number
    world.clerk.act("borrow", items=[number], borrower="colleague", purpose="核对")
    return number


def for_office_add(_):
    codes = [f"B{next(IDS)}" for _ in range(2)]
    return [{"code": code, "name": "分公司"} for code in codes]


def for_department_add(_):
    return [{"code": f"D{next(IDS)}", "name": "部门", "office": "HQ"} for _ in range(2)]


def for_principal_add(_):
    return [{"login": f"p{next(IDS)}", "name": "新人", "office": "HQ", "role": record.CLERK}
            for _ in range(2)]


def for_principal_code(_):
    return [{"login": "colleague", "code_hash": os.urandom(32)} for _ in range(2)]


def somebody(world):
    login = f"s{next(IDS)}"
    world.officer.act("principal_add", login=login, name=login, office="HQ", role=record.CLERK)
    return login


def for_principal_state(world):
    login = somebody(world)
    return [{"login": login, "state": state, "reason": "休假"}
            for state in (record.SUSPENDED, record.CLOSED)]


def for_principal_role(world):
    login = somebody(world)
    return [{"login": login, "role": role, "reason": "调岗"}
            for role in (record.ARCHIVIST, record.AUDITOR)]


def for_handover(world):
    leaver, *heirs = (somebody(world) for _ in range(3))
    world.clerk.act("customer_add", draft=request.CustomerDraft(name="移交", owner=leaver))
    return [{"from": leaver, "to": heir, "reason": "离职"} for heir in heirs]


def for_customer_add(_):
    return [{"draft": request.CustomerDraft(name=f"新客户{next(IDS)}")} for _ in range(2)]


def for_customer_edit(world):
    number = customer(world).number
    return [{"customer": number, "fields": ["note"], "draft": request.CustomerDraft(note=note)}
            for note in ("甲", "乙")]


def for_customer_import(_):
    return [{"source": "c.csv", "digest": bytes(32), "first_row": 1,
             "rows": [request.CustomerDraft(name="批", ref=f"C{next(IDS)}") for _ in range(3)]}
            for _ in range(2)]


def for_item_add(world):
    return [{"draft": request.ItemDraft(title=f"新件{next(IDS)}", customer=world.customer.number)}
            for _ in range(2)]


def for_item_edit(world):
    number = item(world).number
    return [{"item": number, "fields": ["note"], "draft": request.ItemDraft(note=note)}
            for note in ("甲", "乙")]


def for_item_import(world):
    return [{"source": "i.csv", "digest": bytes(32), "first_row": 1,
             "rows": [request.ItemDraft(title="批", customer=world.customer.number,
                                        ref=f"I{next(IDS)}") for _ in range(3)]}
            for _ in range(2)]


def for_borrow(world):
    return [{"items": [item(world).number], "borrower": "colleague", "purpose": "核对"}
            for _ in range(2)]


def for_return(world):
    return [{"items": [lent(world)]} for _ in range(2)]


def for_renew(world):
    return [{"items": [lent(world)]} for _ in range(2)]


def asked(world):
    """An approval that waits for the head."""
    return world.clerk.act("approval_request", kind="sensitive", subject=world.customer.number,
                           reason="核实").reply.opened.approval.number


def for_approval_request(world):
    return [{"kind": "sensitive", "subject": world.customer.number, "reason": f"核实{next(IDS)}"}
            for _ in range(2)]


def for_approval_decide(world):
    return [{"approval": asked(world), "approve": True} for _ in range(2)]


def for_approval_withdraw(world):
    return [{"approval": asked(world)} for _ in range(2)]


def for_delegation_add(_):
    return [{"to": "colleague", "until_date": TODAY + 3, "reason": f"出差{next(IDS)}"}
            for _ in range(2)]


def for_delegation_end(world):
    return [{"delegation": world.head.act("delegation_add", to="colleague", until_date=TODAY + 3,
                                          reason="出差").reply.view.delegation.id}
            for _ in range(2)]


def grant(world):
    """Asked for, by letter."""
    return world.clerk.act("grant_request", **for_grant_request(world)[0]).reply.grant.number


def for_grant_request(world):
    return [{"principal": "lawyer", "matter": f"案{next(IDS)}", "represented": "某人",
             "purpose": "代理", "channel": record.LETTER, "customers": [world.customer.number]}
            for _ in range(2)]


def for_grant_paper(world):
    number = grant(world)
    return [{"grant": number, "kind": kind, "number": "一号", "issuer": "某单位", "issued": TODAY}
            for kind in (record.INTRODUCTION, record.WORK_ID)]


def for_grant_revoke(world):
    return [{"grant": grant(world), "reason": "结案"} for _ in range(2)]


def confidant(world):
    """A customer on whom the manager and the clerk see the confidential dossier."""
    number = customer(world).number
    for person in ("manager", "clerk"):
        world.manager.act("confidential_name", customer=number, person=person, reason="跟进")
    return number


def for_confidential_set(world):
    number = confidant(world)
    return [{"customer": number, "section": "spouse", "field": "name", "value": name}
            for name in ("李芳", "李方")]


def for_confidential_name(world):
    number = confidant(world)
    return [{"customer": number, "person": "colleague", "reason": reason}
            for reason in ("跟进", "回访")]


def for_item_seal(world):
    return [{"item": item(world).number, "reason": "封存"} for _ in range(2)]


def for_erase(world):
    return [{"customer": customer(world).number, "reason": "期满"} for _ in range(2)]


def for_witness_key(world):
    """Two keys of the clerk's."""
    name = f"{world.clerk.welcome.origin}/witness/clerk"
    requests = []
    for seed in (os.urandom(32), os.urandom(32)):
        key = verifier.Key(name, verifier.COSIGNATURE, verifier.ed25519_public(seed))
        statement = f"dossier-witness-key/v1\n{key}\n".encode()
        requests.append({"public_key": key.public,
                         "proof": verifier.ed25519_sign(seed, statement)})
    return requests


def for_log_key_rotate(world):
    """What is asked of a second officer; nobody approves it here."""
    return [{"statement": world.statement, "reason": f"换钥{next(IDS)}"} for _ in range(2)]


LOGINS = {"grant_revoke": "head", "confidential_name": "manager", "item_seal": "archivist",
          "erase": "archivist", "log_key_rotate": "officer"}


def login_for(name):
    if name in LOGINS:
        return LOGINS[name]
    if RPCS[name].permission == "ACCOUNT_WRITE":
        return "officer"
    return "head" if name.startswith(("approval_decide", "delegation_")) else "clerk"


def make(world, name):
    rpc = RPCS[name]
    login = login_for(name)
    wanted, other = globals()[f"for_{name}"](world)
    return Act(name, login, rpc.request(**wanted), rpc.request(**other))


def next_log_key(server):
    """Another key that is ready to sign the ledger: what names it."""
    printed = server.operate("rotate", server.data, "--log-key")
    equal(server.reload(), None)
    return "".join(printed.splitlines(keepends=True)[:5]).encode()


class World:
    """The server and the people who prepare and look; made anew after each restart."""

    def __init__(self, server):
        self.server = server
        self.clients = {}
        self.customer = customer(self)
        self.statement = next_log_key(server)

    def __getattr__(self, login):
        if login not in self.clients:
            self.clients[login] = self.server.client(login)
        return self.clients[login]

    def forget(self):
        """The server went away, and with it every connection."""
        for client in self.clients.values():
            client.connection.drop()
        self.clients.clear()


# ---- what is true after any cut ----

def settle(world, act):
    """Sends it on a new connection: the answer's body."""
    with world.server.client(act.login) as client:
        return client.act_packed(act.name, act.message, act.key).body


def entries_with(world, key):
    """The ledger's entries with this key, as stored; the manager is named wherever there is
    something confidential."""
    return [reply.entry for reply in world.manager.stream("log_list", acts_only=True, last=400)
            if reply.entry and Entry.decode(reply.entry).key == key]


def done_once(world, act, body=None):
    """Whatever came before: from now on one answer, one entry, one effect."""
    first = settle(world, act) if body is None else body
    equal(settle(world, act), first, "answer")
    with world.server.client(act.login) as client:
        done = client.act_packed(act.name, act.message, act.key)
    equal(entries_with(world, act.key), [done.receipt.entry], "entries")
    EFFECTS[act.name](world, RPCS[act.name].request.FromString(act.message), done.reply)


def listed(stream, wanted):
    return [reply for reply in stream if wanted(reply)]


def shown_customer(world, reply):
    equal(world.clerk.look("customer_show", customer=reply.customer.number).view.customer,
          reply.customer)


def shown_item(world, reply):
    equal(world.clerk.look("item_show", item=reply.item.number).view.item, reply.item)


def office_once(world, asked, _):
    found = listed(world.clerk.stream("office_list"), lambda r: r.office.code == asked.code)
    equal(len(found), 1)


def department_once(world, asked, _):
    found = listed(world.clerk.stream("department_list"), lambda r: r.department.code == asked.code)
    equal(len(found), 1)


def principal_once(world, asked, _):
    found = listed(world.officer.stream("principal_list"),
                   lambda r: r.principal.login == asked.login)
    equal(len(found), 1)


def code_once(world, asked, reply):
    equal((reply.principal.login, len(reply.withdrawn) < 2), (asked.login, True))
    equal(reply.enrolment.code_hash, b"", "nobody is shown it")


def state_once(world, asked, _):
    equal(world.officer.look("principal_show", login=asked.login).principal.state, asked.state)


def role_once(world, asked, _):
    equal(world.officer.look("principal_show", login=asked.login).principal.role, asked.role)


def handed_once(world, asked, reply):
    equal(len(reply.customers), 1)
    equal(world.officer.look("principal_show", login=asked.to).customers.count, 1)


def customer_once(world, asked, reply):
    found = list(world.clerk.stream("customer_list", name=asked.draft.name))
    equal([r.view.customer for r in found], [reply.customer])


def edited_once(world, _, reply):
    shown_customer(world, reply)
    equal(reply.customer.version, 2)


def customers_once(world, asked, reply):
    for row, added in zip(asked.rows, reply.added, strict=True):
        equal(world.clerk.look("customer_show", customer=row.ref).view.customer, added)


def item_once(world, asked, reply):
    found = listed(world.clerk.stream("item_list", customer=world.customer.number),
                   lambda r: r.view.item.title == asked.draft.title)
    equal([r.view.item for r in found], [reply.item])


def item_edited_once(world, _, reply):
    shown_item(world, reply)
    equal(reply.item.version, 2)


def items_once(world, asked, reply):
    for row, added in zip(asked.rows, reply.added, strict=True):
        equal(world.clerk.look("item_show", item=row.ref).view.item, added)


def loan_once(world, asked, reply):
    view = world.clerk.look("item_show", item=asked.items[0]).view
    equal(view.loan.loan, reply.outcomes[0].loan)


def returned_once(world, asked, reply):
    equal(world.clerk.look("item_show", item=asked.items[0]).view.state, request.ON_SHELF)
    equal(reply.outcomes[0].loan.open, 0)


def renewed_once(world, asked, reply):
    loan_once(world, asked, reply)
    equal(reply.outcomes[0].loan.renewals, 1)


def approval_shown(world, row):
    equal(world.clerk.look("approval_show", approval=row.number).view.approval.state, row.state)


def asked_once(world, asked_for, reply):
    found = listed(world.clerk.stream("approval_list", mine=True),
                   lambda r: r.view.approval.reason == asked_for.reason)
    equal([r.view.approval.id for r in found], [reply.opened.approval.id])


def decided_once(world, _, reply):
    approval_shown(world, reply.approval)
    equal(len(reply.approval.decisions), 1)


def withdrawn_once(world, _, reply):
    approval_shown(world, reply.approval)
    equal(reply.approval.state, record.WITHDRAWN)


def delegated_once(world, asked_for, reply):
    found = listed(world.head.stream("delegation_list", all=True),
                   lambda r: r.view.delegation.reason == asked_for.reason)
    equal([r.view.delegation.id for r in found], [reply.view.delegation.id])


def delegation_ended_once(world, asked_for, reply):
    found = listed(world.head.stream("delegation_list", all=True),
                   lambda r: r.view.delegation.id == asked_for.delegation)
    equal([r.view.delegation for r in found], [reply.view.delegation])


def granted_once(world, asked_for, reply):
    found = listed(world.clerk.stream("grant_list"),
                   lambda r: r.view.grant.matter == asked_for.matter)
    equal([r.view.grant.id for r in found], [reply.grant.id])


def paper_once(world, asked_for, _):
    shown = world.clerk.look("grant_show", grant=asked_for.grant).view.grant
    equal([paper.kind for paper in shown.papers], [asked_for.kind])


def revoked_once(world, asked_for, reply):
    shown = world.clerk.look("grant_show", grant=asked_for.grant).view.grant
    equal(shown.revoked_at, reply.grant.revoked_at)


def confided_once(world, asked_for, _):
    shown = world.manager.look("confidential_show", customer=asked_for.customer)
    equal([fact.value for fact in shown.facts], [asked_for.value])


def named_once(world, asked_for, reply):
    shown = world.manager.look("confidential_show", customer=asked_for.customer)
    equal(list(shown.named), ["manager", "clerk", "colleague"])
    equal(list(reply.named), list(shown.named))


def sealed_once(world, asked_for, reply):
    shown = world.clerk.look("item_show", item=asked_for.item).view
    equal((shown.state, reply.number, reply.sealed), (request.SEALED, asked_for.item, True))


def erased_once(world, asked_for, reply):
    view = world.clerk.look("customer_show", customer=asked_for.customer).view
    equal((view.customer.name, reply.erasure.number), ("", asked_for.customer))


def co_signs_once(world, asked_for, reply):
    witnesses = [view.witness for view in world.clerk.look("ledger_status").witnesses]
    equal([witness.key for witness in witnesses], [asked_for.public_key])
    equal(reply.witness.key, asked_for.public_key)


def another_key_asked_once(world, asked_for, reply):
    opened = listed(world.officer.stream("approval_list", mine=True),
                    lambda r: r.view.approval.reason == asked_for.reason)
    equal([row.view.approval for row in opened], [reply.opened.approval])


EFFECTS = {
    "erase": erased_once, "witness_key": co_signs_once, "log_key_rotate": another_key_asked_once,
    "grant_request": granted_once, "grant_paper": paper_once, "grant_revoke": revoked_once,
    "confidential_set": confided_once, "confidential_name": named_once, "item_seal": sealed_once,
    "approval_request": asked_once, "approval_decide": decided_once,
    "approval_withdraw": withdrawn_once, "delegation_add": delegated_once,
    "delegation_end": delegation_ended_once,
    "office_add": office_once, "department_add": department_once,
    "principal_state": state_once, "principal_role": role_once, "handover": handed_once,
    "principal_add": principal_once, "principal_code": code_once, "customer_add": customer_once,
    "customer_edit": edited_once, "customer_import": customers_once, "item_add": item_once,
    "item_edit": item_edited_once, "item_import": items_once, "borrow": loan_once,
    "return": returned_once, "renew": renewed_once,
}


# ---- the cuts ----

def before_send(world, act):
    """Connected, welcomed, gone: nothing was asked."""
    world.server.client(act.login).connection.drop()
    equal(entries_with(world, act.key), [])


def mid_frame(world, act):
    """Gone in the header, the key, the message: nothing is done of half a request."""
    frame = act.frame()
    for cut in (1, HEADER.size - 1, HEADER.size + 8, len(frame) - 1):
        connection = world.server.client(act.login).connection
        connection.send_bytes(frame[:cut])
        connection.drop()
    equal(entries_with(world, act.key), [])


def after_send(world, act):
    """Gone without waiting: perhaps done, perhaps not."""
    connection = world.server.client(act.login).connection
    connection.send_bytes(act.frame())
    connection.drop()


def after_send_with_goodbye(world, act):
    client = world.server.client(act.login)
    client.connection.send_bytes(act.frame())
    client.close()


def mid_answer(world, act):
    """Gone with a part of the answer."""
    connection = world.server.client(act.login).connection
    connection.send_bytes(act.frame())
    true(len(connection.socket.recv(HEADER.size + 5)) > 0, "a part of the answer")
    connection.drop()


def answered(world, act):
    with world.server.client(act.login) as client:
        return client.act_packed(act.name, act.message, act.key).body


def twice_at_once(world, act):
    """Two connections send the same bytes in the same instant: both get the one answer."""
    barrier = threading.Barrier(2)

    def send(client):
        barrier.wait()
        return client.act_packed(act.name, act.message, act.key).body

    with (world.server.client(act.login) as one, world.server.client(act.login) as two,
          ThreadPoolExecutor(2) as pool):
        bodies = list(pool.map(send, (one, two)))
    equal(bodies[0], bodies[1])
    return bodies[0]


def twice_in_one_breath(world, act):
    """The same bytes twice on one connection, under two request ids."""
    with world.server.client(act.login) as client:
        client.connection.send_bytes(act.frame(1) + act.frame(2))
        frames = {frame.request_id: frame
                  for frame in (client.connection.receive(), client.connection.receive())}
        equal(sorted(frames), [1, 2])
        bodies = [client.done(act.name, frames[i], act.key).body for i in (1, 2)]
    equal(bodies[0], bodies[1])
    return bodies[0]


CUTS = [before_send, mid_frame, after_send, after_send_with_goodbye, mid_answer, answered,
        twice_at_once, twice_in_one_breath]


def cut_then_done_once(world, name, cut):
    act = make(world, name)
    done_once(world, act, cut(world, act))


def after_a_restart(world, restart):
    """All acts, answered; then the server is another process; then the same again."""
    acts = [make(world, name) for name in EFFECTS]
    bodies = [settle(world, act) for act in acts]
    world.forget()
    restart()
    for act, body in zip(acts, bodies):
        done_once(world, act, body)


def killed_while_it_is_done(world, name, chance):
    """kill -9 at an instant between sending and a little after the answer."""
    act = make(world, name)
    client = world.server.client(act.login)
    connection = client.connection
    connection.send_bytes(act.frame())
    time.sleep(chance.random() * 0.004)
    world.server.kill()
    body = None
    try:
        body = client.done(name, connection.receive(), act.key).body
    except (Cut, Closed, OSError):
        pass  # no answer: unknown to us
    connection.drop()
    world.forget()
    world.server.start()
    done_once(world, act, body)


# ---- whose key, and for what ----

def another_request_is_a_mismatch(world, name):
    act = make(world, name)
    body = settle(world, act)
    with world.server.client(act.login) as client:
        error = raises(Refused, client.act_packed, name, act.other, act.key)
        equal((error.status, error.refusal.reason), ("IDEMPOTENCY_MISMATCH", "key_reused"))
        other_rpc = "borrow" if name != "borrow" else "return"
        error = raises(Refused, client.act_packed, other_rpc, act.message, act.key)
        true(error.status in ("IDEMPOTENCY_MISMATCH", "MESSAGE_INVALID"), error.status)
    done_once(world, act, body)


def another_person_never_sees_the_answer(world, name):
    act = make(world, name)
    body = settle(world, act)
    size = len(entries_with(world, act.key))
    with world.server.client(OTHERS[act.login]) as client:
        try:
            other = client.act_packed(name, act.message, act.key)
        except Refused as error:
            true(error.status != "IDEMPOTENCY_MISMATCH", "the key is free for another person")
            true(error.body != body, "it is not the stored answer")
        else:
            true(other.body != body, "it is not the stored answer")
            equal(other.entry.actor, client.welcome.principal_id)
    equal(settle(world, act), body)
    equal(size, 1)


def an_entered_refusal_is_final_for_its_key(world):
    number = lent(world)
    act = Act("borrow", "clerk", RPCS["borrow"].request(items=[number], borrower="branch",
                                                        purpose="x"), request.BorrowRequest())
    bodies = []
    for _ in range(2):
        error = raises(Refused, settle, world, act)
        equal((error.status, error.refusal.entered), ("ON_LOAN", True))
        bodies.append(error.body)
    world.clerk.act("return", items=[number])
    bodies.append(raises(Refused, settle, world, act).body)
    world.forget()
    world.server.restart()
    bodies.append(raises(Refused, settle, world, act).body)
    equal(len(set(bodies)), 1, "different refusals")
    entries = entries_with(world, act.key)
    equal(len(entries), 1)
    equal(Entry.decode(entries[0]).class_, 2)


def a_refusal_that_is_not_entered_leaves_the_key_free(world):
    key = new_key()
    with world.server.client("clerk") as client:
        error = raises(Refused, client.act, "customer_add", key, draft=request.CustomerDraft())
        equal((error.status, error.refusal.entered), ("INVALID", False))
        client.act("customer_add", key, draft=request.CustomerDraft(name=f"补{next(IDS)}"))
    equal(len(entries_with(world, key)), 1)


def a_dry_run_leaves_the_key_free(world):
    act = make(world, "borrow")
    with world.server.client("clerk") as client:
        client.act_packed(act.name, act.message, act.key, dry_run=True)
    equal(entries_with(world, act.key), [])
    done_once(world, act)


def two_of_each(world):
    """So that there is another person for what only some do; and somebody to be granted something.
    """
    for login, role in (("head", record.APPROVER), ("other.head", record.APPROVER),
                        ("manager", record.GENERAL_MANAGER),
                        ("other.manager", record.GENERAL_MANAGER),
                        ("other.archivist", record.ARCHIVIST), ("other.officer", record.OFFICER)):
        world.server.person(login, f"某人{login}", "HQ", role)
    world.officer.act("principal_add", login="lawyer", name="周明", office="HQ",
                      role=record.LAWYER, unit="锦城律师事务所")


def replayed(server):
    server.operate("check", server.data)
    server.operate("verify", server.data, "--replay", "--temp", server.folder)


def main():
    suite = Suite()
    print(f"# seed {SEED}")
    chance = random.Random(SEED)
    with Server({"loan": {"items_at_once": 10}, "approval": {"erase": "none"},
                 "limits": UNLIMITED}) as server:
        world = World(server)
        suite.run("every_act_has_its_effect_checked", equal, set(EFFECTS),
                  {rpc.name for rpc in RPCS.values() if rpc.lane == "WRITE" and rpc.is_for_people})
        suite.run("two_of_each", two_of_each, world)
        for name in EFFECTS:
            for cut in CUTS:
                suite.run(f"{name} {cut.__name__}", cut_then_done_once, world, name, cut)
            suite.run(f"{name} another_request_is_a_mismatch",
                      another_request_is_a_mismatch, world, name)
            suite.run(f"{name} another_person_never_sees_the_answer",
                      another_person_never_sees_the_answer, world, name)
        for check in (an_entered_refusal_is_final_for_its_key,
                      a_refusal_that_is_not_entered_leaves_the_key_free,
                      a_dry_run_leaves_the_key_free):
            suite.run(check.__name__, check, world)
        suite.run("after_a_clean_restart", after_a_restart, world, server.restart)
        suite.run("after_kill_9", after_a_restart, world,
                  lambda: (server.kill(), server.start()))
        for name in EFFECTS:
            suite.run(f"{name} killed_while_it_is_done", killed_while_it_is_done, world, name,
                      chance)
        world.forget()
        suite.run("the_server_stops_in_order", server.stop)
        suite.run("a_replay_of_all_that_gives_the_same_state", replayed, server)
    suite.finish()


if __name__ == "__main__":
    main()
