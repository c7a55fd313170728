"""Who asks and what is there to be asked for: people of every role, records in every relation."""

import collections
import datetime
import itertools
from typing import NamedTuple

from contract import record, request

STAFF = ["clerk", "archivist", "auditor", "officer", "operator", "keeper", "salesperson",
         "approver", "general-manager"]
OUTSIDERS = ["lawyer", "authority", "organisation", "party"]
ROLES = [*STAFF, *OUTSIDERS, "witness"]
GRANTEES = ["auditor", *OUTSIDERS]
ASKERS = ["clerk", "archivist", "salesperson", "approver", "general-manager"]  # of approvals
DECIDERS = ["approver", "general-manager"]
NUMBERS = {role: getattr(record, role.replace("-", "_").upper()) for role in ROLES}

OFFICE, DEPARTMENT = "CD", "D1"  # of all who are tried
TODAY = (datetime.date.today() - datetime.date(1970, 1, 1)).days

# What each class of outsiders must show.
PAPERS = {
    "lawyer": [record.INTRODUCTION, record.PRACTISING_CERTIFICATE],
    "authority": [record.INTRODUCTION, record.WORK_ID],
    "organisation": [record.INTRODUCTION, record.BUSINESS_LICENCE, record.IDENTITY_CARD],
    "party": [record.INTRODUCTION, record.IDENTITY_CARD, record.CASE_PROOF],
    "auditor": [],
}


class Target(NamedTuple):
    """What stands in one relation to who asks: each by what it is named in requests."""
    relation: str
    office: str
    owner: str         # login of who looks after the customer; ""
    grantee: str       # for whom a grant can be asked; "": oneself
    customer: str
    item: str
    lent: str          # an item that is on loan
    person: str
    grant: str
    approval: str
    delegation: int

    def by_keys(self, keys):
        """The same, named by natural keys."""
        return self._replace(customer=keys[self.customer], item=keys[self.item],
                             lent=keys[self.lent])

    def names(self):
        return [self.customer, self.item, self.lent, self.grant, self.approval,
                str(self.delegation), self.person]


RELATIONS = ["nothing", "own office", "own department", "own", "granted", "ended grant",
             "other matter", "other office"]

# As long as what is there, so that answers can be as long.
NOTHING = Target("nothing", OFFICE, "", "", "CD-C-2026-99999", "CD-KH-2026-999999", "CD-KH-2026-999998",
                 "nobody", "CD-SQ-2026-99999", "CD-SP-2026-99999", 9)
NO_KEYS = {NOTHING.customer: "R-9999", NOTHING.item: "R-9998", NOTHING.lent: "R-9997"}


class Facts(NamedTuple):
    """Of one record: by what it may be seen."""
    shown_by: str  # the RPC that shows it
    name: str  # that nothing else has; what answers show of it
    office: str
    department: str = ""
    owners: frozenset = frozenset()   # logins of those whose own it is
    grantees: frozenset = frozenset()  # of those who have an active grant that covers it
    told: frozenset = frozenset()     # of those to whom a grant that was approved has named it
    named: frozenset = frozenset()    # of those who may see its confidential dossier


class Person:
    """One who asks."""

    def __init__(self, world, role, login):
        self.role = role
        self.login = login
        self.server = world.server
        self.client = self.server.client(login)
        self.targets = []  # one a relation, nothing first

    def come_again(self):
        self.client.close()
        self.client = self.server.client(self.login)

    def target(self, relation):
        return next(target for target in self.targets if target.relation == relation)

    def sees(self, letter, facts):
        """Whether a record with these facts is there for him, as the letter says."""
        return {"A": True, "O": facts.office == OFFICE, "D": facts.department == DEPARTMENT,
                "C": self.login in facts.owners, "S": self.login in facts.owners,
                "G": self.login in facts.grantees}.get(letter, False)


