"""Which flow runs a list is to have, as the service's `where` says it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flow_runs.times import write_time


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFilter:
    """What must hold of every run of a list; None asks for nothing.

    flow, project   the names of its flow and of that flow's project
    state           the type of the state that it is in
    label           a label, or several which it must all have
    since, until    when it was created, both included; a datetime without a zone is UTC
    """

    flow: str | None = None
    project: str | None = None
    state: str | None = None
    label: str | Sequence[str] | None = None
    since: datetime | str | None = None
    until: datetime | str | None = None

    def where(self) -> dict[str, Any]:
        """Write the filter as a `flow_run_bool_exp`, with no more in it than was asked for."""
        conditions = {
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
    """How far a list that is read page by page has come: down to an instant, and in it past some runs.

    Times of creation are exact to the microsecond, and several runs can share one. So the next page begins
    at the last run's own instant, without the runs of that instant that were on a page already.
    """

    created: str | None = None
    seen: tuple[str, ...] = ()

    def move_past(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Take note of a page, which must not be empty."""
        last = rows[-1]["created"]
        before = self.seen if last == self.created else ()
        self.created = last
        self.seen = (*before, *(row["id"] for row in rows if row["created"] == last))

    def narrow(self, where: Mapping[str, Any]) -> dict[str, Any]:
        """Add to a filter that the rows come after this position."""
        if self.created is None:
            return dict(where)
        # Rows come newest first, so this bound is within `until`, which it replaces.
        created = {**where.get("created", {}), "_lte": self.created}
        return {**where, "created": created, "id": {"_nin": list(self.seen)}}


def _known(**values: Any) -> dict[str, Any]:
    """Keep what is neither None nor empty."""
    return {name: value for name, value in values.items() if value is not None and value != {}}
