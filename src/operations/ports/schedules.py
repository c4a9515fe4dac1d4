"""The records of the schedules of flow groups, and the turns of their runs."""

from collections.abc import Container, Iterator, Sequence
from datetime import datetime
from typing import Protocol

from domain.flow_runs.flow_runs import FlowRun
from domain.schedules.beginning import Turn
from domain.schedules.records import Made, ScheduleRecord
from domain.schedules.skips import SkippedOccurrence


class Schedules(Protocol):
    """The schedules of one tenant's flow groups."""

    def due(self, latest: datetime, first_shard: int) -> Iterator[str]: ...
    def oldest_due(self, latest: datetime, without: Container[str]) -> datetime | None: ...
    def get(self, group_id: str) -> ScheduleRecord | None: ...
    def records(self, group_ids: Sequence[str]) -> list[ScheduleRecord]: ...
    def faults(self, group_ids: Sequence[str]) -> dict[str, str]: ...
    def keep(
        self,
        before: ScheduleRecord,
        after: ScheduleRecord,
        tick: bytes,
        *,
        runs: Sequence[FlowRun] = (),
        skipped: Sequence[SkippedOccurrence] = (),
        again: Sequence[Made] = (),
    ) -> bool: ...
    def set_active(self, flow_id: str, group_id: str, now: datetime, *, active: bool) -> bool: ...
    def waiting(self, labels: Sequence[str], latest: datetime) -> Iterator[str]: ...
    def remove_untouched(self, flow_run_ids: Sequence[str]) -> int: ...


class Turns(Protocol):
    """The turns of one tenant's flow groups."""

    def get(self, group_id: str) -> Turn: ...
    def delete(self, group_id: str) -> None: ...
