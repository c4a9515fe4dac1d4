"""The check of a flow run that ends or waits again, because it may leave task runs behind.

While a flow run needs a process, that process and recovery look after its task runs. Afterwards nobody does.
So the check tells if all task runs have ended, or if one may be Running or be set Running by a write that is
under way.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from domain.flow_runs.flow_runs import FlowRun
from domain.flow_runs.states import KIND_OF, Kind
from domain.recovery.rules import NEEDS_PROCESS
from domain.task_runs.task_runs import NOT_MAPPED, Address, TaskRun


class HasBegun(Exception):
    """A task run has begun since the flow run was read as one without begun task runs."""


@dataclass(frozen=True, slots=True)
class LeavingCheck:
    """The result of the check, before the new state of the flow run is written.

    `may_be_left` says that the flow run was marked, because task runs may be left behind. `no_task_run_begun`
    says that it was not marked, because no task run has begun. The write of the state has to check it again.
    `before` is the flow run as it was read, None if it was not.
    """

    may_be_left: bool = False
    no_task_run_begun: bool = False
    before: FlowRun | None = None


@dataclass(frozen=True, slots=True)
class KeptTaskRun:
    """A stored task run: its task's number, its map index (-1 if it is no child), its state's type.

    `children` is the number of children of a mapped task, if its state tells.
    """

    number: int
    map_index: int
    state: str
    children: int | None = None


def has_ended(state: str) -> bool:
    """Return True if no process works on a task run in this type of state.

    Looped does not count as an end, because the task run will be Running again.
    """
    return KIND_OF[state] is Kind.FINISHED and state != "Looped"


def have_all_ended(task_count: int, kept: Sequence[KeptTaskRun]) -> bool:
    """Return True if every task has a task run, every mapped task has all its children, and all have ended.

    Return False if the number of children of a mapped task is unknown, because some may be missing.
    """
    parents = {task_run.number: task_run for task_run in kept if task_run.map_index == NOT_MAPPED}
    children: dict[int, set[int]] = defaultdict(set)
    for task_run in kept:
        if task_run.map_index != NOT_MAPPED:
            children[task_run.number].add(task_run.map_index)
    return (
        all(has_ended(task_run.state) for task_run in kept)
        and parents.keys() >= set(range(1, task_count + 1)) | children.keys()
        and all(_has_all_children(parent, children[parent.number]) for parent in parents.values())
    )


def _has_all_children(parent: KeptTaskRun, indexes: set[int]) -> bool:
    if parent.state != "Mapped":
        return not indexes
    return (
        parent.children is not None and sum(index < parent.children for index in indexes) == parent.children
    )


def is_unforeseen(flow_run: FlowRun, task_run: TaskRun | None, address: Address) -> bool:
    """Return True if the check of an ending flow run does not expect that this task run becomes Running.

    Either the task run has ended already, or its task was registered after the flow run was created. In both
    cases all task runs that the check expects may have ended.
    """
    has_ended_once = task_run is not None and has_ended(task_run.state.type)
    return has_ended_once or address.number > flow_run.task_count


def leaves_behind(before: FlowRun, version: int | None, kept: Sequence[KeptTaskRun] | None) -> bool:
    """Return True if a flow run that ends or waits may leave task runs that nobody looks after.

    `before` is the flow run as it was read, `version` the version that the change names. `kept` are its task
    runs, or None if there are more of them than were read.
    """
    if version is not None and version < before.version:
        return False  # the change will be refused
    if has_no_begun_task_run(before, kept):
        return False
    if kept is None or not all(has_ended(task_run.state) for task_run in kept):
        return True
    # While no process works on a flow run, no write that sets one of its task runs Running is under way.
    was_idle = version == before.version and before.state.type not in NEEDS_PROCESS
    return not was_idle and not have_all_ended(before.task_count, kept)


def has_no_begun_task_run(before: FlowRun, kept: Sequence[KeptTaskRun] | None) -> bool:
    """Return True if no task run has begun. A request notes `begun` on the flow run before it begins one."""
    return not before.begun and kept is not None and not kept
