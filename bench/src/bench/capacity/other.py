"""Operations beside the life of a run, and the consumption of each, for the standard run."""

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
from domain.flow_runs.bulk_changes import Action, BulkChange
from domain.flow_runs.states import State
from domain.ids import member_id
from domain.task_runs.logs import LogEntry
from operations.context import Context
from operations.flow_runs.bulk_changing import BulkRequest, change_flow_runs
from operations.flow_runs.deleting import delete_flow_run
from operations.flow_runs.restarting import restart_flow_run
from operations.flow_runs.states import set_flow_run_state
from operations.queue.polling import get_runs_in_queue
from operations.reads.arguments import Arguments
from operations.reads.query import list_rows
from operations.reads.rows import Need
from operations.task_runs.artifacts import create_task_run_artifact
from operations.task_runs.logs import write_logs
from operations.task_runs.task_runs import get_or_create_task_run, set_task_run_state

STORED_RUNS = 400
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def lists_and_queue(world: World) -> list[Line]:
    """Measure pages of lists, and polls of the queue, with twice STORED_RUNS stored."""
    context = world.context
    for _ in range(STORED_RUNS):
        world.create()
    for _ in range(STORED_RUNS):
        set_flow_run_state(context, world.create(), 1, State(SUCCESS))
    return [
        world.line("newest 50 of the tenant", world.newest({})),
        world.line("newest 50 of a flow", world.newest({"flow_id": {"_eq": world.flow}})),
        world.line("newest 50 in state Success", world.newest({"state": {"_eq": "Success"}})),
        world.line("poll, nothing due", lambda: poll(context, LONG_AGO)),
        world.line("poll, 25 of many due runs", lambda: poll(context)),
        world.line("poll, no run with these labels", lambda: poll(context, labels=["other"])),
    ]


def poll(
    context: Context, before: datetime | None = None, labels: Sequence[str] = STANDARD.labels
) -> list[str]:
    """Poll the queue as an agent does."""
    return get_runs_in_queue(context, before, list(labels))


def waiting_runs(world: World) -> list[Line]:
    """Measure a run that is planned for another time than now, and the deletion of a run that waits."""
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    later = State({"type": "Scheduled", "start_time": (tomorrow + timedelta(hours=1)).isoformat()})
    runs: list[str] = []

    def create() -> None:
        runs.append(world.create(start=tomorrow))

    def set_state(version: int, state: State) -> Callable[[], object]:
        return lambda: set_flow_run_state(world.context, runs[0], version, state)

    late, after = world.create(), replace(world.context, now=lambda: tomorrow)
    for version, data in enumerate((SUBMITTED, RUNNING), 1):
        set_flow_run_state(world.context, late, version, State(data))

    def end() -> None:
        set_flow_run_state(after, late, 3, State(SUCCESS))

    return [
        world.line("create, planned for tomorrow", create),
        world.line("plan a planned run for later", set_state(1, later)),
        world.line("set a planned run Submitted", set_state(2, State(SUBMITTED))),
        world.line("plan a submitted run", set_state(3, later)),
        world.line("set a run Success an hour after its creation", end),
        world.line("delete a waiting run", partial(delete_flow_run, world.context, world.create())),
    ]


def many_runs(world: World) -> list[Line]:
    """Measure changes of the runs that a filter chooses."""
    begin = world.context.now()
    for _ in range(20):
        world.create()
    where = {"flow_id": {"_eq": world.flow}, "created": {"_gte": begin}}

    def change(action: Action, *, dry_run: bool = False) -> Callable[[], object]:
        request = BulkRequest(change=BulkChange(action=action), where=where, dry_run=dry_run)
        return lambda: change_flow_runs(world.context, request)

    return [
        world.line("count 20 runs by a filter", change(Action.CANCEL, dry_run=True)),
        world.line("cancel 20 waiting runs by a filter", change(Action.CANCEL)),
        world.line("delete 20 ended runs by a filter", change(Action.DELETE)),
    ]


