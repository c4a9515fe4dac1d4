"""The updates of a flow run beside its states, and the attributes that change with a state."""

import uuid
from datetime import datetime

from domain.flow_runs.flow_runs import FlowRun, FlowRunChange
from storage.concurrency.concurrency_slots import FLOW_RUN_RUNS
from storage.dynamodb.items import Item, Write
from storage.flow_runs.flow_run_items import (
    BEGUN,
    FLOW_RUN_INDEX_ATTRIBUTES,
    IN_TIME,
    RULES,
    encode_rules,
    flow_run_index_attributes,
    name_index_attributes,
)
from storage.histories.stateless_writes import rename
from storage.layout.attributes import number, text
from storage.layout.conditions import AT_VERSION
from storage.layout.keys import RUN, Keys, key


def extra_attributes(change: FlowRunChange) -> Item:
    """Return the attributes that change with the state of a flow run.

    The id of the agent is stored as bytes, because every state change writes the item anew.
    """
    attributes: Item = {}
    if change.times_resurrected is not None:
        attributes["times_resurrected"] = number(change.times_resurrected)
    if change.agent_id is not None:
        attributes["agent"] = {"B": uuid.UUID(change.agent_id).bytes}
    if change.rules is not None:
        attributes[RULES] = encode_rules(change.rules)
    if change.in_time:
        attributes[IN_TIME] = {"BOOL": True}
    return attributes


def rename_run(keys: Keys, flow_run_id: str, name: str, now: datetime) -> Write:
    """Return the update that renames a flow run, and lists it under its new name.

    The version stays, because a name is no state.
    """
    update = rename(key(keys.run(flow_run_id), RUN), name, now)
    if listed := name_index_attributes(keys, flow_run_id, name):
        update["UpdateExpression"] += ", name_shard = :name_shard"
        update["ExpressionAttributeValues"][":name_shard"] = listed["name_shard"]
    else:
        update["UpdateExpression"] += " REMOVE name_shard"
    return update


def begin_task_runs(run_key: Item) -> Write:
    """Return the update that notes that a task run of a Running flow run begins; it sets no state."""
    return {
        "Key": run_key,
        "UpdateExpression": f"SET {BEGUN} = :yes",
        "ConditionExpression": FLOW_RUN_RUNS,
        "ExpressionAttributeNames": {"#state": "state"},
        "ExpressionAttributeValues": {":yes": {"BOOL": True}, ":running": text("Running")},
    }


def leave_live_index(keys: Keys, run: FlowRun) -> Write:
    """Return the update that lists a flow run where its state belongs, if it is still in that state."""
    attributes = flow_run_index_attributes(keys, run.id, run.state, run.latest.timestamp, run.labels)
    sets = ", ".join(f"{name} = :{name}" for name in attributes)
    removes = ", ".join(name for name in FLOW_RUN_INDEX_ATTRIBUTES if name not in attributes)
    clauses = [f"SET {sets}" if sets else "", f"REMOVE {removes}" if removes else ""]
    return {
        "Key": key(keys.run(run.id), RUN),
        "UpdateExpression": " ".join(filter(None, clauses)),
        "ConditionExpression": AT_VERSION,
        "ExpressionAttributeValues": {
            ":version": number(run.version),
            **{f":{name}": value for name, value in attributes.items()},
        },
    }
