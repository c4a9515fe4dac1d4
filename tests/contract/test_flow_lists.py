"""Lists and counts of flows with many versions, compared with a plain evaluation of all stored versions."""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import combinations
from random import Random
from typing import Any

import pytest

from domain.work import Work
from operations.context import Context
from operations.flows.archiving import archive_flow, unarchive_flow
from operations.flows.deleting import delete_flow
from operations.flows.moving import update_flow_project
from operations.flows.projects import create_project
from operations.flows.registering import RegisterFlow, register_flow
from operations.reads.arguments import Arguments
from operations.reads.entities.registry import ENTITIES
from operations.reads.plans.flows import flow_scope, flow_walks
from operations.reads.query import aggregate_rows, list_rows
from operations.reads.rows import Need, Row
from operations.reads.where import ordering
from operations.reads.where.terms import parse_order
from tests.contract.factories import START, Clock, World
from tests.examples import examples
from tests.reads.plain import holds

pytestmark = pytest.mark.dynoxide_only

FLOW = ENTITIES["flow"]
SERIALIZED = {"tasks": [{"slug": "a", "name": "a"}, {"slug": "b", "name": "b"}]}


@dataclass
class Stored:
    """The world with the stored flows, and all of them."""

    world: World
    flows: list[Row]

    def values(self, column: str) -> list[Any]:
        """Return the different values of a column, in an order that is the same in each run."""
        ordered = sorted(self.flows, key=lambda row: (row.value.created, row.value.name))
        return list(dict.fromkeys(FLOW.columns[column].get(row.value) for row in ordered))


class Registrar:
    """Registers versions, a minute after the other; each tenth has a clock that is two minutes slow."""

    def __init__(self, context: Context) -> None:
        self.context, self.number = context, 0

    def at(self) -> Context:
        self.number += 1
        slow = 2 if self.number % 10 == 0 else 0
        return replace(self.context, now=lambda: START + timedelta(minutes=self.number - slow))

    def register(self, project_id: str, name: str, group: str | None = None, times: int = 1) -> list[str]:
        request = RegisterFlow(
            project_id=project_id, serialized_flow={"name": name, **SERIALIZED}, version_group_id=group
        )
        return [register_flow(self.at(), request) for _ in range(times)]


def fill(context: Context) -> None:
    """Register flows of one name in two projects, namesakes, and groups that moved or got other names."""
    one, two, three = (create_project(context, name=name) for name in ("one", "two", "three"))
    made = Registrar(context)
    etl = made.register(one, "etl", times=9)
    made.register(two, "etl", times=6)
    made.register(one, "etl", "namesake", times=4)
    load = made.register(one, "load", times=3)
    made.register(one, "load and more")
    former = made.register(one, "first", "wanders", times=3)
    made.register(two, "second", "wanders", times=3)
    made.register(two, "etl", "wanders", times=2)
    moved = made.register(three, "moved", times=4)
    cut = made.register(three, "cut", times=5)
    made.register(one, "etl", times=2)
    archive_flow(made.at(), load[-1])
    unarchive_flow(made.at(), etl[2])
    unarchive_flow(made.at(), former[1])
    for flow_id in (etl[4], etl[-1], former[0]):
        delete_flow(made.at(), flow_id)
    update_flow_project(made.at(), moved[0], two)
    cut_move(made.at(), cut[0], two)
    half = made.register(three, "half", times=4)
    cut_move(made.at(), half[0], two, half[2:])


def cut_move(context: Context, flow_id: str, project_id: str, versions: Sequence[str] = ()) -> None:
    """Move the group of a flow, and not all of its versions, as a move does that is cut short."""
    (flow,) = context.store.flows.get([flow_id])
    group = context.store.flows.group(flow.flow_group_id)
    assert group is not None
    assert context.store.flow_moves.move(group, project_id)
    (moved,) = context.store.flows.groups([flow.flow_group_id])
    assert context.store.flow_moves.move_versions(context.store.flows.get(versions), moved, None)


@pytest.fixture(scope="module")
def stored(database) -> Iterator[Stored]:
    with database() as (client, table_name), pytest.MonkeyPatch.context() as patch:
        patch.setattr(flow_walks, "_FIRST", 2)
        world = World(client, table_name, str(uuid.uuid4()), Clock())
        fill(world.context)
        need = Need(columns=set(FLOW.columns))
        need.relation("project").columns.add("name")
        need.relation("flow_group").columns.add("name")
        yield Stored(world, list_rows(world.context, "flow", Arguments(), need))


