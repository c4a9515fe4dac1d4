"""The client: one object with all calls."""

import time
from collections.abc import Iterator
from typing import Final

from flow_runs.backfill_calls import BackfillCalls
from flow_runs.bulk_calls import BulkCalls
from flow_runs.errors import WaitTimeoutError
from flow_runs.key_calls import KeyCalls
from flow_runs.listing_calls import ListingCalls
from flow_runs.log_calls import LogCalls
from flow_runs.models import FlowRunInfo, FlowRunState
from flow_runs.occurrence_calls import OccurrenceCalls
from flow_runs.schedule_calls import ScheduleCalls
from flow_runs.state_calls import StateCalls

_FIRST_POLL: Final = 0.5
_LONGEST_POLL: Final = 5.0
_POLL_GROWTH: Final = 1.3


class Client(
    ScheduleCalls, OccurrenceCalls, BackfillCalls, BulkCalls, KeyCalls, StateCalls, ListingCalls, LogCalls
):
    """A client of one Flow Runs service: the calls of Prefect Core's client, typed, and some more.

    Every error is a FlowRunsError; `flow_runs.errors` draws the tree. A request is repeated if that cannot do
    anything twice: always after a connection error, and after a lost response if a key or a version protects
    the call.
    """

    def watch(self, flow_run_id: str, *, timeout: float | None = None) -> Iterator[FlowRunState]:
        """Yield each state of a run once, in order, from its first to its last.

        The service is asked every half second, and less often (down to every 5 s) while nothing changes.
        Raises WaitTimeoutError if the run has not ended after `timeout` seconds; the run itself goes on.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        seen, pause = 0, _FIRST_POLL
        while True:
            new = [entry for entry in self.get_flow_run_states(flow_run_id) if entry.version > seen]
            yield from new
            if new:
                seen, pause = new[-1].version, _FIRST_POLL
                if new[-1].state.is_finished:
                    return
            left = pause if deadline is None else deadline - time.monotonic()
            if left <= 0:
                raise WaitTimeoutError(f"Flow run {flow_run_id} has not ended within {timeout:g} seconds.")
            self._policy.sleep(min(pause, left))
            pause = min(_LONGEST_POLL, pause * _POLL_GROWTH)

    def wait_for_flow_run(self, flow_run_id: str, *, timeout: float | None = None) -> FlowRunInfo:
        """Wait until a run has ended, and return it. Raises WaitTimeoutError after `timeout` seconds."""
        for _ in self.watch(flow_run_id, timeout=timeout):
            pass
        return self.get_flow_run_info(flow_run_id)
