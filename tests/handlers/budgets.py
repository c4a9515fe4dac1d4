"""Budgets for tests of attacks: a fiftieth of the real ones, because the attacks are as much smaller."""

import sys
from contextlib import contextmanager
from typing import Any

from domain.work import Work
from domain.work_bounds import MAX_UNITS

BUDGET = MAX_UNITS / 50
# Calls of functions in a request: some that the emulator makes for each read, and at most these for the rest.
MOST_CALLS = 2_500_000


class Budgets:
    """The budgets of requests, the last of which can be looked at."""

    def __init__(self, max_units: float) -> None:
        self.max_units = max_units
        self.last = Work()

    def __call__(self, **more: Any) -> Work:
        self.last = Work(max_units=self.max_units, **more)
        return self.last


@contextmanager
def counted_calls():
    """Count the calls of functions, Python's and others."""
    count = [0]

    def profile(_frame, event, _argument):
        if event in ("call", "c_call"):
            count[0] += 1

    sys.setprofile(profile)
    try:
        yield count
    finally:
        sys.setprofile(None)


def aliases(count, field):
    return " ".join(f"a{number}: {field}" for number in range(count))
