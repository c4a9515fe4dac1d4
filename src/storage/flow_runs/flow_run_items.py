"""Flow runs as items, and items as flow runs. No call is made here.

A flow run is one item. Large inputs and large or old states have overflow items in the same partition: see
`input_items` and `history_items`. So the item that every state change rewrites stays near one write unit,
however large the run is.
"""

import uuid
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from domain.flow_runs.far_times import ends_late, is_planned
from domain.flow_runs.flow_runs import FlowRun, RunInputs
from domain.flow_runs.run_rules import Overlap, RunRules
from domain.flow_runs.states import Kind, State
from domain.ids import created_from_id
from domain.memory import Memory
from domain.queue.label_sets import labels_digest
from domain.random_names import made_up_name
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
from storage.layout.authors import decode_author, encode_author
from storage.layout.index_keys import WAITING
from storage.layout.keys import RUN, Keys, key

# The attribute of a flow run of which a task run was ever set Running, or is about to be.
BEGUN: Final = "begun"
# The attribute of a flow run that the scheduler made.
AUTO: Final = "auto"
# The attribute of a flow run that begins by rules of its schedule.
RULES: Final = "rules"
# The attribute of a flow run that was claimed, or scheduled anew, before it had to wait for its turn.
IN_TIME: Final = "in_time"
# So much of the name of a run's author is kept, because each state change rewrites the item.
AUTHOR_BYTES: Final = 64
# The attributes by which the indexes by_status, planned and ended_late list a flow run.
FLOW_RUN_INDEX_ATTRIBUTES: Final = (
    *("status_shard", "status_order"),
    "planned_shard",
    *("late_shard", "late_order"),
)


def flow_run_index_attributes(
    keys: Keys, flow_run_id: str, state: State, timestamp: datetime, labels: Collection[str]
) -> Item:
    """Return the index attributes for a flow run in this state; empty if no index lists it.

    A waiting run is listed under a digest of its labels, in the order of start times. A run that was taken is
    listed under `live`, and a run that ended without success under the type of its state. A successful run is
    in no list of states, so that the common end of a run costs no index write. A waiting run is in two lists
    only if it is planned, and an ended one in a list by its end only if it ended late: docs/data-model.md has
    the arithmetic.
    """
    if state.kind is Kind.FINISHED:
        late = _late_index_attributes(keys, flow_run_id, timestamp)
        return late if state.type == "Success" else late | _listed(keys, flow_run_id, state.type)
    due = state.due(timestamp)
    if due is None:
        return _listed(keys, flow_run_id, "live")
    shard = keys.shard_of(flow_run_id)
    attributes = waiting_index_attributes(keys, flow_run_id, labels_digest(labels), due)
    if is_planned(created_from_id(flow_run_id), due):
        attributes["planned_shard"] = text(keys.planned_runs(shard))
    return attributes


def _listed(keys: Keys, flow_run_id: str, status: str) -> Item:
    """Return the attributes by which by_status lists a run that was taken, or that ended, by creation."""
    return {
        "status_shard": text(keys.status_runs(status, keys.shard_of(flow_run_id))),
        "status_order": text(flow_run_id),
    }


def _late_index_attributes(keys: Keys, flow_run_id: str, ended: datetime) -> Item:
    """Return the attributes by which ended_late lists a run by its end; empty if it ended soon."""
    if not ends_late(created_from_id(flow_run_id), ended):
        return {}
    return {
        "late_shard": text(keys.late_runs(keys.shard_of(flow_run_id))),
        "late_order": text(f"{instant_order(ended)}#{flow_run_id}"),
    }


def index_attributes_of_item(
    keys: Keys, flow_run_id: str, state: State, timestamp: datetime, item: Item
) -> Item:
    """Return the index attributes for a flow run whose item has the attributes of `index_sources`."""
    return flow_run_index_attributes(keys, flow_run_id, state, timestamp, _labels(item))


def index_sources(state: State, timestamp: datetime) -> tuple[str, ...]:
    """Return the attributes on which the index attributes for this state depend."""
    return ("labels",) if state.due(timestamp) else ()


def waiting_index_attributes(keys: Keys, flow_run_id: str, digest: str, due: datetime) -> Item:
    """Return the attributes by which by_status lists a waiting run, from its labels' digest and its start."""
    return {
        "status_shard": text(keys.status_runs(WAITING, keys.shard_of(flow_run_id))),
        "status_order": text(waiting_order(digest, due)),
    }


