"""What the other operations consume: lists, the queue, task runs, logs, artifacts. For the standard run."""

import random
import string
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from bench.capacity.world import Line, World
from bench.core_states import RUNNING, SUBMITTED, SUCCESS
from bench.kinds import STANDARD
from domain.flow_runs.states import State
from domain.ids import member_id
from domain.task_runs.logs import LogEntry
from operations.context import Context
from operations.flow_runs.deleting import delete_flow_run
from operations.flow_runs.states import set_flow_run_state
from operations.queue.polling import get_runs_in_queue
from operations.reads.arguments import Arguments
from operations.reads.query import list_rows
from operations.reads.rows import Need
from operations.task_runs.artifacts import create_task_run_artifact
from operations.task_runs.logs import write_logs
from operations.task_runs.task_runs import get_or_create_task_run, set_task_run_state

STORED_RUNS = 400


def lists_and_queue(it: World) -> list[Line]:
    """Pages of lists and polls of the queue, with twice STORED_RUNS stored."""
    context = it.context
    for _ in range(STORED_RUNS):
        it.create()
    for _ in range(STORED_RUNS):
        set_flow_run_state(context, it.create(), 1, State(SUCCESS))
    return [
        it.line("newest 50 of the tenant", it.newest({})),
        it.line("newest 50 of a flow", it.newest({"flow_id": {"_eq": it.flow}})),
        it.line("newest 50 in state Success", it.newest({"state": {"_eq": "Success"}})),
        it.line("queue, nothing due", lambda: poll(context, datetime(2000, 1, 1, tzinfo=UTC))),
        it.line("queue, 25 of many that are due", lambda: poll(context)),
        it.line("queue, none of many that are due", lambda: poll(context, labels=["other"])),
    ]


def planned_runs(it: World) -> list[Line]:
    """What a run costs more that waits for a time of its own: its entry in the list of such runs."""
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    later = State({"type": "Scheduled", "start_time": (tomorrow + timedelta(hours=1)).isoformat()})
    runs: list[str] = []

    def create() -> None:
        runs.append(it.create(start=tomorrow))

    def set_state(version: int, state: State) -> Callable[[], object]:
        return lambda: set_flow_run_state(it.context, runs[0], version, state)

    return [
        it.line("create, planned for tomorrow", create, write_budget=5, call_budget=2),
        it.line("… planned for later", set_state(1, later), write_budget=3, call_budget=3),
        it.line("… set Submitted", set_state(2, State(SUBMITTED)), write_budget=4, call_budget=1),
        it.line("… planned anew", set_state(3, later), write_budget=4, call_budget=4),
    ]


def task_runs_and_logs(it: World) -> list[Line]:
    """A task run's life, a mapped child's, and what a run logs."""
    context, run = it.context, it.create()
    set_flow_run_state(context, run, 1, State(RUNNING))
    task = member_id(it.flow, 1)
    alone, child = (get_or_create_task_run(context, run, task, index).id for index in (-1, 3))

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
        it.line("task run, Running (its first state)", set_state(alone, 1, RUNNING), write_budget=2),
        it.line("task run, Success", set_state(alone, 2, SUCCESS), write_budget=1, call_budget=1),
        it.line(
            "mapped child, found first", lambda: get_or_create_task_run(context, run, task, 1), write_budget=1
        ),
        it.line(
            "… of another hundred", lambda: get_or_create_task_run(context, run, task, 100), write_budget=2
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
            write_budget=4,
        ),
        it.line("delete a run that waits", partial(delete_flow_run, context, it.create()), write_budget=9),
    ]


def poll(
    context: Context, before: datetime | None = None, labels: Sequence[str] = STANDARD.labels
) -> list[str]:
    """Ask for runs as an agent does."""
    return get_runs_in_queue(context, before, list(labels))
