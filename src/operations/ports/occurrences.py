"""The occurrences of schedules that did not run."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Protocol

from domain.schedules.rules.skips import SkippedOccurrence

# The earliest and the latest time of a list, both included.
Times = tuple[datetime | None, datetime | None]


class Occurrences(Protocol):
    """The occurrences of one tenant's schedules that did not run."""

    def of_group(
        self, flow_group_id: str, times: Times = ..., *, descending: bool, page: int = ...
    ) -> Iterator[SkippedOccurrence]: ...
    def of_tenant(
        self, times: Times = ..., *, descending: bool, page: int = ...
    ) -> Iterator[SkippedOccurrence]: ...
    def delete_all(self, flow_group_id: str, has_time: Callable[[], bool]) -> bool: ...
    def planned(self, flow_group_id: str, after: datetime) -> list[SkippedOccurrence]: ...
    def delete(self, skipped: Sequence[SkippedOccurrence]) -> None: ...
