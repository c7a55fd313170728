#!/usr/bin/python3 -B
"""Measures Dossier on this machine: speed, latency, size. See README.md, "How it is measured"."""

import os
import re
import statistics
import struct
import subprocess
import time

from stage import (ITEMS, LOGIN, ROOT, ROUNDS, Results, Server, bench, cell, introduce, profile_of,
                   table)
from contract import record, request  # found by stage
from fixture import BUILD, UNLIMITED

IDLE_CONNECTIONS = 1000
COLD_STARTS = 50
BUNDLE_ENTRIES = 1_000_000
BUNDLE_ITEMS = 20_000
GRANTS = 20  # of the lawyer who asks for what is hidden
RUNS = [(word, connections, depth)
        for word in ("act", "lookup")
        for connections, depth in ((1, 1), (16, 1), (64, 1), (256, 1), (64, 16), (1, 16))]
RUNS += [("mixed", 64, 1)]

SEGMENT_HEADER_LEN = 4096
GROUP = struct.Struct(">4sI24x")
META_LAST_PAGE = 136  # offset in an LMDB meta page of its last page, then its transaction
PAGE_LEN = 4096


def ledger_bytes(data):
    """Bytes of the groups in all segments, without what is only preallocated."""
    total = 0
    for path in sorted((data / "ledger").glob("*.seg")):
        with open(path, "rb") as segment:
            at = SEGMENT_HEADER_LEN
            while True:
                segment.seek(at)
                header = segment.read(GROUP.size)
                if len(header) < GROUP.size or header[:4] != b"GRP1":
                    break
                at += GROUP.size + GROUP.unpack(header)[1]
        total += at
    return total


def state_bytes(data):
    """Bytes of the state's pages in use so far, without what is only preallocated."""
    with open(data / "state" / "data.mdb", "rb") as file:
        metas = [file.read(PAGE_LEN) for _ in range(2)]
    found = [struct.unpack_from("=QQ", meta, META_LAST_PAGE) for meta in metas]
    last, _ = max(found, key=lambda meta: meta[1])
    return (last + 1) * PAGE_LEN


def sizes(server):
    with server.client(LOGIN) as client:
        entries = client.look("status").ledger_size
    return entries, ledger_bytes(server.data), state_bytes(server.data)


def label(word, connections, depth):
    return f"{word}, {connections} x {depth}" if depth > 1 else f"{word}, {connections}"


def measure_rounds(server, results):
    for _ in range(ROUNDS):
        for word, connections, depth in RUNS:
            results.add((word, connections, depth),
                        bench(word, profile_of(server), server.process.pid,
                              connections=connections, depth=depth))


def show_rounds(results):
    rows = []
    for key in RUNS:
        figures = [results.median(key, name) for name in
                   ("per_second", "p50_us", "p99_us", "look_p99_us", "seconds", "client_cpu",
                    "server_cpu")]
        rate, p50, p99, look, seconds, client, server = figures
        rows.append([label(*key), cell(rate), cell(p50), cell(p99), cell(look),
                     cell(client / seconds, "{:.2f}"), cell(server / seconds, "{:.2f}")])
    table(["connections x in flight", "requests/s", "p50 us", "p99 us", "looks' p99",
           "client CPUs", "server CPUs"], rows)


def cold_start(server):
    """Milliseconds from starting `dossier` to its end with the answer: the median."""
    program = ROOT / BUILD / "dossier"
    with server.client(LOGIN) as client:
        number = next(client.stream("item_list", limit=1)).view.item.number
    environment = {**os.environ, "DOSSIER_PROFILE": str(server.folder / LOGIN)}
    command = [program, "--server", f"127.0.0.1:{server.port}", "item", "show", number]
    times = []
    for _ in range(COLD_STARTS):
        begun = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True, env=environment, timeout=10)
        times.append(time.perf_counter() - begun)
    return statistics.median(times) * 1000


def hidden(server, login):
    """What somebody learns from how long the refusal of an item takes that is not for him: as good
    as nothing."""
    with server.client(LOGIN) as client:
        number = next(client.stream("item_list", limit=1)).view.item.number
    absent = number[:-6] + "999999"  # as long, and no such item
    return bench("hidden", profile_of(server, login), hidden=number, absent=absent)["ratio"]


