"""Tenants in tables of their own that differ in nothing but their number of runs, and exist at one time."""

import random
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import Any, Final

from bench.local_table import dynoxide_client, table_in
from bench.real_use.catalogue import Catalogue, check_flows, make_catalogue
from bench.real_use.service import Service
from bench.real_use.world import SEED, World, fill_world
from bench.stored_runs import check_items, register_flows
from bench.table_files import write_table
from domain.access.tenants import Tenant as Owner
from domain.flow_runs.run_totals import Series
from domain.queue.agents import Agent
from domain.recovery.cursor import RecoveryCursor
from operations.context import Context
from operations.queue.agents import register_agent
from operations.recovery.totals import count_totals
from storage.dynamodb.items import Item
from storage.layout.keys import Keys
from wiring import App, Settings

# A tenant in which the use cases store what the benchmark's own items are compared with.
_CHECKED: Final = ("00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002")


@dataclass(frozen=True, slots=True)
class Scale:
    """The numbers of flows and of the versions of each."""

    flows: int = 200
    versions: int = 50


@dataclass(frozen=True, slots=True)
class Tenant:
    """A tenant with `size` runs: all that it has, and the service that reads it."""

    size: int
    world: World
    service: Service


@dataclass(frozen=True, slots=True)
class _Base:
    """The content of every table before its runs."""

    settings: Settings
    owner: Owner
    catalogue: Catalogue
    agents: list[Agent]
    now: datetime
    items: tuple[Item, ...]

    def all_items(self, world: World, size: int) -> Iterator[Item]:
        """Yield the items of a table, and fill the world."""
        keys = Keys(self.settings.tenant_id, self.settings.shards)
        of_flows = chain.from_iterable(versions.items(keys) for versions in self.catalogue.versions)
        return chain(self.items, of_flows, fill_world(world, size, keys))


@contextmanager
def filled_tenants(scale: Scale, sizes: Sequence[int]) -> Iterator[list[Tenant]]:
    """Fill a table for each size."""
    base = _base(scale)
    with ExitStack() as stack:
        yield [_filled(base, size, stack) for size in sizes]


def _base(scale: Scale) -> _Base:
    """Make the projects, flows and agents, and check that generated items are what the use cases store."""
    now = datetime.now(UTC).replace(microsecond=0)
    settings = Settings.from_environment({})
    with dynoxide_client() as client:
        _check(client, settings, now)
        context = App(settings, client).context()
        catalogue = make_catalogue(context, now, scale.flows, scale.versions, random.Random(SEED))  # noqa: S311
        agents = _agents(context)
        pages = client.get_paginator("scan").paginate(TableName=settings.table_name, ConsistentRead=True)
        found = (item for page in pages for item in page["Items"])
        own = tuple(item for item in found if item["pk"]["S"].startswith(f"{settings.tenant_id}#"))
        return _Base(settings, context.tenant, catalogue, agents, now, own)


def _check(client: Any, settings: Settings, now: datetime) -> None:
    contexts = []
    for tenant_id in _CHECKED:
        app = App(replace(settings, tenant_id=tenant_id), client)
        app.formats.note_new()
        contexts.append(app.context())
    of_flows, of_runs = contexts
    check_flows(client, settings.table_name, of_flows, Keys(_CHECKED[0], settings.shards), now)
    flow_id = register_flows(of_runs, now).ids[0]
    check_items(client, settings.table_name, of_runs, Keys(_CHECKED[1], settings.shards), flow_id)


def _agents(context: Context) -> list[Agent]:
    labels: tuple[list[str], ...] = (["prod"], ["gpu", "prod"], [])
    ids = [
        register_agent(
            context, agent_type="LocalAgent", name=f"host-{number}", labels=own, agent_config_id=None
        )
        for number, own in enumerate(labels)
    ]
    return list(context.store.agents.get(ids))


def _filled(base: _Base, size: int, stack: ExitStack) -> Tenant:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    world = World(base.owner, base.now, base.catalogue, base.agents)
    write_table(folder, base.all_items(world, size))
    client: Any = stack.enter_context(table_in(folder))
    count_all_totals(App(base.settings, client).context())
    return Tenant(size, world, Service(base.settings, client))


def count_all_totals(context: Context) -> None:
    """Count the totals of all runs, as recovery has done by and by.

    Each pass has its own time, because one that began long ago stores nothing.
    """
    record, now = context.store.recovery_cursor, context.now()
    began = now - timedelta(hours=1)
    cursor = RecoveryCursor(at=began, since=began, token=bytes(6), totals=Series(began))
    record.begin(cursor, None)
    series = Series(began, look=now)
    while series.look == now:
        now = context.now()
        series = count_totals(context, replace(series, look=now), now, lambda: True)
    record.advance_to(replace(cursor, totals=series))
