"""Polls of agents, and what they cost."""

from dataclasses import replace
from datetime import datetime

from operations.queue.polling import get_runs_in_queue
from storage.dynamodb.consumption import Consumption
from storage.dynamodb.table import Table
from storage.store import TenantStore
from tests.contract.factories import SHARDS, World


def poll(world: World, *labels: str, before: datetime | None = None) -> list[str]:
    """Poll the queue as an agent with these labels, and return the ids of the runs."""
    return get_runs_in_queue(world.context, before, list(labels))


def measured_poll(
    world: World, *labels: str, before: datetime | None = None
) -> tuple[list[str], dict[str, int], float]:
    """Poll with a store of its own, and return the ids, the calls by name, and the read units."""
    consumption = Consumption()
    table = Table(world.client, world.table_name, consumption.add)
    poller = World(world.client, world.table_name, world.tenant_id, world.clock)
    poller.context = replace(world.context, store=TenantStore(table, world.tenant_id, SHARDS))
    return poll(poller, *labels, before=before), dict(consumption.calls), consumption.read_units