def test_world_has_archived_deleted_moved_and_renamed_versions(stored):
    assert len(stored.flows) == 43
    projects: dict[str, set[str]] = {row.value.name: set() for row in stored.flows}
    for row in stored.flows:
        projects[row.value.name].add(row.related["project"].value.name)
    assert projects == {
        "etl": {"one", "two"},
        "load": {"one"},
        "load and more": {"one"},
        "first": {"one"},
        "second": {"two"},
        "moved": {"two"},
        "cut": {"three"},
        "half": {"two", "three"},
    }
    assert len([row for row in stored.flows if not row.value.archived]) == 8


ORDERS = [
    [],
    ["name"],
    ["name", "version"],
    ["name", "version", "created"],
    ["version"],
    ["version", "name"],
    ["created"],
    ["created", "name"],
    ["archived", "version"],
]
COLUMNS = [
    *("name", "version", "created", "archived", "flow_group_id", "version_group_id", "flow_group"),
    *("project_id", "project", "_not"),
]


class Draw:
    """A source of random queries."""

    def __init__(self, stored: Stored, seed: int) -> None:
        self.dice = Random(seed)  # noqa: S311
        self.stored = stored

    def comparison(self, values: list[Any], *operators: str) -> dict[str, Any]:
        name = self.dice.choice(operators)
        some = self.dice.choices(values, k=self.dice.randint(0, 3))
        return {name: some if name in ("_in", "_nin") else self.dice.choice(values)}

    def clause(self, name: str) -> dict[str, Any]:  # noqa: PLR0911
        if name in ("flow_group_id", "version_group_id", "project_id"):
            return self.comparison(self.stored.values(name), "_eq", "_in")
        match name:
            case "name":
                names = [*self.stored.values("name"), "none"]
                return self.comparison(names, "_eq", "_eq", "_in", "_neq", "_like")
            case "version":
                return self.comparison(list(range(-1, 13)), "_eq", "_in", "_gt", "_gte", "_lt", "_lte")
            case "created":
                return self.comparison(self.stored.values("created"), "_eq", "_gt", "_lte")
            case "archived":
                return self.comparison([True, False, False], "_eq", "_neq", "_in", "_nin")
            case "flow_group":
                return {"name": self.comparison(self.stored.values("version_group_id"), "_eq")}
            case "project":
                return {"name": self.comparison(["one", "two", "three", "none"], "_eq", "_in", "_neq")}
            case _:
                return {"archived": self.clause("archived")}

    def where(self, most: int = 3) -> dict[str, Any]:
        clauses: dict[str, Any] = {
            name: self.clause(name) for name in self.dice.sample(COLUMNS, self.dice.randint(0, most))
        }
        if self.dice.randrange(6) == 0:
            clauses["_or"] = [self.where(2) for _ in range(2)]
        return clauses

    def arguments(self) -> Arguments:
        columns = self.dice.choice(ORDERS)
        return Arguments(
            where=self.where(),
            order_by=[{name: self.dice.choice(["asc", "desc"])} for name in columns],
            limit=self.dice.choice([None, 0, 1, 1, 2, 3, 6]),
            offset=self.dice.choice([None, None, 1, 3]),
            distinct_on=columns[:1] if self.dice.randrange(3) == 0 else [],
        )


def plain(stored: Stored, wanted: Arguments) -> tuple[list[Row], list[Row]]:
    """Return all versions that match, and the page of them."""
    kept = [row for row in stored.flows if holds(FLOW, wanted.where, row) is True]
    rows = ordering.sort(FLOW, kept, parse_order(wanted.order_by), Work.unlimited())
    if wanted.distinct_on:
        rows = ordering.distinct(FLOW, rows, wanted.distinct_on, Work.unlimited())
    start = wanted.offset or 0
    return kept, rows[start : None if wanted.limit is None else start + wanted.limit]


def check_list(stored: Stored, wanted: Arguments) -> None:
    """Assert that a list has the rows of the plain evaluation; those that are equal may change places."""
    kept, page = plain(stored, wanted)
    found = list_rows(stored.world.context, "flow", wanted, Need(set(FLOW.columns) - {"serialized_flow"}))

    columns = [term.path[0] for term in parse_order(wanted.order_by)]
    shown = [
        [[FLOW.columns[name].get(row.value) for name in columns] for row in rows] for rows in (found, page)
    ]
    assert shown[0] == shown[1], wanted
    ids = [row.value.id for row in found]
    assert len(ids) == len(set(ids)) == len(page)
    assert set(ids) <= {row.value.id for row in kept}


