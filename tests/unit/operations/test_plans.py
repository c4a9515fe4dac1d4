"""Lists from the store, compared with a plain evaluation: every row read, filtered, sorted and cut."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import BadUserInput
from domain.times import format_time
from domain.work import Work
from operations.context import Context
from operations.reads.arguments import Arguments
from operations.reads.entities.registry import ENTITIES
from operations.reads.plans.flow_runs import (
    horizons,
    past_times,
    probed_queue,
    shared_runs,
    unfinished_runs,
    walks,
)
from operations.reads.query import aggregate_rows, list_rows, row_by_id
from operations.reads.rows import Need, Row
from operations.reads.where import ordering
from operations.reads.where.terms import parse_order
from storage.flow_runs import shared_ids
from tests.examples import examples
from tests.handlers.aws import Account, aws_account
from tests.reads.plain import holds
from tests.reads.world import START, STATES, fill


@dataclass
class World:
    """The account with the stored data, and all its flow runs and flows."""

    account: Account
    flow_runs: list[Row]
    flows: list[Row]

    @property
    def context(self) -> Context:
        """Return the context of one request, which counts what the request reads."""
        return self.account.context()


def need_of_everything(entity: str) -> Need:
    """Return the need of everything that a query in this module looks at."""
    need = Need(columns=set(ENTITIES[entity].columns))
    flow = need if entity == "flow" else need.relation("flow")
    flow.columns |= set(ENTITIES["flow"].columns)
    flow.relation("project").columns.add("name")
    flow.relation("flow_group").columns.add("name")
    if entity == "flow_run":
        need.relation("states").columns.add("state")
    return need


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with pytest.MonkeyPatch.context() as patch, aws_account(patch) as account:
        context = account.context()
        fill(context)
        everything = (
            list_rows(context, name, Arguments(), need_of_everything(name)) for name in ("flow_run", "flow")
        )
        yield World(account, *everything)


names = st.sampled_from(["a", "b0", "b60", "run 0", "run 3", "renamed", "none"])
times = st.integers(-5, 30).map(lambda five: START + timedelta(minutes=5 * five))
state_names = st.sampled_from([*STATES, "Scheduled", "Unknown"])
versions = st.integers(0, 3)


def comparison(values: st.SearchStrategy[Any], *operators: str) -> st.SearchStrategy[dict[str, Any]]:
    """Draw operators with operands; null is among them, because clients send it for no condition."""
    lists = st.lists(values, max_size=3)
    options = {name: (lists if name in ("_in", "_nin") else values) | st.none() for name in operators}
    options["_is_null"] = st.booleans() | st.none()
    return st.fixed_dictionaries({}, optional=options)


EQUAL = ("_eq", "_neq", "_in", "_nin")
ORDERED = (*EQUAL, "_gt", "_gte", "_lt", "_lte")


def nested(clauses: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    return st.recursive(
        clauses,
        lambda below: st.fixed_dictionaries(
            {},
            optional={"_and": st.lists(below, max_size=3), "_or": st.lists(below, max_size=3), "_not": below},
        ).flatmap(lambda logic: clauses.map(lambda own: {**own, **logic})),
        max_leaves=4,
    )


def filters(world: World) -> st.SearchStrategy[dict[str, Any]]:
    return st.deferred(lambda: nested(run_clauses(world)))


def flow_clauses(world: World) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {},
        optional={
            "id": comparison(st.sampled_from([row.value.id for row in world.flows]), *EQUAL),
            "name": comparison(names, *ORDERED, "_like"),
            "version": comparison(versions, *ORDERED),
            "archived": comparison(st.booleans(), "_eq"),
            "flow_group_id": comparison(
                st.sampled_from(sorted({row.value.flow_group_id for row in world.flows})), *EQUAL
            ),
            "project": st.fixed_dictionaries(
                {}, optional={"name": comparison(st.sampled_from(["one", "two", "none"]), *EQUAL)}
            ),
            "project_id": comparison(st.sampled_from([row.value.project_id for row in world.flows]), *EQUAL),
        },
    )


def run_names_of(world: World) -> st.SearchStrategy[str]:
    """Draw names that were given and made up, by which runs can be found, and some that no run has."""
    return names | st.sampled_from(
        sorted({row.value.name for row in world.flow_runs} | {"brave-otter-000000"})
    )


def run_clauses(world: World) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {},
        optional={
            "id": comparison(st.sampled_from([row.value.id for row in world.flow_runs]), *EQUAL),
            "name": comparison(run_names_of(world), *ORDERED, "_like"),
            "state": comparison(state_names, *EQUAL),
            "version": comparison(versions, *ORDERED),
            "created": comparison(times, *ORDERED),
            "start_time": comparison(times, *ORDERED),
            "state_start_time": comparison(times, "_lte"),
            "parameters": st.just({"_contains": {"x": 1}}),
            "labels": st.just({"_contains": ["even"]}),
            "flow_id": comparison(st.sampled_from([row.value.id for row in world.flows]), *EQUAL),
            "flow": nested(flow_clauses(world)),
            "states": st.fixed_dictionaries({"state": comparison(state_names, "_eq", "_in")}),
        },
    )


directions = st.sampled_from(["asc", "desc", "asc_nulls_first", "desc_nulls_last"])


def orders(*columns: str) -> st.SearchStrategy[list[dict[str, Any]]]:
    own = st.dictionaries(st.sampled_from(columns), directions, max_size=2)
    return st.lists(own, max_size=2)


pages = st.fixed_dictionaries(
    {}, optional={"limit": st.none() | st.integers(0, 12), "offset": st.none() | st.integers(0, 8)}
)


def expected(entity_name: str, rows: list[Row], arguments: Arguments) -> tuple[list[Row], list[Row]]:
    """Return all rows that match, in order, and the page of them."""
    entity = ENTITIES[entity_name]
    kept = ordering.sort(
        entity,
        [row for row in rows if holds(entity, arguments.where, row) is True],
        parse_order(arguments.order_by),
        Work.unlimited(),
    )
    start = arguments.offset or 0
    return kept, kept[start : None if arguments.limit is None else start + arguments.limit]


def check_page(world: World, entity_name: str, rows: list[Row], arguments: Arguments) -> None:
    """Assert that the page has the right rows in its order; rows that are equal may change places."""
    kept, page = expected(entity_name, rows, arguments)
    terms = parse_order(arguments.order_by)

    found = list_rows(world.context, entity_name, arguments, Need())

    def sort_values(of: list[Row]) -> list[Any]:
        by_id = {row.value.id: row for row in rows}
        whole_rows = [by_id[row.value.id] for row in of]
        return [
            [ordering._value(ENTITIES[entity_name], term.path, row, Work.unlimited()) for term in terms]
            for row in whole_rows
        ]

    ids = [row.value.id for row in found]
    assert sort_values(found) == sort_values(page)
    assert set(ids) <= {row.value.id for row in kept}
    assert len(ids) == len(set(ids)) == len(page)


@contextmanager
def few_at_once(few: int, page: int) -> Iterator[None]:
    """Let plans take so few runs at once, and pages of so few keys, that they compare, leap and walk."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shared_runs, "FEW", few)
        patch.setattr(shared_ids, "SMALLEST_PAGE", page)
        patch.setattr(shared_ids, "RANGE_PAGE", 2 * page)
        patch.setattr(walks, "BATCH", page)
        yield


