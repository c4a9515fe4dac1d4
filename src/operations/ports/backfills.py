"""The backfills of schedules."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Protocol

from domain.flow_runs.flow_runs import FlowRun
from domain.schedules.backfills import Backfill, BackfillPlan, Planned


class Backfills(Protocol):
    """The backfills of one tenant's schedules."""

    def create(self, backfill: Backfill, plan: BackfillPlan, now: datetime, token: bytes) -> Backfill: ...
    def get(self, backfill_id: str) -> Backfill | None: ...
    def of_ids(self, backfill_ids: Sequence[str]) -> list[Backfill]: ...
    def plan(self, backfill_id: str) -> BackfillPlan: ...
    def due(self, latest: datetime) -> Iterator[str]: ...
    def of_tenant(self) -> Iterator[Backfill]: ...
    def keep(
        self,
        before: Backfill,
        after: Backfill,
        next_look: datetime | None,
        token: bytes,
        runs: Sequence[tuple[Planned, FlowRun]] = (),
    ) -> set[str] | None: ...
    def noted(
        self, flow_group_id: str, first: datetime, last: datetime
    ) -> dict[tuple[datetime, str], str]: ...
    def delete_of_group(self, flow_group_id: str, has_time: Callable[[], bool]) -> bool: ...
