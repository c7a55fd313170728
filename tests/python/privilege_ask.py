"""How each RPC is asked for a target, and how its answer shows that the target is there."""

import datetime
import hashlib
from typing import Callable, NamedTuple, Optional

from contract import record, request

LAST_DAY = (datetime.date.today() - datetime.date(1970, 1, 1)).days + 7
DIGEST = hashlib.sha256(b"file").digest()

# What a request names. FREE: no record; the relation makes no difference. PLACED: an office, which
# is no secret: another one's is refused in words. LIST: nothing, and all that may be seen comes.
FREE, PLACED, RECORD, LIST = "free", "placed", "record", "list"


class Ask(NamedTuple):
    on: str
    fields: Callable  # the request's, for a target
    shows: Optional[Callable] = None  # what must stand in the answer when the target is seen
    reasons: tuple = ()  # refusals that speak of what is there, and count as seen


def draft_of_customer(target):
    return request.CustomerDraft(name="新的", office=target.office)


def draft_of_item(target):
    return request.ItemDraft(title="新的", customer=target.customer)


def batch(row):
    return {"source": "rows.csv", "digest": DIGEST, "first_row": 1, "rows": [row]}


ASKS = {
    "genesis": Ask(FREE, lambda t: {}),
    "certificate_bind": Ask(FREE, lambda t: {}),
    "enrol": Ask(FREE, lambda t: {}),
    "certificate_issue": Ask(FREE, lambda t: {}),
    "certificate_renew": Ask(FREE, lambda t: {}),
    "principal_code": Ask(FREE, lambda t: {"login": "colleague", "code_hash": DIGEST}),
    "whoami": Ask(FREE, lambda t: {}),
    "status": Ask(FREE, lambda t: {}),
    "office_add": Ask(FREE, lambda t: {"code": "NEW", "name": "新机构"}),
    "office_list": Ask(FREE, lambda t: {}),
    "department_add": Ask(FREE, lambda t: {"code": "NEW", "name": "新部门", "office": t.office}),
    "department_list": Ask(FREE, lambda t: {"office": t.office}),
    "principal_add": Ask(FREE, lambda t: {"login": "new", "name": "新人", "office": t.office,
                                          "role": record.CLERK}),
    "principal_show": Ask(FREE, lambda t: {"login": "colleague"}),
    "principal_state": Ask(FREE, lambda t: {"login": "colleague", "state": record.SUSPENDED,
                                            "reason": "休假"}),
    "principal_role": Ask(FREE, lambda t: {"login": "colleague", "role": record.CLERK,
                                           "reason": "调岗"}),
    "handover": Ask(FREE, lambda t: {"from": "colleague", "to": "clerk", "reason": "离职"}),
    "principal_list": Ask(FREE, lambda t: {"office": t.office}),
    "customer_add": Ask(PLACED, lambda t: {"draft": draft_of_customer(t)}),
    "customer_show": Ask(RECORD, lambda t: {"customer": t.customer}, lambda t: t.customer),
    "customer_list": Ask(LIST, lambda t: {}, lambda t: t.customer),
    "customer_edit": Ask(RECORD, lambda t: {"customer": t.customer, "fields": ["note"],
                                            "draft": request.CustomerDraft(note="新的")}),
    "customer_import": Ask(PLACED, lambda t: batch(draft_of_customer(t))),
    "item_add": Ask(RECORD, lambda t: {"draft": draft_of_item(t)}),
    "item_show": Ask(RECORD, lambda t: {"item": t.item}, lambda t: t.item),
    "item_list": Ask(RECORD, lambda t: {"customer": t.customer}, lambda t: t.item),
    "item_edit": Ask(RECORD, lambda t: {"item": t.item, "fields": ["note"],
                                        "draft": request.ItemDraft(note="新的")}),
    "item_import": Ask(RECORD, lambda t: batch(draft_of_item(t))),
    "borrow": Ask(RECORD, lambda t: {"items": [t.item], "borrower": "colleague",
                                     "purpose": "核对"}),
    "return": Ask(RECORD, lambda t: {"items": [t.lent]}),
    "renew": Ask(RECORD, lambda t: {"items": [t.lent]}),
    "loan_list": Ask(RECORD, lambda t: {"customer": t.customer}, lambda t: t.lent),
    "log_list": Ask(RECORD, lambda t: {"item": t.item}, lambda t: t.item),
    "history": Ask(RECORD, lambda t: {"item": t.item}, lambda t: t.item),
    # A keeper may ask, but for none of the kinds there are.
    "approval_request": Ask(RECORD, lambda t: {"kind": "sensitive", "subject": t.customer,
                                               "reason": "核实"}, reasons=("role_forbids",)),
    # Whose an approval is, is tried in tests/unit/service/test_deciding.c.
    "approval_decide": Ask(FREE, lambda t: {"approval": "CD-SP-2026-99999", "approve": True},
                           reasons=("approval_unknown",)),
    "approval_withdraw": Ask(FREE, lambda t: {"approval": "CD-SP-2026-99999"},
                             reasons=("approval_unknown",)),
    "approval_list": Ask(FREE, lambda t: {"all": True}),
    "approval_show": Ask(FREE, lambda t: {"approval": "CD-SP-2026-99999"},
                         reasons=("approval_unknown",)),
    "delegation_add": Ask(FREE, lambda t: {"to": "clerk", "until_date": LAST_DAY,
                                           "reason": "出差"}),
    "delegation_list": Ask(FREE, lambda t: {"all": True}),
    "delegation_end": Ask(FREE, lambda t: {"delegation": 99999},
                          reasons=("delegation_unknown",)),
    "unmask": Ask(RECORD, lambda t: {"customer": t.customer, "reason": "核对"},
                  lambda t: t.customer),
    "item_seal": Ask(RECORD, lambda t: {"item": t.item, "reason": "封存"}),
    "unseal": Ask(RECORD, lambda t: {"item": t.item, "reason": "复核"}, reasons=("not_sealed",)),
    "confidential_set": Ask(RECORD, lambda t: {"customer": t.customer, "section": "spouse",
                                               "field": "name", "value": "新的"},
                            reasons=("confidential_unknown",)),
    "confidential_show": Ask(RECORD, lambda t: {"customer": t.customer},
                             reasons=("confidential_unknown",)),
    "confidential_name": Ask(RECORD, lambda t: {"customer": t.customer, "person": "colleague",
                                                "reason": "跟进"}),
    # What grants show of records, and whose they are, is tried in test_grants.py.
    "grant_request": Ask(FREE, lambda t: {}, reasons=("required", "grant_not_for")),
    "grant_paper": Ask(FREE, lambda t: {}, reasons=("required",)),
    "grant_revoke": Ask(FREE, lambda t: {}, reasons=("required",)),
    "grant_list": Ask(FREE, lambda t: {}),
    "grant_show": Ask(FREE, lambda t: {}, reasons=("grant_unknown",)),
    "my_views": Ask(FREE, lambda t: {}),
}

# Lists once more, without a filter.
WHOLE = {
    "item_list": Ask(LIST, lambda t: {}, lambda t: t.item),
    "loan_list": Ask(LIST, lambda t: {}, lambda t: t.lent),
}