TIMES = ("created", "start_time", "end_time", "updated", "state_start_time", "scheduled_start_time")


@settings(max_examples=examples(35))
@given(data=st.data(), few=st.sampled_from([0, 1, 16]), page=st.sampled_from([2, 3, 100]))
def test_list_of_flow_runs_has_the_rows_of_a_plain_evaluation(world, data, few, page):
    order_by = data.draw(orders(*TIMES, "name", "state", "version", "parameters", "labels"))
    arguments = Arguments(where=data.draw(filters(world)), order_by=order_by, **data.draw(pages))

    with few_at_once(few, page):
        check_page(world, "flow_run", world.flow_runs, arguments)


@settings(max_examples=examples(25))
@given(data=st.data(), few=st.sampled_from([0, 1, 16]), page=st.sampled_from([2, 3, 100]))
def test_runs_of_flows_in_states_are_those_of_a_plain_evaluation(world, data, few, page):
    states = data.draw(st.lists(state_names, min_size=1, max_size=4))
    one_of = data.draw(
        st.sampled_from([{"state": {"_in": states}}, {"_or": [{"state": {"_eq": name}} for name in states]}])
    )
    run = data.draw(st.sampled_from(world.flow_runs))
    flow = data.draw(
        st.sampled_from(
            [
                {"flow_id": {"_eq": run.value.flow_id}},
                {"flow_group_id": {"_eq": run.value.flow_group_id}},
                {"flow": {"name": {"_eq": run.related["flow"].value.name}}},
                {"flow": {"project": {"name": {"_eq": "two"}}}},
            ]
        )
    )
    where = {"_and": [one_of, flow, {"id": {"_neq": run.value.id}}]}
    arguments = Arguments(where=where, order_by=data.draw(orders(*TIMES)), **data.draw(pages))

    with few_at_once(few, page):
        check_page(world, "flow_run", world.flow_runs, arguments)


