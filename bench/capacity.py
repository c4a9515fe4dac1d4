"""What each operation consumes, beside its budget. Exits 1 when one is over it.

The meter is dynoxide, which reports consumed capacity per index and counts transactions twice, as AWS does.
Use cases run as requests run them: the flow is read each time, and counted.
"""

import random
import string
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from rich.console import Console
from rich.table import Table as Grid

from bench.core_states import RUNNING, SUBMITTED, SUCCESS
from bench.local_table import dynoxide_client
from bench.meter import Consumption, Meter
from domain.ids import member_id
from domain.logs import LogEntry
from domain.states import State
from operations.artifacts import create_task_run_artifact
from operations.context import Context
from operations.create_flow_run import CreateFlowRun, create_flow_run
from operations.flow_runs import set_flow_run_state, update_heartbeat
from operations.flows import RegisterFlow, register_flow
from operations.logs import write_logs
from operations.projects import create_project
from operations.queue import get_runs_in_queue
from operations.reads.query import Arguments, list_rows, row_by_id
from operations.reads.rows import Need
from operations.task_runs import get_or_create_task_run, set_task_run_state
from wiring import App, Settings

# 200 bytes of parameters and 2 labels: the run that the budgets are made for.
PARAMETERS = {
    "dataset": "s3://bucket-name/path/to/data/2026-11-23.parquet",
    "limit": 1000,
    "mode": "incremental",
    "note": "".join(random.Random(7).choices(string.ascii_lowercase + " ", k=90)),  # noqa: S311
}
LABELS = ["prod", "gpu"]
STORED_RUNS = 400
RUN_COLUMNS = Need({"id", "name", "state", "created", "start_time"}, {"flow": Need({"name"})})
WHOLE_RUN = Need({"id", "name", "parameters", "serialized_state"}, {"states": Need({"state", "timestamp"})})


@dataclass(frozen=True, slots=True)
class Line:
    """One operation: what it consumed, and its budget in units and in calls beyond reading the flow."""

    name: str
    consumed: Consumption
    write_budget: float | None = None
    read_budget: float | None = None
    call_budget: int | None = None

    @property
    def holds(self) -> bool:
        """Whether the operation stays within every budget that it has."""
        spent = (
            (self.consumed.write_units, self.write_budget),
            (self.consumed.read_units, self.read_budget),
            (self.consumed.calls.total(), self.call_budget),
        )
        return all(budget is None or value <= budget for value, budget in spent)


class Measurement:
    """A flow in an empty table, and operations on it."""

    def __init__(self, client: Any) -> None:
        self.meter = Meter()
        app = App(Settings.from_environment({}), client, self.meter.observe)
        self.context: Context = app.context()
        project = create_project(self.context, name="Bench")
        serialized = {
            "name": "Standard",
            "parameters": [{"name": "dataset", "required": True}],
            "tasks": [{"slug": f"task-{number}", "name": "task"} for number in range(1, 11)],
        }
        self.flow = register_flow(self.context, RegisterFlow(project_id=project, serialized_flow=serialized))

    def create(self, key: str | None = None, context: Context | None = None) -> str:
        """Create a standard run."""
        request = CreateFlowRun(flow_id=self.flow, parameters=PARAMETERS, labels=LABELS, idempotency_key=key)
        return create_flow_run(context or self.context, request)

    def line(self, name: str, act: Callable[[], object], **budgets: Any) -> Line:
        """Measure one act."""
        with self.meter.measure() as consumed:
            act()
        return Line(name, consumed, **budgets)

    def newest(self, where: dict[str, Any]) -> Callable[[], object]:
        """The newest 50 runs, as a list page shows them."""
        arguments = Arguments(where=where, order_by=[{"created": "desc"}], limit=50)
        return lambda: list_rows(self.context, "flow_run", arguments, RUN_COLUMNS)


