"""The fates of tasks in a restart, and what they mean for the children of a mapped task."""

from collections.abc import Collection, Iterable, Sequence
from enum import Enum

from domain.flow_runs.known_task_runs import KnownTaskRun


class Fate(Enum):
    """What a restart does with a task: all its runs stay, begin anew, or each child has a fate of its own."""

    KEEP = "keep"
    RESET = "reset"
    BY_CHILD = "by child"


def has_gap(children: Sequence[KnownTaskRun], expected: int) -> bool:
    """Return True if children lack between these, the first of which should have the expected index."""
    return [child.map_index for child in children] != list(range(expected, expected + len(children)))


def children_to_reset(
    children: Iterable[KnownTaskRun], fate: Fate, dragged: Collection[int]
) -> list[KnownTaskRun]:
    """Return the children of a task that begin anew, those that were reset before among them.

    `dragged` are the indexes of children that depend on one which begins anew.
    """
    if fate is Fate.RESET:
        return list(children)
    return [child for child in children if not child.is_done or child.map_index in dragged]