@pytest.mark.parametrize("seed", range(4))
def test_lists_of_versions_are_those_of_a_plain_evaluation(stored, seed):
    draw = Draw(stored, seed)
    for _ in range(examples(60)):
        check_list(stored, draw.arguments())


@pytest.mark.parametrize("order", [[], [{"name": "asc"}], [{"name": "asc"}, {"version": "desc"}]])
def test_names_of_a_group_are_found_after_a_cut_move(stored, order):
    for group_id in stored.values("flow_group_id"):
        where = {"flow_group_id": {"_eq": group_id}}
        check_list(stored, Arguments(where=where, order_by=order, distinct_on=["name"]))


@pytest.mark.parametrize("distinct", [[], ["name"]], ids=["all", "names"])
@pytest.mark.parametrize("limit", [None, 1])
def test_flows_of_a_group_are_found_in_each_project_after_a_cut_move(stored, distinct, limit):
    for group_id in stored.values("flow_group_id"):
        for number in (1, 2):
            for project_ids in combinations(stored.values("project_id"), number):
                where = {"flow_group_id": {"_eq": group_id}, "project_id": {"_in": list(project_ids)}}
                wanted = Arguments(where=where, limit=limit, distinct_on=distinct)
                check_list(stored, wanted)
                aggregate = aggregate_rows(stored.world.context, "flow", wanted, Need())
                assert aggregate.count() == len(plain(stored, wanted)[1]), wanted


def test_counts_of_versions_are_those_of_a_plain_evaluation(stored):
    draw = Draw(stored, 5)
    for _ in range(examples(60)):
        where = draw.where(2)
        for wanted in (Arguments(where=where), Arguments(where=where, distinct_on=["name"])):
            aggregate = aggregate_rows(stored.world.context, "flow", wanted, Need())
            assert aggregate.count() == len(plain(stored, wanted)[1]), wanted


def test_ends_of_versions_are_those_of_a_plain_evaluation(stored):
    draw = Draw(stored, 7)
    for _ in range(examples(60)):
        named = draw.dice.choice(["name", "flow_group_id", "version_group_id"])
        where = {named: {"_eq": draw.dice.choice(stored.values(named))}, **draw.where(1)}
        found = aggregate_rows(stored.world.context, "flow", Arguments(where=where), Need({"version"}))

        versions = [row.value.version for row in plain(stored, Arguments(where=where))[0]]
        ends = min(versions, default=None), max(versions, default=None), len(versions)
        assert (found.smallest("version"), found.largest("version"), found.count()) == ends, where


def test_lists_of_tasks_are_those_of_the_flows(stored):
    draw = Draw(stored, 6)
    for _ in range(examples(40)):
        where, limit = draw.where(2), draw.dice.randint(1, 9)
        order = [{"created": draw.dice.choice(["asc", "desc"])}]
        wanted = Arguments(where={"flow": where}, order_by=order, limit=limit)
        rows = list_rows(stored.world.context, "task", wanted, Need({"flow_id", "created"}))

        of_flows = plain(stored, Arguments(where=where, order_by=order))[1]
        expected = [row.value.created for row in of_flows for _ in SERIALIZED["tasks"]]
        assert [row.value.created for row in rows] == expected[:limit], wanted


@pytest.mark.parametrize("order", ORDERS)
def test_lists_of_more_projects_than_are_followed_are_the_same(stored, monkeypatch, order):
    monkeypatch.setattr(flow_scope, "MAX_LISTS", 1)
    monkeypatch.setattr(flow_walks, "MAX_LISTS", 1)
    for where in ({}, {"archived": {"_eq": False}}, {"name": {"_in": ["etl", "cut"]}}):
        for limit, distinct in ((3, False), (None, False), (3, True)):
            terms = [{name: "desc"} for name in order]
            check_list(
                stored,
                Arguments(
                    where=where, order_by=terms, limit=limit, distinct_on=order[:1] if distinct else []
                ),
            )


def test_version_that_is_archived_while_it_is_read_is_replaced_by_its_successor(world, monkeypatch):
    flow_id = world.register({"name": "Flow"}, project_id=(project_id := world.project()))
    flows = world.store.flows
    newer: list[str] = []
    read = flows.get

    def get(flow_ids, **more):
        if flow_id in flow_ids and not newer:
            newer.append(world.register({"name": "Flow"}, project_id=project_id))
        return read(flow_ids, **more)

    monkeypatch.setattr(flows, "get", get)
    found = list_rows(world.context, "flow", Arguments(where={"archived": {"_eq": False}}), Need({"name"}))

    assert [row.value.id for row in found] == newer
