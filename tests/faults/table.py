"""The whole table, read by a scan: every item, and the histories of all runs."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from domain.flow_runs.states import State
from storage.histories.history_items import (
    MOVED_STATES,
    decode_entry,
    is_overflow,
    raw_entries,
    state_sk,
    states_sk,
    token_of,
)
from storage.layout.codec import unpack
from storage.layout.keys import MAPPED, RUN, TASK_RUN
from tests.faults.states import operation_in

Item = dict[str, Any]
# By partition and sort key.
Items = dict[tuple[str, str], Item]


@dataclass(frozen=True, slots=True)
class Entry:
    """One state of a history: `operation` is the number of the one that set it, None for the service.

    `due` is when a run in this state may start, None when it waits for nothing.
    """

    version: int
    type: str
    operation: int | None = None
    due: datetime | None = None


@dataclass(slots=True, kw_only=True)
class Subject:
    """A flow run, or a task run (`number` above 0) of the flow run `flow_run`, with its whole history."""

    id: str
    flow_run: str
    number: int = 0
    version: int
    state: str
    entries: list[Entry] = field(default_factory=list)
    slots: list[str] = field(default_factory=list)
    # The sort keys of the items with its large and its oldest states.
    apart: set[str] = field(default_factory=set)
    item: Item = field(default_factory=dict)


@dataclass(slots=True)
class Snapshot:
    """The items by partition and sort key, and the flow runs and task runs by id."""

    items: Items = field(default_factory=dict)
    subjects: dict[str, Subject] = field(default_factory=dict)

    def of_kind(self, kind, sk=None):
        """Return the items in partitions of a kind (`run`, `flow`, …): all, or those with a sort key."""
        return [
            item
            for (pk, own), item in self.items.items()
            if pk.split("#")[1] == kind and (sk is None or own == sk)
        ]

    @property
    def flow_runs(self):
        return {id_: subject for id_, subject in self.subjects.items() if subject.number == 0}


def read_table(client, table):
    """Scan the table. No process may write meanwhile."""
    items: Items = {}
    start: dict[str, Any] = {}
    while True:
        page = client.scan(TableName=table, ConsistentRead=True, **start)
        for item in page["Items"]:
            items[item["pk"]["S"], item["sk"]["S"]] = item
        if "LastEvaluatedKey" not in page:
            return Snapshot(items, {subject.id: subject for subject in _subjects(items)})
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


def _subjects(items):
    children = {
        (item["run"]["S"], int(item["number"]["N"]), int(item["map_index"]["N"])): id_of(pk)
        for (pk, _), item in items.items()
        if pk.split("#")[1] == "map"
    }
    for (pk, sk), item in items.items():
        # A write without its condition leaves a part of a run. The check of leftovers reports it.
        if pk.split("#")[1] != "run" or "version" not in item:
            continue
        run = id_of(pk)
        if sk == RUN:
            yield _subject(items, item, run, run, 0)
        elif sk.startswith(TASK_RUN):
            number = int(sk.removeprefix(TASK_RUN), 16)
            yield _subject(items, item, f"{run[:-4]}{number:04x}", run, number)
        elif sk.startswith(MAPPED):
            number, index = sk.removeprefix(MAPPED).split("#")
            place = run, int(number, 16), int(index)
            yield _subject(items, item, children.get(place, f"{run} {sk}"), run, place[1])


def id_of(pk):
    """Return the last part of a partition's key."""
    return pk.rpartition("#")[2]


def _subject(items, item, identifier, run, number):
    pk, sk, version = item["pk"]["S"], item["sk"]["S"], int(item["version"]["N"])
    raw, apart = [bytes(entry) for entry in raw_entries(item)], set()
    while (first := version - len(raw) + 1) > 1:
        # The oldest entries were moved out in groups of this size.
        place = states_sk(sk, first - MOVED_STATES)
        if (moved := items.get((pk, place))) is None:
            break
        apart.add(place)
        raw = [*map(bytes, raw_entries(moved)), *raw]
    entries = [_entry(items, pk, entry, first + place) for place, entry in enumerate(raw)]
    return Subject(
        id=identifier,
        flow_run=run,
        number=number,
        version=version,
        state=item["state"]["S"],
        entries=entries,
        slots=[slot["S"] for slot in item.get("slots", {"L": []})["L"]],
        apart=apart | {state_sk(token_of(entry)) for entry in raw if is_overflow(entry)},
        item=item,
    )


def _entry(items, pk, raw, version):
    entry = decode_entry(raw, version)
    data = entry.state.data
    if is_overflow(raw):
        # Without its item the operation of a large state is unknown.
        apart = items.get((pk, state_sk(token_of(raw))))
        data = unpack(bytes(apart["state"]["B"])) if apart else {"type": entry.state.type}
    due = State(data).due(entry.timestamp)
    return Entry(version, data["type"], operation_in(data.get("message")), due)
