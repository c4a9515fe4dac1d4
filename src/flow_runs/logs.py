"""Log entries of flow runs, and how far a reader has come among them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from flow_runs.errors import BadUserInputError
from flow_runs.times import read_time, write_time

LEVELS: Final = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
# Processes send what they have said every five seconds: so an entry may come after a newer one of another.
LATE: Final = timedelta(seconds=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class LogEntry:
    """Something that a flow run, one of its task runs or its agent said.

    `name` is the logger's. `task_name` is the name of the task whose run said it, `map_index` which child of
    a mapped task that run is (-1 for none); both are None where no task run said it.
    """

    id: str
    timestamp: datetime
    level: str
    message: str
    name: str | None
    task_run_id: str | None
    task_name: str | None
    map_index: int | None

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> "LogEntry":
        """Read one of the `logs` of an answer."""
        task_run = row.get("task_run") or {}
        timestamp = read_time(row["timestamp"])
        assert timestamp is not None  # noqa: S101 - the service never leaves it out
        return cls(
            id=row["id"],
            timestamp=timestamp,
            level=row["level"],
            message=row["message"],
            name=row.get("name"),
            task_run_id=row.get("task_run_id"),
            task_name=(task_run.get("task") or {}).get("name"),
            map_index=task_run.get("map_index"),
        )


def levels_from(least: str | None) -> tuple[str, ...]:
    """The levels that are at least as grave as this one; all for None. Raises BadUserInputError."""
    if least is None:
        return LEVELS
    if least.upper() not in LEVELS:
        raise BadUserInputError(f"level must be one of {', '.join(LEVELS)}, not {least!r}.")
    return LEVELS[LEVELS.index(least.upper()) :]


@dataclass(slots=True)
class LogPosition:
    """How far a log that is read page by page has come: up to an instant, and in it past some entries.

    Several entries can be of the same instant. So the next page begins at the last entry's own instant,
    without the entries of that instant that were on a page already.
    """

    since: datetime | None = None
    until: datetime | None = None
    seen: tuple[str, ...] = ()

    def where(self) -> dict[str, Any]:
        """What comes next, as a `log_bool_exp`."""
        times = {"_gte": write_time(self.since), "_lte": write_time(self.until)}
        return {
            "timestamp": {name: time for name, time in times.items() if time is not None},
            **({"id": {"_nin": list(self.seen)}} if self.seen else {}),
        }

    def move_past(self, entries: list[LogEntry]) -> None:
        """Take note of a page, which must not be empty."""
        last = entries[-1].timestamp
        before = self.seen if last == self.since else ()
        self.since = last
        self.seen = (*before, *(entry.id for entry in entries if entry.timestamp == last))


@dataclass(slots=True)
class Tail:
    """The end of a log that still grows: what of it was given out already, as far back as is read again."""

    start: datetime | None = None
    newest: datetime | None = None
    given: dict[str, datetime] = field(default_factory=dict)

    @property
    def since(self) -> datetime | None:
        """Where to begin to read again."""
        if self.newest is None:
            return self.start
        return self.newest - LATE if self.start is None else max(self.start, self.newest - LATE)

    def new(self, entries: Iterable[LogEntry]) -> list[LogEntry]:
        """Those of the entries that were not given out yet; they are from now on."""
        found = [entry for entry in entries if entry.id not in self.given]
        self.given |= {entry.id: entry.timestamp for entry in found}
        if found:
            times = [entry.timestamp for entry in found]
            self.newest = max(times if self.newest is None else [*times, self.newest])
            oldest = self.newest - LATE
            self.given = {name: time for name, time in self.given.items() if time >= oldest}
        return found
