"""What one tick of the schedules costs when few of many schedules are due.

The meter is dynoxide, as in `bench.capacity`. All schedules but the due ones are records that need no work
for a day; the due ones are flows with an hourly schedule, of which an occurrence has come.
"""

import argparse
import sys
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from bench.local_table import dynoxide_client
from bench.meter import Meter
from bench.report import Goal, Report, Table, run
from bench.stored_runs import write_items
from domain.schedules.runs.records import ScheduleRecord
from operations.context import Context
from operations.flows.projects import create_project
from operations.flows.registering import RegisterFlow, register_flow
from operations.schedules.tick import keep_up_all
from storage.dynamodb.items import Item
from storage.layout.keys import Keys
from storage.schedules.schedule_items import encode_record
from wiring import App, Settings

SIZES = (1_000, 10_000, 100_000)
BEGAN = datetime(2040, 1, 1, 12, tzinfo=UTC)
HOURLY = {"clocks": [{"type": "IntervalClock", "interval": 3_600_000_000}]}
# A tick before each measured one makes up for what another process has left of caches and connections.
ROUNDS = 5
# The cost may grow by chance: the shards of the due ones.
_MOST_WRITTEN = 25
_MORE_UNITS, _MORE_TIME = 1.1, 1.5


@dataclass(frozen=True, slots=True)
class Ticked:
    """The consumption of one tick, and the least milliseconds of all rounds."""

    made: int
    calls: int
    read_units: float
    write_units: float
    milliseconds: float


def tick_over(client: Any, size: int, due: int) -> Ticked:
    """Fill a tenant with schedules, and measure ticks of which each finds the same ones due."""
    meter = Meter()
    settings = replace(Settings.from_environment({}), tenant_id=f"00000000-0000-4000-8000-{size:012}")
    context = replace(App(settings, client, meter.observe).context(), now=lambda: BEGAN)
    idle = _idle(settings, size - due)
    while batch := list(islice(idle, _MOST_WRITTEN)):
        write_items(client, settings.table_name, batch)
    _register(context, due)
    ticked = []
    for hour in range(1, ROUNDS + 1):
        later = _at(context, BEGAN + timedelta(hours=hour, seconds=30))
        began = time.perf_counter()
        with meter.measure() as consumed:
            summary = keep_up_all(later, lambda: 1_000.0)
        milliseconds = 1_000 * (time.perf_counter() - began)
        calls = sum(consumed.calls.values())
        units = consumed.read_units, consumed.write_units
        ticked.append(Ticked(summary.counts["made"], calls, *units, milliseconds))
    return min(ticked[1:], key=lambda each: each.milliseconds)


def _at(context: Context, now: datetime) -> Context:
    return replace(context, now=lambda: now)


def _idle(settings: Settings, number: int) -> Iterator[Item]:
    keys = Keys(settings.tenant_id, settings.shards)
    for place in range(number):
        record = ScheduleRecord(
            group_id=str(uuid.UUID(int=place << 64 | place, version=4)),
            revision=1,
            changed=BEGAN,
            definition="0" * 32,
            until=BEGAN,
            next_look=BEGAN + timedelta(days=1, seconds=place % 86_400),
        )
        yield encode_record(keys, record, b"bench")


def _register(context: Context, due: int) -> None:
    project = create_project(context, name="Bench")
    for number in range(due):
        serialized = {"name": f"Flow {number}", "tasks": [], "schedule": HOURLY}
        request = RegisterFlow(project_id=project, serialized_flow=serialized, set_schedule_active=True)
        register_flow(context, request)


def measure(options: argparse.Namespace) -> Report:
    """Tick over each number of schedules."""
    rows, found = [], {}
    for size in options.sizes:
        with dynoxide_client() as client:
            ticked = found[size] = tick_over(client, size, options.due)
        units = ticked.read_units, ticked.write_units
        rows.append((f"{size:,}", ticked.made, ticked.calls, *units, ticked.milliseconds))
    columns = ("schedules", "runs made", "calls", "RCU", "WCU", "ms")
    table = Table(f"One tick, {options.due:,} schedules due", columns, rows)
    least, most = found[min(options.sizes)], found[max(options.sizes)]
    goals = [
        Goal("runs made of those due", most.made, options.due, at_least=True),
        Goal("growth of calls", most.calls / least.calls, _MORE_UNITS),
        Goal("growth of read units", most.read_units / least.read_units, _MORE_UNITS),
        Goal("growth of write units", most.write_units / least.write_units, _MORE_UNITS),
        Goal("growth of time", most.milliseconds / least.milliseconds, _MORE_TIME),
    ]
    return Report("bench-schedules", [table], goals)


def main() -> int:
    """Measure with the options of the command line, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="numbers of schedules")
    parser.add_argument("--due", type=int, default=100, help="how many of them are due")
    return run(measure, parser)


if __name__ == "__main__":
    sys.exit(main())
