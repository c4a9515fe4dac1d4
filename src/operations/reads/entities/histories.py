"""The common columns of flow runs and task runs, and the entities of their states."""

from collections.abc import Callable, Mapping
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
from operations.reads.plans.state_plans import StateOfRun


def _duration(run: Any) -> str | None:
    if run.start_time is None or run.end_time is None or run.end_time < run.start_time:
        return None
    return format_interval(run.end_time - run.start_time)


def _due(entry: HistoryEntry) -> Any:
    return entry.state.due(entry.timestamp)


STATE_COLUMNS: Final[Mapping[str, Column]] = {
    "version": Column(INT, named("version"), "How many states it has had; what a state change must hold."),
    "start_time": Column(TIME, named("start_time"), "When it was first Running.", nullable=True),
    "end_time": Column(TIME, named("end_time"), "When it last came to an end.", nullable=True),
    "duration": Column(
        STRING, _duration, "From start to end, HH:MM:SS; null until it has ended.", nullable=True
    ),
    "heartbeat": Column(
        TIME, named("heartbeat"), "The last sign of life of its process.", Part.HEARTBEAT, nullable=True
    ),
    "state": Column(STRING, named("state.type"), "The type of its current state."),
    "serialized_state": Column(JSON, named("state.data"), "Its current state, whole.", Part.STATE),
    "state_message": Column(
        STRING, named("state.message"), "That state's message.", Part.STATE, nullable=True
    ),
    "state_result": Column(
        JSON, lambda run: run.state.data.get("_result"), "That state's result.", Part.STATE, nullable=True
    ),
    "state_timestamp": Column(TIME, named("latest.timestamp"), "When it came into that state."),
    "state_start_time": Column(
        TIME, lambda run: _due(run.latest), "When it may start; null unless it waits.", nullable=True
    ),
}


def states_relation(owner: str, states_of: Callable[[Any], list[StateOfRun]]) -> Relation:
    """Return the relation of a flow run or a task run to its states."""
    return Relation(
        f"{owner}_state", "Every state that it was in.", many=True, part=Part.HISTORY, contained=states_of
    )


def state_entity(owner: str, noun: str, plan: Planner) -> Entity:
    """Return the entity of the states of `owner`, which descriptions call `noun`."""
    return Entity(
        f"{owner}_state",
        f"One state that a {noun} was in.",
        {
            "id": Column(
                UUID,
                lambda row: inner_id(row.flow_run_id, f"state/{row.run_id}/{row.entry.version}"),
                "Its identifier.",
            ),
            f"{owner}_id": Column(UUID, named("run_id"), f"The {noun}."),
            "version": Column(INT, named("entry.version"), f"The {noun}'s version with it; 1 is the first."),
            "timestamp": Column(TIME, named("entry.timestamp"), f"When the {noun} came into it."),
            "created": Column(TIME, named("entry.timestamp"), "When it was kept: the same instant."),
            "state": Column(STRING, named("entry.state.type"), "Its type."),
            "message": Column(STRING, named("entry.state.message"), "Its message.", nullable=True),
            "result": Column(
                JSON, lambda row: row.entry.state.data.get("_result"), "Its result.", nullable=True
            ),
            "start_time": Column(
                TIME, lambda row: _due(row.entry), f"When the {noun} may start.", nullable=True
            ),
            "serialized_state": Column(JSON, named("entry.state.data"), "The state, whole."),
        },
        {owner: Relation(owner, f"The {noun}.", id_column=f"{owner}_id", nullable=True)},
        plan=plan,
    )
