"""Runs named checks and says how each ended: `ok NAME` or `FAIL NAME: why`."""

import sys
import threading
import traceback


class Suite:
    """Checks may run at once, in threads."""

    def __init__(self):
        self.lock = threading.Lock()
        self.passed = 0
        self.failed = 0

    def run(self, name, check, *arguments):
        try:
            check(*arguments)
        except Exception as error:  # whatever it is, the other checks still run
            where = traceback.extract_tb(error.__traceback__)[-1]
            said = f"FAIL {name}: {type(error).__name__}: {error} ({where.name}:{where.lineno})"
            with self.lock:
                self.failed += 1
                print(said, flush=True)
        else:
            with self.lock:
                self.passed += 1
                print(f"ok {name}", flush=True)

    def finish(self):
        print(f"{self.passed} passed, {self.failed} failed")
        sys.exit(1 if self.failed or not self.passed else 0)


def equal(found, expected, what=""):
    if found != expected:
        raise AssertionError(f"{what or 'found'} {found!r}, expected {expected!r}")


def true(condition, what):
    if not condition:
        raise AssertionError(what)


def raises(kind, check, *arguments, **named):
    """The exception that check raised."""
    try:
        check(*arguments, **named)
    except kind as error:
        return error
    raise AssertionError(f"no {kind.__name__}")
