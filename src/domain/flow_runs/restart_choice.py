"""The choice of a restart: which task runs begin anew, so that nothing that succeeded is repeated.

The choice depends only on the states of the task runs and on the flow. A task run that was reset is Pending,
and counts like one that failed. So the choice is the same before, during and after the resets, and a restart
that was cut is continued by choosing again.
"""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from domain.flow_runs.known_task_runs import KnownTaskRun
from domain.flow_runs.restart_fates import Fate
from domain.flow_runs.restart_shape import FlowShape, makes_the_same
from domain.flows.edges import Edge
from domain.flows.task_order import in_order


@dataclass(slots=True)
class Choice:
    """The fates of the tasks of a flow run, in an order in which each comes after those that it depends on.

    `of_tasks` are the stored runs of the tasks themselves, without mapped children. `anew` are the numbers
    of the tasks that begin anew whatever their children are. `touched` are those of the tasks by child of
    which some children begin, anew or for the first time; the caller adds to it as it finds them.
    """

    shape: FlowShape
    of_tasks: Mapping[int, KnownTaskRun]
    order: Sequence[int]
    upstream: Mapping[int, Sequence[Edge]]
    anew: set[int]
    touched: set[int]
    _fates: dict[int, Fate] = field(default_factory=dict)

    def fate(self, number: int) -> Fate:
        """Return the fate of a task. Those before it in the order must have been asked for, and looked at."""
        known = self._fates.get(number)
        if known is None:
            known = self._fates[number] = self._decide(number)
        return known

    def _decide(self, number: int) -> Fate:
        own = self.of_tasks.get(number)
        if number in self.anew or any(map(self._drags, self.upstream.get(number, ()))):
            return Fate.RESET
        return Fate.BY_CHILD if own is not None and own.state == "Mapped" else Fate.KEEP

    def is_dragged(self, number: int) -> bool:
        """Return True if a task that begins anew does so whatever its own state is."""
        edges = self.upstream.get(number, ())
        return any(edge.upstream.number in self.anew or self._drags(edge) for edge in edges)

    def _drags(self, edge: Edge) -> bool:
        """Return True if the downstream task of an edge begins anew with all its children."""
        number = edge.upstream.number
        fate = self._fates.get(number, Fate.KEEP)
        if fate is Fate.BY_CHILD:
            return number in self.touched and not self.joins(edge)
        return fate is Fate.RESET

    def joins(self, edge: Edge) -> bool:
        """Return True if each child of the downstream task depends on the child with the same index."""
        down = self.of_tasks.get(edge.downstream.number)
        return edge.mapped and not edge.flattened and down is not None and down.state == "Mapped"

    def joined(self, number: int) -> list[int]:
        """Return the numbers of the mapped tasks whose children the children of this task depend on."""
        joined = {
            edge.upstream.number
            for edge in self.upstream.get(number, ())
            if self.joins(edge) and edge.upstream.number in self.touched
        }
        return sorted(joined)

    def again(self) -> list[KnownTaskRun]:
        """Return the task runs that give their results again, because no runner could use the kept ones.

        Called after all fates are known. Nothing that depends on them begins anew for their sake: a task of
        Core's own makes the same of the same. Runners of old releases map over no kept result, whatever task
        it is of.
        """
        begins, again = set[int](), []
        downstream = _by(self.shape.edges, "upstream")
        tasks = {task.number: task for task in self.shape.tasks}
        for number in reversed(self.order):
            own, fate = self.of_tasks.get(number), self.fate(number)
            edges = [edge for edge in downstream.get(number, ()) if edge.downstream.number in begins]
            needed = any(
                (edge.mapped and not self.shape.loads_results)
                or (edge.key is not None and number in tasks and makes_the_same(tasks[number]))
                for edge in edges
            )
            if own is None or fate is Fate.RESET or number in self.touched:
                begins.add(number)
            elif needed and fate is Fate.KEEP and own.state not in ("Skipped", "Cached"):
                begins.add(number)
                again.append(own)
        return again


def choose(of_tasks: Iterable[KnownTaskRun], shape: FlowShape, touched: Iterable[int] = ()) -> Choice:
    """Return the choice for a flow run of which these runs of tasks are stored.

    If runners cannot load kept results, `touched` has all mapped tasks of which a child is not done or has
    not begun, because what is chosen before them depends on it, too.
    """
    known = {task_run.number: task_run for task_run in of_tasks}
    numbers = {*known, *(task.number for task in shape.tasks)}
    choice = Choice(
        shape=shape,
        of_tasks=known,
        order=in_order(numbers, shape.edges),
        upstream=_by(shape.edges, "downstream"),
        anew={number for number, task_run in known.items() if not task_run.is_done},
        touched=set(touched),
    )
    _spread(choice, [number for number in numbers if number not in known])
    return choice


def _spread(choice: Choice, not_begun: Iterable[int]) -> None:
    """Let all begin anew that depends on a task which begins anew.

    A task without a run has not begun. What depends on it may have, in an odd flow, and stays.
    """
    downstream = _by(choice.shape.edges, "upstream")
    gathers = not choice.shape.loads_results
    looked_at = deque([*choice.anew, *(choice.touched if gathers else ()), *not_begun])
    while looked_at:
        number = looked_at.popleft()
        found = set[int]()
        for edge in downstream.get(number, ()):
            below = edge.downstream.number
            if number in choice.anew or (gathers and number in choice.touched and not choice.joins(edge)):
                found.add(below)
            elif gathers and number in choice.touched and below not in choice.touched:
                choice.touched.add(below)
                looked_at.append(below)
        if gathers:
            found.update(_gathered(choice.of_tasks, choice.upstream.get(number, ())))
        found -= choice.anew
        choice.anew |= found
        looked_at.extend(found)


def _gathered(known: Mapping[int, KnownTaskRun], edges: Iterable[Edge]) -> list[int]:
    """Return the numbers of the mapped tasks whose results a task takes all together."""
    numbers = [edge.upstream.number for edge in edges if edge.key is not None and not edge.mapped]
    return [number for number in numbers if number in known and known[number].state == "Mapped"]


def _by(edges: Iterable[Edge], end: str) -> dict[int, list[Edge]]:
    found: dict[int, list[Edge]] = {}
    for edge in edges:
        found.setdefault(getattr(edge, end).number, []).append(edge)
    return found
