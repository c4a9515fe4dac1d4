"""Objects that the client returns: plain, frozen data. Every time is an aware datetime."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flow_runs.states import State
from flow_runs.times import read_time


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectInfo:
    """A project. `flows` is its number of flows; all versions of a name, also archived ones, count as one."""

    id: str
    name: str
    description: str | None
    flows: int
    created: datetime | None

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> "ProjectInfo":
        """Return the project that a row of `project` in a response describes."""
        return cls(
            id=row["id"],
            name=row["name"],
            description=row.get("description"),
            flows=row["flows_aggregate"]["aggregate"]["count"],
            created=read_time(row.get("created")),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowInfo:
    """One version of a registered flow. `parameters` are its declared parameters, as Core serializes them."""

    id: str
    name: str
    version: int
    archived: bool
    parameters: list[dict[str, Any]]
    project_id: str | None
    project_name: str | None
    created: datetime | None
    flow_group_id: str | None = None

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> "FlowInfo":
        """Return the flow that a row of `flow` in a response describes."""
        project = row.get("project") or {}
        return cls(
            id=row["id"],
            name=row["name"],
            version=row["version"],
            archived=bool(row.get("archived")),
            parameters=row.get("parameters") or [],
            project_id=project.get("id"),
            project_name=project.get("name"),
            created=read_time(row.get("created")),
            flow_group_id=row.get("flow_group_id"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentInfo:
    """An agent as it registered. `last_queried` is the time of its last poll, exact to half a minute."""

    id: str
    name: str | None
    type: str
    labels: list[str]
    core_version: str | None
    agent_config_id: str | None
    last_queried: datetime | None
    created: datetime | None

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> "AgentInfo":
        """Return the agent that a row of `agent` in a response describes."""
        return cls(
            id=row["id"],
            name=row.get("name"),
            type=row["type"],
            labels=row.get("labels") or [],
            core_version=row.get("core_version"),
            agent_config_id=row.get("agent_config_id"),
            last_queried=read_time(row.get("last_queried")),
            created=read_time(row.get("created")),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowRunState:
    """One entry of the history of a run: the state that made the run's `version`."""

    version: int
    timestamp: datetime | None
    state: State

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> "FlowRunState":
        """Return the entry of one element of `states` in a response."""
        serialized = row.get("serialized_state") or {"type": row["state"], "message": row.get("message")}
        return cls(
            version=row["version"],
            timestamp=read_time(row.get("timestamp")),
            state=State.from_json(serialized),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowRunInfo:
    """A flow run at the moment of reading.

    `state` is the type of its state, `serialized_state` the whole state as it was set. `duration` has the
    form of the service, `HH:MM:SS[.ffffff]`.
    """

    id: str
    name: str
    flow_id: str
    flow_name: str | None
    flow_version: int | None
    project_name: str | None
    version: int
    state: str
    state_message: str | None
    serialized_state: dict[str, Any]
    parameters: dict[str, Any]
    context: dict[str, Any]
    labels: list[str]
    run_config: dict[str, Any] | None
    idempotency_key: str | None
    auto_scheduled: bool
    scheduled_start_time: datetime | None
    start_time: datetime | None
    end_time: datetime | None
    duration: str | None
    heartbeat: datetime | None
    created: datetime | None
    updated: datetime | None

    @property
    def current_state(self) -> State:
        """The state as an object with `is_finished`, `is_successful` and so on."""
        return State.from_json(self.serialized_state)

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> "FlowRunInfo":
        """Return the run that a row of `flow_run` in a response describes."""
        flow = row.get("flow") or {}
        return cls(
            id=row["id"],
            name=row["name"],
            flow_id=row["flow_id"],
            flow_name=flow.get("name"),
            flow_version=flow.get("version"),
            project_name=(flow.get("project") or {}).get("name"),
            version=row["version"],
            state=row["state"],
            state_message=row.get("state_message"),
            serialized_state=row.get("serialized_state") or {"type": row["state"]},
            parameters=row.get("parameters") or {},
            context=row.get("context") or {},
            labels=row.get("labels") or [],
            run_config=row.get("run_config"),
            idempotency_key=row.get("idempotency_key"),
            auto_scheduled=bool(row.get("auto_scheduled")),
            scheduled_start_time=read_time(row.get("scheduled_start_time")),
            start_time=read_time(row.get("start_time")),
            end_time=read_time(row.get("end_time")),
            duration=row.get("duration"),
            heartbeat=read_time(row.get("heartbeat")),
            created=read_time(row.get("created")),
            updated=read_time(row.get("updated")),
        )
