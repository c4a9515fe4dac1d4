"""The requests whose CPU time is measured, word for word as their clients send them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from bench.api_gateway import graphql_event
from bench.core_states import RUNNING

PAGE: Final = 50
LABELS: Final = ["prod", "gpu"]
PARAMETERS: Final = {
    "dataset": "s3://bucket-name/path/to/data/2026-11-23.parquet",
    "limit": 1000,
    "mode": "incremental",
}

CREATE: Final = """mutation($input: create_flow_run_input!) {
    create_flow_run(input: $input) {
        id
    }
}"""
SET_STATES: Final = """mutation($input: set_flow_run_states_input!) {
    set_flow_run_states(input: $input) {
        states {
            id
            status
            message
        }
    }
}"""
# Core writes the id into the text, so that each run's document is a new one: read the cold figure with it.
BY_PK: Final = """query {
    flow_run_by_pk(id: "%s") {
        id
        name
        flow_id
        parameters
        context
        version
        scheduled_start_time
        serialized_state
    }
}"""
LIST: Final = """query FlowRuns($limit: Int) {
    flow_run(order_by: {created: desc}, limit: $limit) {
        id
        name
        state
        version
        labels
        created
        scheduled_start_time
        flow {
            id
            name
            project {
                id
                name
            }
        }
    }
}"""
QUEUE: Final = """mutation($input: get_runs_in_queue_input!) {
    get_runs_in_queue(input: $input) {
        flow_run_ids
    }
}"""


@dataclass(frozen=True, slots=True)
class Ids:
    """What the documents are about: a flow, and one of its runs in the state Submitted at version 2."""

    flow: str
    flow_run: str
    now: datetime


@dataclass(frozen=True, slots=True)
class Case:
    """One request: `by_text` says that its client sends JSON in a string for the variables, as Core does."""

    name: str
    query: str
    variables: dict[str, Any]
    by_text: bool = True

    def event(self) -> dict[str, Any]:
        """The request as API Gateway hands it on."""
        return graphql_event(self.query, self.variables, from_core=self.by_text)


def _create(ids: Ids) -> Case:
    key = "0123456789abcdef0123456789abcdef"
    given = {"flow_id": ids.flow, "idempotency_key": key, "parameters": PARAMETERS, "labels": LABELS}
    return Case("create_flow_run", CREATE, {"input": given})


def _set_states(ids: Ids) -> Case:
    state = {"state": RUNNING, "flow_run_id": ids.flow_run, "version": 2}
    return Case("set_flow_run_states", SET_STATES, {"input": {"states": [state]}})


def _by_pk(ids: Ids) -> Case:
    return Case("flow_run_by_pk", BY_PK % ids.flow_run, {})


def _list(_ids: Ids) -> Case:
    return Case(f"list of {PAGE}", LIST, {"limit": PAGE}, by_text=False)


def _queue(ids: Ids) -> Case:
    before = (ids.now + timedelta(seconds=10)).isoformat()
    return Case("get_runs_in_queue", QUEUE, {"input": {"before": before, "labels": LABELS}})


_MAKERS: Final[tuple[Callable[[Ids], Case], ...]] = (_by_pk, _list, _queue, _create, _set_states)


def cases(ids: Ids) -> list[Case]:
    """All requests; those that write come last, so that the others find what was prepared."""
    return [make(ids) for make in _MAKERS]
