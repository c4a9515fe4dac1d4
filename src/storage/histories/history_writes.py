"""The write that sets a state: its conditions decide every race between the writers of one run."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Generic, NamedTuple, TypeVar

from domain.flow_runs.states import State
from storage.dynamodb.items import Item, Write
from storage.histories.history_items import INLINE_STATES, MOVED_STATES, Entry, states_sk
from storage.layout.attributes import instant, number, read_number, text
from storage.layout.conditions import AT_VERSION, EXISTS
from storage.layout.keys import key

Run = TypeVar("Run")

# Refuse to append to a full list. The refusal brings the item, from which the oldest states are moved out.
HAS_ROOM: Final = "size(states) < :room"
# Refuse the fast path if the run holds slots or cached inputs, because these need a transaction.
LEAVES_NOTHING: Final = "attribute_not_exists(slots) AND attribute_not_exists(carries)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject(Generic[Run]):
    """A flow run or a task run, as an item with a history.

    noun                   the name of the run's kind in the schema
    decode                 makes the item the domain's object
    index_attributes       returns the index attributes of the item in a state that it entered at a time
    index_attribute_names  all index attributes that the item can have
    index_sources          returns the attributes on which the index attributes in a state depend; if it
                           returns any, the item must be read before it is written
    keeps_inputs           True if a state without cached inputs takes over those of the state before it
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
        """The primary key of the item."""
        return key(self.pk, self.sk)


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemChange:
    """A state to set on an item, and the attributes that change with it.

    absent_attribute  an attribute that the item must not have; None for no such condition
    unless            types of state in which an item that was not read must not be
    lacks             attributes that an item that was not read must not have
    """

    state: State
    at: datetime
    entry: Entry
    extra_attributes: Item = field(default_factory=dict)
    removed: tuple[str, ...] = ()
    absent_attribute: str | None = None
    unless: Collection[str] = ()
    lacks: Collection[str] = ()


def append_state(subject: Subject[Any], version: int, change: ItemChange) -> Write:
    """Return the update that sets a state on an item that was not read, at the caller's version."""
    values = {
        ":entries": {"L": [{"B": change.entry.inline}]},
        ":room": number(INLINE_STATES),
        ":version": number(version),
    }
    condition = f"{EXISTS} AND {HAS_ROOM} AND {LEAVES_NOTHING} AND {AT_VERSION}"
    if change.absent_attribute is not None:
        condition += f" AND attribute_not_exists({change.absent_attribute})"
    for placeholder in _placeholders(change.lacks):
        condition += f" AND attribute_not_exists({placeholder})"
    if change.unless:
        types = {f":unless{number}": text(name) for number, name in enumerate(sorted(change.unless))}
        condition, values = f"{condition} AND NOT (#state IN ({', '.join(types)}))", values | types
    fields = _fields(subject, {}, change)
    update = _update(subject, fields, change, "list_append(states, :entries)", condition, values)
    update["ExpressionAttributeNames"] |= {f"#{name}": name for name in change.lacks}
    return update


@dataclass(frozen=True, slots=True)
class ItemUpdate:
    """The writes that set a state on an item as it was read.

    update      the update of the item itself
    moved       the write of the oldest states, if they move out of the item
    item_after  the item as the update leaves it, known without another read
    """

    update: Write
    moved: list[Write]
    item_after: Item


def set_state_on(subject: Subject[Any], item: Item, change: ItemChange) -> ItemUpdate:
    """Return the writes that set a state on an item, refused if the item has changed since it was read."""
    raw, version = item["states"]["L"], read_number(item, "version")
    moved = raw[:MOVED_STATES] if len(raw) >= INLINE_STATES else []
    kept = {"L": [*raw[len(moved) :], {"B": change.entry.inline}]}
    condition, seen = _unchanged_since(subject, item, change)
    values = {":entries": kept, ":version": number(version), **seen}
    fields = _fields(subject, item, change)
    update = _update(subject, fields, change, ":entries", condition, values)
    item_after = {name: value for name, value in item.items() if name not in fields.removed}
    item_after |= fields.set | {"version": number(version + 1), "states": kept}
    at = instant(change.at)
    item_after |= {name: item.get(name, at) if is_kept else at for name, is_kept in _times(change.state)}
    if not moved:
        return ItemUpdate(update, [], item_after)
    chunk = {**key(subject.pk, states_sk(subject.sk, version - len(raw) + 1)), "states": {"L": moved}}
    return ItemUpdate(update, [{"Put": {"Item": chunk}}], item_after)


def _unchanged_since(subject: Subject[Any], item: Item, change: ItemChange) -> tuple[str, Item]:
    """Return the condition that an item is as it was read, and its values.

    Some attributes change without a new version, so they are compared too. A limit that is created while a
    run is Running adds a slot, and the writer that gives slots back must know of it.
    """
    absent = [change.absent_attribute] if change.absent_attribute else []
    conditions, seen = [AT_VERSION], dict[str, Any]()
    for name in ("slots", *absent, *subject.index_sources(change.state, change.at)):
        conditions.append(f"{name} = :seen_{name}" if name in item else f"attribute_not_exists({name})")
        seen |= {f":seen_{name}": item[name]} if name in item else {}
    return " AND ".join(conditions), seen


def _update(
    subject: Subject[Any], fields: "_Fields", change: ItemChange, states: str, condition: str, values: Item
) -> Write:
    attributes, removed = fields
    times = _times(change.state)
    sets = [
        "version = version + :one",
        f"states = {states}",
        *[f"{name} = if_not_exists({name}, :at)" if is_kept else f"{name} = :at" for name, is_kept in times],
        *[f"#{name} = :{name}" for name in attributes],
    ]
    values |= {":one": number(1)} | {f":{name}": value for name, value in attributes.items()}
    if times:
        values[":at"] = instant(change.at)
    removes = f" REMOVE {', '.join(_placeholders(removed))}" if removed else ""
    return {
        "Key": subject.key,
        "UpdateExpression": f"SET {', '.join(sets)}{removes}",
        "ConditionExpression": condition,
        "ExpressionAttributeNames": {f"#{name}": name for name in (*attributes, *removed)},
        "ExpressionAttributeValues": values,
    }


class _Fields(NamedTuple):
    """The attributes that a change sets, and those that it removes."""

    set: Item
    removed: list[str]


def _fields(subject: Subject[Any], item: Item, change: ItemChange) -> _Fields:
    index_attributes = subject.index_attributes(change.state, change.at, item)
    attributes = {"state": text(change.state.type), **index_attributes, **change.extra_attributes}
    unlisted = [name for name in subject.index_attribute_names if name not in attributes]
    return _Fields(attributes, [*unlisted, *change.removed])


def _placeholders(names: Collection[str]) -> list[str]:
    return [f"#{name}" for name in names]


def _times(state: State) -> list[tuple[str, bool]]:
    """Return the times that a state sets, each with True if an earlier value is kept.

    The first Running state starts a run; each state that ends the run moves its end.
    """
    if state.type == "Running":
        return [("start_time", True)]
    return [("end_time", False)] if state.ends_run else []