def waiting_order(digest: str, due: datetime) -> str:
    """Return the sort key of a waiting run: the digest of its labels, then its start time."""
    return f"{digest}#{instant_order(due)}"


def relabelled(order: str, labels: Collection[str]) -> str:
    """Return the sort key of a waiting run after its labels were replaced."""
    return f"{labels_digest(labels)}#{order.rpartition('#')[2]}"


def name_index_attributes(keys: Keys, flow_run_id: str, name: str) -> Item:
    """Return the attributes by which by_name lists a flow run; empty if its name follows from its id.

    Most runs are given no name, so they cost no entry in this index.
    """
    if name == made_up_name(flow_run_id):
        return {}
    return {"name_shard": text(keys.named_runs(name, keys.shard_of(flow_run_id)))}


def encode_run(keys: Keys, run: FlowRun) -> list[Item]:
    """Return the items of a new flow run: its own item first, then its overflow items."""
    pk = keys.run(run.id)
    shard = keys.shard_of(run.id)
    entries = [encode_entry(pk, entry) for entry in run.history]
    item: Item = {
        **key(pk, RUN),
        "tenant_shard": text(keys.tenant_runs(shard)),
        "flow_shard": text(keys.group_runs(run.flow_group_id, shard)),
        "order": text(run.id),
        **flow_run_index_attributes(keys, run.id, run.state, run.latest.timestamp, run.labels),
        **name_index_attributes(keys, run.id, run.name),
        "flow_id": text(run.flow_id),
        "name": text(run.name),
        "version": number(run.version),
        "state": text(run.state.type),
        "states": {"L": [{"B": entry.inline} for entry in entries]},
        "due": instant(run.scheduled_start_time),
        **encode_author(run.author, AUTHOR_BYTES),
    }
    if run.labels:
        item["labels"] = {"L": [text(label) for label in run.labels]}
    if run.auto_scheduled:
        item[AUTO] = {"BOOL": True}
    if run.task_count:
        item["tasks"] = number(run.task_count)
    if run.rules is not None:
        item[RULES] = encode_rules(run.rules)
    if run.moved:
        item["moved"] = number(int(run.moved.total_seconds()))
    overflow = [entry.overflow for entry in entries if entry.overflow]
    return [item, *overflow, *put_inputs(item, run.inputs)]


def decode_run(keys: Keys, item: Item, memory: Memory | None = None, *, with_inputs: bool = True) -> FlowRun:
    """Decode the item of a flow run, without its overflow items, and its inputs only if they are wanted."""
    flow_run_id = keys.run_id(read_text(item, "pk"))
    version = read_number(item, "version")
    history = decode_history(item, memory)
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
        auto_scheduled=bool(item.get(AUTO, {}).get("BOOL")),
        task_count=read_number(item, "tasks", 0),
        start_time=read_optional_instant(item, "start_time"),
        end_time=read_optional_instant(item, "end_time"),
        heartbeat=None,
        inputs=decode_inputs(item, memory) if with_inputs else RunInputs(),
        history=history,
        agent_id=str(uuid.UUID(bytes=bytes(item["agent"]["B"]))) if "agent" in item else None,
        times_resurrected=read_number(item, "times_resurrected", 0),
        begun=BEGUN in item,
        rules=_decode_rules(item[RULES]["M"]) if RULES in item else None,
        moved=timedelta(seconds=read_number(item, "moved", 0)),
        edited="updated" in item,
        in_time=IN_TIME in item,
        author=decode_author(item),
    )


def encode_rules(rules: RunRules) -> Item:
    """Return the value of the attribute RULES."""
    encoded: Item = {"overlap": text(rules.overlap.value)}
    if rules.late_after is not None:
        encoded["late_after"] = number(int(rules.late_after.total_seconds()))
    if rules.counts_failures:
        encoded["counts_failures"] = {"BOOL": True}
    return {"M": encoded}


def _decode_rules(encoded: Item) -> RunRules:
    late_after = read_number(encoded, "late_after") if "late_after" in encoded else None
    return RunRules(
        overlap=Overlap(read_text(encoded, "overlap")),
        late_after=None if late_after is None else timedelta(seconds=late_after),
        counts_failures="counts_failures" in encoded,
    )


def _labels(item: Item) -> list[str]:
    return [label["S"] for label in item.get("labels", {"L": []})["L"]]
