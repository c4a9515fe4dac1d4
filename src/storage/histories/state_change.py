"""Setting a state: one write as a rule, sent until it is known to stand or to be refused.

What a change returns is of its own entry, whoever has written since. It is known from the write itself or,
when the answer was lost, from the entry that carries the change's token: never from a later state of the run.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, Generic, TypeVar

from domain.errors import ApiError, NotFound
from domain.flow_runs.flow_runs import FlowRun
from domain.flow_runs.histories import HistoryEntry, version_conflict
from domain.flow_runs.left_by import as_of
from domain.flow_runs.states import State, with_cached_inputs
from domain.parts import Part
from domain.recovery.leaving import HasBegun
from domain.rounds import ROUNDS
from domain.task_runs.task_runs import TaskRun
from storage.concurrency import concurrency_slots as slots
from storage.dynamodb.items import Item, Write
from storage.dynamodb.retries import pause_before
from storage.dynamodb.table import Refused, Table
from storage.histories import history_writes as writes
from storage.histories.history_items import Entry, encode_entry, is_overflow, raw_entries, state_sk, token_of
from storage.histories.history_reads import has_entry, load_parts
from storage.layout.attributes import read_number
from storage.layout.codec import unpack
from storage.layout.keys import key

Run = TypeVar("Run", bound=FlowRun | TaskRun)

# The first round may only read what must be seen. Many writers without a version would lose by turns,
# so they pause, a fifth of a second at most.
_LONGEST_PAUSE: Final = 3


@dataclass(slots=True, kw_only=True)
class StateChange(Generic[Run]):
    """One wish to set a state. `version` is what the caller holds, None whatever is current.

    `token` makes the entry that it writes unlike any other, so that a repeat finds it. `also` are attributes
    of the run that change with it. `take` are the partitions of the limits of which it needs a slot each,
    `guard` a condition under which alone it may take them.
    """

    table: Table
    subject: writes.Subject[Run]
    version: int | None
    state: State
    at: datetime
    token: bytes
    also: Item = field(default_factory=dict)
    take: Sequence[str] = ()
    guard: Sequence[Write] = ()
    unless: str | None = None

    def write(self) -> Run:
        """Set the state; return the run as this change left it, history as far as it stood in its item.

        The newest state in it is whole. Raises VersionLockingError, NotFound, NoFreeSlot, PayloadTooLarge,
        ApiError.
        """
        entry = self._entry(self.state)
        known: Item | None = None
        if self._looks_first(entry):
            known = self._checked(self.table.get(self.subject.key))
        for number in range(ROUNDS):
            pause_before(min(max(number - 1, 0), _LONGEST_PAUSE))
            try:
                return self._after(known) if known else self._unseen(entry)
            except Refused as refused:
                standing = refused.items[0]
                if standing is None:
                    raise slots.refusal(refused.items[1 : 1 + len(self.take)]) from refused
            own = self._own_in(standing, self.version or _version(known))
            if own is not None:
                return own
            known = self._checked(standing)
        raise ApiError(f"Too many writers change {self._name} at once; the request may be sent again.")

    def _looks_first(self, entry: Entry) -> bool:
        """Whether the run has to be read before it is written.

        Without a version the write needs one as its condition: a first attempt that arrives late, after its
        repeat, is then refused. Which slots the run holds decides which it needs, and its labels where it
        waits. And what a transaction leaves is known only to who knows what it was written on.
        """
        index_sources = self.subject.index_sources(self.state, self.at)
        return self.version is None or bool(self.take or index_sources) or entry.overflow is not None

    def _checked(self, standing: Item | None) -> Item:
        """Return what stands, if this change may be set on it. Raises NotFound, VersionLockingError."""
        if not standing:
            raise NotFound(f"State update failed: there is no {self._name}.")
        if self.version is not None and self.version != _version(standing):
            latest = self.subject.decode(standing).latest
            raise version_conflict(self.subject.noun, self.subject.id, self.version, latest)
        if self.unless is not None and self.unless in standing:
            raise HasBegun(self._name)
        return standing

    def _own_in(self, standing: Item, version: int) -> Run | None:
        """Return the run as this change left it, if it was set on `version` already; None if it was not.

        Others may have changed the run since: then its history is read, and cut off behind the own entry.
        """
        if not standing or not has_entry(self.table, standing, self.token, version):
            return None
        if version + 1 == _version(standing) and not is_overflow(raw_entries(standing)[-1]):
            return self.subject.decode(standing)
        found = load_parts(self.table, [standing], (Part.HISTORY,), self.subject.decode)
        if not found:
            raise NotFound(f"{self._name} was deleted meanwhile.".capitalize())
        return as_of(found[0], version + 1)

    @property
    def _name(self) -> str:
        return f"{self.subject.noun.replace('_', ' ')} {self.subject.id}"

    def _unseen(self, entry: Entry) -> Run:
        """Append to the list, unless the item must be seen first: it is full, or leaves something behind."""
        change = self._change(self.state, entry, self._kept_inputs(self.state))
        update = writes.append_state(self.subject, self.version or 0, change, self.unless)
        return self.subject.decode(self.table.update(**update))

    def _after(self, item: Item) -> Run:
        """Set the state on the item as it was read; everything that goes with it in one transaction."""
        state, also = self.state, dict(self.also)
        if "carries" in item:
            state = with_cached_inputs(state, self._current_state(item))
        held = slots.held(item)
        beside: list[Write] = []
        removed: list[str] = ["carries"] if "carries" in item else []
        if held and not writes.holds_slots(state):
            beside, removed = [slots.give_back(pk) for pk in held], [*removed, "slots"]
        elif self.take and not held:
            # Who is Running already stays so, also when a limit was made meanwhile.
            take = slots.count if writes.is_at_work(item) else slots.take
            beside, also = [*map(take, self.take), *self.guard], also | slots.attribute(self.take)
        kept, entry = self._kept_inputs(state), self._entry(state)
        change = self._change(state, entry, also | kept, tuple(name for name in removed if name not in kept))
        step = writes.state_after(self.subject, item, change, self.unless)
        beside += [*step.beside, *([{"Put": {"Item": entry.overflow}}] if entry.overflow else [])]
        if not beside:
            return self.subject.decode(self.table.update(**step.update))
        self.table.transact([{"Update": step.update}, *beside])
        return _with_whole_state(self.subject.decode(step.after), state)

    def _kept_inputs(self, state: State) -> Item:
        carries = self.subject.keeps_inputs and bool(state.data.get("cached_inputs"))
        return {"carries": {"BOOL": True}} if carries else {}

    def _entry(self, state: State) -> Entry:
        new = HistoryEntry(version=0, timestamp=self.at, state=state, token=self.token)
        return encode_entry(self.subject.pk, new)

    def _change(self, state: State, entry: Entry, also: Item, removed: tuple[str, ...] = ()) -> writes.Change:
        return writes.Change(state=state, at=self.at, entry=entry, also=self.also | also, removed=removed)

    def _current_state(self, item: Item) -> State:
        raw = raw_entries(item)[-1]
        if is_overflow(raw):
            apart = self.table.get(key(self.subject.pk, state_sk(token_of(raw))))
            if apart is not None:
                return State(unpack(apart["state"]["B"]))
        return writes.current_state(item)


def _with_whole_state(run: Run, state: State) -> Run:
    """Return the run with its newest state as it was set: of a large one its item holds a stub."""
    history: tuple[HistoryEntry, ...] = (*run.history[:-1], replace(run.latest, state=state))
    return replace(run, history=history)


def _version(item: Item | None) -> int:
    return read_number(item, "version") if item else 0