@settings(max_examples=examples(50))
@given(data=st.data(), few=st.sampled_from([0, 1, 16]), page=st.sampled_from([2, 3, 100]))
def test_waiting_runs_of_flows_by_start_are_those_of_a_plain_evaluation(world, data, few, page):
    run, first = data.draw(st.sampled_from(world.flow_runs)), data.draw(st.sampled_from([1, 2, 5]))
    flows = [
        {"flow": {"project_id": {"_eq": run.related["flow"].value.project_id}}},
        {"flow": {"project": {"name": {"_in": ["one", "two"]}}}},
        {"flow": {"project_id": {"_eq": run.value.id}}},
        {"flow_group_id": {"_eq": run.value.flow_group_id}},
        {"flow": {"name": {"_eq": run.related["flow"].value.name}}},
        {"_or": [{"flow_id": {"_eq": run.value.flow_id}}, {"flow": {"name": {"_eq": "b0"}}}]},
    ]
    starts = st.sampled_from([START + timedelta(hours=hours) for hours in range(4)]) | times
    clause = run_clauses(world).map(lambda drawn: dict(list(drawn.items())[:1]))
    waits = {"state": {"_in": ["Scheduled", *data.draw(st.lists(st.just("Retrying"), max_size=1))]}}
    more = {"state_start_time": data.draw(comparison(starts, "_gt", "_gte", "_lt", "_lte"))}
    others = data.draw(st.lists(clause | st.just(more), max_size=1))
    where = {"_and": [waits, data.draw(st.sampled_from(flows)), *others]}
    by_start = {"state_start_time": data.draw(directions)}
    further = st.fixed_dictionaries({}, optional={"name": directions, "created": directions})
    page_size = {
        "limit": data.draw(st.sampled_from([1, 2, 5])),
        "offset": data.draw(st.sampled_from([None, 2])),
    }
    arguments = Arguments(where=where, order_by=[by_start, data.draw(further)], **page_size)

    with few_at_once(few, page), pytest.MonkeyPatch.context() as patch:
        patch.setattr(probed_queue, "FOR_EACH", 1)
        patch.setattr(probed_queue, "FEW", 2)
        for bound in ("FIRST", "MORE", "MOST"):
            patch.setattr(probed_queue, bound, first)
            first += data.draw(st.integers(0, 4))
        patch.setattr(probed_queue, "MAX_KEYS", data.draw(st.sampled_from([2, 1_000])))
        check_page(world, "flow_run", world.flow_runs, arguments)


@settings(max_examples=examples(25))
@given(data=st.data(), most=st.sampled_from([1, 3, 200]))
def test_waiting_runs_of_flows_by_their_planned_times_are_right_or_some_are_said_to_be_left_out(
    world, data, most
):
    run, hour = data.draw(st.sampled_from(world.flow_runs)), START + timedelta(hours=1)
    flows = [
        {"flow": {"project": {"name": {"_in": ["one", "two"]}}}},
        {"flow_group_id": {"_eq": run.value.flow_group_id}},
        {"flow": {"name": {"_eq": run.related["flow"].value.name}}},
    ]
    others = data.draw(st.lists(st.sampled_from([{"_gte": hour}, {"_lt": hour}]), max_size=1))
    waits = {"state": {"_in": ["Scheduled", "Retrying"]}}
    bounds = [{"scheduled_start_time": bound} for bound in others]
    arguments = Arguments(
        where={"_and": [waits, data.draw(st.sampled_from(flows)), *bounds]},
        order_by=[{"scheduled_start_time": data.draw(directions)}, {"id": "asc"}],
        limit=data.draw(st.sampled_from([1, 2, 5])),
    )
    context = world.context

    with few_at_once(1, 2), pytest.MonkeyPatch.context() as patch:
        patch.setattr(probed_queue, "FOR_EACH", 1)
        patch.setattr(probed_queue, "FEW", 2)
        for bound in ("FIRST", "MORE", "MOST"):
            patch.setattr(probed_queue, bound, most)
        found = [row.value.id for row in list_rows(context, "flow_run", arguments, Need())]

    kept, page = expected("flow_run", world.flow_runs, arguments)
    assert found == [row.value.id for row in page] or any("planned anew" in told for told in context.left_out)
    assert set(found) <= {row.value.id for row in kept}


