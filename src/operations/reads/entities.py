"""What can be read: the entities, their columns and relations, described once.

The GraphQL types, the filters, the sort orders and the loading of related rows all come from this. A column
says how to get its value from the domain's object, and which part of the stored entity that takes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final

from domain.flow_runs import FlowRun, HistoryEntry
from domain.flows import Flow
from domain.ids import stable_id
from domain.times import format_interval


class Kind(Enum):
    """The type of a column, by its GraphQL scalar."""

    UUID = "UUID"
    STRING = "String"
    INT = "Int"
    BOOLEAN = "Boolean"
    TIME = "DateTime"
    JSON = "JSON"


# What the stores read only when it is asked for.
DETAILS: Final = "details"
STATE: Final = "state"
HISTORY: Final = "history"
HEARTBEAT: Final = "heartbeat"
SERIALIZED: Final = "serialized"


@dataclass(frozen=True, slots=True)
class Column:
    """One value of an entity; `part` is what must be read for it beyond the entity's own item."""

    kind: Kind
    get: Callable[[Any], Any]
    description: str
    part: str | None = None


@dataclass(frozen=True, slots=True)
class Relation:
    """Rows of another entity that belong to a row: one (or none), or `many`."""

    target: str
    description: str
    many: bool = False
    part: str | None = None


@dataclass(frozen=True, slots=True)
class Entity:
    """Something that can be read: as a list with where, order_by and limit, or by id.

    `is_root` lists are fields of Query; others are reached from a row. `by_id` says whether its id alone
    leads to it.
    """

    name: str
    description: str
    columns: Mapping[str, Column]
    relations: Mapping[str, Relation] = field(default_factory=dict)
    is_root: bool = True
    by_id: bool = True


def _named(name: str) -> Callable[[Any], Any]:
    return lambda value: getattr(value, name)


def _detail(name: str) -> Callable[[FlowRun], Any]:
    return lambda run: run.details.get(name)


def _outline(name: str) -> Callable[[Flow], Any]:
    return lambda flow: flow.outline.get(name)


def _duration(run: FlowRun) -> str | None:
    if run.start_time is None or run.end_time is None or run.end_time < run.start_time:
        return None
    return format_interval(run.end_time - run.start_time)


def _state_start_time(entry: HistoryEntry) -> Any:
    return entry.state.due(entry.timestamp)


UUID, STRING, INT, BOOLEAN, TIME, JSON = Kind.UUID, Kind.STRING, Kind.INT, Kind.BOOLEAN, Kind.TIME, Kind.JSON

_ID: Final = {"id": Column(UUID, _named("id"), "Its identifier.")}
_TENANT_ID: Final = {"tenant_id": Column(UUID, _named("tenant_id"), "The tenant it belongs to.")}
_TIMES: Final = {
    "created": Column(TIME, _named("created"), "When it was made."),
    "updated": Column(TIME, _named("updated"), "When it was last changed."),
}
_TO_TENANT: Final = {"tenant": Relation("tenant", "The tenant it belongs to.")}

_TENANT = Entity(
    "tenant",
    "Whose data this is: nothing is shared between tenants.",
    {
        **_ID,
        "name": Column(STRING, _named("name"), "The name that people read."),
        "slug": Column(STRING, _named("slug"), "The name in addresses."),
    },
)

_PROJECT = Entity(
    "project",
    "A folder of flows.",
    {
        **_ID,
        **_TENANT_ID,
        **_TIMES,
        "name": Column(STRING, _named("name"), "Its name, unique in the tenant."),
        "description": Column(STRING, _named("description"), "What it is for."),
    },
    {**_TO_TENANT, "flows": Relation("flow", "Its flows, all versions of each.", many=True)},
)

_FLOW_GROUP = Entity(
    "flow_group",
    "All versions of one flow.",
    {
        **_ID,
        **_TENANT_ID,
        "name": Column(STRING, _named("version_group_id"), "The version group's id, as clients give it."),
        "labels": Column(JSON, lambda _: None, "Labels that replace those of its flows; null inherits them."),
        "settings": Column(JSON, _named("settings"), "Switches for its runs."),
    },
    _TO_TENANT,
    is_root=False,
)

