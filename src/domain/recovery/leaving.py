"""Leaving work: whether a flow run that ends or waits again may leave task runs behind.

While a flow run needs a process, that process and recovery watch over its task runs. Afterwards nobody does:
so it matters whether all of them have ended, or one may be Running, or become so by a write under way.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from domain.flow_runs.flow_runs import FlowRun
from domain.flow_runs.states import KIND_OF, Kind
from domain.recovery.rules import NEEDS_PROCESS
from domain.task_runs.task_runs import NOT_MAPPED, Address, TaskRun


class HasBegun(Exception):
    """A flow run was to be left as one of which no task run has begun, and one has begun meanwhile."""


@dataclass(frozen=True, slots=True)
class Left:
    """What is known of a flow run before it is left.

    `may_be_left` says that it was marked, since task runs may be left behind; `unbegun` that it was not
    because none has begun, which must hold still when the state is written.
    """

    may_be_left: bool = False
    unbegun: bool = False


@dataclass(frozen=True, slots=True)
class Kept:
    """A task run that is kept: its task's number, its place among mapped children or -1, its state's type.

    `children` is how many a mapped task has, where its state tells.
    """

    number: int
    map_index: int
    state: str
    children: int | None = None


def has_ended(state: str) -> bool:
    """Whether nobody works at a task run in a state of this type; one that loops will be Running again."""
    return KIND_OF[state] is Kind.FINISHED and state != "Looped"


def have_all_ended(task_count: int, kept: Sequence[Kept]) -> bool:
    """Whether all task runs have ended: each of the tasks has one, and each mapped task all its children.

    Of which mapped task it is not known how many children it has, some may be missing.
    """
    own = {each.number: each for each in kept if each.map_index == NOT_MAPPED}
    children: dict[int, set[int]] = defaultdict(set)
    for each in kept:
        if each.map_index != NOT_MAPPED:
            children[each.number].add(each.map_index)
    return (
        all(has_ended(each.state) for each in kept)
        and own.keys() >= set(range(1, task_count + 1)) | children.keys()
        and all(_has_all_children(each, children[each.number]) for each in own.values())
    )


def _has_all_children(parent: Kept, indexes: set[int]) -> bool:
    if parent.state != "Mapped":
        return not indexes
    return parent.children is not None and sum(each < parent.children for each in indexes) == parent.children


def is_unforeseen(flow_run: FlowRun, task_run: TaskRun | None, address: Address) -> bool:
    """Whether nobody who ends a flow run reckons with a task run that becomes Running.

    It has ended already, or its task was registered after the flow run was made: without it, all task runs
    of the flow run may have ended.
    """
    has_ended_once = task_run is not None and has_ended(task_run.state.type)
    return has_ended_once or address.number > flow_run.task_count


def leaves_behind(before: FlowRun, version: int | None, kept: Sequence[Kept] | None) -> bool:
    """Whether a flow run that ends or waits may leave task runs behind that nobody watches over.

    `before` is the run as it was read, `version` what the change holds, `kept` its task runs; None stands for
    more than were looked at.
    """
    if version is not None and version < before.version:
        return False  # the change will be refused
    if is_unbegun(before, kept):
        return False
    if kept is None or not all(has_ended(each.state) for each in kept):
        return True
    # Of a run that was not at work, no task run is on its way to become Running.
    was_idle = version == before.version and before.state.type not in NEEDS_PROCESS
    return not was_idle and not have_all_ended(before.task_count, kept)


def is_unbegun(before: FlowRun, kept: Sequence[Kept] | None) -> bool:
    """Whether no task run has begun: whoever is about to begin one has the flow run say so first."""
    return not before.begun and kept is not None and not kept
