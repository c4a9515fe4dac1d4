"""The write that sets a state: its conditions decide every race between those who change a run."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Generic, TypeVar

from domain.flow_runs.states import KIND_OF, Kind, State
from storage.dynamodb.items import Item, Write
from storage.histories.history_items import INLINE_STATES, MOVED_STATES, Entry, decode_history, states_sk
from storage.layout.attributes import instant, number, read_number, read_text, text
from storage.layout.conditions import AT_VERSION, EXISTS
from storage.layout.keys import key

Run = TypeVar("Run")

# When the list is full, the write is refused and brings the item back, from which older states are moved.
HAS_ROOM: Final = "size(states) < :room"
# So it is when leaving the current state takes more than a new entry: slots to give back, inputs to carry on.
LEAVES_NOTHING: Final = "attribute_not_exists(slots) AND attribute_not_exists(carries)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject(Generic[Run]):
    """What has a history.

    noun          what it is called in the schema
    decode        makes its item the domain's object
    place         the index attributes it has in a state that it came into at a time, given its item
    places        all index attributes that it can have
    index_sources     the attributes on which its place in a state depends: then its item must be read first
    keeps_inputs  whether a state's cached inputs go over to states that come without any
    """

    noun: str
    id: str
    pk: str
    sk: str
    decode: Callable[[Item], Run]
    index_attributes: Callable[[State, datetime, Item], Item]
    index_attribute_names: tuple[str, ...]
    index_sources: Callable[[State, datetime], tuple[str, ...]] = lambda _state, _at: ()
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


def append_state(subject: Subject[Any], version: int, change: Change, unless: str | None) -> Write:
    """Set a state on the version that the caller holds, unless the run has an attribute."""
    values = {
        ":entries": {"L": [{"B": change.entry.inline}]},
        ":room": number(INLINE_STATES),
        ":version": number(version),
    }
    condition = f"{EXISTS} AND {HAS_ROOM} AND {LEAVES_NOTHING} AND {AT_VERSION}"
    if unless is not None:
        condition += f" AND attribute_not_exists({unless})"
    return _update(subject, {}, change, "list_append(states, :entries)", condition, values)


@dataclass(frozen=True, slots=True)
class Step:
    """A state set on a run as it was read.

    update  the write of the run's own item
    beside  what must be written with it: older states that move out
    after   the item as this write leaves it, known without another read
    """

    update: Write
    beside: list[Write]
    after: Item


def state_after(subject: Subject[Any], item: Item, change: Change, unless: str | None) -> Step:
    """Set a state on a run as it was read, unless it has got an attribute since."""
    raw, version = item["states"]["L"], read_number(item, "version")
    moved = raw[:MOVED_STATES] if len(raw) >= INLINE_STATES else []
    kept = {"L": [*raw[len(moved) :], {"B": change.entry.inline}]}
    values = {":entries": kept, ":version": number(version)}
    # What has no version of its own may have changed under the one that was read. A limit that is made while
    # a run is Running adds a slot: who gives slots back must know of that one, too.
    conditions = [AT_VERSION]
    for name in ("slots", *([unless] if unless else []), *subject.index_sources(change.state, change.at)):
        conditions.append(f"{name} = :seen_{name}" if name in item else f"attribute_not_exists({name})")
        values |= {f":seen_{name}": item[name]} if name in item else {}
    update = _update(subject, item, change, ":entries", " AND ".join(conditions), values)
    after = {name: value for name, value in item.items() if name not in _gone(subject, item, change)}
    after |= _attributes(subject, item, change) | {"version": number(version + 1), "states": kept}
    at = instant(change.at)
    after |= {name: item.get(name, at) if kept_once else at for name, kept_once in _times(change.state)}
    if not moved:
        return Step(update, [], after)
    chunk = {**key(subject.pk, states_sk(subject.sk, version - len(raw) + 1)), "states": {"L": moved}}
    return Step(update, [{"Put": {"Item": chunk}}], after)


def _update(
    subject: Subject[Any], item: Item, change: Change, states: str, condition: str, values: Item
) -> Write:
    attributes, gone = _attributes(subject, item, change), _gone(subject, item, change)
    times = _times(change.state)
    sets = [
        "version = version + :one",
        f"states = {states}",
        *(f"{name} = if_not_exists({name}, :at)" if once else f"{name} = :at" for name, once in times),
        *(f"#{name} = :{name}" for name in attributes),
    ]
    values |= {":one": number(1)} | {f":{name}": value for name, value in attributes.items()}
    if times:
        values[":at"] = instant(change.at)
    return {
        "Key": subject.key,
        "UpdateExpression": f"SET {', '.join(sets)}" + (f" REMOVE {', '.join(_hash(gone))}" if gone else ""),
        "ConditionExpression": condition,
        "ExpressionAttributeNames": {f"#{name}": name for name in (*attributes, *gone)},
        "ExpressionAttributeValues": values,
    }


def _attributes(subject: Subject[Any], item: Item, change: Change) -> Item:
    place = subject.index_attributes(change.state, change.at, item)
    return {"state": text(change.state.type), **place, **change.also}


def _gone(subject: Subject[Any], item: Item, change: Change) -> list[str]:
    attributes = _attributes(subject, item, change)
    return [*(name for name in subject.index_attribute_names if name not in attributes), *change.removed]


def _hash(names: list[str]) -> Iterator[str]:
    return (f"#{name}" for name in names)


def _times(state: State) -> list[tuple[str, bool]]:
    """Return the times that a state sets, and whether only the first such state does.

    The first Running starts a run; each state that ends it moves its end.
    """
    if state.type == "Running":
        return [("start_time", True)]
    return [("end_time", False)] if state.ends_run else []


def holds_slots(state: State) -> bool:
    """Whether a run keeps its slots of concurrency limits in this state: as long as its process may work."""
    return state.kind is Kind.RUNNING


def is_at_work(item: Item) -> bool:
    """Whether a run is in a state in which it keeps its slots."""
    return KIND_OF[read_text(item, "state")] is Kind.RUNNING


def current_state(item: Item) -> State:
    """The newest state that stands in an item."""
    return decode_history(item)[-1].state
