"""Who asks and what is there to be asked for: people of every role, records in every relation."""

import itertools
from typing import NamedTuple

from contract import record, request

STAFF = ["clerk", "archivist", "auditor", "officer", "operator", "keeper", "salesperson",
         "approver", "general-manager"]
OUTSIDERS = ["lawyer", "authority", "organisation", "party"]
ROLES = [*STAFF, *OUTSIDERS, "witness"]
GRANTEES = ["auditor", *OUTSIDERS]
NUMBERS = {role: getattr(record, role.replace("-", "_").upper()) for role in ROLES}

OFFICE, DEPARTMENT = "CD", "D1"  # of all who are tried


class Target(NamedTuple):
    """The records that stand in one relation to who asks. Numbers, but for the office's code."""
    relation: str
    office: str
    customer: str
    item: str
    lent: str  # an item that is on loan

    def names(self):
        return [self.customer, self.item, self.lent]

    def by_keys(self, keys):
        """The same, named by natural keys."""
        return self._replace(customer=keys[self.customer], item=keys[self.item],
                             lent=keys[self.lent])


# As long as what is there, so that answers can be as long.
NOTHING = Target("nothing", "CD", "CD-C-2026-99999", "CD-KH-2026-999999", "CD-KH-2026-999998")
NO_KEYS = {NOTHING.customer: "R-9999", NOTHING.item: "R-9998", NOTHING.lent: "R-9997"}


class Facts(NamedTuple):
    """Of one record: by what it may be seen."""
    name: str
    office: str
    department: str
    owner: str


class Person:
    """One who asks."""

    def __init__(self, world, role, login):
        self.role = role
        self.login = login
        self.client = world.server.client(login)
        self.targets = []  # one a relation, nothing first

    def sees(self, letter, facts):
        """Whether a record with these facts is there for him, as the letter says."""
        return {"A": True, "O": facts.office == OFFICE, "D": facts.department == DEPARTMENT,
                "C": facts.owner == self.login}.get(letter, False)


class World:
    """The server filled with records, and one person of each role, connected."""

    def __init__(self, server):
        self.server = server
        self.clients = {}
        self.counter = itertools.count(1)
        self.facts = {}       # number: Facts
        self.keys = {**NO_KEYS}  # number: natural key
        self.lent = set()  # numbers
        with server.client("officer") as officer:
            for code in ("D1", "D2"):
                officer.act("department_add", code=code, name=f"部门{code}", office=OFFICE)
            self.shared = self._shared()
            self.logins = {role: self.register(officer, role) for role in ROLES}
        self.people = [Person(self, role, self.logins[role]) for role in ROLES]
        self._mixed()
        for person in self.people:
            person.targets = self._targets(person)

    def by(self, login):
        if login not in self.clients:
            self.clients[login] = self.server.client(login)
        return self.clients[login]

    def close(self):
        for client in [*self.clients.values(), *(person.client for person in self.people)]:
            client.close()

    def register(self, officer, role):
        """One more person of that role, with a certificate: the login."""
        serial = next(self.counter)
        fields = {}
        if role in OUTSIDERS:
            fields["unit"] = "某单位"
        elif role == "keeper":
            fields["department"] = DEPARTMENT
        if role == "organisation":
            fields["customer"] = self.shared["other office"].customer
        login = f"p{serial}.{role}"
        officer.act("principal_add", login=login, name=f"某人{serial}", office=OFFICE,
                    role=NUMBERS[role], **fields)
        self.server.issue(login)
        return login

    # ---- records ----

    def customer(self, office, department="", owner=""):
        """A new customer: the number."""
        serial = next(self.counter)
        facts = Facts(f"客户{serial:04}号", office, department, owner)
        draft = request.CustomerDraft(name=facts.name, office=office, department=department,
                                      owner=owner, ref=f"R-{serial:04}")
        number = self.by("archivist").act("customer_add", draft=draft).reply.customer.number
        self.facts[number], self.keys[number] = facts, draft.ref
        return number

    def item(self, customer, office, department="", parent="", kind=record.PIECE):
        """A new item: the number."""
        serial = next(self.counter)
        facts = Facts(f"卷宗{serial:04}号", office, department, self.facts[customer].owner)
        draft = request.ItemDraft(title=facts.name, customer=customer, office=office, kind=kind,
                                  department=department, parent=parent, ref=f"R-{serial:04}")
        number = self.by("archivist").act("item_add", draft=draft).reply.item.number
        self.facts[number], self.keys[number] = facts, draft.ref
        return number

    def lend(self, item):
        clerk = self.by("clerk" if self.facts[item].office == "HQ" else "branch")
        clerk.act("borrow", items=[item], borrower="colleague", purpose="核对")
        self.lent.add(item)
        return item

    def records(self, relation, office, department="", owner=""):
        """A customer with two items."""
        customer = self.customer(office, department, owner)
        item, lent = [self.item(customer, office, department) for _ in range(2)]
        return Target(relation, office, customer, item, self.lend(lent))

    def _shared(self):
        return {
            "own office": self.records("own office", OFFICE, "D2"),
            "own department": self.records("own department", OFFICE, DEPARTMENT),
            "other office": self.records("other office", "HQ"),
        }

    def _mixed(self):
        """Records one of which may be seen and the other not: customers, containers, contents."""
        near, far = self.customer(OFFICE, DEPARTMENT), self.customer("HQ")
        self.item(near, "HQ")
        box = self.item(far, OFFICE, "D2", kind=record.BOX)
        self.lend(self.item(far, OFFICE, DEPARTMENT, parent=box))
        self.item(near, OFFICE, "D2")

    def _targets(self, person):
        owner = person.login if person.role in STAFF else self.logins["salesperson"]
        return [NOTHING, *self.shared.values(), self.records("own customer", OFFICE, owner=owner)]
