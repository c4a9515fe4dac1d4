"""The common columns of flow runs and task runs, and the entities of their states."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from domain.flow_runs.histories import HistoryEntry
from domain.ids import inner_id
from domain.parts import Part
from domain.times import format_interval
from operations.reads.entities.description import (
    INT,
    JSON,
    STRING,
    TIME,
    UUID,
    Column,
    Entity,
    Relation,
    named,
)
from operations.reads.plans.search import Planner
from operations.reads.plans.task_runs.state_plans import StateOfRun


def _duration(run: Any) -> str | None:
    if run.start_time is None or run.end_time is None or run.end_time < run.start_time:
        return None
    return format_interval(run.end_time - run.start_time)


def _due(entry: HistoryEntry) -> datetime | None:
    return entry.state.due(entry.timestamp)


STATE_COLUMNS: Final[Mapping[str, Column]] = {
    "version": Column(INT, named("version"), "The number of the run's states; a state change must give it."),
    "start_time": Column(TIME, named("start_time"), "The time of the first Running state.", nullable=True),
    "end_time": Column(TIME, named("end_time"), "The time of the last finished state.", nullable=True),
    "duration": Column(
        STRING, _duration, "The time from start to end, HH:MM:SS; null before the end.", nullable=True
    ),
    "heartbeat": Column(
        TIME, named("heartbeat"), "The last sign of life of the run's process.", Part.HEARTBEAT, nullable=True
    ),
    "state": Column(STRING, named("state.type"), "The type of the current state."),
    "serialized_state": Column(JSON, named("state.data"), "The whole current state.", Part.STATE),
    "state_message": Column(
        STRING, named("state.message"), "The message of the current state.", Part.STATE, nullable=True
    ),
    "state_result": Column(
        JSON,
        lambda run: run.state.data.get("_result"),
        "The result of the current state.",
        Part.STATE,
        nullable=True,
    ),
    "state_timestamp": Column(
        TIME, named("latest.timestamp"), "The time of the change to the current state."
    ),
    "state_start_time": Column(
        TIME,
        lambda run: _due(run.latest),
        "The earliest start time of the run; null unless the run waits.",
        nullable=True,
    ),
}


def states_relation(owner: str, states_of: Callable[[Any], list[StateOfRun]]) -> Relation:
    """Return the relation of a flow run or a task run to its states."""
    return Relation(
        f"{owner}_state",
        "All states of the run, past and current.",
        many=True,
        part=Part.TYPES,
        contained=states_of,
    )


def state_entity(owner: str, noun: str, plan: Planner) -> Entity:
    """Return the entity of the states of `owner`, which descriptions call `noun`."""
    return Entity(
        f"{owner}_state",
        f"One past or current state of a {noun}.",
        {
            "id": Column(
                UUID,
                lambda row: inner_id(row.flow_run_id, f"state/{row.run_id}/{row.entry.version}"),
                "The id of the row.",
            ),
            f"{owner}_id": Column(UUID, named("run_id"), f"The {noun}."),
            "version": Column(
                INT, named("entry.version"), f"The {noun}'s version with the state; the first is 1."
            ),
            "timestamp": Column(
                TIME, named("entry.timestamp"), f"The time of the {noun}'s change to the state."
            ),
            "created": Column(
                TIME, named("entry.timestamp"), "The time of storing the state: the same as `timestamp`."
            ),
            "state": Column(STRING, named("entry.state.type"), "The type of the state."),
            "message": Column(
                STRING, named("entry.state.message"), "The message of the state.", Part.HISTORY, nullable=True
            ),
            "result": Column(
                JSON,
                lambda row: row.entry.state.data.get("_result"),
                "The result of the state.",
                Part.HISTORY,
                nullable=True,
            ),
            "start_time": Column(
                TIME, lambda row: _due(row.entry), f"The earliest start time of the {noun}.", nullable=True
            ),
            "serialized_state": Column(JSON, named("entry.state.data"), "The whole state.", Part.HISTORY),
        },
        {owner: Relation(owner, f"The {noun}.", id_column=f"{owner}_id", nullable=True)},
        plan=plan,
    )
