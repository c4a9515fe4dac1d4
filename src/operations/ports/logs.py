"""The logs of runs."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from domain.task_runs.logs import Horizon, KeptEntry, LogEntry, Times


class LogPage(Protocol):
    """Log entries in no order, the characters of their messages, and the time of the last batch's end."""

    @property
    def entries(self) -> list[KeptEntry]: ...
    @property
    def characters(self) -> int: ...
    @property
    def read_to(self) -> datetime: ...


class Logs(Protocol):
    """The logs of one tenant."""

    def write(self, entries: Sequence[LogEntry], now: datetime, kept: timedelta | None) -> None: ...
    def read(
        self,
        flow_run_id: str,
        times: Times,
        *,
        descending: bool,
        now: datetime,
        page_size: int | None = None,
        horizon: Horizon | None = None,
    ) -> Iterator[LogPage]: ...
