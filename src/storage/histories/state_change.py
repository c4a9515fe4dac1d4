"""Setting a state: one write as a rule, repeated until its success or its refusal is known.

A change returns the run with its own entry as the newest, whoever has written since. The entry is known from
the write itself or, if the response was lost, from the change's token: never from a later state of the run.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, Generic, TypeVar

from domain.errors import NotFound
from domain.flow_runs.changed_runs import run_at_version
from domain.flow_runs.flow_runs import FlowRun, Overtaken
from domain.flow_runs.histories import HistoryEntry, version_conflict
from domain.flow_runs.states import State, with_cached_inputs
from domain.parts import Part
from domain.recovery.leaving import HasBegun
from domain.rounds import ROUNDS, changed_too_often
from domain.task_runs.task_runs import TaskRun
from storage.concurrency import concurrency_slots as slots
from storage.dynamodb.items import Item, Write
from storage.dynamodb.refusals import Refused
from storage.dynamodb.retries import pause_before
from storage.dynamodb.table import Table
from storage.histories.history_items import (
    Entry,
    current_state,
    encode_entry,
    is_overflow,
    raw_entries,
    state_sk,
    token_of,
)
from storage.histories.history_reads import has_entry, load_parts
from storage.histories.history_writes import ItemChange, Subject, append_state, set_state_on
from storage.layout.attributes import read_number, read_text
from storage.layout.codec import unpack
from storage.layout.keys import key

Run = TypeVar("Run", bound=FlowRun | TaskRun)

# The first round may only read. Later rounds are lost to other writers; writers without a version pause, a
# fifth of a second at most, so that they do not lose by turns.
_LONGEST_PAUSE: Final = 3


@dataclass(frozen=True, slots=True)
class Watch:
    """The types of state from which a change must be told before it is made, and how it is told."""

    types: Collection[str]
    tell: Callable[[], None]


@dataclass(frozen=True, slots=True)
class Unless:
    """Attributes that an item must not have, and the error if it has one of them. They never change."""

    attributes: Collection[str]
    error: Callable[[Item], Exception]

    def check(self, item: Item) -> None:
        """Raise the error if an item has one of the attributes."""
        if any(name in item for name in self.attributes):
            raise self.error(item)


@dataclass(slots=True, kw_only=True)
class StateChange(Generic[Run]):
    """A state to set on a run's item in the table.

    version           the version that the caller holds; None for whatever version is current
    token             tells the entry of this change from every other entry, so that a repeat finds it
    extra_attributes  attributes of the item that change with the state
    take              the partitions of the limits of which the run needs a slot each
    slot_conditions   checks of other items, under which alone the run may take slots
    absent_attribute  an attribute that the item must not have; None for no such condition
    watch             from which types of state the change must be told; None for none
    unless            attributes with which the state is not set; None for none
    beside            writes of other items that go with the state, each with its condition
    """

    table: Table
    subject: Subject[Run]
    version: int | None
    state: State
    at: datetime
    token: bytes
    extra_attributes: Item = field(default_factory=dict)
    take: Sequence[str] = ()
    slot_conditions: Sequence[Write] = ()
    absent_attribute: str | None = None
    watch: Watch | None = None
    unless: Unless | None = None
    beside: Sequence[Write] = ()

    def write(self) -> Run:
        """Set the state; return the run as this change left it, with the history that stands in its item.

        The newest state is whole. Raises VersionLockingError, NotFound, NoFreeSlot, HasBegun, Overtaken, the
        error of `unless`, PayloadTooLarge, ApiError.
        """
        entry = self._entry(self.state)
        known: Item | None = None
        if self._must_read_first(entry):
            known = self._checked(self.table.get(self.subject.key))
        for attempt in range(ROUNDS):
            pause_before(min(max(attempt - 1, 0), _LONGEST_PAUSE))
            try:
                return self._set_on(known) if known else self._append(entry)
            except Refused as refused:
                standing = refused.items[0]
                if standing is None and any(
                    item is not None for item in refused.items[len(refused.items) - len(self.beside) :]
                ):
                    raise Overtaken from refused
                if standing is None:
                    raise slots.refusal(refused.items[1 : 1 + len(self.take)]) from refused
            own = self._run_of_own_entry(standing, self.version or _version(known))
            if own is not None:
                return own
            known = self._checked(standing)
        raise changed_too_often(self._name.capitalize())

    def _must_read_first(self, entry: Entry) -> bool:
        """Return True if the item must be read before it is written.

        Without a version from the caller, the write needs the current one as its condition, so that a first
        attempt that arrives after its repeat is refused. The slots that the run holds decide which ones it
        needs, and its labels decide where it waits. The result of a transaction is known only if the item
        before it is known.
        """
        index_sources = self.subject.index_sources(self.state, self.at)
        beside = bool(self.take or self.beside or index_sources)
        return self.version is None or beside or entry.overflow is not None

    def _checked(self, standing: Item | None) -> Item:
        """Return the item in the table if this change may be set on it.

        Raises NotFound, VersionLockingError, HasBegun, the error of `unless`.
        """
        if not standing:
            raise NotFound(f"State update failed: there is no {self._name}.")
        if self.version is not None and self.version != _version(standing):
            latest = self.subject.decode(standing).latest
            raise version_conflict(self.subject.noun, self.subject.id, self.version, latest)
        if self.absent_attribute is not None and self.absent_attribute in standing:
            raise HasBegun(self._name)
        if self.unless is not None:
            self.unless.check(standing)
        return standing

    def _run_of_own_entry(self, standing: Item, version: int) -> Run | None:
        """Return the run as this change left it, if it was set on `version` already; None if it was not.

        If others have changed the run since, its history is read, and cut off behind the change's own entry.
        """
        if not standing or not has_entry(self.table, standing, self.token, version):
            return None
        if version + 1 == _version(standing) and not is_overflow(raw_entries(standing)[-1]):
            return self.subject.decode(standing)
        found = load_parts(self.table, [standing], (Part.HISTORY,), self.subject.decode)
        if not found:
            raise NotFound(f"{self._name} was deleted meanwhile.".capitalize())
        return run_at_version(found[0], version + 1)

    @property
    def _name(self) -> str:
        return f"{self.subject.noun.replace('_', ' ')} {self.subject.id}"

    def _append(self, entry: Entry) -> Run:
        """Append the state without a read. Refused if the list is full or the run holds slots or inputs."""
        change = self._item_change(self.state, entry, self._carried_inputs(self.state))
        update = append_state(self.subject, self.version or 0, change)
        return self.subject.decode(self.table.update(**update))

    def _set_on(self, item: Item) -> Run:
        """Set the state on the item as it was read, with everything that goes with it in one transaction."""
        state = self.state
        if self.watch is not None and read_text(item, "state") in self.watch.types:
            self.watch.tell()
        if "carries" in item:
            state = with_cached_inputs(state, self._current_state(item))
        taken = slots.with_state(item, state, self.take, self.slot_conditions)
        carried, entry = self._carried_inputs(state), self._entry(state)
        removed = [name for name in ("carries",) if name in item and name not in carried] + taken.removed
        change = self._item_change(state, entry, taken.attributes | carried, tuple(removed))
        update = set_state_on(self.subject, item, change)
        others = [*taken.writes, *update.moved]
        if entry.overflow:
            others.append({"Put": {"Item": entry.overflow}})
        others += self.beside
        if not others:
            return self.subject.decode(self.table.update(**update.update))
        self.table.transact([{"Update": update.update}, *others])
        return _with_whole_state(self.subject.decode(update.item_after), state)

    def _carried_inputs(self, state: State) -> Item:
        """Return the mark of a state whose cached inputs the next states take over; empty if it has none."""
        carries = self.subject.keeps_inputs and bool(state.data.get("cached_inputs"))
        return {"carries": {"BOOL": True}} if carries else {}

    def _entry(self, state: State) -> Entry:
        new = HistoryEntry(version=0, timestamp=self.at, state=state, token=self.token)
        return encode_entry(self.subject.pk, new)

    def _item_change(
        self, state: State, entry: Entry, attributes: Item, removed: tuple[str, ...] = ()
    ) -> ItemChange:
        return ItemChange(
            state=state,
            at=self.at,
            entry=entry,
            extra_attributes=self.extra_attributes | attributes,
            removed=removed,
            absent_attribute=self.absent_attribute,
            unless=self.watch.types if self.watch is not None else (),
            lacks=self.unless.attributes if self.unless is not None else (),
        )

    def _current_state(self, item: Item) -> State:
        raw = raw_entries(item)[-1]
        if is_overflow(raw):
            overflow = self.table.get(key(self.subject.pk, state_sk(token_of(raw))))
            if overflow is not None:
                return State(unpack(overflow["state"]["B"], self.table.memory))
        return current_state(item, self.table.memory)


def _with_whole_state(run: Run, state: State) -> Run:
    """Return the run with its newest state as it was set, because the item holds a stub of a large one."""
    history: tuple[HistoryEntry, ...] = (*run.history[:-1], replace(run.latest, state=state))
    return replace(run, history=history)


def _version(item: Item | None) -> int:
    return read_number(item, "version") if item else 0
