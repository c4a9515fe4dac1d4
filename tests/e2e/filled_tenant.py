"""A tenant after a year of deployments and a month of runs, written into the data folder of a local server.

Each flow is registered and each kind of run is created once by the use cases. The other versions and runs are
copies of these with ids and times of their own, encoded by the storage layer itself.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from domain.flow_runs.flow_runs import FlowRun
from domain.flow_runs.states import parse_state
from domain.ids import time_ordered_id
from domain.parts import Part
from domain.times import to_micros
from operations.context import Context
from operations.flow_runs.create_flow_run import CreateFlowRun, create_flow_run
from operations.flow_runs.states import set_flow_run_state
from operations.flows.projects import create_project
from operations.flows.registering import RegisterFlow, register_flow
from storage.flow_runs.flow_run_items import encode_run
from storage.layout.keys import GROUP, Keys, flow_order, key
from wiring import App, Settings

PROJECTS = ("north", "south")
FLOWS = 40
VERSIONS = 26
RUNS = 1_500
# The flow of which all copied runs are, and the run that is not a copy.
BUSY = "flow 00"
NAMED = "the one run"
STATES = ("Success", "Success", "Success", "Failed")
_BATCH = 25


def fill(client: Any, settings: Settings) -> None:
    """Write the tenant. Its runs were created from 30 days ago to an hour ago."""
    context = App(settings, client).context()
    keys = Keys(settings.tenant_id, settings.shards)
    flow_ids = _register(context)
    _write(client, settings.table_name, _earlier_versions(client, settings, keys, flow_ids))
    _write(client, settings.table_name, _runs(context, keys, flow_ids[0]))
    named = CreateFlowRun(flow_id=flow_ids[0], flow_run_name=NAMED)
    create_flow_run(context, named)


def _register(context: Context) -> list[str]:
    projects = [create_project(context, name=name) for name in PROJECTS]
    tasks = [{"name": "one", "slug": "one-1", "type": "prefect.tasks.Task"}]
    return [
        register_flow(
            context,
            RegisterFlow(
                project_id=projects[number % len(projects)],
                serialized_flow={"name": f"flow {number:02}", "tasks": tasks},
            ),
        )
        for number in range(FLOWS)
    ]


def _earlier_versions(client: Any, settings: Settings, keys: Keys, flow_ids: list[str]) -> Iterator[Any]:
    """Yield each flow as its newest version, its group, and copies of it as the archived versions."""
    for flow_id in flow_ids:
        head = _get(client, settings, key(keys.flow(flow_id), "flow"))
        group = _get(client, settings, key(keys.group(head["group_id"]["S"]), GROUP))
        yield {**group, "version": {"N": str(VERSIONS)}}
        for version in range(1, VERSIONS + 1):
            own = flow_id if version == VERSIONS else time_ordered_id(_ago(days=60 - version), version)
            yield {
                **head,
                "pk": {"S": keys.flow(own)},
                "order": {"S": flow_order(head["name"]["S"], version)},
                "version": {"N": str(version)},
                "archived": {"BOOL": version < VERSIONS},
            }


def _runs(context: Context, keys: Keys, flow_id: str) -> Iterator[Any]:
    """Yield copies of a run in each state, with times from 30 days ago to an hour ago."""
    patterns = [_ended(context, flow_id, state) for state in STATES]
    for number in range(RUNS):
        pattern = patterns[number % len(patterns)]
        created = _ago(hours=1 + number / RUNS * 30 * 24)
        run = _copied(pattern, created, number)
        head, *others = encode_run(keys, run)
        started, ended = run.history[-2].timestamp, run.history[-1].timestamp
        yield {**head, "start_time": _time(started), "end_time": _time(ended)}
        yield from others


def _ended(context: Context, flow_id: str, state: str) -> FlowRun:
    run_id = create_flow_run(context, CreateFlowRun(flow_id=flow_id))
    for version, name in enumerate(("Submitted", "Running", state), 1):
        set_flow_run_state(context, run_id, version, parse_state({"type": name}))
    (run,) = context.store.flow_runs.get([run_id], (Part.INPUTS, Part.HISTORY), consistent=True)
    return run


def _copied(pattern: FlowRun, created: datetime, number: int) -> FlowRun:
    """Return a run like another at another time, ten seconds from state to state."""
    later = (created + timedelta(seconds=10 * step) for step in range(len(pattern.history)))
    history = tuple(replace(entry, timestamp=at) for entry, at in zip(pattern.history, later, strict=True))
    return replace(
        pattern,
        id=time_ordered_id(created, number),
        name=f"run {number}",
        created=created,
        scheduled_start_time=created,
        history=history,
    )


def _ago(**span: float) -> datetime:
    return datetime.now(UTC) - timedelta(**span)


def _time(at: datetime) -> dict[str, str]:
    return {"N": str(to_micros(at))}


def _get(client: Any, settings: Settings, wanted: Any) -> Any:
    return client.get_item(TableName=settings.table_name, Key=wanted, ConsistentRead=True)["Item"]


def _write(client: Any, table: str, items: Iterator[Any]) -> None:
    while batch := [{"PutRequest": {"Item": item}} for item in islice(items, _BATCH)]:
        assert not client.batch_write_item(RequestItems={table: batch})["UnprocessedItems"]