def old_runs(world: World) -> list[Line]:
    """Measure changes of runs whose hour is over, so that totals may have counted it."""
    in_five_hours = datetime.now(UTC) + timedelta(hours=5)
    context = replace(world.context, now=lambda: in_five_hours)
    failed = {**SUCCESS, "type": "Failed"}
    later = {"type": "Scheduled", "start_time": (in_five_hours + timedelta(days=1)).isoformat()}
    first, second, third = (world.create() for _ in range(3))

    def set_state(run: str, version: int, state: dict[str, Any]) -> Callable[[], object]:
        return lambda: set_flow_run_state(context, run, version, State(state))

    for run in (first, second):
        set_state(run, 1, SUBMITTED)()
    set_state(third, 1, failed)()
    return [
        world.line("set an old run Running", set_state(first, 2, RUNNING)),
        world.line("set an old run Success", set_state(first, 3, SUCCESS)),
        world.line("set an old run Failed", set_state(second, 2, failed)),
        world.line("set an old run Scheduled after its end", set_state(second, 3, later)),
        world.line("delete an old run that ended", partial(delete_flow_run, context, third)),
    ]


def task_runs_and_logs(world: World) -> list[Line]:
    """Measure the life of a task run and of a mapped child, logs, and an artifact."""
    context, run = world.context, world.create()
    set_flow_run_state(context, run, 1, State(RUNNING))
    task = member_id(world.flow, 1)
    task_run, child = (get_or_create_task_run(context, run, task, index).id for index in (-1, 3))
    link = {"link": "https://example.com/report"}

    def find(map_index: int) -> Callable[[], object]:
        return lambda: get_or_create_task_run(context, run, task, map_index)

    def set_state(task_run_id: str, version: int, state: dict[str, Any]) -> Callable[[], object]:
        return lambda: set_task_run_state(context, task_run_id, version, State(state))

    return [
        world.line("find a task run", find(-1)),
        world.line("set a task run Running, its first state", set_state(task_run, 1, RUNNING)),
        world.line("set a task run Success", set_state(task_run, 2, SUCCESS)),
        world.line("find a mapped child", find(1)),
        world.line("find a mapped child of another hundred", find(100)),
        world.line("set a mapped child Running", set_state(child, 1, RUNNING)),
        world.line("set a mapped child Success", set_state(child, 2, SUCCESS)),
        *_logs(world, run, task_run),
        world.line("create an artifact", lambda: create_task_run_artifact(context, task_run, "link", link)),
    ]


def restarts(world: World) -> list[Line]:
    """Measure the restart of a failed run, and its repeat."""
    context, run = world.context, world.create()
    set_flow_run_state(context, run, 1, State(RUNNING))
    failed = {**SUCCESS, "type": "Failed"}
    for number, end in ((1, SUCCESS), (2, failed)):
        for state in (RUNNING, end):
            set_task_run_state(context, member_id(run, number), None, State(state))
    set_flow_run_state(context, run, 2, State(failed))
    restart = partial(restart_flow_run, context, run, "key")
    return [
        world.line("restart a run of which a task failed", restart),
        world.line("restart a run again with the same key", restart),
    ]


def _logs(world: World, run: str, task_run: str) -> list[Line]:
    context = world.context
    entries = _log_entries(run, task_run)
    dice = random.Random(11)  # noqa: S311
    diverse = [
        replace(entry, message=entry.message.rstrip() + "".join(dice.choices(string.ascii_lowercase, k=75)))
        for entry in entries
    ]
    logs = Arguments(where={"flow_run_id": {"_eq": run}}, order_by=[{"timestamp": "asc"}])
    newer = replace(logs, where={"_and": [logs.where, {"timestamp": {"_gt": datetime.now(UTC)}}]})
    return [
        world.line("write 100 log lines", lambda: write_logs(context, entries)),
        world.line("read 100 log lines", lambda: list_rows(context, "log", logs, Need({"message"}))),
        world.line("ask for newer log lines", lambda: list_rows(context, "log", newer, Need({"message"}))),
        world.line("write 100 log lines, half of each random", lambda: write_logs(context, diverse)),
    ]


def _log_entries(run: str, task_run: str) -> list[LogEntry]:
    """Return a hundred log lines of 150 bytes, as the task runner of Prefect Core writes them."""
    return [
        LogEntry(
            flow_run_id=run,
            task_run_id=task_run,
            timestamp=datetime.now(UTC),
            name="prefect.CloudTaskRunner",
            level="INFO",
            message=f"Task 'extract_{number}': Finished task run for task with final state: 'Success'"
            + " " * 60,
            info=None,
        )
        for number in range(100)
    ]
