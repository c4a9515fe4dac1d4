"""What each operation may consume: docs/budgets.json, measured on dynoxide.

dynoxide reports consumed capacity per index and counts transactions twice, as AWS does; moto does neither.
The benchmark bench-capacity reads the same table.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from domain.flow_runs.bulk_changes import Action, BulkChange
from domain.flow_runs.states import State
from domain.ids import member_id
from operations.flow_runs.bulk_changing import BulkRequest, change_flow_runs
from operations.flow_runs.create_flow_run import CreateFlowRun, create_flow_run
from operations.flow_runs.deleting import delete_flow_run
from operations.flow_runs.restarting import restart_flow_run
from operations.flow_runs.states import set_flow_run_state, update_heartbeat
from operations.queue.polling import get_runs_in_queue
from operations.reads.arguments import Arguments
from operations.reads.query import list_rows, row_by_id
from operations.reads.rows import Need
from operations.task_runs.artifacts import create_task_run_artifact
from operations.task_runs.logs import write_logs
from operations.task_runs.task_runs import get_or_create_task_run, set_task_run_state
from storage.dynamodb.consumption import Consumption
from storage.dynamodb.table import Table
from storage.store import TenantStore
from tests.contract.factories import START, World, log_entry

on_dynoxide = pytest.mark.dynoxide_only

DOCS = Path(__file__).resolve().parents[2] / "docs"
BUDGETS = json.loads((DOCS / "budgets.json").read_text(encoding="utf-8"))
SHARDS = 4  # the default of a deployment
STORED_RUNS = 60  # enough for a full poll, and for a run in each shard

# A standard run: 200 bytes of parameters, two labels, and states as release 1.4.1 of Prefect Core sends them.
PARAMETERS = {"dataset": "s3://bucket-name/path/to/data/2026-11-23.parquet", "note": "x" * 120}
LABELS = ["prod", "gpu"]
COMMON = {"context": {"tags": []}, "cached_inputs": {}, "__version__": "1.4.1"}
SUBMITTED = State({**COMMON, "type": "Submitted", "message": "Submitted for execution", "state": {**COMMON}})
RUNNING = State({**COMMON, "type": "Running", "message": "Running flow."})
SUCCESS = State({**COMMON, "type": "Success", "message": "All reference tasks succeeded."})
FAILED = State({**COMMON, "type": "Failed", "message": "Some reference tasks failed."})
LATER = State({"type": "Scheduled", "start_time": (START + timedelta(days=1, hours=1)).isoformat()})
WHOLE_RUN = Need({"id", "name", "parameters", "serialized_state"}, {"states": Need({"state", "timestamp"})})


class Site:
    """A flow in a tenant of its own, and a meter of the acts on it."""

    def __init__(self, world: World) -> None:
        self.world, self.consumed = world, Consumption()
        serialized = {
            "name": "Standard",
            "parameters": [{"name": "dataset", "required": True}],
            "tasks": [{"slug": f"task-{number}", "name": "task"} for number in range(1, 11)],
        }
        table = Table(world.client, world.table_name, self._add)
        world.store = TenantStore(table, world.tenant_id, SHARDS)
        world.context = replace(world.context, store=world.store, now=world.clock)
        self.flow = world.register(serialized)

    def _add(self, operation: str, response: dict[str, Any]) -> None:
        self.consumed.add(operation, response)

    def measure(self, act: Callable[[], Any]) -> Consumption:
        """Return what an act consumes."""
        self.consumed = consumed = Consumption()
        act()
        self.consumed = Consumption()
        return consumed

    def create(self, **more: Any) -> str:
        request = CreateFlowRun(flow_id=self.flow, parameters=PARAMETERS, labels=LABELS, **more)
        return create_flow_run(self.world.context, request)

    def set(self, flow_run_id: str, version: int, state: State) -> Callable[[], Any]:
        return lambda: set_flow_run_state(self.world.context, flow_run_id, version, state)

    def poll(self, days: int, *labels: str) -> Callable[[], Any]:
        before = START + timedelta(days=days)
        return lambda: get_runs_in_queue(self.world.context, before, list(labels))

    def running(self) -> str:
        """Create a run, and set it Running."""
        flow_run_id = self.create()
        self.set(flow_run_id, 1, RUNNING)()
        return flow_run_id


Measured = Iterator[tuple[str, Consumption]]


def life(site: Site) -> Measured:
    yield "create without a key", site.measure(site.create)
    yield "create with a name", site.measure(lambda: site.create(flow_run_name="nightly"))
    whole = [site.measure(lambda: site.create(idempotency_key="a key"))]
    yield "create with a new key", whole[0]
    site.world.clock.advance(seconds=10)  # in the same second the end of the key needs no write
    yield "create with a known key", site.measure(lambda: site.create(idempotency_key="a key"))
    flow_run_id = site.create()
    for version, state in enumerate((SUBMITTED, RUNNING, SUCCESS), 1):
        whole.append(site.measure(site.set(flow_run_id, version, state)))
        yield f"set {state.type}", whole[-1]
    for _ in range(2):
        read = site.measure(lambda: row_by_id(site.world.context, "flow_run", flow_run_id, WHOLE_RUN))
        whole.append(read)
    yield "read by id, with states", whole[-1]
    yield "heartbeat", site.measure(lambda: update_heartbeat(site.world.context, flow_run_id))
    yield "whole life", total(whole)


def total(parts: list[Consumption]) -> Consumption:
    whole = Consumption()
    for part in parts:
        whole.calls += part.calls
        whole.write_units += part.write_units
        whole.read_units += part.read_units
    return whole


def waiting_runs(site: Site) -> Measured:
    planned: list[str] = []
    tomorrow = START + timedelta(days=1)
    creation = site.measure(lambda: planned.append(site.create(scheduled_start_time=tomorrow)))
    yield "create, planned for tomorrow", creation
    yield "plan a planned run for later", site.measure(site.set(planned[0], 1, LATER))
    yield "set a planned run Submitted", site.measure(site.set(planned[0], 2, SUBMITTED))
    yield "plan a submitted run", site.measure(site.set(planned[0], 3, LATER))
    late = site.create(scheduled_start_time=tomorrow)
    for version, state in enumerate((SUBMITTED, RUNNING), 1):
        site.set(late, version, state)()
    site.world.clock.advance(hours=1)
    yield "set a run Success an hour after its creation", site.measure(site.set(late, 3, SUCCESS))
    waiting = site.create()
    yield "delete a waiting run", site.measure(lambda: delete_flow_run(site.world.context, waiting))


def many_runs(site: Site) -> Measured:
    for _ in range(20):
        site.create()

    def change(action: Action, **more: Any) -> Callable[[], Any]:
        where = {"flow_id": {"_eq": site.flow}}
        request = BulkRequest(change=BulkChange(action=action), where=where, **more)
        return lambda: change_flow_runs(site.world.context, request)

    yield "count 20 runs by a filter", site.measure(change(Action.CANCEL, dry_run=True))
    yield "cancel 20 waiting runs by a filter", site.measure(change(Action.CANCEL))
    yield "delete 20 ended runs by a filter", site.measure(change(Action.DELETE))


def task_runs(site: Site) -> Measured:
    context, flow_run_id, task = site.world.context, site.running(), member_id(site.flow, 1)

    def find(map_index: int) -> Callable[[], Any]:
        return lambda: get_or_create_task_run(context, flow_run_id, task, map_index)

    def set_state(task_run_id: str, version: int, state: State) -> Callable[[], Any]:
        return lambda: set_task_run_state(context, task_run_id, version, state)

    task_run_id, child_id = find(-1)().id, find(3)().id
    yield "find a task run", site.measure(find(-1))
    first = site.measure(set_state(task_run_id, 1, RUNNING))
    yield "set a task run Running, its first state", first
    yield "set a task run Success", site.measure(set_state(task_run_id, 2, SUCCESS))
    yield "find a mapped child", site.measure(find(1))
    yield "find a mapped child of another hundred", site.measure(find(100))
    yield "set a mapped child Running", site.measure(set_state(child_id, 1, RUNNING))
    yield "set a mapped child Success", site.measure(set_state(child_id, 2, SUCCESS))
    link = {"link": "https://example.com/report"}
    artifact = site.measure(lambda: create_task_run_artifact(context, task_run_id, "link", link))
    yield "create an artifact", artifact


def restarts(site: Site) -> Measured:
    context, flow_run_id = site.world.context, site.running()
    for number, end in ((1, SUCCESS), (2, FAILED)):
        for state in (RUNNING, end):
            set_task_run_state(context, member_id(flow_run_id, number), None, state)
    site.set(flow_run_id, 2, FAILED)()
    site.world.clock.advance(minutes=1)
    restart = partial(restart_flow_run, context, flow_run_id, "key")
    yield "restart a run of which a task failed", site.measure(restart)
    yield "restart a run again with the same key", site.measure(restart)


def logs(site: Site) -> Measured:
    context, flow_run_id = site.world.context, site.running()
    ending = "Finished task run for task with final state: 'Success'" + " " * 60
    entries = [log_entry(flow_run_id, message=f"Task 'extract_{number}': {ending}") for number in range(100)]
    lines = Arguments(where={"flow_run_id": {"_eq": flow_run_id}}, order_by=[{"timestamp": "asc"}])
    newer = replace(lines, where={"_and": [lines.where, {"timestamp": {"_gt": START + timedelta(hours=1)}}]})
    yield "write 100 log lines", site.measure(lambda: write_logs(context, entries))
    for operation, arguments in (("read 100 log lines", lines), ("ask for newer log lines", newer)):
        yield operation, site.measure(partial(list_rows, context, "log", arguments, Need({"message"})))


def polls(site: Site) -> Measured:
    for _ in range(STORED_RUNS):
        site.create()
    yield "poll, nothing due", site.measure(site.poll(-1, *LABELS))
    yield "poll, 25 of many due runs", site.measure(site.poll(1, *LABELS))
    yield "poll, no run with these labels", site.measure(site.poll(1, "other"))


def old_runs(site: Site) -> Measured:
    first, second, third = (site.create() for _ in range(3))
    site.world.clock.advance(hours=5)
    for run_id, end in ((first, SUCCESS), (second, FAILED)):
        site.set(run_id, 1, SUBMITTED)()
        running = site.measure(site.set(run_id, 2, RUNNING))
        ended = site.measure(site.set(run_id, 3, end))
        yield f"set an old run {end.type}", ended
    yield "set an old run Running", running
    again = site.measure(site.set(second, 4, LATER))
    yield "set an old run Scheduled after its end", again
    site.set(third, 1, FAILED)()
    yield "delete an old run that ended", site.measure(lambda: delete_flow_run(site.world.context, third))


def excess(operation: str, consumed: Consumption) -> dict[str, float]:
    """Return the calls and the units beyond the budget of an operation, those within it left out."""
    spent = {
        "calls": consumed.calls.total(),
        "write_units": consumed.write_units,
        "read_units": consumed.read_units,
    }
    budget = BUDGETS[operation]
    return {unit: spent[unit] - bound for unit, bound in budget.items() if spent[unit] > bound}


@on_dynoxide
def test_every_operation_is_measured_and_none_exceeds_its_budget(world):
    measured = {
        operation: consumed
        for operations in (life, waiting_runs, many_runs, task_runs, restarts, logs, polls, old_runs)
        for operation, consumed in operations(Site(world.neighbour()))
    }

    assert sorted(measured) == sorted(BUDGETS)
    found = {operation: excess(operation, consumed) for operation, consumed in measured.items()}
    assert {operation: units for operation, units in found.items() if units} == {}


def test_excess_names_the_units_beyond_the_budget():
    consumed = Consumption()
    consumed.add("put_item", {"ConsumedCapacity": {"CapacityUnits": 1.0}})
    assert excess("heartbeat", consumed) == {}

    consumed.add("put_item", {"ConsumedCapacity": {"CapacityUnits": 1.0}})
    assert excess("heartbeat", consumed) == {"calls": 1, "write_units": 1.0}


def test_document_has_the_same_budgets():
    chapter = (DOCS / "benchmarks.md").read_text(encoding="utf-8").partition("\n## Budgets")[2]
    rows = re.findall(
        r"^\| ([^|]+) \| ([\d.]+) \| ([\d.]+) \| ([\d.]+) \|$", chapter.partition("\n## ")[0], re.MULTILINE
    )

    documented = {name: tuple(float(cell) for cell in cells) for name, *cells in rows}
    assert documented == {
        name: (budget["calls"], budget["write_units"], budget["read_units"])
        for name, budget in BUDGETS.items()
    }
