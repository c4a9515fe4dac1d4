"""Calls of the client about occurrences of schedules that come, that are late, or that did not run."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from flow_runs import documents
from flow_runs.flow_calls import FlowCalls
from flow_runs.schedules import ClearedRuns, PreviewedOccurrence, SkippedOccurrence
from flow_runs.times import write_time

# After so many requests that closed nothing another one would hardly close more.
_MOST_IN_VAIN: Final = 3


class OccurrenceCalls(FlowCalls):
    """Calls that list the occurrences of schedules, and close late runs."""

    def preview_schedule(
        self,
        flow_group_id: str | None = None,
        *,
        schedule: Mapping[str, Any] | None = None,
        rules: Mapping[str, Any] | None = None,
        after: datetime | str | None = None,
        limit: int = 10,
    ) -> list[PreviewedOccurrence]:
        """Return the next occurrences of a schedule, or of one that is not saved, after a time or now.

        A given schedule (as Core serializes it) and given rules take the place of the flow group's. `limit`
        is at most 100. Raises NotFoundError, BadUserInputError.
        """
        variables = {
            "flow_group_id": flow_group_id,
            "schedule": schedule,
            "rules": rules,
            "after": write_time(after),
            "limit": limit,
        }
        rows = self._read(documents.SCHEDULE_PREVIEW, variables)["schedule_preview"]
        return [PreviewedOccurrence.from_json(row) for row in rows]

    def clear_late_runs(
        self,
        flow_group_id: str | None = None,
        *,
        flow_id: str | None = None,
        project: str | None = None,
        late_after: int = 0,
        dry_run: bool = False,
    ) -> ClearedRuns:
        """Close late runs of a flow group, a flow or a project as skipped, and return how many.

        Late are those that are due for so many seconds and that no agent has begun. With `dry_run` they are
        only counted. One request closes some hundreds, so this call repeats it until none is left, or some in
        a row have closed none because others change the runs meanwhile. A dry run is not repeated: its `left`
        says that there are more. Raises NotFoundError, BadUserInputError.
        """
        inputs = {
            "flow_group_id": flow_group_id,
            "flow_id": flow_id,
            "project_id": None if project is None else self._project_id(project),
            "late_after": late_after,
            "dry_run": dry_run,
        }
        count = in_vain = 0
        while True:
            payload = self._change(documents.CLEAR_LATE_RUNS, inputs, idempotent=True)
            count += payload["count"]
            in_vain = 0 if payload["count"] else in_vain + 1
            if dry_run or not payload["left"] or in_vain == _MOST_IN_VAIN:
                return ClearedRuns(count=count, left=payload["left"])

    def list_skipped(
        self,
        flow_group_id: str | None = None,
        *,
        since: datetime | str | None = None,
        until: datetime | str | None = None,
        limit: int = 100,
    ) -> list[SkippedOccurrence]:
        """Return occurrences that did not run, the last one first: of a schedule, or of all.

        They were due from `since` to `until`, both included. `limit` is at most 5,000.
        """
        bounds = {"_gte": write_time(since), "_lte": write_time(until)}
        times = {name: value for name, value in bounds.items() if value is not None}
        where: dict[str, Any] = {"scheduled_time": times} if times else {}
        if flow_group_id is not None:
            where["flow_group_id"] = {"_eq": flow_group_id}
        rows = self._read(documents.SKIPPED, {"where": where, "limit": limit})["occurrence"]
        return [SkippedOccurrence.from_json(row) for row in rows]