_FLOW = Entity(
    "flow",
    "One version of a registered flow.",
    {
        **_ID,
        **_TENANT_ID,
        **_TIMES,
        "name": Column(STRING, _named("name"), "Its name."),
        "version": Column(INT, _named("version"), "1 for the first of its group, then counting up."),
        "archived": Column(BOOLEAN, _named("archived"), "Whether runs of it can no longer be created."),
        "project_id": Column(UUID, _named("project_id"), "The project that it is in."),
        "flow_group_id": Column(UUID, _named("flow_group_id"), "The group of all its versions."),
        "version_group_id": Column(STRING, _named("version_group_id"), "The same group, as clients name it."),
        "description": Column(STRING, _outline("description"), "What it does."),
        "parameters": Column(
            JSON, _named("parameters"), "Its parameters, each with name, required and default."
        ),
        "storage": Column(JSON, _outline("storage"), "Where its code is."),
        "environment": Column(JSON, _outline("environment"), "How it is executed, before release 0.14."),
        "run_config": Column(JSON, _outline("run_config"), "How it is executed, from release 0.13.10 on."),
        "schedule": Column(JSON, _outline("schedule"), "When it runs by itself, as serialized."),
        "core_version": Column(STRING, _outline("core_version"), "The release of Prefect Core that made it."),
        "is_schedule_active": Column(
            BOOLEAN, _named("is_schedule_active"), "Whether its schedule is switched on."
        ),
        "settings": Column(JSON, _named("settings"), "Switches for its runs."),
        "serialized_flow": Column(
            JSON, lambda value: value.serialized, "The whole flow, as it was registered.", SERIALIZED
        ),
    },
    {
        **_TO_TENANT,
        "project": Relation("project", "The project that it is in."),
        "flow_group": Relation("flow_group", "The group of all its versions."),
        "tasks": Relation(
            "task", "Its tasks, in the order they were registered.", many=True, part=SERIALIZED
        ),
    },
)

_FLOW_RUN = Entity(
    "flow_run",
    "One run of a flow.",
    {
        **_ID,
        **_TENANT_ID,
        **_TIMES,
        "name": Column(STRING, _named("name"), "Its name; need not be unique."),
        "flow_id": Column(UUID, _named("flow_id"), "The version of the flow that it runs."),
        "version": Column(
            INT, _named("version"), "How many states it has had; what a state change must hold."
        ),
        "labels": Column(JSON, _named("labels"), "Agents with all of these may take it."),
        "auto_scheduled": Column(BOOLEAN, _named("auto_scheduled"), "Whether a schedule made it."),
        "scheduled_start_time": Column(TIME, _named("scheduled_start_time"), "When it was meant to start."),
        "start_time": Column(TIME, _named("start_time"), "When it was first Running."),
        "end_time": Column(TIME, _named("end_time"), "When it last came to an end."),
        "duration": Column(STRING, _duration, "From start to end, HH:MM:SS; null until it has ended."),
        "heartbeat": Column(TIME, _named("heartbeat"), "The last sign of life of its process.", HEARTBEAT),
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
        "times_resurrected": Column(INT, lambda _: 0, "How often it was scheduled anew after it had died."),
        "agent_id": Column(UUID, lambda _: None, "The agent that took it."),
    },
    {
        **_TO_TENANT,
        "flow": Relation("flow", "The version of the flow that it runs."),
        "states": Relation("flow_run_state", "Every state that it was in.", many=True, part=HISTORY),
        "task_runs": Relation("task_run", "The runs of its tasks: none before the first begins.", many=True),
    },
)

_FLOW_RUN_STATE = Entity(
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
    is_root=False,
)

_TASK = Entity(
    "task",
    "A task of a flow.",
    {
        **_ID,
        **_TENANT_ID,
        "created": Column(TIME, _named("created"), "When its flow was registered."),
        "flow_id": Column(UUID, _named("flow_id"), "The flow that it is a task of."),
        "slug": Column(STRING, _named("slug"), "What tells it from the flow's other tasks."),
        "name": Column(STRING, _named("name"), "Its name; need not be unique."),
        "description": Column(STRING, _named("description"), "What it does."),
        "type": Column(STRING, _named("type"), "Its class, as a dotted path."),
        "trigger": Column(STRING, _named("trigger"), "The function that decides whether it runs."),
        "max_retries": Column(INT, _named("max_retries"), "How often it is run again when it fails."),
        "retry_delay": Column(STRING, _named("retry_delay"), "How long to wait before that, HH:MM:SS."),
        "mapped": Column(BOOLEAN, _named("mapped"), "Whether it is mapped over what comes before it."),
        "auto_generated": Column(BOOLEAN, _named("auto_generated"), "Whether Core made it by itself."),
        "tags": Column(JSON, _named("tags"), "Its tags."),
        "cache_key": Column(STRING, _named("cache_key"), "By which cached results are shared."),
    },
    {**_TO_TENANT, "flow": Relation("flow", "The flow that it is a task of.")},
    by_id=False,
)

_TASK_RUN = Entity(
    "task_run",
    "One run of a task. None exist: nothing creates them in this release.",
    {
        **_ID,
        "map_index": Column(INT, _named("map_index"), "Which child of a mapped task; -1 for none."),
        "version": Column(INT, _named("version"), "How many states it has had."),
        "state": Column(STRING, _named("state"), "The type of its current state."),
        "serialized_state": Column(JSON, _named("serialized_state"), "Its current state, whole."),
    },
    {"task": Relation("task", "The task.")},
    is_root=False,
)

ENTITIES: Final[Mapping[str, Entity]] = {
    entity.name: entity
    for entity in (_TENANT, _PROJECT, _FLOW_GROUP, _FLOW, _FLOW_RUN, _FLOW_RUN_STATE, _TASK, _TASK_RUN)
}
