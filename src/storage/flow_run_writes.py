"""The writes of flow runs: every condition that decides a race stands here, with its reason."""

from datetime import datetime
from typing import Any, Final

from domain.flow_runs import FlowRun
from domain.idempotency import IdempotencyKey
from domain.states import State
from domain.times import to_micros
from storage.flow_run_items import INLINE_STATES, MOVED_STATES, Entry, states_sk, status_key
from storage.keys import HEARTBEAT, KEY, RUN, Item, Keys, key
from storage.table import Write

# A run's id is new each time, so an item that is there already is this very write, sent before.
IS_NEW: Final = "attribute_not_exists(pk)"
EXISTS: Final = "attribute_exists(pk)"
# The end is compared here, not left to the item's absence: DynamoDB deletes expired items days late.
KEY_IS_FREE: Final = "attribute_not_exists(pk) OR expires <= :now"
# Moves the end of a key that still stands for the same run, and never to an earlier time.
KEY_STANDS: Final = "run_id = :run AND expires > :now AND expires < :expires"
# Optimistic locking: of all writers who hold this version, the first one changes it.
HOLDS_VERSION: Final = "version = :version"
# For writers who hold none: the entry is unique to this write, so a repeat of it finds itself and stops.
NOT_YET_WRITTEN: Final = "NOT contains(states, :entry)"
# When the list is full, the write is refused and brings the item back, from which older states are moved.
HAS_ROOM: Final = "size(states) < :room"

# Of use only while the run lives; the items of runs that never existed go with it too.
HEARTBEAT_KEPT_SECONDS: Final = 7 * 24 * 3600


def put_run(items: list[Item]) -> list[Write]:
    """Create a run with what stands beside it."""
    return [{"Put": {"Item": item, "ConditionExpression": IS_NEW}} for item in items]


def put_key(keys: Keys, idempotency: IdempotencyKey, run: FlowRun, now: datetime) -> Write:
    """Take a key for a run, unless it still stands for another."""
    inputs = idempotency.inputs
    return {
        "Put": {
            "Item": {
                **idempotency_key(keys, idempotency),
                "run_id": {"S": run.id},
                "parameters": {"B": inputs.parameters},
                "context": {"B": inputs.context},
                "expires": {"N": str(end_second(idempotency.expires))},
            },
            "ConditionExpression": KEY_IS_FREE,
            "ExpressionAttributeValues": {":now": {"N": str(seconds(now))}},
        }
    }


def idempotency_key(keys: Keys, idempotency: IdempotencyKey) -> Item:
    """The primary key of an idempotency key's item."""
    return key(keys.idempotency(idempotency.scope, idempotency.text), KEY)


def bump_key(keys: Keys, idempotency: IdempotencyKey, flow_run_id: str, now: datetime) -> Write:
    """Move the end of a key that was used again."""
    return {
        "Key": idempotency_key(keys, idempotency),
        "UpdateExpression": "SET expires = :expires",
        "ConditionExpression": KEY_STANDS,
        "ExpressionAttributeValues": {
            ":run": {"S": flow_run_id},
            ":now": {"N": str(seconds(now))},
            ":expires": {"N": str(end_second(idempotency.expires))},
        },
    }


def seconds(instant: datetime) -> int:
    """Whole seconds since 1970, as DynamoDB's TTL counts them."""
    return to_micros(instant) // 1_000_000


def end_second(instant: datetime) -> int:
    """The second at which something ends; rounded up, since a promised time must not be cut short."""
    return -(-to_micros(instant) // 1_000_000)


def append_state(
    keys: Keys, flow_run_id: str, version: int | None, state: State, at: datetime, entry: Entry
) -> Write:
    """Set a state on the version that the caller holds; on whatever is current when it holds none."""
    values: dict[str, Any] = {":entries": {"L": [{"B": entry.inline}]}, ":room": {"N": str(INLINE_STATES)}}
    if version is None:
        values[":entry"] = {"B": entry.inline}
    else:
        values[":version"] = {"N": str(version)}
    condition = (EXISTS, HAS_ROOM, NOT_YET_WRITTEN if version is None else HOLDS_VERSION)
    return _state_update(
        keys, flow_run_id, state, at, "list_append(states, :entries)", " AND ".join(condition), values
    )


def move_and_append_state(
    keys: Keys, item: Item, state: State, at: datetime, entry: Entry
) -> tuple[Write, Write]:
    """Set a state on a run whose list is full: the oldest states move to an item of their own."""
    raw, version = item["states"]["L"], int(item["version"]["N"])
    moved, kept = raw[:MOVED_STATES], raw[MOVED_STATES:]
    values = {":entries": {"L": [*kept, {"B": entry.inline}]}, ":version": {"N": str(version)}}
    flow_run_id = keys.run_id(item["pk"]["S"])
    update = _state_update(keys, flow_run_id, state, at, ":entries", HOLDS_VERSION, values)
    chunk = {**key(item["pk"]["S"], states_sk(version - len(raw) + 1)), "states": {"L": moved}}
    return update, {"Put": {"Item": chunk}}


def _state_update(
    keys: Keys,
    flow_run_id: str,
    state: State,
    at: datetime,
    states: str,
    condition: str,
    values: dict[str, Any],
) -> Write:
    sets = ["version = version + :one", "#state = :state", f"states = {states}"]
    values |= {":one": {"N": "1"}, ":state": {"S": state.type}, ":at": {"N": str(to_micros(at))}}
    if state.type == "Running":
        sets.append("start_time = if_not_exists(start_time, :at)")
    elif state.ends_run:
        sets.append("end_time = :at")
    else:
        del values[":at"]
    place = status_key(keys, flow_run_id, state, at)
    for name, value in place.items():
        sets.append(f"{name} = :{name}")
        values[f":{name}"] = value
    remove = "" if place else " REMOVE status_shard, status_order"
    return {
        "Key": key(keys.run(flow_run_id), RUN),
        "UpdateExpression": f"SET {', '.join(sets)}{remove}",
        "ConditionExpression": condition,
        "ExpressionAttributeNames": {"#state": "state"},
        "ExpressionAttributeValues": values,
    }


def set_name(keys: Keys, flow_run_id: str, name: str, now: datetime) -> Write:
    """Rename a run, which is no state: the version stays."""
    return {
        "Key": key(keys.run(flow_run_id), RUN),
        "UpdateExpression": "SET #name = :name, updated = :now",
        "ConditionExpression": EXISTS,
        "ExpressionAttributeNames": {"#name": "name"},
        "ExpressionAttributeValues": {":name": {"S": name}, ":now": {"N": str(to_micros(now))}},
    }


def heartbeat(keys: Keys, flow_run_id: str, now: datetime) -> Write:
    """A sign of life, in an item of its own: one write unit whatever the run carries."""
    return {
        "Item": {
            **key(keys.run(flow_run_id), HEARTBEAT),
            "at": {"N": str(to_micros(now))},
            "expires": {"N": str(seconds(now) + HEARTBEAT_KEPT_SECONDS)},
        }
    }
