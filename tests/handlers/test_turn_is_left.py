"""A request that was large leaves nothing behind, however it ends: no turn, and no thread that reads on."""

import json
import threading
import time
from functools import partial
from typing import Any

import pytest

from domain import memory
from domain.work import Work
from handlers import http_api
from local_server.lambda_context import LambdaContext
from storage.dynamodb import table
from storage.dynamodb.retries import call
from tests.handlers.events import graphql_event
from tests.handlers.service import SNAKE

RUNS = 24
NESTED = "{ flow_run { id name logs { message } states { id } } }"
# What the budget of a request bounds, and how much of it the query needs more than.
ENDS: dict[str, dict[str, Any]] = {
    "rows": {"rows": RUNS + 5},
    "reads": {"reads": 12},
    "memory": {"memory": {"most": 40_000}},
    "memory of all that is read": {"memory": {"most_read": 40_000}},
    "time": {"time_left": 20},
    "client": {"has_left": 20},
    "fault": {"fault": 20},
    "none": {},
}


class Reads:
    """The calls of the database: some take longer, so that threads are at work when others fail."""

    def __init__(self, fault_at: float) -> None:
        self.begun = self.at_work = 0
        self._fault_at = fault_at
        self._lock = threading.Lock()
        self._call = call

    def __call__(self, *arguments: Any) -> Any:
        with self._lock:
            self.begun += 1
            self.at_work += 1
            number = self.begun
        try:
            if number == self._fault_at:
                raise RuntimeError("A fault of a test.")
            time.sleep(0.05 if number % 5 == 0 else 0.001)
            return self._call(*arguments)
        finally:
            with self._lock:
                self.at_work -= 1


@pytest.fixture(scope="module")
def filled(service_of_module):
    service = service_of_module
    service.forget_everything()
    flow_id = service.flow()
    for _ in range(RUNS):
        run = service.run(flow_id)
        entries = [{"flow_run_id": run, "message": f"{number} " + "a" * 500} for number in range(3)]
        service.mutate(SNAKE, "write_run_logs", {"logs": entries}, "success")
    return service


def answered(query: str, **context: Any) -> dict[str, Any]:
    invocation = LambdaContext(aws_request_id="r", timeout=25.0, **context)
    body: dict[str, Any] = json.loads(http_api.handler(graphql_event(query), invocation)["body"])
    return body


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("end", ENDS)
def test_next_large_request_is_answered_at_once(monkeypatch, end):
    bounds = ENDS[end]
    monkeypatch.setattr(memory, "LIGHT", 1_000)
    reads = Reads(bounds.get("fault", 0))
    monkeypatch.setattr(table, "call", reads)
    monkeypatch.setattr(http_api, "Work", partial(Work, max_rows=bounds.get("rows", 10_000)))
    monkeypatch.setattr(http_api, "most_reads", lambda _: bounds.get("reads", 10_000))
    monkeypatch.setattr(http_api, "Memory", partial(memory.Memory, **bounds.get("memory", {})))

    first = answered(
        NESTED,
        client_has_left=lambda: reads.begun > bounds.get("has_left", 10_000),
        is_over=lambda: reads.begun > bounds.get("time_left", 10_000),
    )
    begun, at_work = reads.begun, reads.at_work

    assert ("errors" in first) == bool(bounds)
    assert at_work == 0
    assert http_api._LARGE._owner is None
    time.sleep(0.02)
    assert reads.begun == begun
    monkeypatch.undo()
    monkeypatch.setattr(memory, "LIGHT", 1_000)
    monkeypatch.setattr(memory, "PATIENCE", 0)
    assert "errors" not in answered("{ flow_run(limit: 10) { id logs { message } } }")
