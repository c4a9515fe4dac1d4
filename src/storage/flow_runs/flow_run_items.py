"""Flow runs as items, and items as flow runs. Pure: no call is made here.

A run is one item. What may be large stands inside it while it is small and in an item of its own, in the
same partition, when it is not: the details (parameters, context, run config) beyond INLINE_DETAILS bytes,
and of its history what `history_items` moves out. So the item that every state change rewrites stays near
one write unit however much a run carries.
"""

import uuid
from collections.abc import Collection
from datetime import datetime
from typing import Final

from domain.flow_runs.flow_runs import FlowRun
from domain.flow_runs.states import Kind, State
from domain.ids import created_from_id
from domain.queue.planned_runs import is_planned
from domain.queue.queue import labels_digest
from storage.dynamodb.items import Item
from storage.flow_runs.input_items import decode_inputs, put_inputs
from storage.histories.history_items import decode_history, encode_entry
from storage.layout.attributes import (
    instant,
    instant_order,
    number,
    read_instant,
    read_number,
    read_optional_instant,
    read_text,
    text,
)
from storage.layout.keys import RUN, WAITING, Keys, key

# Says of a run that a task run of it was ever set Running, or is about to be.
BEGUN: Final = "begun"
# The attributes by which indexes list what waits, runs or has ended.
FLOW_RUN_INDEX_ATTRIBUTES: Final = ("status_shard", "status_order", "planned_shard")


def flow_run_index_attributes(
    keys: Keys, flow_run_id: str, state: State, timestamp: datetime, labels: Collection[str]
) -> Item:
    """Where the indexes by_status and planned list a run in this state; {} where they do not.

    What is due some day waits under a digest of its labels, in the order of start times; `live` has what
    was taken from there; what ended without success is listed by its type. A success is listed nowhere, so
    that the common end of a run costs no index more, nor is a run in two lists while it waits, unless it is
    planned: docs/data-model.md has the arithmetic.
    """
    if state.kind is Kind.FINISHED and state.type == "Success":
        return {}
    due = state.due(timestamp)
    shard = keys.shard_of(flow_run_id)
    if due is None:
        status = state.type if state.kind is Kind.FINISHED else "live"
        return {
            "status_shard": text(keys.status_runs(status, shard)),
            "status_order": text(flow_run_id),
        }
    place = waiting_index_attributes(keys, flow_run_id, labels_digest(labels), due)
    if is_planned(created_from_id(flow_run_id), due):
        place["planned_shard"] = text(keys.planned_runs(shard))
    return place


def index_attributes_of_item(
    keys: Keys, flow_run_id: str, state: State, timestamp: datetime, item: Item
) -> Item:
    """The same for a run whose item was read as far as `index_sources` asks for it."""
    return flow_run_index_attributes(keys, flow_run_id, state, timestamp, _labels(item))


def index_sources(state: State, timestamp: datetime) -> tuple[str, ...]:
    """The attributes on which a run's place in this state depends."""
    return ("labels",) if state.due(timestamp) else ()


def waiting_index_attributes(keys: Keys, flow_run_id: str, digest: str, due: datetime) -> Item:
    """Where index by_status lists what waits with this digest of its labels until this time."""
    return {
        "status_shard": text(keys.status_runs(WAITING, keys.shard_of(flow_run_id))),
        "status_order": text(waiting_order(digest, due)),
    }


def waiting_order(digest: str, due: datetime) -> str:
    """Sort key of what waits: the digest of its labels, then its start time."""
    return f"{digest}#{instant_order(due)}"


def relabelled(order: str, labels: Collection[str]) -> str:
    """The same sort key of what waits for other labels."""
    return f"{labels_digest(labels)}#{order.rpartition('#')[2]}"


def encode_run(keys: Keys, run: FlowRun) -> list[Item]:
    """Make a new run items: the run first, then whatever is too large to stand in it."""
    pk = keys.run(run.id)
    shard = keys.shard_of(run.id)
    entries = [encode_entry(pk, entry) for entry in run.history]
    item: Item = {
        **key(pk, RUN),
        "tenant_shard": text(keys.tenant_runs(shard)),
        "flow_shard": text(keys.group_runs(run.flow_group_id, shard)),
        "order": text(run.id),
        **flow_run_index_attributes(keys, run.id, run.state, run.latest.timestamp, run.labels),
        "flow_id": text(run.flow_id),
        "name": text(run.name),
        "version": number(run.version),
        "state": text(run.state.type),
        "states": {"L": [{"B": entry.inline} for entry in entries]},
        "due": instant(run.scheduled_start_time),
    }
    if run.labels:
        item["labels"] = {"L": [text(label) for label in run.labels]}
    if run.auto_scheduled:
        item["auto"] = {"BOOL": True}
    if run.task_count:
        item["tasks"] = number(run.task_count)
    overflow = [entry.overflow for entry in entries if entry.overflow]
    return [item, *overflow, *put_inputs(item, run.inputs)]


def decode_run(keys: Keys, item: Item) -> FlowRun:
    """Make the run's item a flow run, with what stands inside it."""
    flow_run_id = keys.run_id(read_text(item, "pk"))
    version = read_number(item, "version")
    history = decode_history(item)
    updated = history[-1].timestamp
    return FlowRun(
        id=flow_run_id,
        tenant_id=keys.tenant,
        flow_id=read_text(item, "flow_id"),
        flow_group_id=read_text(item, "flow_shard").split("#")[1],
        name=read_text(item, "name"),
        labels=_labels(item),
        version=version,
        created=created_from_id(flow_run_id),
        updated=max(updated, read_optional_instant(item, "updated") or updated),
        scheduled_start_time=read_instant(item, "due"),
        auto_scheduled=bool(item.get("auto", {}).get("BOOL")),
        task_count=read_number(item, "tasks", 0),
        start_time=read_optional_instant(item, "start_time"),
        end_time=read_optional_instant(item, "end_time"),
        heartbeat=None,
        inputs=decode_inputs(item),
        history=history,
        agent_id=str(uuid.UUID(bytes=bytes(item["agent"]["B"]))) if "agent" in item else None,
        times_resurrected=read_number(item, "times_resurrected", 0),
        begun=BEGUN in item,
    )


def _labels(item: Item) -> list[str]:
    return [label["S"] for label in item.get("labels", {"L": []})["L"]]
