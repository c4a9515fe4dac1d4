"""Task runs, mapped children and artifacts."""

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime
from typing import Any, Protocol

from domain.concurrency.limits import ConcurrencyLimit
from domain.errors import VersionLockingError
from domain.flow_runs.flow_runs import FlowRun
from domain.flow_runs.known_task_runs import KnownTaskRun
from domain.parts import Part
from domain.task_runs.artifacts import Artifact
from domain.task_runs.task_runs import MAX_MAP_INDEX, Address, TaskRun, TaskRunChange


class TaskRuns(Protocol):
    """The task runs of one tenant, from their first state change on."""

    def find(self, address: Address) -> tuple[FlowRun | None, TaskRun | None]: ...
    def find_child(self, address: Address) -> tuple[FlowRun | None, TaskRun | None, bool]: ...
    def get(self, addresses: Sequence[Address], parts: Collection[Part] = ...) -> list[TaskRun]: ...
    def of_flow_run(
        self,
        flow_run_id: str,
        parts: Collection[Part] = ...,
        *,
        mapped: bool | None = None,
        number: int | None = None,
        first_page: int | None = None,
        consistent: bool = True,
    ) -> Iterator[list[TaskRun]]: ...
    def known(
        self,
        flow_run_id: str,
        number: int | None = None,
        first: int = 0,
        last: int = MAX_MAP_INDEX,
        page: int | None = None,
    ) -> Iterator[list[KnownTaskRun]]: ...
    def children(
        self,
        address: Address,
        last: int,
        parts: Collection[Part] = ...,
        *,
        descending: bool = ...,
        first_page: int | None = ...,
    ) -> Iterator[Sequence[TaskRun]]: ...
    def begin(self, task_run: TaskRun, *, take: Sequence[ConcurrencyLimit] = ...) -> bool: ...
    def set_state(
        self, change: TaskRunChange, at: datetime, token: bytes, *, take: Sequence[ConcurrencyLimit] = ...
    ) -> TaskRun: ...
    def set_states(
        self, changes: Sequence[TaskRunChange], at: datetime, token: bytes
    ) -> list[TaskRun | VersionLockingError]: ...
    def rename(self, address: Address, name: str, now: datetime) -> bool: ...
    def heartbeat(self, address: Address, now: datetime) -> None: ...


class MappedChildren(Protocol):
    """The addresses of one tenant's mapped children by id; `noted`: the note of their block exists."""

    def find(self, task_run_id: str) -> Address | None: ...
    def find_all(self, task_run_ids: Sequence[str]) -> dict[str, Address]: ...
    def keep(self, address: Address, *, noted: bool) -> None: ...
    def forget(self, flow_run_id: str, has_time: Callable[[], bool]) -> bool: ...


class Artifacts(Protocol):
    """The artifacts of one tenant's task runs."""

    def create(self, artifact: Artifact) -> None: ...
    def get(self, artifact_ids: Sequence[str]) -> list[Artifact]: ...
    def of_flow_run(self, flow_run_id: str, task_run_id: str | None = None) -> Iterator[list[Artifact]]: ...
    def update(self, artifact_id: str, data: Any, now: datetime) -> bool: ...
    def delete(self, artifact_id: str) -> bool: ...