@settings(max_examples=examples(15))
@given(data=st.data(), few=st.sampled_from([0, 1, 16]), page=st.sampled_from([2, 3, 100]))
def test_runs_with_names_are_those_of_a_plain_evaluation(world, data, few, page):
    wanted = data.draw(st.lists(run_names_of(world), max_size=3))
    one_of = data.draw(
        st.sampled_from([{"name": {"_in": wanted}}, {"_or": [{"name": {"_eq": name}} for name in wanted]}])
    )
    states = data.draw(st.lists(state_names, min_size=1, max_size=3))
    run = data.draw(st.sampled_from(world.flow_runs))
    others = data.draw(
        st.lists(
            st.sampled_from(
                [
                    {"state": {"_in": states}},
                    {"flow_id": {"_eq": run.value.flow_id}},
                    {"flow": {"name": {"_eq": run.related["flow"].value.name}}},
                    {"created": {"_gt": run.value.created}},
                    {"created": {"_lte": run.value.created}},
                ]
            ),
            max_size=2,
        )
    )
    where = {"_and": [one_of, *others]}
    arguments = Arguments(where=where, order_by=data.draw(orders(*TIMES)), **data.draw(pages))

    with few_at_once(few, page):
        check_page(world, "flow_run", world.flow_runs, arguments)
        kept, _ = expected("flow_run", world.flow_runs, Arguments(where=where))
        assert aggregate_rows(world.context, "flow_run", Arguments(where=where), Need()).count() == len(kept)


@settings(max_examples=examples(60))
@given(data=st.data())
def test_page_by_another_time_than_creation_is_right_or_says_what_it_lacks(world, data):
    column = data.draw(st.sampled_from((*TIMES[1:], "state_timestamp")))
    order_by = [{column: data.draw(directions)}]
    flow = data.draw(st.sampled_from(world.flow_runs)).related["flow"].value
    wanted = [
        {},
        # Clients send null for what their user did not name.
        {"flow": {"name": {"_eq": None}, "project": {"name": {"_eq": None}}}},
        {"flow_id": {"_eq": flow.id}},
        {"flow": {"name": {"_eq": flow.name}}},
        {"flow": {"project": {"name": {"_eq": "two"}}}},
        {"state": {"_in": ["Running", "Success", "Retrying", "Scheduled"]}},
        {"state": {"_in": ["Running", "Submitted"]}},
    ]
    where = {
        "_and": [data.draw(st.sampled_from(wanted)), *data.draw(st.lists(has_value(column), max_size=1))]
    }
    arguments = Arguments(where=where, order_by=order_by, limit=data.draw(st.integers(1, 12)))
    context = world.context
    within = timedelta(minutes=data.draw(st.integers(30, 90)))

    with few_at_once(data.draw(st.sampled_from([1, 16])), 2), pytest.MonkeyPatch.context() as patch:
        patch.setattr(horizons, "SPARE", 1)
        patch.setattr(horizons, "MAX_LATE", data.draw(st.integers(1, 20)))
        for module in (horizons, unfinished_runs):
            patch.setattr(module, "WITHIN", within)
        patch.setattr(shared_runs, "FEW_RUNS", data.draw(st.sampled_from([0, 3, 64])))
        for bound in ("FEW_WAITING", "FEW_OF_FLOWS", "MAX_KEYS", "MAX_UNFINISHED"):
            patch.setattr(unfinished_runs, bound, data.draw(st.sampled_from([1, 2, 40])))
        found = list_rows(context, "flow_run", arguments, Need())

    kept, page = expected("flow_run", world.flow_runs, arguments)
    get = ENTITIES["flow_run"].columns[column].get
    if not context.left_out:
        assert [get(row.value) for row in found] == [get(row.value) for row in page]
    assert {row.value.id for row in found} <= {row.value.id for row in kept}
    assert len({row.value.id for row in found}) == len(found)
    assert all("runs that" in words for words in context.left_out)


def has_value(column: str) -> st.SearchStrategy[dict[str, Any]]:
    return st.just({column: {"_is_null": False}}) | times.map(lambda time: {column: {"_lt": time}})


