"""The reads of filters that name much which does not exist: few for any filter, and none if it is refused."""

import re
import uuid
from datetime import timedelta
from functools import cache
from typing import Any

import pytest

from domain.errors import BadUserInput
from domain.work import Work
from operations.reads.arguments import Arguments
from operations.reads.entities.description import ColumnKind
from operations.reads.entities.registry import ENTITIES
from operations.reads.query import list_rows
from operations.reads.rows import Need
from tests.contract.factories import SHARDS, START, Clock, World

MANY = (25, 1_000, 10_000)
# No filter below may need more reads: 25 values in each shard, or a thousand in batches of a hundred.
MOST_READS = 120
MAKERS = {
    ColumnKind.UUID: lambda n: str(uuid.UUID(int=(n + 1) * 0x1_0000_0000_0001, version=4)),
    ColumnKind.STRING: lambda n: f"no such {n}",
    ColumnKind.INT: lambda n: n + 1_000,
    ColumnKind.BOOLEAN: lambda n: n % 2 == 0,
    ColumnKind.TIME: lambda n: START + timedelta(days=1, seconds=n),
    ColumnKind.JSON: lambda n: {"no such": n},
}


@cache
def values(kind: ColumnKind, count: int) -> list[Any]:
    return [MAKERS[kind](number) for number in range(count)]


def paths():
    """Yield each column of each list, and each column of each relation of its rows."""
    for entity in ENTITIES.values():
        if entity.plan is None:
            continue
        for name, column in entity.columns.items():
            yield entity.name, (name,), column.kind
        for relation, description in entity.relations.items():
            for name, column in ENTITIES[description.target].columns.items():
                yield entity.name, (relation, name), column.kind


def nested(path, comparison):
    for name in reversed(path):
        comparison = {name: comparison}
    return comparison


def reads_of(world, entity, where):
    """Return how many reads a list makes, and the message of its refusal, if it is refused."""
    work = Work()
    try:
        list_rows(world.within(work).context, entity, Arguments(where=where), Need())
    except BadUserInput as refused:
        return work.reads, refused.message
    return work.reads, None


class EmptyTable:
    """A client of a table that has no item."""

    def get_item(self, **_: Any) -> Any:
        return {}

    def batch_get_item(self, **_: Any) -> Any:
        return {"Responses": {}}

    def query(self, **_: Any) -> Any:
        return {"Items": [], "Count": 0, "ScannedCount": 0}


@pytest.fixture
def world():
    return World(EmptyTable(), "flow-runs", str(uuid.uuid4()), Clock())


# A refusal names the list, or the argument that is too long for any list.
CLEAR = re.compile(r"\w+: this query (would have to look at more than|needs a filter)|_in has 10,000 values")


@pytest.mark.parametrize("count", MANY)
def test_every_column_of_every_list_is_filtered_by_many_values_with_few_reads(world, count):
    found = {}
    for entity, path, kind in paths():
        reads, refusal = reads_of(world, entity, nested(path, {"_in": values(kind, count)}))
        found[entity, path] = reads, refusal

    assert len(found) > 300
    assert {path: seen for path, seen in found.items() if seen[0] > MOST_READS} == {}
    unclear = {
        (entity, path): refusal
        for (entity, path), (_, refusal) in found.items()
        if refusal and not CLEAR.match(refusal)
    }
    assert unclear == {}


@pytest.mark.parametrize("head", ["00000000-0000", "7fffffff-ffff", "ffffffff-ffff"])
@pytest.mark.parametrize("version", [1, 4, 7, 8])
def test_any_uuid_may_be_looked_for_in_every_column(world, head, version):
    found = {}
    for entity, path, kind in paths():
        if kind is ColumnKind.UUID:
            given = f"{head}-{version}fff-bfff-ffffffffffff"
            _, found[entity, path] = reads_of(world, entity, nested(path, {"_eq": given}))

    assert len(found) > 100
    assert [refusal for refusal in found.values() if refusal and not CLEAR.match(refusal)] == []


def refused(entity, column, most):
    """Return the beginning of the message that names the list, the bound and the column."""
    rows = f"{entity}: this query would have to look at more than {most:,} rows."
    return f"{rows} Narrow it by {column}, of which it names 2,000 values"


