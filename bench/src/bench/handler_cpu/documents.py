"""The requests whose CPU time is measured, exactly as their clients send them."""

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
# Core writes the id into the text, so each run's document is new to the process, and the cold figure is added
# to it.
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
    """The objects of the documents: a flow, and one of its runs in the state Submitted at version 2."""

    flow: str
    flow_run: str
    now: datetime


@dataclass(frozen=True, slots=True)
class Case:
    """One request. `from_core` makes it one of Prefect Core, which sends the variables as a text of JSON."""

    name: str
    query: str
    variables: dict[str, Any]
    from_core: bool = True

    def event(self) -> dict[str, Any]:
        """Return the request as API Gateway passes it to the handler."""
        return graphql_event(self.query, self.variables, from_core=self.from_core)


def _create(ids: Ids) -> Case:
    key = "0123456789abcdef0123456789abcdef"
    inputs = {"flow_id": ids.flow, "idempotency_key": key, "parameters": PARAMETERS, "labels": LABELS}
    return Case("create_flow_run", CREATE, {"input": inputs})


def _set_states(ids: Ids) -> Case:
    state = {"state": RUNNING, "flow_run_id": ids.flow_run, "version": 2}
    return Case("set_flow_run_states", SET_STATES, {"input": {"states": [state]}})


def _by_pk(ids: Ids) -> Case:
    return Case("flow_run_by_pk", BY_PK % ids.flow_run, {})


def _list(_ids: Ids) -> Case:
    return Case(f"list of {PAGE}", LIST, {"limit": PAGE}, from_core=False)


def _queue(ids: Ids) -> Case:
    before = (ids.now + timedelta(seconds=10)).isoformat()
    return Case("get_runs_in_queue", QUEUE, {"input": {"before": before, "labels": LABELS}})


_MAKERS: Final[tuple[Callable[[Ids], Case], ...]] = (_by_pk, _list, _queue, _create, _set_states)


def cases(ids: Ids) -> list[Case]:
    """Return all requests, the writes last, so that the reads find the prepared data."""
    return [make(ids) for make in _MAKERS]