@settings(max_examples=examples(40))
@given(data=st.data(), few=st.sampled_from([0, 1, 16]), page=st.sampled_from([2, 3, 100]))
def test_runs_of_a_past_time_are_those_of_a_plain_evaluation(world, data, few, page):
    column = data.draw(st.sampled_from(["start_time", "end_time", "state_timestamp"]))
    run = data.draw(st.sampled_from(world.flow_runs))
    others = data.draw(
        st.lists(
            st.sampled_from(
                [
                    {"state": {"_in": data.draw(st.lists(state_names, min_size=1, max_size=3))}},
                    {"flow_id": {"_eq": run.value.flow_id}},
                    {"flow": {"name": {"_eq": run.related["flow"].value.name}}},
                    {column: {"_lt": data.draw(times)}},
                    {"created": {"_gt": data.draw(times)}},
                ]
            ),
            max_size=2,
        )
    )
    where = {"_and": [{column: {"_gte": data.draw(times)}}, *others]}
    arguments = Arguments(where=where, order_by=data.draw(orders(column, *TIMES)), **data.draw(pages))
    context = world.context

    with few_at_once(few, page), pytest.MonkeyPatch.context() as patch:
        patch.setattr(past_times, "MAX_LATE_KEYS", data.draw(st.sampled_from([1, 100])))
        check_page(world, "flow_run", world.flow_runs, arguments)
        count = aggregate_rows(context, "flow_run", Arguments(where=where), Need()).count()

    assert count == len(expected("flow_run", world.flow_runs, Arguments(where=where))[0])


@settings(max_examples=examples(60))
@given(data=st.data())
def test_list_of_flows_has_the_rows_of_a_plain_evaluation(world, data):
    order_by = data.draw(orders("created", "name", "version", "archived", "parameters"))
    arguments = Arguments(where=data.draw(nested(flow_clauses(world))), order_by=order_by, **data.draw(pages))

    check_page(world, "flow", world.flows, arguments)


def test_world_has_the_runs_and_flows_that_the_queries_name(world):
    assert len(world.flow_runs) == 27
    assert len(world.flows) == 7
    assert {row.value.state.type for row in world.flow_runs} >= {"Scheduled", "Running", "Success", "Paused"}
    assert len({row.value.created for row in world.flow_runs}) == 9


def test_runs_of_one_instant_are_sorted_by_further_terms(world):
    arguments = Arguments(order_by=[{"created": "desc"}, {"name": "asc"}], limit=1)

    _, page = expected("flow_run", world.flow_runs, arguments)

    (row,) = list_rows(world.context, "flow_run", arguments, Need())
    assert row.value.id == page[0].value.id


def test_list_without_order_has_the_newest_runs_first(world):
    rows = list_rows(world.context, "flow_run", Arguments(limit=5), Need())

    newest = sorted((row.value.created for row in world.flow_runs), reverse=True)[:5]
    assert [row.value.created for row in rows] == newest


def test_list_with_limit_zero_is_empty(world):
    assert list_rows(world.context, "flow_run", Arguments(limit=0), Need()) == []


@pytest.mark.parametrize("entity", ["flow_run", "flow", "project"])
def test_list_by_more_ids_than_a_query_reads_is_refused(world, entity):
    wanted = [f"2a9c1c6f-7e0a-4c55-8a43-{number:012x}" for number in range(1_001)]

    with pytest.raises(BadUserInput, match=r"Narrow it ") as refused:
        list_rows(world.context, entity, Arguments(where={"id": {"_in": wanted}}), Need())
    assert "1,000 rows" in refused.value.message


def test_list_of_too_many_candidates_is_refused_unless_its_page_is_full(world, monkeypatch):
    context = replace(world.context, most_rows=10)
    monkeypatch.setattr(walks, "BATCH", 5)

    for limit in (None, 5):
        arguments = Arguments(order_by=[{"name": "asc"}], limit=limit)
        with pytest.raises(BadUserInput, match=r"more than 10 runs"):
            list_rows(context, "flow_run", arguments, Need())
    with pytest.raises(BadUserInput, match=r"more than 10 runs") as refused:
        list_rows(context, "flow_run", Arguments(), Need())
    reached = refused.value.extensions["looked_at"]
    assert len(list_rows(context, "flow_run", Arguments(limit=5), Need())) == 5
    tenth = sorted((row.value.created for row in world.flow_runs), reverse=True)[9]
    assert reached == {"rows": 10, "created": format_time(tenth)}


