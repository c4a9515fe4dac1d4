"""Backfills, as the client returns them: plain, frozen data. Every time is an aware datetime."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flow_runs.times import read_time


@dataclass(frozen=True, slots=True, kw_only=True)
class BackfillPlan:
    """What a backfill makes, or would make: `status` is None for a dry run, which makes nothing.

    The times of the first and the last run are only those of a dry run.
    """

    id: str
    status: str | None
    count: int
    made: int
    write_units: int
    first_time: datetime | None
    last_time: datetime | None

    @classmethod
    def from_json(cls, payload: Mapping[str, Any]) -> "BackfillPlan":
        """Return the plan that the payload of `create_backfill` describes."""
        return cls(
            id=payload["id"],
            status=payload.get("status"),
            count=payload["count"],
            made=payload["made"],
            write_units=payload["write_units"],
            first_time=read_time(payload.get("first_time")),
            last_time=read_time(payload.get("last_time")),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class BackfillInfo:
    """A backfill with its progress. `fault` is why it stopped by itself."""

    id: str
    flow_group_id: str
    flow_name: str | None
    status: str
    created: datetime | None
    first: datetime | None
    last: datetime | None
    at_once: int
    count: int
    taken: int
    made: int
    unfinished: int
    fault: str | None

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> "BackfillInfo":
        """Return the backfill that a row of `backfill` in a response describes."""
        return cls(
            id=row["id"],
            flow_group_id=row["flow_group_id"],
            flow_name=(row.get("schedule") or {}).get("name"),
            status=row["status"],
            created=read_time(row["created"]),
            first=read_time(row["first"]),
            last=read_time(row["last"]),
            at_once=row["at_once"],
            count=row["count"],
            taken=row["taken"],
            made=row["made"],
            unfinished=row["unfinished"],
            fault=row.get("fault"),
        )
