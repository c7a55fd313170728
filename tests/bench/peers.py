#!/usr/bin/python3 -B
"""Dossier beside PostgreSQL, Redis and the machine's own limits: the same work, the same TLS, the
same durability, taking turns in one run. What counts are the ratios."""

import pathlib
import shutil
import subprocess
import tempfile

from echo import Echo
from fixture import UNLIMITED
from postgres import Postgres
from redis import Redis
from stage import (ITEMS, ROUNDS, SECONDS, WARMUP, Results, Server, bench, cell, introduce,
                   profile_of, table)

OURS, POSTGRES, REDIS, ECHO, DURABLE = "Dossier", "PostgreSQL", "Redis", "echo", "durable echo"

# Who does which work: word, connections, depth.
ACTS = [("act", connections, 1) for connections in (1, 16, 64, 256)]
LOOKS = [("lookup", connections, 1) for connections in (1, 64)]
PIPELINED = [("act", 1, 16)]
WORK = {
    OURS: ACTS + LOOKS + PIPELINED,
    POSTGRES: ACTS + LOOKS,
    REDIS: ACTS + LOOKS + PIPELINED,
    ECHO: LOOKS,
    DURABLE: ACTS + PIPELINED,
}


class Ours:
    name = OURS

    def __init__(self):
        # One person makes all the load; the others have no limit of this kind either.
        self.server = Server({"limits": UNLIMITED})

    def start(self):
        bench("prepare", profile_of(self.server), timeout=3600)

    def measure(self, word, connections, depth, seconds, warmup):
        return bench(word, profile_of(self.server), self.server.process.pid, seconds=seconds,
                     warmup=warmup, connections=connections, depth=depth)

    def stop(self):
        self.server.close()


def measure_rounds(systems, results):
    """Each piece of work by everybody in turn, so that a slow minute of the machine hits all."""
    for _ in range(ROUNDS):
        for key in ACTS + LOOKS + PIPELINED:
            for system in systems:
                if key in WORK[system.name]:
                    results.add((system.name, *key), system.measure(*key, SECONDS, WARMUP))


def show(results, figure, what):
    rows = []
    for key in ACTS + LOOKS + PIPELINED:
        word, connections, depth = key
        rows.append([f"{word}, {connections} x {depth}" if depth > 1 else f"{word}, {connections}",
                     *(cell(results.median((name, *key), figure)) for name in WORK)])
    table([what, *WORK], rows)


class Goal:
    """A ratio of medians that should be at least (or, for times, at most) a bound."""

    def __init__(self, name, text, value, bound, at_least=True):
        met = value >= bound if at_least else value <= bound
        self.row = [name, text, f"{value:.2f}", f"{'>=' if at_least else '<='} {bound:g}",
                    "met" if met else "missed"]


def goals(results):
    def rate(name, *key):
        return results.median((name, *key), "per_second")

    def p50(name, *key):
        return results.median((name, *key), "p50_us")

    at64, at256, alone = ("act", 64, 1), ("act", 256, 1), ("act", 1, 1)
    look, pipelined = ("lookup", 64, 1), ("act", 1, 16)
    best = max(rate(POSTGRES, *key) for key in ACTS)
    return [
        Goal("P1", "acts at 64, to PostgreSQL", rate(OURS, *at64) / rate(POSTGRES, *at64), 5),
        Goal("P1", "acts at 64, to PostgreSQL's best", rate(OURS, *at64) / best, 3.5),
        Goal("P1", "acts at 64, to Redis", rate(OURS, *at64) / rate(REDIS, *at64), 1.5),
        Goal("P1+", "acts at 64, to the durable echo", rate(OURS, *at64) / rate(DURABLE, *at64),
             0.5),
        Goal("P2", "acts at 256, to PostgreSQL", rate(OURS, *at256) / rate(POSTGRES, *at256), 12),
        Goal("P2", "acts at 256, to Redis", rate(OURS, *at256) / rate(REDIS, *at256), 1.5),
        Goal("P2", "acts at 256, p99 to p50",
             results.median((OURS, *at256), "p99_us") / p50(OURS, *at256), 3, at_least=False),
        Goal("P3", "a lone act's p50, to the durable echo",
             p50(OURS, *alone) / p50(DURABLE, *alone), 1.35, at_least=False),
        Goal("P4", "look-ups at 64, to PostgreSQL", rate(OURS, *look) / rate(POSTGRES, *look), 3.5),
        Goal("P4", "look-ups at 64, to Redis", rate(OURS, *look) / rate(REDIS, *look), 1.25),
        Goal("P4+", "look-ups at 64, to the echo", rate(OURS, *look) / rate(ECHO, *look), 0.75),
        Goal("P6", "acts, 1 connection, 16 in flight, to Redis",
             rate(OURS, *pipelined) / rate(REDIS, *pipelined), 1.5),
    ]


def main():
    introduce("Dossier, PostgreSQL, Redis and the limits of the machine")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="dossier-peers-"))
    folder.chmod(0o755)  # PostgreSQL runs as another user
    certificates = folder / "certificates"
    certificates.mkdir()
    results, systems = Results(), []
    try:
        subprocess.run([pathlib.Path(__file__).parent / "certificates.sh", certificates],
                       check=True)
        for make in (Ours, lambda: Postgres(folder, certificates),
                     lambda: Redis(folder, certificates),
                     lambda: Echo(folder, certificates, durable=False),
                     lambda: Echo(folder, certificates, durable=True)):
            systems.append(make())
            systems[-1].start()
            print(f"# {systems[-1].name} is ready with {ITEMS} items", flush=True)
        measure_rounds(systems, results)
    finally:
        for system in systems:
            system.stop()
        shutil.rmtree(folder, ignore_errors=True)
    print()
    show(results, "per_second", "requests/s")
    show(results, "p50_us", "p50 us")
    show(results, "p99_us", "p99 us")
    table(["goal", "ratio of medians", "is", "should be", ""],
          [goal.row for goal in goals(results)])


if __name__ == "__main__":
    main()
