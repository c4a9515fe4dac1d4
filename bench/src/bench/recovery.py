"""The consumption of a tick of recovery for each live run, by kind of run.

The meter is dynoxide, as in `bench.capacity`. The clock stands an hour after the start of the runs, whose
heartbeats are those of each kind of client.
"""

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bench.core_states import RUNNING
from bench.local_table import dynoxide_client
from bench.meter import Meter
from bench.report import Goal, Report, Table, run
from domain.flow_runs.states import State
from domain.ids import member_id
from domain.recovery.rules import RecoverySettings
from operations.context import Context
from operations.flow_runs.create_flow_run import CreateFlowRun, create_flow_run
from operations.flow_runs.states import set_flow_run_state, update_heartbeat
from operations.flows.projects import create_project
from operations.flows.registering import RegisterFlow, register_flow
from operations.recovery.tick import Bounds, tick
from operations.task_runs.task_runs import set_task_run_state, update_task_run_heartbeat
from wiring import App, Settings

TASKS = 10
BEGAN = datetime(2040, 1, 1, tzinfo=UTC)
SETTINGS = RecoverySettings(interval=timedelta(days=1))
BOUNDS = Bounds(time_left=lambda: 1000.0)
SUCCESS = State({"type": "Success", "message": "Task run succeeded."})
WAITING = State({"type": "Retrying", "start_time": "2041-01-01T00:00:00+00:00", "run_count": 1})


@dataclass(frozen=True, slots=True)
class Fleet:
    """Flow runs of one kind, alone in their deployment. A tick may read `max_units` for each of them."""

    name: str
    live: Callable[[Context, str], None]
    max_units: float


def _healthy(context: Context, run_id: str) -> None:
    """Act as a client from 0.15.4 on: half of the tasks are done, one runs."""
    _tasks(context, run_id)
    update_heartbeat(replace(context, core_version="1.4.1"), run_id)


def _healthy_old(context: Context, run_id: str) -> None:
    """Act as a client to 0.15.3, whose task runs have heartbeats too. Those of ended task runs are old."""
    _tasks(context, run_id)
    old = replace(context, now=lambda: BEGAN)
    for number in range(1, TASKS // 2 + 1):
        update_task_run_heartbeat(old, member_id(run_id, number))
    update_task_run_heartbeat(context, member_id(run_id, TASKS // 2 + 1))
    update_heartbeat(replace(context, core_version="0.8.1"), run_id)


def _waiting(context: Context, run_id: str) -> None:
    """End the process while a task run waits for its next try."""
    _tasks(context, run_id)
    set_task_run_state(context, member_id(run_id, TASKS // 2 + 1), None, WAITING)


def _dead(context: Context, run_id: str) -> None:
    """Kill the process while a task runs."""
    _tasks(context, run_id)


def _tasks(context: Context, run_id: str) -> None:
    began = replace(context, now=lambda: BEGAN)
    for number in range(1, TASKS // 2 + 2):
        set_task_run_state(began, member_id(run_id, number), None, State(RUNNING))
    for number in range(1, TASKS // 2 + 1):
        set_task_run_state(began, member_id(run_id, number), None, SUCCESS)


FLEETS = (
    Fleet("alive, client from 0.15.4 on", _healthy, 0.6),
    Fleet("alive, client to 0.15.3", _healthy_old, 1.6),
    Fleet("waits for a retry", _waiting, 7),
    Fleet("dead", _dead, 10),
)


def tick_over(client: Any, fleet: Fleet, runs: int, tenant: str) -> tuple[Any, float, str]:
    """Create the fleet, and return the consumption of one tick, its seconds, and a summary of its acts."""
    meter = Meter()
    settings = replace(Settings.from_environment({}), tenant_id=tenant)
    context = replace(App(settings, client, meter.observe).context(), now=lambda: BEGAN)
    tick(context, SETTINGS, BOUNDS)
    project = create_project(context, name="Bench")
    serialized = {"name": "Flow", "tasks": [{"slug": f"task-{number}"} for number in range(TASKS)]}
    flow = register_flow(context, RegisterFlow(project_id=project, serialized_flow=serialized))
    later = replace(context, now=lambda: BEGAN + timedelta(hours=1))
    for _ in range(runs):
        run_id = create_flow_run(context, CreateFlowRun(flow_id=flow))
        set_flow_run_state(context, run_id, 1, State(RUNNING))
        fleet.live(later, run_id)
    began = time.perf_counter()
    with meter.measure() as consumed:
        summary = tick(later, SETTINGS, BOUNDS)
    seconds = time.perf_counter() - began
    return consumed, seconds, ", ".join(f"{count} {name}" for name, count in (+summary.counts).items())


def measure(options: argparse.Namespace) -> Report:
    """Run a tick over each fleet."""
    rows, goals = [], []
    with dynoxide_client() as client:
        for number, fleet in enumerate(FLEETS):
            tenant = f"00000000-0000-4000-8000-{number:012}"
            consumed, seconds, acts = tick_over(client, fleet, options.runs, tenant)
            calls = ", ".join(f"{count} {name}" for name, count in sorted(consumed.calls.items()))
            per_run = consumed.read_units / options.runs
            units = consumed.write_units, consumed.read_units, per_run
            rows.append((fleet.name, calls, *units, 1000 * seconds / options.runs, acts))
            goals.append(Goal(f"read units of a run: {fleet.name}", per_run, fleet.max_units, "RCU"))
    columns = ("live run", "calls", "WCU", "RCU", "RCU a run", "ms a run", "acts")
    table = Table(f"One tick over {options.runs:,} live runs", columns, rows)
    return Report("bench-recovery", [table], goals)


def main() -> int:
    """Measure with the options of the command line, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=200, help="live runs of each kind")
    return run(measure, parser)


if __name__ == "__main__":
    sys.exit(main())
