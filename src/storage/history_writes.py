"""The write that sets a state: its conditions decide every race between those who change a run."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Generic, TypeVar

from domain.states import Kind, State
from domain.times import to_micros
from storage.history_items import INLINE_STATES, MOVED_STATES, Entry, decode_history, states_sk
from storage.keys import Item, key
from storage.table import Write

Run = TypeVar("Run")

EXISTS: Final = "attribute_exists(pk)"
# Optimistic locking: of all writers who hold this version, the first one changes it.
HOLDS_VERSION: Final = "version = :version"
# For writers who hold none: the entry is unique to this write, so a repeat of it finds itself and stops.
NOT_YET_WRITTEN: Final = "NOT contains(states, :entry)"
# When the list is full, the write is refused and brings the item back, from which older states are moved.
HAS_ROOM: Final = "size(states) < :room"
# So it is when leaving the current state takes more than a new entry: slots to give back, inputs to carry on.
LEAVES_NOTHING: Final = "attribute_not_exists(slots) AND attribute_not_exists(carries)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject(Generic[Run]):
    """What has a history.

    noun          what it is called in the schema
    decode        makes its item the domain's object
    place         the index attributes it has in a state that it came into at a time
    places        all index attributes that it can have
    keeps_inputs  whether a state's cached inputs go over to states that come without any
    """

    noun: str
    id: str
    pk: str
    sk: str
    decode: Callable[[Item], Run]
    place: Callable[[State, datetime], Item]
    places: tuple[str, ...]
    keeps_inputs: bool = False

    @property
    def key(self) -> Item:
        """Its item's primary key."""
        return key(self.pk, self.sk)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One state to set: its entry, when, and the attributes that change with it."""

    state: State
    at: datetime
    entry: Entry
    also: Item = field(default_factory=dict)
    removed: tuple[str, ...] = ()


def append_state(subject: Subject[Any], version: int | None, change: Change) -> Write:
    """Set a state on the version that the caller holds; on whatever is current when it holds none."""
    values: Item = {":entries": {"L": [{"B": change.entry.inline}]}, ":room": {"N": str(INLINE_STATES)}}
    if version is None:
        values[":entry"] = {"B": change.entry.inline}
    else:
        values[":version"] = {"N": str(version)}
    own = NOT_YET_WRITTEN if version is None else HOLDS_VERSION
    condition = f"{EXISTS} AND {HAS_ROOM} AND {LEAVES_NOTHING} AND {own}"
    return _update(subject, change, "list_append(states, :entries)", condition, values)


def state_after(subject: Subject[Any], item: Item, change: Change) -> tuple[Write, list[Write]]:
    """Set a state on a run as it was read, and what must be written with it: older states that move out."""
    raw, version = item["states"]["L"], int(item["version"]["N"])
    moved = raw[:MOVED_STATES] if len(raw) >= INLINE_STATES else []
    kept = [*raw[len(moved) :], {"B": change.entry.inline}]
    values = {":entries": {"L": kept}, ":version": {"N": str(version)}}
    update = _update(subject, change, ":entries", HOLDS_VERSION, values)
    if not moved:
        return update, []
    chunk = {**key(subject.pk, states_sk(subject.sk, version - len(raw) + 1)), "states": {"L": moved}}
    return update, [{"Put": {"Item": chunk}}]


def _update(subject: Subject[Any], change: Change, states: str, condition: str, values: Item) -> Write:
    place = subject.place(change.state, change.at)
    attributes = {"state": {"S": change.state.type}, **place, **change.also}
    sets = [
        "version = version + :one",
        f"states = {states}",
        *_times(change.state),
        *(f"#{name} = :{name}" for name in attributes),
    ]
    gone = [*(name for name in subject.places if name not in attributes), *change.removed]
    values |= {":one": {"N": "1"}} | {f":{name}": value for name, value in attributes.items()}
    if len(sets) > 2 + len(attributes):
        values[":at"] = {"N": str(to_micros(change.at))}
    return {
        "Key": subject.key,
        "UpdateExpression": f"SET {', '.join(sets)}" + (f" REMOVE {', '.join(_hash(gone))}" if gone else ""),
        "ConditionExpression": condition,
        "ExpressionAttributeNames": {f"#{name}": name for name in (*attributes, *gone)},
        "ExpressionAttributeValues": values,
    }


def _hash(names: list[str]) -> Iterator[str]:
    return (f"#{name}" for name in names)


def _times(state: State) -> Iterator[str]:
    """The first Running starts a run; each state that ends it moves its end."""
    if state.type == "Running":
        yield "start_time = if_not_exists(start_time, :at)"
    elif state.ends_run:
        yield "end_time = :at"


def holds_slots(state: State) -> bool:
    """Whether a run keeps its slots of concurrency limits in this state: as long as its process may work."""
    return state.kind is Kind.RUNNING


def current_state(item: Item) -> State:
    """The newest state that stands in an item."""
    return decode_history(item)[-1].state
