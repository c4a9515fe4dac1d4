"""The faults of a proxy: their kinds, how often each comes, and the refusals that a proxy invents.

The choices follow from a seed and the order of requests. Threads make that order, so a seed repeats the
kind of a run, not its every step.
"""

import json
import random
import threading
from collections import Counter
from dataclasses import dataclass
from enum import Enum

from tests.faults.wire import body_of, header, response

_DYNAMODB = "application/x-amz-json-1.0"
_WRITES = ("PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems")
# Reads have fewer faults, because a repeated read does no harm.
_OF_READS = 0.3
# A late request arrives after its sender has repeated it and gone on.
LATEST = 2.5


class Fault(Enum):
    DELAY = "delayed"
    LOSE_REQUEST = "request lost"
    LOSE_RESPONSE = "response lost"
    REFUSE = "refused"
    LATE = "came late"
    TWICE = "came twice"


@dataclass(frozen=True, slots=True)
class Act:
    """The treatment of one request: none, or a fault. Some faults take `seconds`."""

    fault: Fault | None = None
    seconds: float = 0.0
    refusal: bytes = b""


class Mischief:
    """The choice of faults. `rates` are the chances of each kind."""

    def __init__(self, seed, rates, refuse):
        self.counts: Counter[Fault] = Counter()
        # Requests that were delivered late.
        self.late = []
        self.on = True
        self._dice = random.Random(seed)
        self._kinds, self._chances = list(rates), list(rates.values())
        self._refuse = refuse
        self._lock = threading.Lock()

    def act(self, request):
        with self._lock:
            if not self.on or self._dice.random() > sum(self._chances) * self._weight(request):
                return Act()
            fault = self._dice.choices(self._kinds, self._chances)[0]
            act = self._made(fault, request)
            if act.fault is not None:
                self.counts[act.fault] += 1
            return act

    def _made(self, fault, request):
        if fault is Fault.DELAY:
            return Act(fault, self._dice.uniform(0.005, 0.1))
        if fault is Fault.LATE:
            self.late.append(request)
            return Act(fault, self._dice.uniform(0.2, LATEST))
        if fault is Fault.REFUSE:
            return Act(fault, refusal=self._refuse(self._dice, request))
        if fault is Fault.TWICE and not _may_double(request):
            return Act()
        return Act(fault)

    def _weight(self, request):
        target = operation_in(request)
        return 1.0 if not target or target in _WRITES else _OF_READS


def operation_in(request):
    """Return the operation of a request to DynamoDB, or an empty text for a request to a server."""
    return header(request, b"x-amz-target").rpartition(".")[2]


def _may_double(request):
    """Return True if a second arrival must change nothing. A client marks such requests."""
    return bool(operation_in(request) or header(request, b"x-repeatable"))


def refused_by_the_table(dice, request):
    """Return a refusal of DynamoDB that a repeat may overcome: throttling, an internal error, a conflict."""
    kinds = ["ThrottlingException", "InternalServerError", "ProvisionedThroughputExceededException"]
    operation = operation_in(request)
    if operation in _WRITES:
        kinds += ["TransactionConflictException"]
    kind = dice.choice(kinds)
    if operation == "TransactWriteItems" and dice.random() < 0.7:
        return _cancelled(dice, len(json.loads(body_of(request))["TransactItems"]))
    return _error(500 if kind == "InternalServerError" else 400, kind)


def _cancelled(dice, count):
    reasons = [{"Code": "None"} for _ in range(count)]
    reasons[dice.randrange(count)] = {"Code": "TransactionConflict", "Message": "Transaction is ongoing"}
    return _error(400, "TransactionCanceledException", CancellationReasons=reasons)


def _error(status, kind, **more):
    told = {"__type": f"com.amazonaws.dynamodb.v20120810#{kind}", "message": "made up by a test", **more}
    return response(status, _DYNAMODB, json.dumps(told).encode())


def refused_by_the_gateway(dice, request):
    return response(503, "application/json", b'{"message":"Service Unavailable"}')
