"""Setting a state: one write as a rule, sent until it is known to stand or to be refused."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Generic, Protocol, TypeVar

from domain.errors import ApiError, NotFound
from domain.histories import HistoryEntry, version_conflict
from domain.states import State, with_cached_inputs
from storage import concurrency_slots as slots
from storage import history_writes as writes
from storage.codec import unpack
from storage.history_items import Entry, encode_entry, is_apart, raw_entries, state_sk, token_of
from storage.history_pieces import stands_in
from storage.keys import Item, key
from storage.retries import ATTEMPTS, NO_ANSWER, Unheard, pause_before
from storage.table import Refused, Table, Write


class _HasHistory(Protocol):
    @property
    def version(self) -> int: ...
    @property
    def latest(self) -> HistoryEntry: ...


Run = TypeVar("Run", bound=_HasHistory)

# Each round is lost only to another writer that got on, so this many are never needed by chance.
_ROUNDS: Final = 64


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
    _unheard: int = field(default=0, init=False)

    def write(self) -> Run:
        """Set the state; answers the run as it is afterwards, history as far as it stands in its item.

        Raises VersionLockingError, NotFound, NoFreeSlot, PayloadTooLarge, ApiError.
        """
        known: Item | None = None
        if self.take:
            # Which slots it holds already decides which it needs, so a taker looks first.
            known = self.table.get(self.subject.key)
            self._examine(known, moved=False)
        for _ in range(_ROUNDS):
            try:
                return self._after(known) if known else self._blindly()
            except Refused as refused:
                standing, moved = refused.items[0], known is not None
                if standing is None:
                    raise slots.refusal(refused.items[1 : 1 + len(self.take)]) from refused
            except Unheard:
                standing, moved = self._look(), True
            run = self._examine(standing, moved=moved)
            if run is not None:
                return run
            known = standing
        raise ApiError(f"Too many writers change {self._name} at once; the request may be sent again.")

    def _examine(self, standing: Item | None, *, moved: bool) -> Run | None:
        """The run as it stands, if this state was set already; None if it can be set on what stands."""
        if not standing:
            raise NotFound(f"State update failed: there is no {self._name}.")
        run = self.subject.decode(standing)
        conflict = self.version is not None and run.version != self.version
        if stands_in(self.table, standing, self.token, self.version, moved=moved or conflict):
            return run
        if self.version is not None and conflict:
            raise version_conflict(self.subject.noun, self.subject.id, self.version, run.latest)
        return None

    @property
    def _name(self) -> str:
        return f"{self.subject.noun.replace('_', ' ')} {self.subject.id}"

    def _blindly(self) -> Run:
        """Append to the list, unless the item must be seen first: it is full, or leaves something behind."""
        change = self._change(self.state, self._kept_inputs(self.state))
        update = writes.append_state(self.subject, self.version, change)
        # A repeat finds its entry under the version that follows the caller's. Without one it may have got
        # any, and may have moved out of reach of the condition: it must not be sent again unseen.
        return self._send(update, _beside(change.entry), blindly=self.version is not None)

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
            beside, also = [*map(slots.take, self.take), *self.guard], also | slots.attribute(self.take)
        kept = self._kept_inputs(state)
        change = self._change(state, also | kept, tuple(name for name in removed if name not in kept))
        update, chunks = writes.state_after(self.subject, item, change)
        return self._send(update, [*beside, *chunks, *_beside(change.entry)], blindly=True)

    def _kept_inputs(self, state: State) -> Item:
        carries = self.subject.keeps_inputs and bool(state.data.get("cached_inputs"))
        return {"carries": {"BOOL": True}} if carries else {}

    def _change(self, state: State, also: Item, removed: tuple[str, ...] = ()) -> writes.Change:
        new = HistoryEntry(version=0, timestamp=self.at, state=state, token=self.token)
        entry = encode_entry(self.subject.pk, new)
        return writes.Change(state=state, at=self.at, entry=entry, also=self.also | also, removed=removed)

    def _current_state(self, item: Item) -> State:
        raw = raw_entries(item)[-1]
        if is_apart(raw):
            apart = self.table.get(key(self.subject.pk, state_sk(token_of(raw))))
            if apart is not None:
                return State(unpack(apart["state"]["B"]))
        return writes.current_state(item)

    def _send(self, update: Write, beside: list[Write], *, blindly: bool) -> Run:
        if not beside:
            return self.subject.decode(self.table.update(blindly=blindly, **update))
        self.table.transact([{"Update": update}, *beside], blindly=blindly)
        item = self.table.get(update["Key"])
        if item is None:
            raise NotFound(f"{self._name} was deleted meanwhile.".capitalize())
        return self.subject.decode(item)

    def _look(self) -> Item | None:
        """Read the run, to see whether a write without an answer has changed it."""
        self._unheard += 1
        if self._unheard == ATTEMPTS:
            raise ApiError(NO_ANSWER)
        pause_before(self._unheard)
        return self.table.get(self.subject.key)


def _beside(entry: Entry) -> list[Write]:
    return [{"Put": {"Item": entry.apart}}] if entry.apart else []
