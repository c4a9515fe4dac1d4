"""Totals of flow runs, and the marks of what has changed since they were counted."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from domain.flow_runs.run_totals import Level, Marks, Total, TotalOf


class RunTotals(Protocol):
    """The totals of one tenant's flow runs."""

    def touch(self, flow_run_id: str, now: datetime) -> None: ...
    def marks(self, *, consistent: bool = False) -> Marks: ...
    def forget(self, hour: datetime, at: datetime) -> None: ...
    def stored(
        self, of: TotalOf, level: Level, start: datetime, end: datetime, *, consistent: bool = False
    ) -> list[Total]: ...
    def put(self, of: TotalOf, total: Total) -> None: ...
    def kinds(self, flow_run_ids: Sequence[str]) -> list[tuple[str, str]]: ...
