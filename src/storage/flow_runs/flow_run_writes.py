"""The writes of flow runs: every condition that decides a race stands here, with its reason."""

from datetime import datetime
from typing import Final

from domain.flow_runs.flow_runs import FlowRun
from domain.flow_runs.idempotency import IdempotencyKey
from storage.concurrency.concurrency_slots import FLOW_RUN_RUNS
from storage.dynamodb.items import Item, Write
from storage.flow_runs.flow_run_items import BEGUN, FLOW_RUN_INDEX_ATTRIBUTES, flow_run_index_attributes
from storage.layout.attributes import epoch_second, epoch_second_rounded_up, instant, number, text
from storage.layout.conditions import AT_VERSION, EXISTS, IS_NEW
from storage.layout.keys import KEY, RUN, Keys, heartbeat_sk, key

# The end is compared here, not left to the item's absence: DynamoDB deletes expired items days late.
KEY_IS_FREE: Final = "attribute_not_exists(pk) OR expires <= :now"
# Moves the end of a key that still stands for the same run, and never to an earlier time.
KEY_STANDS: Final = "run_id = :run AND expires > :now AND expires < :expires"
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
                "run_id": text(run.id),
                "parameters": {"B": inputs.parameters},
                "context": {"B": inputs.context},
                "expires": number(epoch_second_rounded_up(idempotency.expires)),
            },
            "ConditionExpression": KEY_IS_FREE,
            "ExpressionAttributeValues": {":now": number(epoch_second(now))},
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
            ":run": text(flow_run_id),
            ":now": number(epoch_second(now)),
            ":expires": number(epoch_second_rounded_up(idempotency.expires)),
        },
    }


def set_name(keys: Keys, flow_run_id: str, name: str, now: datetime) -> Write:
    """Rename a run, which is no state: the version stays."""
    return {
        "Key": key(keys.run(flow_run_id), RUN),
        "UpdateExpression": "SET #name = :name, updated = :now",
        "ConditionExpression": EXISTS,
        "ExpressionAttributeNames": {"#name": "name"},
        "ExpressionAttributeValues": {":name": text(name), ":now": instant(now)},
    }


def begin_task_runs(keys: Keys, flow_run_id: str) -> Write:
    """Note that a task run of a run that is Running is about to be so, too; that is no state of the run."""
    return {
        "Key": key(keys.run(flow_run_id), RUN),
        "UpdateExpression": f"SET {BEGUN} = :yes",
        "ConditionExpression": FLOW_RUN_RUNS,
        "ExpressionAttributeNames": {"#state": "state"},
        "ExpressionAttributeValues": {":yes": {"BOOL": True}, ":running": text("Running")},
    }


def leave_live_index(keys: Keys, run: FlowRun) -> Write:
    """List a run where the state belongs that it still is in."""
    place = flow_run_index_attributes(keys, run.id, run.state, run.latest.timestamp, run.labels)
    parts = {
        "SET": [f"{name} = :{name}" for name in place],
        "REMOVE": [name for name in FLOW_RUN_INDEX_ATTRIBUTES if name not in place],
    }
    return {
        "Key": key(keys.run(run.id), RUN),
        "UpdateExpression": " ".join(f"{verb} {', '.join(names)}" for verb, names in parts.items() if names),
        "ConditionExpression": AT_VERSION,
        "ExpressionAttributeValues": {
            ":version": number(run.version),
            **{f":{name}": value for name, value in place.items()},
        },
    }


def heartbeat(pk: str, sk: str, now: datetime, *, alone: bool = False) -> Write:
    """A sign of life of what stands there, in an item of its own: one write unit whatever the run carries.

    `alone` notes that beside it there are none of task runs, so that nobody has to look for them.
    """
    return {
        "Item": {
            **key(pk, heartbeat_sk(sk)),
            "at": instant(now),
            "expires": number(epoch_second(now) + HEARTBEAT_KEPT_SECONDS),
            **({"alone": {"BOOL": True}} if alone else {}),
        }
    }
