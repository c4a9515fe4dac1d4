"""The tasks that depend on some tasks of a flow, directly or through others."""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from domain.flows.edges import Edge
from domain.flows.tasks import Task


@dataclass(frozen=True, slots=True)
class DownstreamTask:
    """A task that is reached along edges; `depth` is the length of the longest way to it, 0 without one."""

    task: Task
    depth: int


def downstream_of(
    start: Iterable[Task], edges: Sequence[Edge], depth_limit: int | None = None
) -> list[DownstreamTask]:
    """Return the tasks to start from and all that depend on them, by depth and number.

    With a limit, no way is longer than that. Ways end where they would go in a circle.
    """
    leads_to: dict[str, list[Task]] = {}
    for edge in edges:
        leads_to.setdefault(edge.upstream.id, []).append(edge.downstream)
    tasks = {task.id: task for task in start}
    if depth_limit is None:
        depths = _longest_ways(tasks, leads_to)
    else:
        depths = _ways_up_to(depth_limit, tasks, leads_to)
    found = [DownstreamTask(tasks[task_id], depth) for task_id, depth in depths.items()]
    return sorted(found, key=lambda each: (each.depth, each.task.number))


def _longest_ways(tasks: dict[str, Task], leads_to: dict[str, list[Task]]) -> dict[str, int]:
    """Return the depths by ids; add the tasks that are reached to `tasks`.

    A task is left when all ways to it are known. Tasks of a circle are left in the order in which they are
    reached.
    """
    waits_for = _reached(tasks, leads_to)
    depths = dict.fromkeys(tasks, 0)
    left = dict.fromkeys(tasks)
    free = deque(task_id for task_id in tasks if not waits_for[task_id])
    while left:
        task_id = free.popleft() if free else next(iter(left))
        if task_id not in left:
            continue
        del left[task_id]
        for below in leads_to.get(task_id, ()):
            if below.id in left:
                depths[below.id] = max(depths[below.id], depths[task_id] + 1)
                waits_for[below.id] -= 1
                if not waits_for[below.id]:
                    free.append(below.id)
    return depths


def _reached(tasks: dict[str, Task], leads_to: dict[str, list[Task]]) -> dict[str, int]:
    """Add the tasks that are reached to `tasks`. Return how many edges lead to each of them."""
    waits_for = dict.fromkeys(tasks, 0)
    looked_at = deque(tasks)
    while looked_at:
        for below in leads_to.get(looked_at.popleft(), ()):
            if below.id not in tasks:
                tasks[below.id] = below
                looked_at.append(below.id)
            waits_for[below.id] = waits_for.get(below.id, 0) + 1
    return waits_for


def _ways_up_to(limit: int, tasks: dict[str, Task], leads_to: dict[str, list[Task]]) -> dict[str, int]:
    """Return the depths by ids, none above the limit; add the tasks that are reached to `tasks`."""
    depths = dict.fromkeys(tasks, 0)
    level = dict(tasks)
    for depth in range(1, limit + 1):
        level = {below.id: below for task_id in level for below in leads_to.get(task_id, ())}
        if not level:
            break
        depths |= dict.fromkeys(level, depth)
        tasks |= level
    return depths
