"""Flow runs and their states."""

from collections.abc import Callable
from typing import Any, Final

from domain.flow_runs import FlowRun
from domain.histories import HistoryEntry
from domain.ids import stable_id
from domain.times import format_interval
from operations.reads.entities.description import (
    BOOLEAN,
    DETAILS,
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


def _detail(name: str) -> Callable[[FlowRun], Any]:
    return lambda run: run.details.get(name)


def _duration(run: FlowRun) -> str | None:
    if run.start_time is None or run.end_time is None or run.end_time < run.start_time:
        return None
    return format_interval(run.end_time - run.start_time)


def _states(run: FlowRun) -> list[StateOfRun]:
    return [StateOfRun(run.id, entry) for entry in run.history]


def _state_start_time(entry: HistoryEntry) -> Any:
    return entry.state.due(entry.timestamp)


FLOW_RUN: Final = Entity(
    "flow_run",
    "One run of a flow.",
    {
        **ID,
        **TENANT_ID,
        **TIMES,
        "name": Column(STRING, named("name"), "Its name; need not be unique."),
        "flow_id": Column(UUID, named("flow_id"), "The version of the flow that it runs."),
        "flow_group_id": Column(UUID, named("flow_group_id"), "The group of all versions of that flow."),
        "version": Column(
            INT, named("version"), "How many states it has had; what a state change must hold."
        ),
        "labels": Column(JSON, named("labels"), "Agents with all of these may take it."),
        "auto_scheduled": Column(BOOLEAN, named("auto_scheduled"), "Whether a schedule made it."),
        "scheduled_start_time": Column(TIME, named("scheduled_start_time"), "When it was meant to start."),
        "start_time": Column(TIME, named("start_time"), "When it was first Running."),
        "end_time": Column(TIME, named("end_time"), "When it last came to an end."),
        "duration": Column(STRING, _duration, "From start to end, HH:MM:SS; null until it has ended."),
        "heartbeat": Column(TIME, named("heartbeat"), "The last sign of life of its process.", HEARTBEAT),
        "parameters": Column(
            JSON, lambda run: run.details.get("parameters", {}), "Its parameters, defaults included.", DETAILS
        ),
        "context": Column(
            JSON, lambda run: run.details.get("context", {}), "Values put into its context.", DETAILS
        ),
        "run_config": Column(JSON, _detail("run_config"), "How it is executed.", DETAILS),
        "idempotency_key": Column(STRING, _detail("idempotency_key"), "The key it was made with.", DETAILS),
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
        "times_resurrected": Column(
            INT, named("times_resurrected"), "How often it was scheduled anew after it had died."
        ),
        "agent_id": Column(UUID, named("agent_id"), "The agent that submitted it last."),
    },
    {
        **TO_TENANT,
        "flow": Relation("flow", "The version of the flow that it runs.", column="flow_id"),
        "agent": Relation("agent", "The agent that submitted it last.", column="agent_id"),
        "states": Relation(
            "flow_run_state", "Every state that it was in.", many=True, part=HISTORY, inside=_states
        ),
        "logs": Relation("log", "What it, its task runs and its agent said.", many=True, by="flow_run_id"),
        "task_runs": Relation(
            "task_run", "The runs of its tasks, begun or not.", many=True, by="flow_run_id"
        ),
    },
)

FLOW_RUN_STATE: Final = Entity(
    "flow_run_state",
    "One state that a run was in.",
    {
        "id": Column(
            UUID, lambda row: stable_id(row.run_id, f"state/{row.entry.version}"), "Its identifier."
        ),
        "flow_run_id": Column(UUID, lambda row: row.run_id, "The run."),
        "version": Column(INT, lambda row: row.entry.version, "The run's version with it; 1 is the first."),
        "timestamp": Column(TIME, lambda row: row.entry.timestamp, "When the run came into it."),
        "created": Column(TIME, lambda row: row.entry.timestamp, "When it was kept: the same instant."),
        "state": Column(STRING, lambda row: row.entry.state.type, "Its type."),
        "message": Column(STRING, lambda row: row.entry.state.message, "Its message."),
        "result": Column(JSON, lambda row: row.entry.state.data.get("_result"), "Its result."),
        "start_time": Column(TIME, lambda row: _state_start_time(row.entry), "When the run may start."),
        "serialized_state": Column(JSON, lambda row: row.entry.state.data, "The state, whole."),
    },
    {"flow_run": Relation("flow_run", "The run.", column="flow_run_id")},
    by_id=False,
)
