"""The occurrences of schedules that did not run."""

from collections.abc import Callable, Iterator
from typing import Protocol

from domain.schedules.skips import SkippedOccurrence


class Occurrences(Protocol):
    """The occurrences of one tenant's schedules that did not run."""

    def of_group(self, flow_group_id: str, *, descending: bool) -> Iterator[SkippedOccurrence]: ...
    def of_tenant(self, *, descending: bool) -> Iterator[SkippedOccurrence]: ...
    def delete_all(self, flow_group_id: str, has_time: Callable[[], bool]) -> bool: ...
