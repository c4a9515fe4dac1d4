"""All that a tenant has, in memory: what the documents ask for, and what is compared with the responses."""

import json
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from bench.real_use import large_runs
from bench.real_use.catalogue import CACHED_TASK, MAPPED_TASK, Catalogue, tasks_of_flow
from bench.real_use.runs import Author, Plan
from bench.stored_runs import items_of
from domain.access.tenants import Tenant
from domain.flow_runs.flow_runs import FlowRun
from domain.flows.flows import Flow
from domain.flows.tasks import Task
from domain.ids import RANDOM_BITS, time_ordered_id
from domain.queue.agents import Agent
from domain.random_names import made_up_name
from domain.task_runs.logs import KeptEntry
from domain.task_runs.task_runs import Address, TaskRun, not_begun
from domain.times import format_time
from storage.dynamodb.items import Item
from storage.layout.keys import Keys
from storage.logs.log_items import decode_logs

SEED: Final = 7
# The runs, the newest of those that have ended, that have a short log.
WITH_LOGS: Final = 50
# Runs that every size has, because documents name them.
KNOWN: Final = 5


@dataclass(slots=True)
class World:
    """The objects of a tenant. `values` are what documents name, such as the id of a run."""

    tenant: Tenant
    now: datetime
    catalogue: Catalogue
    agents: list[Agent]
    runs: dict[str, FlowRun] = field(default_factory=dict)
    task_runs: dict[str, dict[tuple[int, int], TaskRun]] = field(default_factory=dict)
    logs: dict[str, list[KeptEntry]] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    flows: dict[str, Flow] = field(init=False)

    def __post_init__(self) -> None:
        self.flows = {flow.id: flow for flow in self.catalogue.flows}

    def task_runs_of(self, run: FlowRun) -> Iterator[TaskRun]:
        """Yield the task runs of a run, begun or not, each mapped child behind its task."""
        begun = self.task_runs.get(run.id, {})
        for number in range(1, run.task_count + 1):
            if (number, -1) not in begun:
                yield not_begun(run, Address(run.id, number))
        yield from begun.values()

    def tasks(self) -> Iterator[Task]:
        """Yield the tasks of all versions of all flows."""
        for flow in self.flows.values():
            yield from tasks_of_flow(flow)


