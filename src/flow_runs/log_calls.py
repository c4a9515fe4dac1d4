"""Calls of the client that read the logs of flow runs."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from flow_runs import documents
from flow_runs.connection import Connection
from flow_runs.errors import BadUserInputError, NotFoundError, PayloadTooLargeError, WaitTimeoutError
from flow_runs.logs import LogEntry, LogPosition, Tail, levels_from
from flow_runs.states import State
from flow_runs.times import aware

_PAGE: Final = 500
_FIRST_POLL: Final = 1.0
_LONGEST_POLL: Final = 5.0
_POLL_GROWTH: Final = 1.3
# A log is watched for so long after the end of its run, because the run's process sends its last entries
# after its last state.
_SECONDS_AFTER_END: Final = 6.0


@dataclass(frozen=True, slots=True)
class _Page:
    entries: list[LogEntry]
    run_has_ended: bool


class LogCalls(Connection):
    """Calls that read a log as it is, or follow it while it grows."""

    def iter_flow_run_logs(
        self,
        flow_run_id: str,
        *,
        level: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        page_size: int = _PAGE,
    ) -> Iterator[LogEntry]:
        """Yield the log entries of a run, its task runs and its agent, the oldest first, read page by page.

        `level` is the lowest level of the entries. `since` and `until` bound their times, both included; a
        datetime without a zone is UTC. A page that is too large for one response is read again in smaller
        pages. Raises NotFoundError, BadUserInputError.
        """
        if page_size < 1:
            raise BadUserInputError(f"page_size must be at least 1, not {page_size}.")
        levels = levels_from(level)
        pages = self._log_pages(flow_run_id, LogPosition(_aware(since), _aware(until)), page_size)
        # Filter by level here: for a rare level the service would scan the whole log for each page.
        return (entry for page in pages for entry in page.entries if entry.level in levels)

    def watch_logs(
        self,
        flow_run_id: str,
        *,
        level: str | None = None,
        since: datetime | None = None,
        timeout: float | None = None,
    ) -> Iterator[LogEntry]:
        """Yield the past and the new log entries of a run, each once, until the run has ended.

        Entries are in the order of their times, as far as they have arrived; an entry that arrives more than
        15 seconds after a newer one is left out. The service is asked every second, and less often (down to
        every 5 s) while no entry comes. Watching ends six seconds after the run, because the run's process
        sends its last entries late. Raises WaitTimeoutError if the run has not ended after `timeout` seconds,
        NotFoundError.
        """
        levels = levels_from(level)
        deadline = None if timeout is None else time.monotonic() + timeout
        tail, pause, polls = Tail(_aware(since)), _FIRST_POLL, 0
        seconds_after_end = 0.0
        while True:
            has_ended = something_new = False
            for number, page in enumerate(self._log_pages(flow_run_id, LogPosition(tail.since), _PAGE)):
                # If the run has ended by the first page, this and the following pages hold all that it
                # logged.
                has_ended = page.run_has_ended if number == 0 else has_ended
                new = tail.new(page.entries)
                something_new = something_new or bool(new)
                yield from (entry for entry in new if entry.level in levels)
            polls += 1
            pause = _FIRST_POLL if something_new or has_ended else min(_LONGEST_POLL, pause * _POLL_GROWTH)
            left = pause if deadline is None else deadline - time.monotonic()
            if has_ended and (polls == 1 or seconds_after_end >= _SECONDS_AFTER_END or left <= 0):
                return
            if left <= 0:
                raise WaitTimeoutError(f"Flow run {flow_run_id} has not ended within {timeout:g} seconds.")
            seconds_after_end = seconds_after_end + pause if has_ended else 0.0
            self._policy.sleep(min(pause, left))

    def _log_pages(self, flow_run_id: str, position: LogPosition, size: int) -> Iterator[_Page]:
        while True:
            try:
                page = self._log_page(flow_run_id, position.where(), size)
            except PayloadTooLargeError:
                if size == 1:
                    raise
                size //= 2
                continue
            yield page
            if len(page.entries) < size:
                return
            position.move_past(page.entries)

    def _log_page(self, flow_run_id: str, where: dict[str, Any], limit: int) -> _Page:
        variables = {"id": flow_run_id, "where": where, "limit": limit}
        row = self._read(documents.FLOW_RUN_LOGS, variables)["flow_run_by_pk"]
        if row is None:
            raise NotFoundError(f"There is no flow run {flow_run_id}.", {"flow_run_id": flow_run_id})
        return _Page([LogEntry.from_json(entry) for entry in row["logs"]], State(row["state"]).is_finished)


def _aware(instant: datetime | None) -> datetime | None:
    return None if instant is None else aware(instant)