class World:
    """The server filled with records, and one person of each role, connected."""

    def __init__(self, server):
        self.server = server
        self.clients = {}
        self.counter = itertools.count(1)
        self.facts = {"colleague": Facts("principal_list", "colleague", "HQ")}  # by number or login
        self.keys = {**NO_KEYS}  # number: natural key
        self.lent = set()        # numbers
        self.items = collections.defaultdict(list)  # numbers, by customer
        self.offices = {"clerk": "HQ", "branch": OFFICE, "archivist": "HQ"}  # by login
        self.officer = self.by("officer")
        for code in ("D1", "D2"):
            self.officer.act("department_add", code=code, name=f"部门{code}", office=OFFICE)
        self.organisation_is = self.customer("HQ")
        self.heads = {office: self.register("approver", office) for office in (OFFICE, "HQ")}
        self.logins = {role: self.register(role) for role in ROLES}
        self.strangers = {office: self.register("lawyer", office) for office in (OFFICE, "HQ")}
        self.people = [Person(self, role, self.logins[role]) for role in ROLES]
        self._mixed()
        self._fill()
        self.filled_at = self.officer.look("status").ledger_size

    def by(self, login):
        if login not in self.clients:
            self.clients[login] = self.server.client(login)
        return self.clients[login]

    def close(self):
        for client in [*self.clients.values(), *(person.client for person in self.people)]:
            client.close()

    def register(self, role, office=OFFICE):
        """One more person of that role, with a certificate: the login."""
        serial = next(self.counter)
        fields = {"unit": "某单位"} if role in OUTSIDERS else {}
        if role == "keeper":
            fields["department"] = DEPARTMENT
        if role == "organisation":
            fields["customer"] = self.organisation_is
        login = f"p{serial:03}"
        self.officer.act("principal_add", login=login, name=f"某人{serial}", office=office,
                         role=NUMBERS[role], **fields)
        self.server.issue(login)
        self.offices[login] = office
        self.facts[login] = Facts("principal_list", login, office)
        return login

    def change(self, number, **facts):
        self.facts[number] = self.facts[number]._replace(**facts)

    # ---- customers, items, loans ----

    def customer(self, office, department="", owner=""):
        """A new customer: the number."""
        serial = next(self.counter)
        owners = frozenset({owner} if owner else ())
        facts = Facts("customer_show", f"客户{serial:04}号", office, department, owners)
        draft = request.CustomerDraft(name=facts.name, office=office, department=department,
                                      owner=owner, ref=f"R-{serial:04}")
        number = self.by("archivist").act("customer_add", draft=draft).reply.customer.number
        self.facts[number], self.keys[number] = facts, draft.ref
        return number

    def item(self, customer, office, department="", parent="", kind=record.PIECE):
        """A new item: the number."""
        serial = next(self.counter)
        facts = Facts("item_show", f"卷宗{serial:04}号", office, department, self.facts[customer].owners)
        draft = request.ItemDraft(title=facts.name, customer=customer, office=office, kind=kind,
                                  department=department, parent=parent, ref=f"R-{serial:04}")
        number = self.by("archivist").act("item_add", draft=draft).reply.item.number
        self.facts[number], self.keys[number] = facts, draft.ref
        self.items[customer].append(number)
        return number

    def lend(self, item):
        clerk = self.by("clerk" if self.facts[item].office == "HQ" else "branch")
        clerk.act("borrow", items=[item], borrower="colleague", purpose="核对")
        self.lent.add(item)
        return item

    # ---- what people ask for ----

    def grant(self, by, grantee, role, **what):
        """Asked for and with its papers, not approved yet: the number."""
        asked = self.by(by).act(
            "grant_request", principal=grantee, matter="某案", purpose="核对", represented="某人",
            case_number="一号", channel=record.ONLINE if by == grantee else record.LETTER,
            **what).reply.grant
        self.facts[asked.number] = Facts("grant_show", asked.number, self.offices[by],
                                         owners=frozenset({grantee}))
        for kind in PAPERS[role]:
            self.by(by).act("grant_paper", grant=asked.number, kind=kind, number="一号",
                            issuer="某单位", issued=20000)
        return asked.number

    def approve(self, grant):
        """By the head of the office that keeps it."""
        head = self.by(self.heads[self.facts[grant].office])
        waiting = [reply.view for reply in head.stream("approval_list")]
        approval, = [view for view in waiting if view.subject == grant]
        head.act("approval_decide", approval=approval.approval.number, approve=True)

    def approval(self, asker, customer):
        """Asked for: the number."""
        opened = self.by(asker).act("approval_request", kind="sensitive", subject=customer,
                                    reason="核对").reply.opened.approval
        self.facts[opened.number] = Facts("approval_show", opened.number, self.facts[customer].office,
                                          owners=frozenset({asker}))
        return opened.number

    def delegation(self, giver, to="colleague"):
        reason = f"委托{next(self.counter):04}号"
        row = self.by(giver).act("delegation_add", to=to, until_date=TODAY + 7,
                                 reason=reason).reply.view.delegation
        self.facts[row.id] = Facts("delegation_list", reason, self.offices[giver],
                                   owners=frozenset({giver, to}))
        return row.id

    # ---- relations ----

    def records(self, office, department="", owner="", customer=""):
        """A customer, an item of his, and one that is on loan: the numbers."""
        customer = customer or self.customer(office, department, owner)
        item, lent = [self.item(customer, office, department) for _ in range(2)]
        return customer, item, self.lend(lent)

    def _kept_by(self, relation, office, department=""):
        """By an office: records, an asked grant and approval, a delegation of its head."""
        clerk = "clerk" if office == "HQ" else "branch"
        records = self.records(office, department)
        colleague = self.register("keeper" if department == DEPARTMENT else "clerk", office)
        grant = self.grant(clerk, self.strangers[office], "lawyer", customers=[records[0]])
        return Target(relation, office, "", "", *records, colleague, grant,
                      self.approval(clerk, records[0]), self.delegations[office])

    def _own(self, person):
        """What he looks after, has asked for, and has given; else what nobody here has."""
        owner = person.login if person.role in STAFF else self.logins["salesperson"]
        records = self.records(OFFICE, owner=owner)
        asker = person.login if person.role in ASKERS else "branch"
        grant = self.shared["own office"].grant
        if person.role in GRANTEES:
            customer = (self.organisation_is if person.role == "organisation"
                        else self.shared["other office"].customer)
            grant = self.grant(self._recorder(person), person.login, person.role,
                               customers=[customer])
        delegation = self.delegations[OFFICE]
        if person.role in DECIDERS:
            delegation = self.delegation(person.login)
        asked_by = owner if person.role in STAFF else ""  # outsiders do not list by owner
        return Target("own", OFFICE, asked_by, "", *records, person.login, grant,
                      self.approval(asker, records[0]), delegation)

    def _recorder(self, person):
        return person.login if person.role == "auditor" else "archivist"

    def _granted(self, person):
        """Of another office, and covered by an active grant of his."""
        customer = self.organisation_is if person.role == "organisation" else ""
        records = self.records("HQ", customer=customer)
        grant = self.grant(self._recorder(person), person.login, person.role,
                           customers=[records[0]])
        self.approve(grant)
        for number in records:
            self.change(number, grantees=frozenset({person.login}),
                        told=frozenset({person.login}))
        return self.shared["other office"]._replace(
            relation="granted", customer=records[0], item=records[1], lent=records[2],
            grant=grant)

    def _ended(self, person):
        """The same, and the grant was revoked."""
        target = self._granted(person)
        self.by(self.heads[self.facts[target.grant].office]).act(
            "grant_revoke", grant=target.grant, reason="结案")
        for number in (target.customer, target.item, target.lent):
            self.change(number, grantees=frozenset())
        return target._replace(relation="ended grant")

    def _fill(self):
        self.delegations = {office: self.delegation(head) for office, head in self.heads.items()}
        self.shared = {
            "own office": self._kept_by("own office", OFFICE, "D2"),
            "own department": self._kept_by("own department", OFFICE, DEPARTMENT),
            "other office": self._kept_by("other office", "HQ"),
        }
        self.item(self.shared["own department"].customer, OFFICE, "D2")
        self.item(self.shared["own office"].customer, "HQ")
        grantees = {person.role: person for person in self.people if person.role in GRANTEES}
        granted = {role: self._granted(person) for role, person in grantees.items()}
        ended = {role: self._ended(person) for role, person in grantees.items()
                 if role != "organisation"}
        for person in self.people:
            role = person.role
            other = "authority" if role == "lawyer" else "lawyer"
            targets = [
                NOTHING, *self.shared.values(), self._own(person),
                granted.get(role, granted["lawyer"]), ended.get(role, ended["lawyer"]),
                granted[other]._replace(relation="other matter")]
            asks_for = "" if role in GRANTEES else self.strangers[OFFICE]
            person.targets = [target._replace(grantee=asks_for) for target in targets]
        self._fill_former()
        self._fill_confidential()

    def _fill_former(self):
        """An organisation sees but one customer, so one whose grant ended is another."""
        self.organisation_is = self.customer("HQ")
        former = Person(self, "organisation", self.register("organisation"))
        former.targets = [NOTHING, self._ended(former)]
        former.come_again()  # the connection that he had ended with his grant
        self.people.append(former)

    def _fill_confidential(self):
        """A dossier on each one's own customer, and one where others are named."""
        manager = self.by(self.logins["general-manager"])
        dossiers = [(person.login, person.target("own").customer) for person in self.people
                    if person.role in ASKERS]
        for login, customer in [*dossiers, ("branch", self.shared["own department"].customer)]:
            manager.act("confidential_name", customer=customer, person=login, reason="跟进")
            self.by(login).act("confidential_set", customer=customer, section="spouse",
                               field="name", value="某人")
            self.change(customer, named=frozenset({login}))

    def _mixed(self):
        """Records one of which may be seen and the other not: customers, containers, contents."""
        near, far = self.customer(OFFICE, DEPARTMENT), self.customer("HQ")
        self.item(near, "HQ")
        box = self.item(far, OFFICE, "D2", kind=record.BOX)
        self.lend(self.item(far, OFFICE, DEPARTMENT, parent=box))
        self.item(near, OFFICE, "D2")
        box = self.item(far, "HQ", kind=record.BOX)
        named = self.item(far, "HQ", parent=box, kind=record.VOLUME)
        granted = [named, self.item(far, "HQ", parent=named)]
        self.approve(self.grant("archivist", self.logins["lawyer"], "lawyer", items=[named]))
        for number in granted:
            self.change(number, grantees=frozenset({self.logins["lawyer"]}))