def fill_world(world: World, size: int, keys: Keys) -> Iterator[Item]:
    """Make `size` runs with what belongs to them, put them into the world, and yield their items."""
    author = Author(world.catalogue, world.now, SEED)
    known = _known_runs(world, author)
    for run in known.values():
        yield from _run_items(world, keys, run)
    for run in author.runs(size - KNOWN):
        yield from _run_items(world, keys, run)
    children = max(20, size * large_runs.CHILDREN // large_runs.OF)
    yield from _task_run_items(world, keys, list(large_runs.mapped_task_runs(known["mapped"], children)))
    lines = max(200, size * large_runs.ENTRIES // large_runs.OF)
    yield from _log_items(world, keys, known["logged"], lines)
    ended = (run for run in world.runs.values() if run.end_time is not None and run.start_time is not None)
    newest = sorted(ended, key=lambda run: run.created, reverse=True)[:WITH_LOGS]
    for run in {
        run.id: run for run in [known["ended"], known["old"], *newest] if run.id not in world.logs
    }.values():
        yield from _log_items(world, keys, run, large_runs.SHORT_LOG)
    world.values = _values(world, known, children)


def _known_runs(world: World, author: Author) -> dict[str, FlowRun]:
    first, hours = world.catalogue.versions[0], timedelta(hours=1)
    plans = {
        "mapped": Plan(world.now - 9 * hours, "Running", versions=first, name="backfill-2026"),
        "logged": Plan(world.now - 30 * hours, "Success", versions=first, name="full-export"),
        "ended": Plan(world.now - 3 * hours, "Success", versions=world.catalogue.versions[1], name="nightly"),
        "old": Plan(world.now - 7_200 * hours, "Success", versions=first, name="year-end-2025"),
        "waiting": Plan(
            world.now - hours, "Scheduled", world.now - hours / 2, ["prod"], first, "retry-later"
        ),
    }
    return {name: author.run(plan) for name, plan in plans.items()}


def _run_items(world: World, keys: Keys, run: FlowRun) -> Iterator[Item]:
    world.runs[run.id] = run
    yield from items_of(keys, run)
    if run.state.type == "Success" and len(world.runs) % large_runs.CACHED_EVERY == 0:
        cache_key = f"result of {world.flows[run.flow_id].name}"
        yield from _task_run_items(world, keys, [large_runs.cached_task_run(run, cache_key)])


def _task_run_items(world: World, keys: Keys, task_runs: list[TaskRun]) -> Iterator[Item]:
    for task_run in task_runs:
        place = task_run.address.number, task_run.map_index
        world.task_runs.setdefault(task_run.flow_run_id, {})[place] = task_run
    yield from large_runs.task_run_items(keys, task_runs)


def _log_items(world: World, keys: Keys, run: FlowRun, count: int) -> Iterator[Item]:
    items = large_runs.log_items(keys, run, large_runs.entries_of(run, count))
    world.logs[run.id] = [entry for item in items for entry in decode_logs(keys, item)]
    yield from items


def _values(world: World, known: dict[str, FlowRun], children: int) -> dict[str, Any]:
    """Return what documents name. Each value is written into a document as a literal, or is a variable."""
    now, versions = world.now, world.catalogue.versions
    newest, other = versions[0].newest, versions[1].newest
    rare = versions[-1].newest
    projects = {project.id: project.name for project in world.catalogue.projects}
    dice = random.Random(SEED)  # noqa: S311
    mapped, ended = known["mapped"], known["ended"]

    def ago(**span: float) -> str:
        return format_time(now - timedelta(**span))

    due = [run for run in world.runs.values() if run.state.type == "Scheduled"][:10]
    return {
        "tenant_id": world.tenant.id,
        "tenant_slug": world.tenant.slug,
        "flow_id": newest.id,
        "flow_name": newest.name,
        "flow_group_id": newest.flow_group_id,
        "version_group_id": newest.version_group_id,
        "other_flow_name": other.name,
        "rare_flow_id": rare.id,
        "rare_flow_name": rare.name,
        "rare_group_id": rare.flow_group_id,
        "project_id": newest.project_id,
        "project_name": projects[newest.project_id],
        "other_project_name": projects[other.project_id],
        "run_id": ended.id,
        "run_name": ended.name,
        "run_flow_name": other.name,
        "mapped_run_id": mapped.id,
        "mapped_run_name": mapped.name,
        "logged_run_id": known["logged"].id,
        "logged_run_name": known["logged"].name,
        "old_run_name": known["old"].name,
        "made_up_name": next(run.name for run in world.runs.values() if run.name == made_up_name(run.id)),
        "waiting_run_id": known["waiting"].id,
        "queued_ids": [known["waiting"].id, mapped.id, *(run.id for run in due)],
        "common_name": Counter(run.name for run in world.runs.values()).most_common(1)[0][0],
        "task_run_id": Address(ended.id, 1).id,
        "last_child": children - 1,
        "child_id": Address(mapped.id, MAPPED_TASK, children // 2).id,
        "mapped_task_run_id": Address(mapped.id, MAPPED_TASK).id,
        "some_task_run_ids": [Address(mapped.id, number).id for number in (1, 2)],
        "task_id": tasks_of_flow(newest)[CACHED_TASK - 1].id,
        "cache_key": f"result of {newest.name}",
        "unknown_id": time_ordered_id(now - timedelta(days=3), dice.getrandbits(RANDOM_BITS)),
        "now": format_time(now),
        "soon": format_time(now + timedelta(seconds=10)),
        "tomorrow": format_time(now + timedelta(days=1)),
        "hour_ago": ago(hours=1),
        "day_ago": ago(days=1),
        "two_days_ago": ago(days=2),
        "week_ago": ago(days=7),
        "month_ago": ago(days=30),
        "half_year_ago": ago(days=182),
        "half_year_and_hour_ago": ago(days=182, hours=1),
        "long_ago": "2020-01-01T00:00:00+00:00",
        "log_time": format_time(known["logged"].created + timedelta(hours=7, minutes=55)),
    }


def literal(value: Any) -> str:
    """Return a value as a literal of a GraphQL document."""
    return json.dumps(value)
