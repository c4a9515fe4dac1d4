"""Task runs as items, and items as task runs. No call is made here.

A task run stands in its flow run's partition, so that one query finds all task runs of a flow run. An index
lists a task run only while it waits (among those of its flow run) and while its result is cached (for later
runs of its task).
"""

from datetime import datetime
from typing import Final

from domain.flow_runs.states import State
from domain.ids import created_from_id
from domain.memory import Memory
from domain.task_runs.task_runs import Address, CachedAs, TaskRun
from storage.dynamodb.items import Item
from storage.histories.history_items import decode_history, encode_entry
from storage.layout.attributes import (
    instant,
    instant_order,
    number,
    read_number,
    read_optional_instant,
    read_optional_text,
    read_text,
    text,
)
from storage.layout.keys import MAPPED, TASK_RUN, Keys, key, task_run_sk

TASK_RUN_INDEX_ATTRIBUTES: Final = ("tenant_shard", "flow_shard", "order", "status_shard", "status_order")


def encode_task_run(keys: Keys, task_run: TaskRun) -> list[Item]:
    """Return the items of a task run: its own item first, then the overflow items of large states."""
    pk, address = keys.run(task_run.flow_run_id), task_run.address
    entries = [encode_entry(pk, entry) for entry in task_run.history]
    item: Item = {
        **key(pk, task_run_sk(address.number, address.map_index)),
        **task_run_index_attributes(
            keys, address, cached_as(task_run), task_run.state, task_run.latest.timestamp
        ),
        "flow_id": text(task_run.flow_id),
        "version": number(task_run.version),
        "state": text(task_run.state.type),
        "states": {"L": [{"B": entry.inline} for entry in entries]},
    }
    if address.map_index >= 0:
        item["created"] = instant(task_run.created)
    if task_run.name is not None:
        item["name"] = text(task_run.name)
    if task_run.cache_key is not None:
        item["cache_key"] = text(task_run.cache_key)
    for name, value in (("start_time", task_run.start_time), ("end_time", task_run.end_time)):
        if value is not None:
            item[name] = instant(value)
    if task_run.state.data.get("cached_inputs"):
        item["carries"] = {"BOOL": True}
    return [item, *(entry.overflow for entry in entries if entry.overflow)]


def cached_as(task_run: TaskRun) -> CachedAs:
    """Return the keys under which the result of a task run is cached, if it is."""
    return CachedAs(task_run.task_id, task_run.cache_key)


def task_run_index_attributes(
    keys: Keys, address: Address, cached: CachedAs | None, state: State, timestamp: datetime
) -> Item:
    """Return the index attributes for a task run in this state; empty in most states."""
    shard = keys.shard_of(address.flow_run_id)
    due = state.due(timestamp)
    if due is not None:
        waiting = keys.waiting_task_runs(address.flow_run_id)
        return {"status_shard": text(waiting), "status_order": text(instant_order(due))}
    if state.type != "Cached" or cached is None:
        return {}
    order = text(instant_order(timestamp))
    index_attributes = {
        "tenant_shard": text(keys.cached_task_runs(shard)),
        "flow_shard": text(keys.cached_of_task(cached.task_id, shard)),
        "order": order,
    }
    if cached.cache_key:
        index_attributes |= {
            "status_shard": text(keys.cached_under(cached.cache_key, shard)),
            "status_order": order,
        }
    return index_attributes


def decode_task_run(keys: Keys, item: Item, memory: Memory | None = None) -> TaskRun:
    """Decode the item of a task run, without its overflow items."""
    address = address_of(keys, item)
    history = decode_history(item, memory)
    created = read_optional_instant(item, "created") or created_from_id(address.flow_run_id)
    updated = history[-1].timestamp
    return TaskRun(
        address=address,
        tenant_id=keys.tenant,
        flow_id=read_text(item, "flow_id"),
        name=read_optional_text(item, "name"),
        version=read_number(item, "version"),
        created=created,
        updated=max(updated, read_optional_instant(item, "updated") or updated),
        start_time=read_optional_instant(item, "start_time"),
        end_time=read_optional_instant(item, "end_time"),
        heartbeat=None,
        cache_key=read_optional_text(item, "cache_key"),
        history=history,
    )


def address_of(keys: Keys, item: Item) -> Address:
    """Return the address of a task run from its item, or from its entry in an index."""
    flow_run_id, sk = keys.run_id(read_text(item, "pk")), read_text(item, "sk")
    if sk.startswith(MAPPED):
        number, map_index = sk.removeprefix(MAPPED).split("#")
        return Address(flow_run_id, int(number, 16), int(map_index))
    return Address(flow_run_id, int(sk.removeprefix(TASK_RUN), 16))
