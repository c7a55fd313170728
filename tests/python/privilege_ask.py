"""How each RPC is asked for a target, and how its answer shows that the target is there."""

import hashlib
from typing import Callable, NamedTuple, Optional

from contract import record, request
from privilege_world import OUTSIDERS, TODAY

DIGEST = hashlib.sha256(b"file").digest()


class Ask(NamedTuple):
    """what: field of a Target that the request names and that must be there for the asker; None:
    none; "office": that is no secret, so another one's is refused in words; "whole": none, and all
    that may be seen is listed."""
    what: Optional[str]
    fields: Callable  # the request's, for a target
    shows: Optional[str] = None  # field of the target that must stand in the answer
    reasons: tuple = ()  # refusals that speak of what is there, and count as seen
    # By what letter the target is there, where that is not the RPC's own: from role and letter.
    letter: Callable = lambda role, letter: letter
    earnest: bool = True  # where it must not have an effect it may be tried in earnest
    named: bool = False  # it is there for those only who are named


def own(role, letter):
    """One's own alone, however wide the role's scope."""
    return letter if letter == "_" else "S"


def who_reads_approvals(role, letter):
    """Who decides sees what he may read, and nothing for his being asked by a delegation."""
    return {"approver": "O", "general-manager": "A"}.get(role, own(role, letter))


def who_looks_up(role, letter):
    """What outsiders name is looked up later, so that it is the same to them whether it is there or
    not. An auditor reads of all in the ledger, so he may name all."""
    return {"auditor": "A"}.get(role, "_" if role in OUTSIDERS else letter)


def who_may_unmask(role, letter):
    """An approval is asked for what one may do: a keeper can ask, but for nothing there is, and an
    officer asks for a new key of the ledger alone."""
    return "_" if role in ("keeper", "officer") else letter


def draft_of_customer(target):
    return request.CustomerDraft(name="新的", office=target.office)


def draft_of_item(target):
    return request.ItemDraft(title="新的", customer=target.customer)


def batch(row):
    return {"source": "rows.csv", "digest": DIGEST, "first_row": 1, "rows": [row]}


ACCOUNTS = {
    "genesis": Ask(None, lambda t: {}),
    "whoami": Ask(None, lambda t: {}),
    "status": Ask(None, lambda t: {}),
    "office_add": Ask(None, lambda t: {"code": "NEW", "name": "新机构"}),
    "office_list": Ask(None, lambda t: {}),
    "department_add": Ask(None, lambda t: {"code": "NEW", "name": "新部门", "office": t.office}),
    "department_list": Ask(None, lambda t: {"office": t.office}),
    "principal_add": Ask(None, lambda t: {"login": "new", "name": "新人", "office": t.office,
                                          "role": record.CLERK}),
    "principal_list": Ask(None, lambda t: {"office": t.office}),
    "certificate_bind": Ask(None, lambda t: {}),
    "enrol": Ask(None, lambda t: {}),
    "certificate_renew": Ask(None, lambda t: {}),
    "certificate_issue": Ask(None, lambda t: {}),
    "principal_show": Ask("person", lambda t: {"login": t.person}, "person"),
    "principal_code": Ask("person", lambda t: {"login": t.person, "code_hash": DIGEST}),
    "principal_state": Ask("person", lambda t: {"login": t.person, "reason": "核对",
                                                "state": record.SUSPENDED},
                           reasons=("own_account",)),
    "principal_role": Ask("person", lambda t: {"login": t.person, "office": t.office,
                                               "reason": "核对"},
                          reasons=("own_account",)),
    "handover": Ask("person", lambda t: {"from": t.person, "to": "branch", "reason": "核对"},
                    reasons=("own_account",)),
}

RECORDS = {
    "customer_add": Ask("office", lambda t: {"draft": draft_of_customer(t)}),
    "customer_show": Ask("customer", lambda t: {"customer": t.customer}, "customer"),
    "customer_list": Ask("whole", lambda t: {}, "customer"),
    "customer_edit": Ask("customer", lambda t: {"customer": t.customer, "fields": ["note"],
                                                "draft": request.CustomerDraft(note="新的")}),
    "customer_import": Ask("office", lambda t: batch(draft_of_customer(t)), earnest=False),
    "item_add": Ask("customer", lambda t: {"draft": draft_of_item(t)}),
    "item_show": Ask("item", lambda t: {"item": t.item}, "item"),
    "item_list": Ask("customer", lambda t: {"customer": t.customer}, "item"),
    "item_edit": Ask("item", lambda t: {"item": t.item, "fields": ["note"],
                                        "draft": request.ItemDraft(note="新的")}),
    "item_import": Ask("customer", lambda t: batch(draft_of_item(t)), earnest=False),
    "borrow": Ask("item", lambda t: {"items": [t.item], "borrower": "colleague",
                                     "purpose": "核对"}),
    "return": Ask("lent", lambda t: {"items": [t.lent]}),
    "renew": Ask("lent", lambda t: {"items": [t.lent]}),
    "loan_list": Ask("customer", lambda t: {"customer": t.customer}, "lent"),
    "log_list": Ask("item", lambda t: {"item": t.item}, "item"),
    "history": Ask("item", lambda t: {"item": t.item}, "item"),
}

