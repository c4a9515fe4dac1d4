"""The load of the hottest partition key in one second of heavy load, simulated over the real keys.

All load is of one tenant and one flow, and all runs have one name, which is the worst case: runs are created,
and as many runs are set Submitted, Running and Success. Each write is counted on the partition keys that it
touches, in the table and in each index, as DynamoDB counts it: a moved index entry is a delete and a put.

Exits 1 when a key exceeds the limit at the largest number of shards.
"""

import argparse
import random
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta

from bench.report import Goal, Report, Table, run
from domain.flow_runs.flow_runs import FlowRun, RunInputs
from domain.flow_runs.histories import HistoryEntry
from domain.flow_runs.states import State, scheduled
from domain.ids import RANDOM_BITS, stable_id, time_ordered_id
from storage.dynamodb.items import Item
from storage.flow_runs.flow_run_items import encode_run, flow_run_index_attributes
from storage.layout.keys import Keys

LIMIT = 1_000  # write units a second of one partition key
TENANT = "6e0b5f3c-2f6d-4c1e-9a57-3b1d8f0c7a21"
LABELS = ["prod"]
NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
LIFE = ("Submitted", "Running", "Success")

Heat = dict[str, Counter[str]]


def simulate(keys: Keys, creations: int, changes: int, seed: int = 7) -> Heat:
    """Return the write units of one second on each partition key of the table and of each index."""
    dice = random.Random(seed)  # noqa: S311
    places = ("table", "by_tenant", "by_flow", "by_status", "by_name")
    heat: Heat = {place: Counter() for place in places}
    for _ in range(creations):
        item = encode_run(keys, _new_run(dice))[0]
        # The run and its idempotency key are written in one transaction, which counts twice.
        heat["table"][item["pk"]["S"]] += 2
        heat["table"][keys.idempotency(TENANT, str(dice.random()))] += 2
        heat["by_tenant"][item["tenant_shard"]["S"]] += 1
        heat["by_flow"][item["flow_shard"]["S"]] += 1
        heat["by_status"][item["status_shard"]["S"]] += 1
        heat["by_name"][item["name_shard"]["S"]] += 1
    for number in range(changes):
        run_id = _new_run(dice).id
        before = scheduled(NOW) if number % 3 == 0 else State({"type": LIFE[number % 3 - 1]})
        heat["table"][keys.run(run_id)] += 1
        listed = (
            flow_run_index_attributes(keys, run_id, state, NOW, LABELS) for state in (before, _to(number))
        )
        _move(heat["by_status"], *listed)
    return heat


def _to(number: int) -> State:
    return State({"type": LIFE[number % 3]})


def _move(heat: Counter[str], before: Item, after: Item) -> None:
    if before == after:
        return
    for attributes in (before, after):
        if attributes:
            heat[attributes["status_shard"]["S"]] += 1


def _new_run(dice: random.Random) -> FlowRun:
    created = NOW + timedelta(microseconds=dice.randrange(1_000_000))
    entry = HistoryEntry(version=1, timestamp=created, state=scheduled(created), token=dice.randbytes(6))
    return FlowRun(
        id=time_ordered_id(created, dice.getrandbits(RANDOM_BITS)),
        tenant_id=TENANT,
        flow_id=stable_id(TENANT, "flow"),
        flow_group_id=stable_id(TENANT, "group"),
        name="run",
        labels=LABELS,
        version=1,
        created=created,
        updated=created,
        scheduled_start_time=created,
        auto_scheduled=False,
        task_count=0,
        start_time=None,
        end_time=None,
        heartbeat=None,
        inputs=RunInputs(),
        history=(entry,),
    )


def measure(options: argparse.Namespace) -> Report:
    """Simulate the load with each number of shards. The goal is for the largest."""
    heats = {
        shards: simulate(Keys(TENANT, shards), options.creations, options.changes)
        for shards in sorted(options.shards)
    }
    goals = [
        Goal(f"hottest key of {place}, SHARDS={max(heats)}", hottest(counts), LIMIT, "WCU/s")
        for place, counts in heats[max(heats)].items()
    ]
    return Report("bench-heat", [table(heats, options)], goals)


def table(heats: dict[int, Heat], options: argparse.Namespace) -> Table:
    """Return the hottest key of the table and of each index, for each number of shards."""
    rows = [
        (shards, place, len(counts), hottest(counts), f"{hottest(counts) / (counts.total() or 1):.2%}")
        for shards, heat in heats.items()
        for place, counts in heat.items()
    ]
    columns = ("SHARDS", "of", "keys", "hottest key, WCU/s", "its share")
    note = f"{options.creations:,} runs created, {options.changes:,} states set, of one tenant and one flow."
    return Table("Heat in one second", columns, rows, [note])


def hottest(counts: Counter[str]) -> int:
    """Return the write units of the hottest key."""
    return max(counts.values(), default=0)


def main() -> int:
    """Measure with the options of the command line, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--creations", type=int, default=10_000, help="runs created in the second")
    parser.add_argument("--changes", type=int, default=30_000, help="state changes in the second")
    parser.add_argument("--shards", type=int, nargs="+", default=[4, 32, 64], help="values of SHARDS")
    return run(measure, parser)


if __name__ == "__main__":
    sys.exit(main())
