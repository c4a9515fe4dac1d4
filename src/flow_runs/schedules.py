"""Schedules, as the client returns them: plain, frozen data. Every time is an aware datetime."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flow_runs.times import read_time


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleInfo:
    """The schedule of a flow, which belongs to its flow group and so to all its versions.

    `schedule` is the one in effect, as Core serializes it. `rules` are those that are not off, by their
    names. `pause` has `since`, `until`, `by` and `note`. `failures` counts failed runs in a row, if
    `pause_after_failures` is set. `fault` says why an active schedule makes no runs.
    """

    flow_group_id: str
    flow_id: str | None
    flow_name: str
    flow_version: int | None
    project_name: str | None
    is_active: bool
    schedule: dict[str, Any] | None
    rules: dict[str, Any]
    pause: dict[str, Any] | None
    next_run: datetime | None
    failures: int
    fault: str | None

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> "ScheduleInfo":
        """Return the schedule that a row of `schedule` in a response describes."""
        flow = row.get("flow") or {}
        return cls(
            flow_group_id=row["flow_group_id"],
            flow_id=row.get("flow_id"),
            flow_name=row["name"],
            flow_version=flow.get("version"),
            project_name=(flow.get("project") or {}).get("name"),
            is_active=bool(row["is_active"]),
            schedule=row.get("schedule"),
            rules=row.get("rules") or {},
            pause=row.get("pause"),
            next_run=read_time(row.get("next_run")),
            failures=row.get("failures") or 0,
            fault=row.get("fault"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SkippedOccurrence:
    """An occurrence of a schedule that did not run, with the reason."""

    id: str
    flow_group_id: str
    flow_name: str | None
    scheduled_time: datetime | None
    reason: str
    message: str
    flow_run_id: str | None
    decided: datetime | None

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> "SkippedOccurrence":
        """Return the occurrence that a row of `occurrence` in a response describes."""
        return cls(
            id=row["id"],
            flow_group_id=row["flow_group_id"],
            flow_name=(row.get("schedule") or {}).get("name"),
            scheduled_time=read_time(row.get("scheduled_time")),
            reason=row["reason"],
            message=row["message"],
            flow_run_id=row.get("flow_run_id"),
            decided=read_time(row.get("decided")),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewedOccurrence:
    """An occurrence that comes. `reason` is why it will not run, `remark` tells of it in words."""

    time: datetime | None
    local_time: datetime | None
    time_zone: str
    clock: int
    reason: str | None
    remark: str | None

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> "PreviewedOccurrence":
        """Return the occurrence that a row of `schedule_preview` in a response describes."""
        return cls(
            time=read_time(row["time"]),
            local_time=read_time(row["local_time"]),
            time_zone=row["time_zone"],
            clock=row["clock"],
            reason=row.get("reason"),
            remark=row.get("remark"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearedRuns:
    """How many late runs were closed, or counted by a dry run. `left` says that there are more."""

    count: int
    left: bool
