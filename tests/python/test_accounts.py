#!/usr/bin/python3 -B
"""Open connections end within seconds when their owner may no longer speak, or has another post."""

import itertools
import socket
import time

from contract import record, request
from dossier_client import ERROR, Closed, Refused, refused
from fixture import Server
from newcomer import code_hash
from suite import Suite, equal, raises, true

SECONDS = 5  # what is promised
NOTE = "长" * 400
CHECKS = []
NUMBERS = itertools.count(1)


def check(function):
    CHECKS.append(function)
    return function


class World:
    def __init__(self, server):
        self.server = server
        self.officer = server.client("officer")
        self.clerk = server.client("clerk")

    def person(self, role=record.CLERK, office="HQ"):
        """Somebody new, connected."""
        login = f"person{next(NUMBERS)}"
        self.officer.act("principal_add", login=login, name=login, office=office, role=role)
        self.server.issue(login)
        return login, self.server.client(login)

    def state(self, login, state):
        self.officer.act("principal_state", login=login, state=state, reason="测试")

    def close(self):
        self.officer.close()
        self.clerk.close()


def ended(client, since):
    """Reads on until the connection tells why it ends, and is over: the reason."""
    client.connection.socket.settimeout(SECONDS)
    while True:
        frame = client.connection.receive()
        if frame.kind == ERROR and frame.request_id == 0:
            break
    raises(Closed, client.connection.receive)
    true(time.monotonic() - since < SECONDS, "within the seconds that are promised")
    error = refused(frame)
    equal(error.status, "IDENTITY")
    return error.refusal.reason


@check
def an_idle_connection_ends_when_its_owner_is_suspended(world):
    login, client = world.person()
    since = time.monotonic()
    world.state(login, record.SUSPENDED)
    equal(ended(client, since), "account_inactive")


@check
def an_idle_connection_ends_when_the_account_is_closed(world):
    login, client = world.person()
    since = time.monotonic()
    world.state(login, record.CLOSED)
    equal(ended(client, since), "account_inactive")


@check
def a_connection_ends_when_its_certificate_is_revoked(world):
    login, client = world.person()
    since = time.monotonic()
    world.officer.act("principal_code", login=login, code_hash=code_hash(login.encode()),
                      lost=True)
    equal(ended(client, since), "certificate_ended")


@check
def a_connection_ends_when_role_or_office_change(world):
    for post in ({"role": record.ARCHIVIST}, {"office": "CD"}):
        login, client = world.person()
        since = time.monotonic()
        world.officer.act("principal_role", login=login, reason="调岗", **post)
        equal(ended(client, since), "post_changed")
        with world.server.client(login) as again:
            equal(again.look("whoami").principal.login, login)


@check
def a_change_that_changes_nothing_ends_nothing(world):
    login, client = world.person()
    world.officer.act("principal_role", login=login, role=record.CLERK, reason="无变化")
    stays(client)


def stays(client):
    """Nothing comes for longer than a sweep takes, and then it answers."""
    client.connection.socket.settimeout(2.5)
    raises(TimeoutError, client.connection.receive)
    client.ping(99)


@check
def a_request_right_behind_the_suspension_is_refused(world):
    login, client = world.person()
    world.state(login, record.SUSPENDED)
    error = raises(Refused, client.look, "whoami")
    equal((error.status, error.refusal.reason), ("IDENTITY", "account_inactive"))


@check
def an_act_right_behind_the_suspension_is_refused(world):
    login, client = world.person()
    world.state(login, record.SUSPENDED)
    error = raises(Refused, client.act, "customer_add", draft=request.CustomerDraft(name="甲"))
    equal((error.status, error.refusal.reason), ("IDENTITY", "account_inactive"))


@check
def a_colleague_stays(world):
    login, _ = world.person()
    _, colleague = world.person()
    world.state(login, record.SUSPENDED)
    stays(colleague)


@check
def who_is_suspended_cannot_come_back_until_he_is_resumed(world):
    login, client = world.person()
    world.state(login, record.SUSPENDED)
    ended(client, time.monotonic())
    error = raises(Refused, world.server.client, login)
    equal((error.status, error.refusal.reason), ("IDENTITY", "account_inactive"))
    world.state(login, record.ACTIVE)
    with world.server.client(login) as again:
        equal(again.look("whoami").principal.login, login)


@check
def a_follower_that_waits_ends(world):
    login, client = world.person(record.ARCHIVIST)
    stream = client.stream("log_list", follow=True, last=1)
    next(stream)
    since = time.monotonic()
    world.state(login, record.SUSPENDED)
    error = raises(Refused, list, stream)
    equal(error.status, "IDENTITY")
    true(time.monotonic() - since < SECONDS, "within the seconds that are promised")


def fill(world):
    """Items of some 12 megabytes in all: more than lies between server and client."""
    number = world.clerk.act("customer_add",
                             draft=request.CustomerDraft(name="大户")).reply.customer.number
    for first in range(0, 10000, 40):
        rows = [request.ItemDraft(title=f"件{first + row}", customer=number, note=NOTE)
                for row in range(40)]
        world.clerk.act("item_import", source="x.csv", digest=bytes(32), first_row=first + 1,
                        rows=rows)
    return number


@check
def a_stream_that_runs_ends(world):
    number = fill(world)
    login, client = world.person()
    stream = client.stream("item_list", customer=number)
    next(stream)
    since = time.monotonic()
    world.state(login, record.SUSPENDED)
    time.sleep(0.1)  # read slowly: the stream must not be over before it is ended
    error = raises(Refused, list, stream)
    equal(error.status, "IDENTITY")
    true(time.monotonic() - since < SECONDS, "within the seconds that are promised")


@check
def who_does_not_read_is_not_waited_for(world):
    number = fill(world)
    login, client = world.person()
    client.connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.send("item_list", request.ItemListRequest(customer=number))
    time.sleep(0.5)  # until nothing more fits between server and client
    before = world.officer.look("status").connections
    since = time.monotonic()
    world.state(login, record.SUSPENDED)
    while world.officer.look("status").connections == before:
        true(time.monotonic() - since < SECONDS, "within the seconds that are promised")
        time.sleep(0.05)
    client.connection.drop()


def main():
    suite = Suite()
    with Server() as server:
        world = World(server)
        for function in CHECKS:
            suite.run(function.__name__, function, world)
        world.close()
        suite.run("the_server_stops_in_order", server.stop)
    suite.finish()


if __name__ == "__main__":
    main()
