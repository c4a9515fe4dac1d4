"""Task runs and their states."""

from typing import Any, Final

from domain.histories import HistoryEntry
from domain.ids import stable_id
from domain.task_runs import TaskRun
from domain.times import format_interval
from operations.reads.entities.description import (
    HEARTBEAT,
    HISTORY,
    ID,
    INT,
    JSON,
    STATE,
    STRING,
    TENANT_ID,
    TIME,
    TIMES,
    TO_TENANT,
    UUID,
    Column,
    Entity,
    Relation,
    named,
)
from operations.reads.rows import StateOfRun


def _duration(task_run: TaskRun) -> str | None:
    start, end = task_run.start_time, task_run.end_time
    return None if start is None or end is None or end < start else format_interval(end - start)


def states_in(task_run: TaskRun) -> list[StateOfRun]:
    """The states of a task run that was read with its history."""
    return [StateOfRun(task_run.id, entry) for entry in task_run.history]


def _run_count(task_run: TaskRun) -> int:
    """How often it was run, loops of one run not counted."""
    types = [entry.state.type for entry in task_run.history]
    return types.count("Running") - types.count("Looped")


def _state_start_time(entry: HistoryEntry) -> Any:
    return entry.state.due(entry.timestamp)


TASK_RUN: Final = Entity(
    "task_run",
    "One run of a task, in a flow run.",
    {
        **ID,
        **TENANT_ID,
        **TIMES,
        "name": Column(STRING, named("name"), "Its name, if it was given one."),
        "flow_run_id": Column(UUID, named("flow_run_id"), "The flow run that it is a part of."),
        "task_id": Column(UUID, named("task_id"), "The task that it runs."),
        "map_index": Column(INT, named("map_index"), "Which child of a mapped task; -1 for none."),
        "version": Column(INT, named("version"), "How many states it has had; what a change must hold."),
        "cache_key": Column(STRING, named("cache_key"), "The key that its cached result is shared under."),
        "start_time": Column(TIME, named("start_time"), "When it was first Running."),
        "end_time": Column(TIME, named("end_time"), "When it last came to an end."),
        "duration": Column(STRING, _duration, "From start to end, HH:MM:SS; null until it has ended."),
        "run_count": Column(INT, _run_count, "How often it was Running.", HISTORY),
        "heartbeat": Column(TIME, named("heartbeat"), "The last sign of life of its process.", HEARTBEAT),
        "state": Column(STRING, lambda run: run.state.type, "The type of its current state."),
        "serialized_state": Column(JSON, lambda run: run.state.data, "Its current state, whole.", STATE),
        "state_message": Column(STRING, lambda run: run.state.message, "That state's message.", STATE),
        "state_result": Column(
            JSON, lambda run: run.state.data.get("_result"), "That state's result.", STATE
        ),
        "state_timestamp": Column(TIME, lambda run: run.latest.timestamp, "When it came into that state."),
        "state_start_time": Column(
            TIME, lambda run: _state_start_time(run.latest), "When it may start; null unless it waits."
        ),
    },
    {
        **TO_TENANT,
        "flow_run": Relation("flow_run", "The flow run that it is a part of.", column="flow_run_id"),
        "task": Relation("task", "The task that it runs.", column="task_id"),
        "logs": Relation("log", "What it said.", many=True, by="task_run_id"),
        "states": Relation(
            "task_run_state", "Every state that it was in.", many=True, part=HISTORY, inside=states_in
        ),
    },
)

TASK_RUN_STATE: Final = Entity(
    "task_run_state",
    "One state that a task run was in.",
    {
        "id": Column(
            UUID, lambda row: stable_id(row.run_id, f"state/{row.entry.version}"), "Its identifier."
        ),
        "task_run_id": Column(UUID, lambda row: row.run_id, "The task run."),
        "version": Column(INT, lambda row: row.entry.version, "The task run's version with it."),
        "timestamp": Column(TIME, lambda row: row.entry.timestamp, "When the task run came into it."),
        "created": Column(TIME, lambda row: row.entry.timestamp, "When it was kept: the same instant."),
        "state": Column(STRING, lambda row: row.entry.state.type, "Its type."),
        "message": Column(STRING, lambda row: row.entry.state.message, "Its message."),
        "result": Column(JSON, lambda row: row.entry.state.data.get("_result"), "Its result."),
        "start_time": Column(TIME, lambda row: _state_start_time(row.entry), "When it may start."),
        "serialized_state": Column(JSON, lambda row: row.entry.state.data, "The state, whole."),
    },
    {"task_run": Relation("task_run", "The task run.", column="task_run_id")},
    by_id=False,
)
