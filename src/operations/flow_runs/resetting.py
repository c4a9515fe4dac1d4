"""The resets of a restart: in bounded portions, each of which a later one continues where it ended.

A task run is reset under the version in which it was read. One that changes in the meantime is read again,
and stays if it has done its work after all.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from domain.errors import NotFound, VersionLockingError
from domain.flow_runs.flow_runs import FlowRun
from domain.flow_runs.known_task_runs import AGAIN, RESET, KnownTaskRun, is_to_be_reset
from domain.flow_runs.restart_choice import Choice
from domain.flow_runs.restart_fates import Fate, children_to_reset, has_gap
from domain.flow_runs.restarts import Place, Restart
from domain.flow_runs.states import State
from domain.rounds import ROUNDS, changed_too_often
from domain.task_runs.task_runs import NOT_MAPPED, Address, TaskRunChange
from operations.context import Context
from operations.flow_runs.cancelling import HasTime
from operations.flow_runs.choosing_resets import chosen_resets

# So many task runs are written side by side before the time is looked at again.
_AT_A_TIME: Final = 64
# So many children of a mapped task are read at once.
PAGE: Final = 500

# Notes how far a restart has come, before the first task run is reset and when time runs out.
Note = Callable[[Restart], None]


@dataclass(slots=True)
class Resets:
    """The resets of one flow run as far as one request, or one tick, has time for them.

    `restart` says how far they have come. `note` is called before the first of them is written, so that
    recovery finds the rest.
    """

    context: Context
    run: FlowRun
    restart: Restart
    has_time: HasTime
    note: Note
    _is_noted: bool = False

    def go_on(self) -> bool:
        """Reset what is left. Return False if time ran out, after a note of the place.

        Raises NotFound if the flow is gone, or if the flow run was deleted meanwhile; ApiError.
        """
        work = self.context.work
        before = work.used_by_changes
        choice = chosen_resets(self.context, self.run, self.restart.touched)
        # Each portion has to choose, also among so many tasks that it would have no part left for a reset.
        work.note_in_any_case(before)
        for position, number in enumerate(choice.order):
            if position < self.restart.place.position:
                choice.fate(number)
            elif not self._reset_task(choice, position, number):
                self.note(self.restart)
                return False
            else:
                self._reach(Place(position + 1))
        return self._reset_again(choice.again())

    def _reset_again(self, again: Sequence[KnownTaskRun]) -> bool:
        """Let task runs give their results again. Return False if time ran out."""
        for start in range(0, len(again), _AT_A_TIME):
            if not self._reset(again[start : start + _AT_A_TIME], [NOT_MAPPED], AGAIN):
                self.note(self.restart)
                return False
        return True

    def _reset_task(self, choice: Choice, position: int, number: int) -> bool:
        """Reset a task and its children as they need it. Return False if time ran out."""
        fate, own = choice.fate(number), choice.of_tasks.get(number)
        if fate is Fate.KEEP:
            return True
        if fate is Fate.RESET and own is not None:
            dragged = [NOT_MAPPED] if choice.is_dragged(number) else []
            if not self._reset([own], dragged):
                return False
        expected = self.restart.place.index if self.restart.place.position == position else 0
        for children in self.context.store.task_runs.known(self.run.id, number, expected, page=PAGE):
            self.context.work.note_looked_at(len(children))
            if has_gap(children, expected):
                self._touch(choice, number)
            if not self._reset_children(choice, position, number, children):
                return False
            expected = children[-1].map_index + 1 if children else expected
        if own is not None and expected < (own.children or 0):
            self._touch(choice, number)
        return True

    def _touch(self, choice: Choice, number: int) -> None:
        """Note that some children of a task begin, anew or for the first time."""
        choice.touched.add(number)
        self.restart = replace(self.restart, touched=frozenset(choice.touched))

    def _reset_children(
        self, choice: Choice, position: int, number: int, children: Sequence[KnownTaskRun]
    ) -> bool:
        fate, dragged = choice.fate(number), self._dragged(choice, number, children)
        chosen = children_to_reset(children, fate, dragged)
        if chosen and fate is Fate.BY_CHILD:
            self._touch(choice, number)
        for start in range(0, len(chosen), _AT_A_TIME):
            batch = chosen[start : start + _AT_A_TIME]
            self._reach(Place(position, batch[0].map_index))
            # One that is dragged along is reset whatever becomes of it meanwhile.
            all_dragged = {child.map_index for child in batch} if fate is Fate.RESET else dragged
            if not self._reset(batch, all_dragged):
                return False
        if children:
            self._reach(Place(position, children[-1].map_index + 1))
        return self.has_time()

    def _dragged(self, choice: Choice, number: int, children: Sequence[KnownTaskRun]) -> set[int]:
        """Return the indexes of these children that depend on a child which begins anew."""
        joined = choice.joined(number) if children and choice.fate(number) is Fate.BY_CHILD else []
        first, last = (children[0].map_index, children[-1].map_index) if joined else (0, 0)
        return {
            above.map_index
            for upstream in joined
            for page in self.context.store.task_runs.known(self.run.id, upstream, first, last)
            for above in page
            if not above.is_done
        }

    def _reach(self, place: Place) -> None:
        self.restart = replace(self.restart, place=max(place, self.restart.place))

    def _reset(self, chosen: Sequence[KnownTaskRun], dragged: Collection[int], state: State = RESET) -> bool:
        """Reset task runs side by side, those with a `dragged` index even if they have done their work.

        Return False if there was no time. Raises NotFound, ApiError.
        """
        self.restart = replace(self.restart, found=self.restart.found or bool(chosen))
        left = {
            Address(self.run.id, task_run.number, task_run.map_index): task_run.version
            for task_run in chosen
            if not task_run.is_reset
        }
        if left and not self.has_time():
            return False
        # A cancellation under way asks for the note, and cancels also what was reset by an earlier restart.
        if left or (chosen and self.run.state.type == "Cancelled"):
            self._note_once()
        for _ in range(ROUNDS):
            if not left:
                return True
            left = self._write(left, dragged, state)
        raise changed_too_often(f"Task runs of flow run {self.run.id}")

    def _note_once(self) -> None:
        if not self._is_noted:
            self.note(self.restart)
            self._is_noted = True

    def _write(
        self, versions: Mapping[Address, int], dragged: Collection[int], state: State
    ) -> dict[Address, int]:
        """Reset task runs at these versions. Return those that have changed and are still to be reset."""
        context, store = self.context, self.context.store.task_runs
        changes = [
            TaskRunChange(address=address, version=version, state=state)
            for address, version in versions.items()
        ]
        try:
            results = store.set_states(changes, context.now(), context.token())
        except NotFound:  # task runs go with their flow run alone
            raise NotFound(f"Flow run {self.run.id} is being deleted.") from None
        lost = [
            address
            for address, result in zip(versions, results, strict=True)
            if isinstance(result, VersionLockingError)
        ]
        return {
            task_run.address: task_run.version
            for task_run in (store.get(lost) if lost else ())
            if is_to_be_reset(task_run.state.type, is_dragged=task_run.map_index in dragged)
        }
