"""What recovery reads, and the markers of work that it finishes."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Protocol

from domain.flow_runs.restarts import Restart
from domain.flows.flows import Flow
from domain.recovery.cursor import RecoveryCursor
from domain.recovery.follow_ups import FollowUp, Removal
from domain.recovery.leaving import KeptTaskRun
from domain.recovery.rules import Heartbeat
from domain.task_runs.task_runs import Address, TaskRun


class Heartbeats(Protocol):
    """The heartbeats and task runs of one tenant, as recovery reads them."""

    def newest(self, flow_run_ids: Sequence[str]) -> dict[str, Heartbeat]: ...
    def of_task_runs(self, flow_run_id: str, *, consistent: bool) -> dict[Address, datetime]: ...
    def kept_task_runs(self, flow_run_id: str) -> list[KeptTaskRun] | None: ...
    def active_task_runs(self, flow_run_id: str, *, consistent: bool) -> Iterator[list[TaskRun]]: ...


class CursorRecord(Protocol):
    """The stored cursor of recovery."""

    def read(self) -> RecoveryCursor | None: ...
    def begin(self, cursor: RecoveryCursor, before: RecoveryCursor | None) -> bool: ...
    def advance_to(self, cursor: RecoveryCursor) -> None: ...


class FollowUps(Protocol):
    """The markers of one tenant's runs that need work after their requests have ended."""

    def put(
        self, flow_run_id: str, now: datetime, *, deletes: bool = False, restart: Restart | None = None
    ) -> None: ...
    def due(self, latest: datetime, after: FollowUp | None = None) -> Iterator[FollowUp]: ...
    def get(self, flow_run_ids: Sequence[str]) -> list[FollowUp]: ...
    def remove(self, follow_up: FollowUp) -> bool: ...


class Removals(Protocol):
    """The markers of one tenant's flows and projects that are being deleted, or were a moment ago."""

    def begin(self, flow: Flow, now: datetime) -> None: ...
    def due(self, latest: datetime) -> Iterator[Removal]: ...
    def forget(self, removal: Removal) -> None: ...
