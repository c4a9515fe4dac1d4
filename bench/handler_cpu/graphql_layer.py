"""Our GraphQL by itself: the use cases are stubs that answer rows made beforehand."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final
from unittest.mock import patch

from bench.core_states import RUNNING
from bench.handler_cpu.documents import LABELS, PAGE, PARAMETERS, Case, Ids, cases
from bench.handler_cpu.timing import Act
from domain.flows.flows import Project
from graphql_api.execution import Executor, GraphQLRequest
from graphql_api.mutations import agents as agent_mutations
from graphql_api.mutations import flow_runs as flow_run_mutations
from graphql_api.queries import fields as queries
from operations.flow_runs import optional_locking
from operations.queue.polling import MAX_RUNS
from operations.reads.rows import Row
from tests.unit import objects

NOW: Final = datetime(2026, 11, 23, 8, tzinfo=UTC)
IDS: Final = Ids(objects.FLOW, objects.RUN, NOW)


def run_row(number: int = 0) -> Row:
    """A run with its flow and its project."""
    made = NOW - timedelta(seconds=number, microseconds=123_456)
    details = {"parameters": PARAMETERS, "context": {}}
    run = objects.run(
        RUNNING, name=f"run-{number}", labels=LABELS, created=made, scheduled_start_time=made, details=details
    )
    project = Project(
        id=objects.FLOW, tenant_id=objects.TENANT, name="Bench", description="", created=NOW, updated=NOW
    )
    return Row(run, {"flow": Row(objects.flow(), {"project": Row(project)})})


@contextmanager
def stubbed() -> Iterator[None]:
    """Answer rows in place of every use case that the documents call.

    The domain's check of a state that is set is no part of GraphQL either: other libraries' stubs have none.
    """
    row, rows = run_row(), [run_row(number) for number in range(PAGE)]
    queue = [objects.RUN] * MAX_RUNS
    stubs: tuple[tuple[Any, str, Any], ...] = (
        (queries, "row_by_id", row),
        (queries, "list_rows", rows),
        (agent_mutations, "get_runs_in_queue", queue),
        (flow_run_mutations, "create_flow_run", objects.RUN),
        (flow_run_mutations, "parse_state", row.value.state),
        (optional_locking, "set_flow_run_state_with_optional_lock", row.value),
    )
    with ExitStack() as stack:
        for module, name, answer in stubs:
            stack.enter_context(patch.object(module, name, lambda *_, answer=answer: answer))
        yield


def acts(executor: Executor) -> dict[str, Act]:
    """What to time while the use cases are stubs, by case."""
    return {case.name: partial(executor.execute, request(case), None) for case in cases(IDS)}


def request(case: Case) -> GraphQLRequest:
    """A case as GraphQL sees it."""
    return GraphQLRequest(query=case.query, variables=case.variables)


def expected(executor: Executor) -> list[dict[str, Any]]:
    """Each case with the data that we answer, for other libraries to answer the same.

    Leaves the program when one fails.
    """
    found = []
    for case in cases(IDS):
        result = executor.execute(request(case), None).result
        if "errors" in result:
            raise SystemExit(f"{case.name} failed: {result['errors']}")
        found.append(
            {"name": case.name, "query": case.query, "variables": case.variables, "data": result["data"]}
        )
    return found
