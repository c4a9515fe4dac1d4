"""Our GraphQL alone: the use cases are stubs that return prepared rows."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from types import SimpleNamespace
from typing import Any, Final
from unittest.mock import patch

from bench.core_states import RUNNING
from bench.handler_cpu.documents import LABELS, PAGE, PARAMETERS, Case, Ids, cases
from bench.handler_cpu.timing import Act
from domain.access.callers import OPERATOR
from domain.flow_runs.flow_runs import FlowRun, RunInputs
from domain.flow_runs.histories import HistoryEntry
from domain.flow_runs.states import State
from domain.flows.flows import Contents, Flow, Project
from domain.flows.serialized import outline
from domain.lazy import Lazy
from domain.work import Work
from graphql_api.execution import Executor, GraphQLRequest
from graphql_api.mutations import agents as agent_mutations
from graphql_api.mutations import flow_runs as flow_run_mutations
from graphql_api.mutations import states as state_mutations
from graphql_api.queries import fields as queries
from operations.flow_runs import optional_locking
from operations.queue.polling import MAX_RUNS_A_POLL
from operations.reads.rows import Row

NOW: Final = datetime(2026, 11, 23, 8, tzinfo=UTC)
TENANT: Final = "6e0b5f3c-2f6d-4c1e-9a57-3b1d8f0c7a21"
IDS: Final = Ids("5d0c2a3e-8f6b-4f57-9a63-1d9c8c1e7a10", "0199a3f2-7c10-7d3e-8f4a-3b5c6d7e8f90", NOW)


def run_row(number: int = 0) -> Row:
    """Return a run in the state Running, with its flow and its project."""
    created = NOW - timedelta(seconds=number, microseconds=123_456)
    entry = HistoryEntry(version=1, timestamp=NOW, state=State(RUNNING), token=bytes(6))
    run = FlowRun(
        id=IDS.flow_run,
        tenant_id=TENANT,
        flow_id=IDS.flow,
        flow_group_id=IDS.flow,
        name=f"run-{number}",
        labels=LABELS,
        version=1,
        created=created,
        updated=NOW,
        scheduled_start_time=created,
        auto_scheduled=False,
        task_count=0,
        start_time=None,
        end_time=None,
        heartbeat=None,
        inputs=RunInputs(parameters=PARAMETERS),
        history=(entry,),
    )
    project = Project(id=IDS.flow, tenant_id=TENANT, name="Bench", description="", created=NOW, updated=NOW)
    return Row(run, {"flow": Row(_flow(), {"project": Row(project)})})


def _flow() -> Flow:
    return Flow(
        id=IDS.flow,
        tenant_id=TENANT,
        project_id=IDS.flow,
        flow_group_id=IDS.flow,
        version_group_id="a group",
        name="My Flow Name",
        version=1,
        archived=False,
        created=NOW,
        updated=NOW,
        is_schedule_active=False,
        task_count=0,
        contents=Lazy.of(Contents(outline=outline({}, None, None))),
        settings={},
    )


@contextmanager
def stubbed() -> Iterator[None]:
    """Replace every use case that the documents call by a stub that returns rows.

    The domain's check of a new state is replaced too, because the stubs of other libraries have none.
    """
    row, rows = run_row(), [run_row(number) for number in range(PAGE)]
    queue = [IDS.flow_run] * MAX_RUNS_A_POLL
    stubs: tuple[tuple[Any, str, Any], ...] = (
        (queries, "row_by_id", row),
        (queries, "list_rows", rows),
        (agent_mutations, "get_runs_in_queue", queue),
        (flow_run_mutations, "create_flow_run", IDS.flow_run),
        (state_mutations, "parse_state", row.value.state),
        (optional_locking, "set_flow_run_state_with_optional_lock", row.value),
    )
    with ExitStack() as stack:
        for module, name, result in stubs:
            stack.enter_context(patch.object(module, name, lambda *_, result=result: result))
        yield


def acts(executor: Executor) -> dict[str, Act]:
    """Return the acts to time while the use cases are stubs, by case."""
    return {case.name: partial(executor.execute, request(case), _context()) for case in cases(IDS)}


def _context() -> SimpleNamespace:
    """Return what resolvers look at in a context themselves: the budget of their work, and the caller."""
    return SimpleNamespace(work=Work.unlimited(), caller=OPERATOR)


def request(case: Case) -> GraphQLRequest:
    """Return the GraphQL request of a case."""
    return GraphQLRequest(query=case.query, variables=case.variables)


def expected(executor: Executor) -> list[dict[str, Any]]:
    """Return each case with our data, which other libraries must return too.

    Leave the benchmark if a case fails.
    """
    found = []
    for case in cases(IDS):
        result = executor.execute(request(case), _context()).result
        if "errors" in result:
            raise SystemExit(f"{case.name} failed: {result['errors']}")
        found.append(
            {"name": case.name, "query": case.query, "variables": case.variables, "data": result["data"]}
        )
    return found