CACHED = {"state": {"_eq": "Cached"}}
UNKNOWN = values(ColumnKind.UUID, 2_000)
NAMES = values(ColumnKind.STRING, 2_000)
REFUSED = [
    ("task_run", CACHED | {"cache_key": {"_in": NAMES}}, "cache_key", 25),
    ("task_run", CACHED | {"task_id": {"_in": UNKNOWN}}, "task_id", 25),
    ("task_run", {"_and": [CACHED, {"_or": [{"cache_key": {"_in": NAMES}}]}]}, "cache_key", 25),
    ("task_run", {"id": {"_in": UNKNOWN}}, "id", 1_000),
    ("task_run", {"task_id": {"_in": UNKNOWN}}, "task_id", 1_000),
    ("task_run", {"flow_run_id": {"_in": UNKNOWN}}, "flow_run_id", 1_000),
    ("task_run", {"flow_run": {"id": {"_in": UNKNOWN}}}, "flow_run_id", 1_000),
    ("task_run_state", {"task_run_id": {"_in": UNKNOWN}}, "id", 1_000),
    ("log", {"task_run_id": {"_in": UNKNOWN}}, "task_run_id", 1_000),
    ("log", {"flow_run_id": {"_in": UNKNOWN}}, "flow_run_id", 25),
    ("task_run_artifact", {"task_run_id": {"_in": UNKNOWN}}, "task_run_id", 100),
    ("task_run_artifact", {"task_run": {"id": {"_in": UNKNOWN}}}, "task_run_id", 100),
    ("flow", {"project_id": {"_in": UNKNOWN}}, "project_id", 1_000),
    ("flow", {"project": {"id": {"_in": UNKNOWN}}}, "project.id", 1_000),
    ("flow", {"project": {"name": {"_in": NAMES}}}, "project.name", 1_000),
    ("flow", {"flow_group_id": {"_in": UNKNOWN}}, "flow_group_id", 1_000),
    ("flow_run", {"flow": {"project_id": {"_in": UNKNOWN}}}, "project_id", 1_000),
    ("flow_run", {"flow": {"project": {"name": {"_in": NAMES}}}}, "project.name", 1_000),
    ("flow_group", {"name": {"_in": NAMES}}, "name", 1_000),
    ("project", {"name": {"_in": NAMES}}, "name", 1_000),
    ("task", {"id": {"_in": UNKNOWN}}, "id", 1_000),
    ("edge", {"flow": {"project_id": {"_in": UNKNOWN}}}, "project_id", 1_000),
]


@pytest.mark.parametrize(("entity", "where", "column", "most"), REFUSED)
def test_two_thousand_values_are_refused_before_the_first_read(world, entity, where, column, most):
    reads, message = reads_of(world, entity, where)
    assert reads == 0
    assert message is not None
    name = "flow" if column.startswith("project") else entity
    name = {"task_run_state": "task_run"}.get(name, name)
    assert message.startswith(refused(name, column, most))


# Each with the number of batches that a thousand values, or as many as are allowed, need.
IN_BATCHES = [
    ("task_run", "id", UNKNOWN[:1_000], 20),
    ("task_run", "flow_run_id", UNKNOWN[:1_000], 10),
    ("log", "task_run_id", UNKNOWN[:1_000], 20),
    ("task_run_artifact", "task_run_id", UNKNOWN[:100], 2),
    ("flow", "project_id", UNKNOWN[:1_000], 10),
    ("flow", "flow_group_id", UNKNOWN[:1_000], 10),
    ("flow_run", "id", UNKNOWN[:1_000], 10),
    ("flow_group", "name", NAMES[:1_000], 10),
    ("project", "name", NAMES[:1_000], 10),
    ("project", "id", UNKNOWN[:1_000], 10),
    ("task", "id", UNKNOWN[:1_000], 10),
    ("agent", "id", UNKNOWN[:1_000], 10),
    ("key_value", "key", NAMES[:1_000], 10),
    ("task_tag_limit", "tag", NAMES[:1_000], 10),
]


@pytest.mark.parametrize(("entity", "column", "wanted", "most"), IN_BATCHES)
def test_unknown_values_are_looked_up_in_batches(world, entity, column, wanted, most):
    # A batch of a hundred keys counts as two reads. A task without a flow costs one more: it lists all flows.
    assert reads_of(world, entity, {column: {"_in": wanted}}) == (pytest.approx(2 * most, abs=1), None)


def test_aliases_of_one_list_share_the_budget_of_the_request(world):
    work = Work(max_reads=65)
    context = world.within(work).context
    where = {"name": {"_in": NAMES[:1_000]}}
    for _ in range(3):
        list_rows(context, "project", Arguments(where=where), Need())
    with pytest.raises(BadUserInput, match=r"6[0-9] reads of the database"):
        list_rows(context, "project", Arguments(where=where), Need())


def test_equal_alternatives_of_a_filter_are_read_once(world):
    one = {"flow": {"name": {"_eq": "no such flow"}}}
    alone, _ = reads_of(world, "flow_run", one)
    assert reads_of(world, "flow_run", {"_or": [one, {"flow": {"name": {"_in": ["no"]}}}]})[0] > alone
    assert reads_of(world, "flow_run", {"_or": [one] * 24}) == (alone, None)


def test_cached_results_are_read_in_each_shard_for_each_key(world):
    where = CACHED | {"cache_key": {"_in": NAMES[:25]}}
    assert reads_of(world, "task_run", where) == (25 * SHARDS, None)
