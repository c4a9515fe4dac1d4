"""The requests of clients and their outcomes, in the order of their beginnings."""

import itertools
import threading
import time
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

# The characters of an operation that a report shows.
_SHOWN = 240


class Outcome(Enum):
    """What a client knows after a request: done, refused with a code, or nothing."""

    OK = "ok"
    REFUSED = "refused"
    UNKNOWN = "unknown"


@dataclass(slots=True)
class Operation:
    """One request: `subject` is the id of its object, `given` its input, `response` the data returned."""

    number: int
    kind: str
    subject: str = ""
    given: dict[str, Any] = field(default_factory=dict)
    outcome: Outcome = Outcome.UNKNOWN
    code: str = ""
    response: dict[str, Any] = field(default_factory=dict)
    worker: str = ""
    begun: float = 0.0
    ended: float = float("inf")

    @property
    def ok(self):
        return self.outcome is Outcome.OK

    def __str__(self):
        given = {name: value for name, value in self.given.items() if name != "state"}
        if state := self.given.get("state"):
            given["state"] = state["type"]
        told = self.code or self.response or ""
        span = f"{self.begun:.3f}-{self.ended:.3f}"
        text = f"#{self.number} {span} {self.worker} {self.kind} {given}"
        return f"{text[:_SHOWN]} -> {self.outcome.value} {told}"


class History:
    """All operations. Several threads add to it."""

    def __init__(self):
        self.operations: list[Operation] = []
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._since = time.monotonic()

    def number(self):
        """Return the number of the next operation, for a mark in its input."""
        with self._lock:
            return next(self._numbers)

    def add(self, operation):
        """Note the beginning of an operation. It stays unknown if its worker dies."""
        operation.begun = time.monotonic() - self._since
        with self._lock:
            self.operations.append(operation)

    def end(self, operation):
        operation.ended = time.monotonic() - self._since