def grant(archivist, head, client):
    """The lawyer may see what there is of this client of his: nothing."""
    customer = archivist.act("customer_add", draft=request.CustomerDraft(name=client))
    number = archivist.act(
        "grant_request", principal="lawyer", customers=[customer.reply.customer.number],
        matter="合同纠纷", represented=client, purpose="代理诉讼",
        channel=record.LETTER).reply.grant.number
    for kind in (record.INTRODUCTION, record.PRACTISING_CERTIFICATE):
        archivist.act("grant_paper", grant=number, kind=kind, number="1", issuer="律师事务所",
                      issued=20000)
    approval = archivist.look("grant_show", grant=number).view.approval
    head.act("approval_decide", approval=approval, approve=True)


def let_a_lawyer_in(server):
    """Registers a lawyer with grants; all of them are asked about each item he names."""
    people = (("head", "周敏", {"role": record.APPROVER}),
              ("lawyer", "林浩", {"role": record.LAWYER, "unit": "律师事务所"}))
    with server.client("officer") as officer:
        for login, name, fields in people:
            officer.act("principal_add", login=login, name=name, office="HQ", **fields)
            server.issue(login)
    with server.client(LOGIN) as archivist, server.client("head") as head:
        for n in range(GRANTS):
            grant(archivist, head, f"委托人{n}")


def replay(server):
    """Entries a second of `dossierd verify --replay`, and all that it said."""
    said = server.operate("verify", server.data, "--replay", "--temp", server.folder, timeout=1800)
    return float(re.search(r"\((\d+) entries/s\)", said)[1]), said.strip().splitlines()


def verify(folder):
    """Seconds in which an auditor verifies a bundle of a million entries, with a replay."""
    bundle, key, head = (str(folder / name) for name in ("bundle", "key", "head"))
    subprocess.run([ROOT / BUILD / "tests/bench/press_ledger", str(BUNDLE_ENTRIES),
                    str(BUNDLE_ITEMS), bundle, key, head], check=True, timeout=600)
    begun = time.perf_counter()
    subprocess.run([ROOT / BUILD / "dossier", "ledger", "verify", bundle, "--key", key, "--since",
                    head, "--replay"], check=True, stdout=subprocess.DEVNULL, timeout=600)
    return time.perf_counter() - begun


def main():
    introduce("Dossier")
    results = Results()
    facts = []
    # One person makes all the load here, so what one person may do at most is switched off.
    with Server({"limits": UNLIMITED}) as server:
        before = sizes(server)
        imported = bench("prepare", profile_of(server), timeout=3600)
        after = sizes(server)
        facts += [
            ("import, items/s", cell(imported["per_second"])),
            ("import, customers/s", cell(imported["customers_per_second"])),
            ("ledger, bytes an imported item", cell((after[1] - before[1]) / ITEMS)),
            ("state, bytes an imported item", cell((after[2] - before[2]) / ITEMS))]
        bench("act", profile_of(server), connections=64, depth=1)
        acted = sizes(server)
        facts += [("ledger, bytes an act", cell((acted[1] - after[1]) / (acted[0] - after[0])))]
        measure_rounds(server, results)
        idle = bench("idle", profile_of(server), server.process.pid, seconds=2,
                     connections=IDLE_CONNECTIONS)
        facts += [(f"memory an idle connection ({IDLE_CONNECTIONS}), bytes",
                   cell(idle["bytes_per_connection"])),
                  ("handshakes/s, one at a time", cell(idle["per_second"])),
                  ("CLI, from start to answer, ms", cell(cold_start(server), "{:.1f}"))]
        let_a_lawyer_in(server)
        facts += [(f"refusal of a hidden item / of none, {who}, medians (0.95 to 1.05 wanted)",
                   cell(hidden(server, login), "{:.3f}"))
                  for who, login in (("clerk of another office", "branch"),
                                     (f"lawyer with {GRANTS} grants", "lawyer"))]
        entries, ledger, state = sizes(server)
        server.stop()
        rate, said = replay(server)
        seconds = verify(server.folder)
        loans = int(re.search(r"loan: (\d+) rows", "\n".join(said))[1])
        facts += [("state, bytes a loan, lent and returned", cell((state - after[2]) / loans)),
                  ("entries in the end", cell(entries)),
                  ("ledger in the end, MiB", cell(ledger / 2**20)),
                  ("state in the end, MiB", cell(state / 2**20)),
                  ("replay, entries/s (an import's batch is one)", cell(rate)),
                  (f"ledger verify, s for {BUNDLE_ENTRIES} entries (at most 10 wanted)",
                   cell(seconds, "{:.1f}")),
                  ("ledger verify, entries/s", cell(BUNDLE_ENTRIES / seconds))]
    show_rounds(results)
    table(["figure", "value"], facts)
    print("dossierd verify --replay said:")
    for line in said:
        print(f"  {line}")


if __name__ == "__main__":
    main()