APPROVALS = {
    "approval_request": Ask("customer", lambda t: {"kind": "sensitive", "subject": t.customer,
                                                   "reason": "核对"}, letter=who_may_unmask),
    "approval_decide": Ask("approval", lambda t: {"approval": t.approval, "approve": True},
                           reasons=("approval_own", "approval_not_yours"),
                           letter=who_reads_approvals),
    "approval_withdraw": Ask("approval", lambda t: {"approval": t.approval}, letter=own),
    "approval_list": Ask("whole", lambda t: {"all": True}, "approval"),
    "approval_show": Ask("approval", lambda t: {"approval": t.approval}, "approval"),
    "delegation_add": Ask(None, lambda t: {"to": "colleague", "until_date": TODAY + 7,
                                           "reason": "出差"}),
    "delegation_list": Ask("whole", lambda t: {}, "delegation"),
    "delegation_end": Ask("delegation", lambda t: {"delegation": t.delegation}, letter=own),
}

SECRETS = {
    "unmask": Ask("customer", lambda t: {"customer": t.customer, "reason": "核对"}, "customer"),
    "item_seal": Ask("item", lambda t: {"item": t.item, "reason": "封存"}),
    "unseal": Ask("item", lambda t: {"item": t.item, "reason": "复核"}, reasons=("not_sealed",)),
    "confidential_set": Ask("customer", lambda t: {"customer": t.customer, "section": "spouse",
                                                   "field": "name", "value": "新的"}, named=True),
    "confidential_show": Ask("customer", lambda t: {"customer": t.customer}, "customer",
                             named=True),
    "confidential_name": Ask("customer", lambda t: {"customer": t.customer, "reason": "跟进",
                                                    "person": "colleague"}),
}

GRANTS = {
    "grant_request": Ask("customer", lambda t: {
        "principal": t.grantee, "customers": [t.customer], "matter": "某案", "purpose": "核对",
        "represented": "某人", "case_number": "一号", "channel": record.LETTER if t.grantee else record.ONLINE},
        letter=who_looks_up, earnest=False),
    "grant_paper": Ask("grant", lambda t: {"grant": t.grant, "kind": record.WORK_ID,
                                           "number": "二号", "issuer": "某单位", "issued": TODAY},
                       reasons=("grant_decided", "grant_ended")),
    "grant_revoke": Ask("grant", lambda t: {"grant": t.grant, "reason": "结案"},
                        reasons=("grant_ended",)),
    "grant_list": Ask("whole", lambda t: {}, "grant"),
    "grant_show": Ask("grant", lambda t: {"grant": t.grant}, "grant"),
    "my_views": Ask("grant", lambda t: {"grant": t.grant}),
}

LEDGER = {
    "ledger_checkpoint": Ask(None, lambda t: {"seen": [1]}),
    "ledger_proof": Ask(None, lambda t: {"sequence": 0}),
    "ledger_status": Ask(None, lambda t: {}),
    "log_key_rotate": Ask(None, lambda t: {"statement": b"none", "reason": "年度换钥"},
                          reasons=("log_key_statement",)),
    "log_keys": Ask(None, lambda t: {}),
    "ledger_export": Ask(None, lambda t: {}),
    "erase": Ask("customer", lambda t: {"customer": t.customer, "reason": "期满"},
                 reasons=("approval_needed", "erase_loan_open")),
    "erasure_list": Ask(None, lambda t: {}),
    "witness_key": Ask(None, lambda t: {"public_key": bytes(32), "proof": bytes(64)},
                       reasons=("witness_proof",)),
    "witness_pull": Ask(None, lambda t: {}),
    "witness_submit": Ask(None, lambda t: {"size": 1, "lines": b"x"},
                          reasons=("witness_unknown",)),
}

ASKS = {**LEDGER, **ACCOUNTS, **RECORDS, **GRANTS, **APPROVALS, **SECRETS}

# Lists once more, by everything else that they can be asked by: each has a walk of its own.
LISTS = [
    {"item_list": Ask("whole", lambda t: {}, "item"),
     "loan_list": Ask("whole", lambda t: {}, "lent"),
     "customer_list": Ask("whole", lambda t: {"name": "客户"}, "customer")},
    {"item_list": Ask("whole", lambda t: {"office": t.office}, "item"),
     "loan_list": Ask("whole", lambda t: {"office": t.office}, "lent"),
     "customer_list": Ask("whole", lambda t: {"office": t.office}, "customer"),
     "approval_list": Ask("whole", lambda t: {"mine": True}, "approval", letter=own)},
    {"loan_list": Ask("whole", lambda t: {"borrower": "colleague"}, "lent"),
     "customer_list": Ask("whole", lambda t: {"owner": t.owner} if t.owner else {}, "customer"),
     "delegation_list": Ask("whole", lambda t: {"all": True}, "delegation")},
]
