"""Slots of concurrency limits: a run takes them as it starts to run, and gives them back as it stops.

The item of a limit counts the slots that are taken; the item of a run names those that it holds. Both change
in one transaction with the run's state, so that a slot is held exactly as long as a run is Running, whatever
crashes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from domain.concurrency.limits import ConcurrencyLimit, NoFreeSlot
from domain.flow_runs.states import KIND_OF, Kind, State
from storage.dynamodb.items import Item, Write
from storage.layout.attributes import number, read_text, text
from storage.layout.keys import LIMIT, RUN, Keys, key

# A deleted limit refuses too: the reader of the limits then sees that it is gone. A closed limit refuses
# because the runs that were Running before it are still being counted.
HAS_FREE_SLOT: Final = "attribute_exists(slots) AND used < slots AND attribute_not_exists(counting.closed)"
IS_THERE: Final = "attribute_exists(slots)"
# A task run takes slots only while its flow run is Running, so that the request that ends or deletes the flow
# run afterwards finds the task run.
FLOW_RUN_RUNS: Final = "#state = :running"


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotChange:
    """The slots that a run takes or gives back with a state.

    writes      the writes of the limits' items, and the conditions that belong to them
    attributes  the attributes that the run's item gets
    removed     the attributes that the run's item loses
    """

    writes: list[Write] = field(default_factory=list)
    attributes: Item = field(default_factory=dict)
    removed: list[str] = field(default_factory=list)


def with_state(item: Item, state: State, limits: Sequence[str], conditions: Sequence[Write]) -> SlotChange:
    """Return the slots that a run takes or gives back with this state.

    `item` is the run as it was read, `limits` are the partitions of the limits that hold for it. A run that
    is Running already stays so, even if a limit was created in the meantime: it is counted without a check.
    """
    held = held_by(item)
    if held and state.kind is not Kind.RUNNING:
        return SlotChange(writes=[give_back(pk) for pk in held], removed=["slots"])
    if limits and not held:
        is_running = KIND_OF[read_text(item, "state")] is Kind.RUNNING
        taken = [count(pk) if is_running else take(pk) for pk in limits]
        return SlotChange(writes=[*taken, *conditions], attributes=held_attribute(limits))
    return SlotChange()


def partitions(keys: Keys, limits: Sequence[ConcurrencyLimit]) -> list[str]:
    """Return the partitions of limits."""
    return [keys.limit(limit.kind.value, limit.id) for limit in limits]


def take(pk: str) -> Write:
    """Take a slot of a limit, if one is free."""
    return {
        "Update": {
            "Key": key(pk, LIMIT),
            "UpdateExpression": "SET used = used + :one",
            "ConditionExpression": HAS_FREE_SLOT,
            "ExpressionAttributeValues": {":one": number(1)},
        }
    }


def count(pk: str, slots: int = 1) -> Write:
    """Take slots of a limit for runs that are Running already, even if none is free."""
    return {
        "Update": {
            "Key": key(pk, LIMIT),
            "UpdateExpression": "SET used = used + :number",
            "ConditionExpression": IS_THERE,
            "ExpressionAttributeValues": {":number": number(slots)},
        }
    }


def give_back(pk: str) -> Write:
    """Give a slot back, even to a limit that was deleted in the meantime: its item goes on counting."""
    return {
        "Update": {
            "Key": key(pk, LIMIT),
            "UpdateExpression": "SET used = used - :one",
            "ExpressionAttributeValues": {":one": number(1)},
        }
    }


def while_running(flow_run_pk: str) -> Write:
    """Refuse a transaction unless a flow run is Running."""
    return {
        "ConditionCheck": {
            "Key": key(flow_run_pk, RUN),
            "ConditionExpression": FLOW_RUN_RUNS,
            "ExpressionAttributeNames": {"#state": "state"},
            "ExpressionAttributeValues": {":running": text("Running")},
        }
    }


def refusal(standing: Sequence[Item | None]) -> NoFreeSlot:
    """Return the error of slots that could not be taken: it names the full limits, not the deleted ones."""
    return NoFreeSlot([read_text(limit, "name") for limit in standing if limit and "slots" in limit])


def held_by(item: Item) -> list[str]:
    """Return the partitions of the limits whose slots a run's item holds."""
    return [slot["S"] for slot in item.get("slots", {"L": []})["L"]]


def held_attribute(pks: Sequence[str]) -> Item:
    """Return the attribute of a run's item that names the slots that it holds."""
    return {"slots": {"L": [text(pk) for pk in pks]}}
