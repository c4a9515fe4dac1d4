"""Log entries of flow runs, and the position of a reader in a log."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from flow_runs.errors import BadUserInputError
from flow_runs.times import read_time, write_time

LEVELS: Final = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
# Processes send their entries every five seconds, so an entry may arrive after a newer one of another
# process.
LATE: Final = timedelta(seconds=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class LogEntry:
    """One log entry of a flow run, of one of its task runs or of its agent.

    `name` is that of the logger. `task_name` is the task of the task run that wrote the entry, and
    `map_index` the index of that run in a mapped task (-1 for none). Both are None if no task run wrote the
    entry.
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
        """Return the entry of one element of `logs` in a response."""
        task_run = row.get("task_run") or {}
        timestamp = read_time(row["timestamp"])
        assert timestamp is not None  # noqa: S101 - the service always sends it
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
    """Return this level and all higher ones; all levels for None. Raises BadUserInputError."""
    if least is None:
        return LEVELS
    if least.upper() not in LEVELS:
        raise BadUserInputError(f"level must be one of {', '.join(LEVELS)}, not {least!r}.")
    return LEVELS[LEVELS.index(least.upper()) :]


@dataclass(slots=True)
class LogPosition:
    """The position of a reader in a log: an instant, and the entries of that instant that were read.

    Several entries can have the same instant. So the next page begins at the instant of the last entry,
    without the entries of that instant that an earlier page had.
    """

    since: datetime | None = None
    until: datetime | None = None
    seen: tuple[str, ...] = ()

    def where(self) -> dict[str, Any]:
        """Return the filter of the next page, a `log_bool_exp`."""
        times = {"_gte": write_time(self.since), "_lte": write_time(self.until)}
        return {
            "timestamp": {name: time for name, time in times.items() if time is not None},
            **({"id": {"_nin": list(self.seen)}} if self.seen else {}),
        }

    def move_past(self, entries: list[LogEntry]) -> None:
        """Move to the end of a page, which must not be empty."""
        last = entries[-1].timestamp
        before = self.seen if last == self.since else ()
        self.since = last
        self.seen = (*before, *(entry.id for entry in entries if entry.timestamp == last))


@dataclass(slots=True)
class Tail:
    """The end of a growing log, which is read again and again: its last entries that were yielded already."""

    start: datetime | None = None
    newest: datetime | None = None
    yielded: dict[str, datetime] = field(default_factory=dict)

    @property
    def since(self) -> datetime | None:
        """The instant from which the log is read again."""
        if self.newest is None:
            return self.start
        return self.newest - LATE if self.start is None else max(self.start, self.newest - LATE)

    def new(self, entries: Iterable[LogEntry]) -> list[LogEntry]:
        """Return the entries that were not yielded before, and remember them as yielded."""
        found = [entry for entry in entries if entry.id not in self.yielded]
        self.yielded |= {entry.id: entry.timestamp for entry in found}
        if found:
            times = [entry.timestamp for entry in found]
            self.newest = max(times if self.newest is None else [*times, self.newest])
            oldest = self.newest - LATE
            self.yielded = {name: time for name, time in self.yielded.items() if time >= oldest}
        return found
