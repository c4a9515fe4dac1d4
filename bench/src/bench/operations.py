"""Operations of runs, done one after another on several tables in turn."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bench.core_states import RUNNING, SUBMITTED, SUCCESS
from bench.filled_tables import FilledTable
from bench.kinds import STANDARD
from bench.read_queries import PAGE, list_page, whole_run
from domain.flow_runs.states import State
from operations.context import Context
from operations.flow_runs.create_flow_run import CreateFlowRun, create_flow_run
from operations.flow_runs.states import set_flow_run_state, update_heartbeat
from operations.queue.polling import get_runs_in_queue
from operations.reads.arguments import Arguments
from operations.reads.query import list_rows, row_by_id

# No run is due before this time.
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
LISTS: dict[str, Callable[[FilledTable], dict[str, Any]]] = {
    f"newest {PAGE} of the tenant": lambda _: {},
    f"newest {PAGE} of a flow": lambda table: {"flow_id": {"_eq": table.flows.ids[1]}},
    f"newest {PAGE} in state Failed": lambda _: {"state": {"_eq": "Failed"}},
}

Act = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Sample:
    """The cost of one execution of an operation."""

    calls: int
    units: float
    milliseconds: float


Samples = list[Sample]


def take_turns(tables: Sequence[FilledTable], rounds: Iterable[int]) -> dict[str, list[Samples]]:
    """Do every operation once a round on every table, and return the samples by operation and by table.

    Each operation is done on all tables before the next one, and the order of the tables reverses each round.
    """
    found: dict[str, list[Samples]] = {}
    for number in rounds:
        for acts in zip(*(_acts(table, number) for table in tables), strict=True):
            order = range(len(tables)) if number % 2 else reversed(range(len(tables)))
            for index in order:
                name, act = acts[index]
                samples = found.setdefault(name, [[] for _ in tables])
                samples[index].append(_sample(tables[index], act))
    return found


def _sample(table: FilledTable, act: Act) -> Sample:
    with table.meter.measure() as consumed:
        began = time.perf_counter()
        act()
        milliseconds = 1000 * (time.perf_counter() - began)
    return Sample(consumed.calls.total(), consumed.write_units + consumed.read_units, milliseconds)


def _acts(table: FilledTable, number: int) -> Iterator[tuple[str, Act]]:
    """Yield the operations in their order. Each must be done before the next is taken."""
    context, created = table.context, dict[str, str]()
    # A replay in the same second writes nothing.
    later = replace(context, now=lambda: datetime.now(UTC) + timedelta(seconds=10))
    yield "create", lambda: _create(table, context)
    yield "create with a key", lambda: created.update(run=_create(table, context, f"{number}"))
    yield "… again with this key", lambda: _create(table, later, f"{number}")
    for version, state in enumerate((SUBMITTED, RUNNING, SUCCESS), 1):
        yield f"set {state['type']}", _setting(context, created["run"], version, state)
    yield "read by id, with states", lambda: row_by_id(context, "flow_run", table.known.id, whole_run())
    yield "heartbeat", lambda: update_heartbeat(context, created["run"])
    yield (
        "poll of the queue, nothing due",
        lambda: get_runs_in_queue(context, LONG_AGO, list(STANDARD.labels)),
    )
    for name, where in LISTS.items():
        yield name, _listing(context, where(table))


def _create(table: FilledTable, context: Context, key: str | None = None) -> str:
    request = CreateFlowRun(
        flow_id=table.flows.ids[0],
        parameters=STANDARD.parameters,
        labels=list(STANDARD.labels),
        idempotency_key=key,
    )
    return create_flow_run(context, request)


def _setting(context: Context, run: str, version: int, state: dict[str, Any]) -> Act:
    return lambda: set_flow_run_state(context, run, version, State(state))


def _listing(context: Context, where: dict[str, Any]) -> Act:
    arguments = Arguments(where=where, order_by=[{"created": "desc"}], limit=PAGE)
    return lambda: list_rows(context, "flow_run", arguments, list_page())