@pytest.mark.parametrize("states", [["Success"], ["Failed", "Cancelled", "Running"]], ids=str)
def test_count_of_runs_by_the_places_of_their_flows_is_that_of_a_plain_evaluation(world, states):
    for flow in (
        {"name": {"_eq": "a"}},
        {"name": {"_in": ["b0", "a"]}, "project": {"name": {"_eq": "two"}}},
        {"name": {"_eq": "b60"}},
        {"project": {"name": {"_eq": "one"}}},
    ):
        arguments = Arguments(where={"flow": flow, "state": {"_in": states}})

        kept, _ = expected("flow_run", world.flow_runs, arguments)
        assert aggregate_rows(world.context, "flow_run", arguments, Need()).count() == len(kept)


def test_list_of_a_common_name_without_limit_has_those_that_were_seen_and_says_so(world, monkeypatch):
    context = replace(world.context, most_rows=2)
    name = "run 3"
    same = sorted((row.value.id for row in world.flow_runs if row.value.name == name), reverse=True)

    for order in ([], [{"start_time": "desc"}]):
        where = {"name": {"_eq": name}}
        with few_at_once(1, 2):
            rows = list_rows(context, "flow_run", Arguments(where=where, order_by=order), Need())
        assert {row.value.id for row in rows} == set(same[:2])
        assert "created before" in context.left_out.pop()
    with pytest.raises(BadUserInput, match="more than 2 runs"):
        aggregate_rows(context, "flow_run", Arguments(where=where), Need({"state"}))
    assert aggregate_rows(context, "flow_run", Arguments(where=where), Need()).count() == len(same) > 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"limit": -1}, "limit must be from 0 to 5,000, not -1"),
        ({"limit": 5_001}, "limit must be from 0 to 5,000"),
        ({"offset": -1}, "offset must be from 0 to 10,000"),
        ({"offset": 10_001}, "offset must be from 0 to 10,000"),
        (
            {"distinct_on": ["name"], "order_by": [{"version": "asc"}]},
            "distinct_on: its columns must come first",
        ),
    ],
)
def test_list_with_arguments_out_of_bounds_is_refused(world, arguments, message):
    with pytest.raises(BadUserInput) as refused:
        list_rows(world.context, "flow", Arguments(**arguments), Need())
    assert refused.value.message.startswith(message)


def test_distinct_names_by_version_are_the_newest_versions(world):
    arguments = Arguments(order_by=[{"name": "asc", "version": "desc"}], distinct_on=["name"])

    rows = list_rows(world.context, "flow", arguments, Need())

    assert [(row.value.name, row.value.version) for row in rows] == [("a", 2), ("b0", 1), ("b60", 2)]


def test_list_of_a_group_has_versions_of_former_names(world):
    group = next(row.value.flow_group_id for row in world.flows if row.value.name == "b0")

    rows = list_rows(world.context, "flow", Arguments(where={"flow_group_id": {"_eq": group}}), Need())

    assert sorted(row.value.name for row in rows) == ["b0", "b60"]


@pytest.mark.parametrize("project", [{}, {"project": {"name": {"_eq": "one"}}}], ids=["anywhere", "in one"])
def test_runs_by_flow_name_come_from_every_group_of_that_name(world, project):
    where = {"flow": {"name": {"_eq": "a"}, **project}}

    rows = list_rows(world.context, "flow_run", Arguments(where=where), Need())

    kept, _ = expected("flow_run", world.flow_runs, Arguments(where=where))
    assert {row.value.id for row in rows} == {row.value.id for row in kept}
    assert "h" in {row.related["flow"].value.version_group_id for row in kept}


def test_relation_of_the_filter_is_read_again_for_parts_of_the_selection(world):
    need = Need()
    need.relation("flow").columns |= {"serialized_flow"}
    need.relation("flow").relation("project").columns |= {"name"}

    (row, *_) = list_rows(world.context, "flow_run", Arguments(where={"flow": {"name": {"_eq": "a"}}}), need)

    assert row.related["flow"].value.serialized["name"] == "a"
    assert row.related["flow"].related["project"].value.name in ("one", "two")


def test_row_by_id_is_the_row_or_none(world):
    flow_run_id = world.flow_runs[0].value.id

    row = row_by_id(world.context, "flow_run", flow_run_id, Need())

    assert row is not None
    assert row.value.id == flow_run_id
    assert row_by_id(world.context, "flow_run", world.flows[0].value.id, Need()) is None
