"""The writes of a flow run or a task run that set no state: its name and its heartbeat."""

from datetime import datetime
from typing import Final

from storage.dynamodb.items import Item, Write
from storage.layout.attributes import epoch_second, instant, number, text
from storage.layout.conditions import EXISTS
from storage.layout.keys import heartbeat_sk, key

# A heartbeat is of use only while the run lives. The items of runs that never existed expire with it, too.
HEARTBEAT_KEPT_SECONDS: Final = 7 * 24 * 3600


def rename(run_key: Item, name: str, now: datetime) -> Write:
    """Return the update that renames a run. The version stays, because a name is no state."""
    return {
        "Key": run_key,
        "UpdateExpression": "SET #name = :name, updated = :now",
        "ConditionExpression": EXISTS,
        "ExpressionAttributeNames": {"#name": "name"},
        "ExpressionAttributeValues": {":name": text(name), ":now": instant(now)},
    }


def heartbeat(pk: str, sk: str, now: datetime, *, covers_task_runs: bool = False) -> Write:
    """Return the put of the heartbeat of the run at this key.

    A heartbeat has an item of its own, so that it costs one write unit however large the run is. With
    `covers_task_runs` the item notes that the task runs have no heartbeats, so that no reader looks for them.
    """
    return {
        "Item": {
            **key(pk, heartbeat_sk(sk)),
            "at": instant(now),
            "expires": number(epoch_second(now) + HEARTBEAT_KEPT_SECONDS),
            **({"alone": {"BOOL": True}} if covers_task_runs else {}),
        }
    }
