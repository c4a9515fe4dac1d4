"""Filters of lists of flow runs, and the position of a reader in such a list."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flow_runs.times import write_time


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFilter:
    """Conditions that every run of a list must meet; None is no condition.

    name            the name of the run
    flow, project   the name of the run's flow, and of that flow's project
    state           the type of the run's state
    label           a label, or several labels, all of which the run must have
    since, until    bounds of the time of creation, both included; a datetime without a zone is UTC
    """

    name: str | None = None
    flow: str | None = None
    project: str | None = None
    state: str | None = None
    label: str | Sequence[str] | None = None
    since: datetime | str | None = None
    until: datetime | str | None = None

    def where(self) -> dict[str, Any]:
        """Return the conditions as a `flow_run_bool_exp`, without those that are None."""
        conditions = {
            "name": _known(_eq=self.name),
            "state": _known(_eq=self.state),
            "flow": _known(name=_known(_eq=self.flow), project=_known(name=_known(_eq=self.project))),
            "labels": _known(_contains=self._labels()),
            "created": _known(_gte=write_time(self.since), _lte=write_time(self.until)),
        }
        return _known(**conditions)

    def _labels(self) -> list[str] | None:
        return [self.label] if isinstance(self.label, str) else list(self.label or ()) or None


@dataclass(slots=True)
class Position:
    """The position of a reader in a list: an instant, and the runs of that instant that were read.

    Times of creation are exact to the microsecond, and several runs can share one. So the next page begins at
    the instant of the last run, without the runs of that instant that an earlier page had.
    """

    created: str | None = None
    seen: tuple[str, ...] = ()

    def move_past(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Move to the end of a page, which must not be empty."""
        last = rows[-1]["created"]
        before = self.seen if last == self.created else ()
        self.created = last
        self.seen = (*before, *(row["id"] for row in rows if row["created"] == last))

    def narrow(self, where: Mapping[str, Any]) -> dict[str, Any]:
        """Return the filter with the condition that runs come after this position."""
        if self.created is None:
            return dict(where)
        # This bound replaces `until`; it is never later, because runs come newest first.
        created = {**where.get("created", {}), "_lte": self.created}
        return {**where, "created": created, "id": {"_nin": list(self.seen)}}


def _known(**values: Any) -> dict[str, Any]:
    """Return the values that are neither None nor an empty object."""
    return {name: value for name, value in values.items() if value is not None and value != {}}
