"""Calls of the client that change many flow runs, which a filter chooses."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flow_runs import documents
from flow_runs.bulk_changes import ChangedRuns
from flow_runs.connection import Connection
from flow_runs.run_filters import RunFilter
from flow_runs.times import write_time

# The runs: a filter of the fields of a list, or any `flow_run_bool_exp`.
Where = RunFilter | Mapping[str, Any]
# Told after each portion what all of them have done.
OnProgress = Callable[[ChangedRuns], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Portions:
    """How a change of many runs is carried out.

    dry_run       only count the runs, up to 1,000, and estimate the cost
    as_of         leave out runs that were created later, such as the `as_of` of a dry run
    continuation  go on with a change that was cut off: that of the last progress, and the same other values
    size          how many runs one request deals with; the service chooses if None
    on_progress   is told after each request what has been done
    """

    dry_run: bool = False
    as_of: datetime | str | None = None
    continuation: str | None = None
    size: int | None = None
    on_progress: OnProgress = lambda _done: None


_ALL_PORTIONS = Portions()


class BulkCalls(Connection):
    """Calls that change many flow runs.

    `where` chooses the runs; no part of it may be None, because a condition that lacks by mistake would mean
    all runs. `everything=True` in its place means all. Each call sends request after request until no
    more runs match, and returns what all of them did. If one fails, its error is raised, and what the others
    did stays; the last progress has the continuation. A run that cannot be changed is in `failed`.
    """

    def cancel_flow_runs(
        self,
        where: Where | None = None,
        *,
        everything: bool = False,
        message: str | None = None,
        portions: Portions = _ALL_PORTIONS,
    ) -> ChangedRuns:
        """Cancel runs as `cancel_flow_run` does. Those that have ended are skipped."""
        inputs = {**_runs(where, everything=everything), "message": message}
        return self._change_many(documents.CANCEL_FLOW_RUNS, inputs, portions)

    def delete_flow_runs(
        self,
        where: Where | None = None,
        *,
        everything: bool = False,
        live: bool = False,
        portions: Portions = _ALL_PORTIONS,
    ) -> ChangedRuns:
        """Delete runs for good. Those that have begun and not ended are skipped, unless `live` is True."""
        inputs = {**_runs(where, everything=everything), "live": live}
        return self._change_many(documents.DELETE_FLOW_RUNS, inputs, portions)

    def set_state_of_flow_runs(
        self,
        state: str,
        where: Where | None = None,
        *,
        everything: bool = False,
        message: str | None = None,
        portions: Portions = _ALL_PORTIONS,
    ) -> ChangedRuns:
        """Set a state on runs: Scheduled, Paused, Success, Failed, Cancelled or Skipped.

        A run that has changed since the call began is left to whoever changed it, and is in `failed`.
        """
        inputs = {**_runs(where, everything=everything), "state": state, "message": message}
        if not portions.dry_run and portions.as_of is None and portions.continuation is None:
            # If the first response is lost, its repeat must not set a run again that has gone on since.
            look = {**inputs, "dry_run": True, "limit": 1}
            inputs["as_of"] = self._change(documents.SET_STATE_OF_FLOW_RUNS, look, idempotent=True)["as_of"]
        return self._change_many(documents.SET_STATE_OF_FLOW_RUNS, inputs, portions)

    def _change_many(self, document: str, inputs: dict[str, Any], portions: Portions) -> ChangedRuns:
        given = {
            **inputs,
            "dry_run": portions.dry_run,
            "limit": portions.size,
            "continuation": portions.continuation,
        }
        if portions.as_of is not None:
            given["as_of"] = write_time(portions.as_of)
        done = ChangedRuns()
        while True:
            portion = ChangedRuns.from_json(self._change(document, given, idempotent=True))
            done = portion.after(done)
            portions.on_progress(done)
            if portion.continuation is None or portions.dry_run:
                return done
            given["continuation"] = portion.continuation


def _runs(where: Where | None, *, everything: bool) -> dict[str, Any]:
    """Return the inputs that choose the runs. The service refuses a filter that chooses none."""
    conditions = where.where() if isinstance(where, RunFilter) else where
    return {"where": conditions, "all": everything}