def measure(client: Any) -> list[Line]:
    """Measure every operation of the table."""
    it = Measurement(client)
    context = it.context
    # A replay in the same second has nothing to write: the key's end is where it should be.
    later = replace(context, now=lambda: datetime.now(UTC) + timedelta(seconds=10))
    lines = [
        it.line("create, no key", it.create, write_budget=4, call_budget=2),
        it.line("create, new key", lambda: it.create("k"), write_budget=7, call_budget=2),
        it.line("create, replayed key", lambda: it.create("k", later), write_budget=1, call_budget=3),
    ]
    life = it.create("life")
    for version, state in enumerate((SUBMITTED, RUNNING, SUCCESS), 1):
        act = lambda version=version, state=state: set_flow_run_state(context, life, version, State(state))  # noqa: E731
        # To be Running, its labels are read, and whether concurrency limits are on them.
        calls = 3 if state is RUNNING else 1
        lines.append(it.line(f"set state {state['type']}", act, write_budget=3, call_budget=calls))
    whole = Consumption()
    for line in (lines[1], *lines[3:]):
        whole.calls += line.consumed.calls
        whole.write_units += line.consumed.write_units
        whole.read_units += line.consumed.read_units
    lines.append(Line("whole life (key, 3 states)", whole, write_budget=13))
    lines += [
        it.line(
            "run by id, with states",
            lambda: row_by_id(context, "flow_run", life, WHOLE_RUN),
            read_budget=1,
            call_budget=1,
        ),
        it.line("heartbeat", lambda: update_heartbeat(context, life), write_budget=1, call_budget=1),
    ]
    lines += task_runs_and_logs(it)
    for _ in range(STORED_RUNS):
        it.create()
    for _ in range(STORED_RUNS):
        set_flow_run_state(context, it.create(), 1, State(SUCCESS))
    lines += [
        it.line("newest 50 of the tenant", it.newest({})),
        it.line("newest 50 of a flow", it.newest({"flow_id": {"_eq": it.flow}})),
        it.line("newest 50 in state Success", it.newest({"state": {"_eq": "Success"}})),
        it.line("queue, nothing due", lambda: poll(context, datetime(2000, 1, 1, tzinfo=UTC))),
        it.line("queue, 25 of many that are due", lambda: poll(context)),
        it.line("queue, none of many that are due", lambda: poll(context, labels=["other"])),
    ]
    return lines


def task_runs_and_logs(it: Measurement) -> list[Line]:
    """A task run's life, a mapped child's, and what a run logs."""
    context, run = it.context, it.create()
    set_flow_run_state(context, run, 1, State(RUNNING))
    task = member_id(it.flow, 1)
    alone, child = (get_or_create_task_run(context, run, task, index).id for index in (-1, 0))

    def set_state(task_run: str, version: int, state: Any) -> Callable[[], object]:
        return lambda: set_task_run_state(context, task_run, version, State(state))

    entries = [
        LogEntry(
            flow_run_id=run,
            task_run_id=alone,
            timestamp=datetime.now(UTC),
            name="prefect.CloudTaskRunner",
            level="INFO",
            message=f"Task 'extract_{number}': Finished task run for task with final state: 'Success'"
            + " " * 60,
            info=None,
        )
        for number in range(100)
    ]
    dice = random.Random(11)  # noqa: S311
    diverse = [
        replace(entry, message=entry.message.rstrip() + "".join(dice.choices(string.ascii_lowercase, k=75)))
        for entry in entries
    ]
    logs = Arguments(where={"flow_run_id": {"_eq": run}}, order_by=[{"timestamp": "asc"}])
    newer = replace(logs, where={"_and": [logs.where, {"timestamp": {"_gt": datetime.now(UTC)}}]})
    return [
        it.line("task run, found", lambda: get_or_create_task_run(context, run, task, -1), write_budget=0),
        it.line("task run, Running (its first state)", set_state(alone, 1, RUNNING), write_budget=1),
        it.line("task run, Success", set_state(alone, 2, SUCCESS), write_budget=1, call_budget=1),
        it.line(
            "mapped child, found first", lambda: get_or_create_task_run(context, run, task, 1), write_budget=1
        ),
        it.line("mapped child, Running", set_state(child, 1, RUNNING), write_budget=1),
        it.line("mapped child, Success", set_state(child, 2, SUCCESS), write_budget=1),
        it.line("100 log lines of 150 bytes", lambda: write_logs(context, entries), write_budget=3),
        it.line("these, read", lambda: list_rows(context, "log", logs, Need({"message"}))),
        it.line(
            "logs, nothing new",
            lambda: list_rows(context, "log", newer, Need({"message"})),
        ),
        it.line("100 log lines, half of each random", lambda: write_logs(context, diverse)),
        it.line(
            "create an artifact",
            lambda: create_task_run_artifact(context, alone, "link", {"link": "https://example.com/report"}),
            write_budget=2,
        ),
    ]


def poll(context: Context, before: datetime | None = None, labels: Sequence[str] = LABELS) -> list[str]:
    """Ask for runs as an agent does."""
    return get_runs_in_queue(context, before, list(labels))


def show(lines: list[Line]) -> None:
    """Print the table."""
    grid = Grid("operation", "calls", "WCU", "budget", "RCU", "budget", "", title="Consumed capacity")
    for line in lines:
        calls = ", ".join(f"{number} {name}" for name, number in sorted(line.consumed.calls.items()))
        spent = [f"{line.consumed.write_units:g}", _text(line.write_budget)]
        spent += [f"{line.consumed.read_units:g}", _text(line.read_budget)]
        grid.add_row(line.name, calls, *spent, "ok" if line.holds else "OVER")
    Console(width=150).print(grid)


def _text(budget: float | None) -> str:
    return "" if budget is None else f"≤ {budget:g}"


def main() -> int:
    """Measure and print; answers the exit code."""
    with dynoxide_client() as client:
        lines = measure(client)
    show(lines)
    return 0 if all(line.holds for line in lines) else 1


if __name__ == "__main__":
    sys.exit(main())
