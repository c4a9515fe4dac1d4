"""Calls of the client about backfills: runs for the past of a schedule."""

from datetime import datetime

from flow_runs import documents
from flow_runs.backfills import BackfillInfo, BackfillPlan
from flow_runs.errors import NotFoundError
from flow_runs.flow_calls import FlowCalls
from flow_runs.times import write_time


class BackfillCalls(FlowCalls):
    """Calls that begin, list, stop and continue backfills."""

    def create_backfill(
        self,
        flow_group_id: str,
        first: datetime | str,
        last: datetime | str,
        *,
        at_once: int = 1,
        newest_first: bool = False,
        repeat: str = "missing",
        dry_run: bool = False,
        idempotency_key: str | None = None,
    ) -> BackfillPlan:
        """Make runs for the occurrences of a schedule from `first` to `last`, `at_once` of them at a time.

        `repeat` is `missing`, `failed` or `all`. The same values, or the same key, return the backfill that
        there is. With `dry_run` the runs are only counted. Raises NotFoundError, BadUserInputError.
        """
        inputs = {
            "flow_group_id": flow_group_id,
            "first": write_time(first),
            "last": write_time(last),
            "at_once": at_once,
            "direction": "newest_first" if newest_first else "oldest_first",
            "repeat": repeat,
            "dry_run": dry_run,
            "idempotency_key": idempotency_key,
        }
        return BackfillPlan.from_json(self._change(documents.CREATE_BACKFILL, inputs, idempotent=True))

    def list_backfills(self, flow_group_id: str | None = None, limit: int = 100) -> list[BackfillInfo]:
        """Return the backfills of a schedule, or of all, the newest first."""
        where = {} if flow_group_id is None else {"flow_group_id": {"_eq": flow_group_id}}
        rows = self._read(documents.BACKFILLS, {"where": where, "limit": limit})["backfill"]
        return [BackfillInfo.from_json(row) for row in rows]

    def stop_backfill(self, backfill_id: str) -> None:
        """Let a backfill make no more runs; those that it has made stay. Raises NotFoundError."""
        self._turn(documents.STOP_BACKFILL, backfill_id)

    def continue_backfill(self, backfill_id: str) -> None:
        """Let a stopped backfill go on. Raises NotFoundError."""
        self._turn(documents.CONTINUE_BACKFILL, backfill_id)

    def _turn(self, document: str, backfill_id: str) -> None:
        if not self._change(document, {"backfill_id": backfill_id}, idempotent=True)["success"]:
            raise NotFoundError(f"There is no backfill {backfill_id}.")
