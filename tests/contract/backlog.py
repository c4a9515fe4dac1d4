"""A backlog: any number of waiting runs, which are written fast as 25 items a call."""

import random
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from domain.flow_runs.states import State, scheduled
from domain.ids import RANDOM_BITS, time_ordered_id
from domain.queue.label_sets import labels_digest
from domain.queue.waiting_markers import Marker
from domain.times import to_micros
from storage.flow_runs.flow_run_items import encode_run
from storage.layout.keys import Keys
from tests.contract.factories import SHARDS, START, World

_BATCH = 25


def write_items(world: World, items: Iterable[Any]) -> None:
    """Put items without a condition."""
    puts = [{"PutRequest": {"Item": item}} for item in items]
    parts = [puts[start : start + _BATCH] for start in range(0, len(puts), _BATCH)]

    def write(part: Any) -> None:
        while part:
            response = world.client.batch_write_item(RequestItems={world.table_name: part})
            part = response["UnprocessedItems"].get(world.table_name)

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(write, parts))


def backlog(
    world: World, flow_id: str, count: int, labels: Iterable[list[str]], start: datetime | None = None
) -> list[str]:
    """Store waiting runs of a flow, and return their ids.

    The runs are due a second apart, before START or from `start` on. They have the sets of labels in turn.
    """
    dice, keys = random.Random(count), Keys(world.tenant_id, SHARDS)  # noqa: S311
    model, sets = world.run(world.create(flow_id)), list(labels)
    created = START - timedelta(days=1)
    runs = []
    for number in range(count):
        due = (start or START - timedelta(seconds=count)) + timedelta(seconds=number)
        entry = replace(model.latest, state=scheduled(due), timestamp=created)
        run_id = time_ordered_id(created, dice.getrandbits(RANDOM_BITS))
        of_run = sets[number % len(sets)]
        runs.append(replace(model, id=run_id, labels=of_run, history=(entry,), scheduled_start_time=due))
    world.store.flow_runs.delete(model.id)
    write_items(world, (item for run in runs for item in encode_run(keys, run)))
    return [run.id for run in runs]


def useless_markers(world: World, flow_id: str, count: int, labels: list[str], state: str) -> None:
    """Store runs of a flow that were Running and are now in this state, each with its useless marker."""
    dice, keys = random.Random(count), Keys(world.tenant_id, SHARDS)  # noqa: S311
    model = world.run(world.create(flow_id))
    created, touched = START - timedelta(days=1), START - timedelta(minutes=10)
    entry = replace(model.latest, state=State({"type": state}), timestamp=touched)
    ids = [time_ordered_id(created, dice.getrandbits(RANDOM_BITS)) for _ in range(count)]
    runs = [replace(model, id=run_id, labels=labels, history=(entry,)) for run_id in ids]
    world.store.flow_runs.delete(model.id)
    began = {"start_time": {"N": str(to_micros(created))}}
    write_items(world, (item | began for run in runs for item in encode_run(keys, run)))
    digest, markers = labels_digest(labels), world.store.waiting_markers
    with ThreadPoolExecutor(4) as threads:
        for run in runs:
            threads.submit(markers.move, None, Marker(run.id, digest, touched, touched))
