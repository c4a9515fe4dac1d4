"""Lists inside of lists, in all directions: the whole answer against the plain thing."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.flow_runs.states import KIND_OF, Kind
from graphql_api.execution import Executor, GraphQLRequest
from graphql_api.schema import build_schema
from operations.reads.arguments import Arguments
from operations.reads.counts import shared_keys
from operations.reads.entities.registry import ENTITIES
from operations.reads.plans import search
from tests.examples import examples
from tests.handlers.aws import Account, aws_account
from tests.reads.memory import LINKS, NAMES, ROOTS, Memory, selected
from tests.reads.queries import Document, answer, countable, nodes
from tests.reads.world import STATES, fill

EXECUTOR = Executor(build_schema())


@pytest.fixture(scope="module")
def world() -> Iterator[tuple[Account, Memory]]:
    with pytest.MonkeyPatch.context() as patch, aws_account(patch) as account:
        fill(account.context())
        yield account, Memory(account.context())


def ask(account: Account, text: str, variables: dict[str, Any]) -> tuple[Any, list[str]]:
    """The result, and how the lists of the request were looked for."""
    context = account.context()
    return EXECUTOR.execute(GraphQLRequest(query=text, variables=variables), context).result, context.plans


@settings(max_examples=examples(120), deadline=None)
@given(data=st.data())
def test_a_query_in_any_direction_answers_what_reading_everything_gives(world, data):
    account, memory = world
    root = data.draw(st.sampled_from(ROOTS).flatmap(nodes))
    document = Document(root)

    result, _ = ask(account, document.text, document.variables)

    assert result == {"data": {"it": answer(memory, root)}}


@settings(max_examples=examples(150), deadline=None)
@given(data=st.data())
def test_a_count_is_the_same_whether_or_not_the_runs_were_read(world, data):
    account, memory = world
    where = data.draw(countable(memory))
    query = """query($where: flow_run_bool_exp) {
      count: flow_run_aggregate(where: $where) { aggregate { count } }
      read: flow_run_aggregate(where: $where) { aggregate { count } nodes { id } }
    }"""

    result, _ = ask(account, query, {"where": where.sent})

    count = len(selected("flow_run", memory.rows["flow_run"], Arguments(where=where.meant))[1])
    assert result["data"]["count"] == {"aggregate": {"count": count}}
    assert result["data"]["read"]["aggregate"] == {"count": count}


COUNT = "flow_run_aggregate(where: $where) { aggregate { count } }"


@pytest.mark.parametrize(
    "where",
    [
        {},
        {"state": {"_eq": "Failed"}},
        {"state": {"_in": ["Failed", "Cancelled"]}, "created": {"_gte": "2026-01-31T08:10:00Z"}},
        {"created": {"_gt": "2026-01-31T08:10:00Z", "_lt": "2026-01-31T08:30:00Z"}, "name": {"_eq": None}},
    ],
    ids=str,
)
def test_what_the_keys_tell_is_counted_without_reading_a_run(world, where):
    account, _ = world
    context = account.context()
    request = GraphQLRequest(
        query=f"query($where: flow_run_bool_exp) {{ {COUNT} }}", variables={"where": where}
    )

    EXECUTOR.execute(request, context)

    cost = context.cost()
    assert cost["items_read"] == 0
    assert cost["keys_counted"] > 0
    (plan,) = context.plans
    assert " counted by the keys of " in plan


@pytest.mark.parametrize("until", ["2026-01-31T08:30:00Z", None])
def test_what_waits_or_runs_is_counted_by_keys_where_all_of_it_is_asked_for(world, until):
    account, memory = world
    unfinished = [name for name, kind in KIND_OF.items() if kind is not Kind.FINISHED]
    where = {"state": {"_in": unfinished}, "created": {"_lt": until}}

    result, plans = ask(account, f"query($where: flow_run_bool_exp) {{ {COUNT} }}", {"where": where})

    runs = [row.value for row in memory.rows["flow_run"] if row.value.state.type in unfinished]
    early = [run for run in runs if until is None or run.created < datetime.fromisoformat(until)]
    assert result["data"]["flow_run_aggregate"]["aggregate"]["count"] == len(early)
    assert [" counted by " in plan for plan in plans] == [True] * (1 if until is None else 2)


@pytest.mark.parametrize(
    ("where", "some"),
    [
        ({"_not": {}}, False),
        ({"_not": {"name": {"_eq": None}}}, False),
        ({"_or": []}, False),
        ({"_or": [{}]}, True),
        ({"task_runs": {}}, True),
        ({"flow": {}}, True),
        ({"_and": [{"name": {}}, {"_not": None}]}, True),
    ],
    ids=str,
)
def test_what_seems_to_say_nothing_is_counted_by_what_it_says(world, where, some):
    account, memory = world

    result, _ = ask(account, f"query($where: flow_run_bool_exp) {{ {COUNT} }}", {"where": where})

    count = len(selected("flow_run", memory.rows["flow_run"], Arguments(where=where))[1])
    assert result["data"]["flow_run_aggregate"]["aggregate"]["count"] == count
    assert (count > 0) is some


def test_of_a_flow_only_the_runs_around_its_registration_are_read(world):
    account, memory = world
    (flow,) = [row.value for row in memory.rows["flow"] if (row.value.name, row.value.version) == ("b60", 2)]

    result, plans = ask(
        account, f"query($where: flow_run_bool_exp) {{ {COUNT} }}", {"where": {"flow_id": {"_eq": flow.id}}}
    )

    assert result["data"]["flow_run_aggregate"]["aggregate"]["count"] == 4
    assert [plan.split(":")[1] for plan in plans] == [
        " 3 counted by the keys of 4 ranges",
        " index by_flow, 4 ranges, as they come",
    ]


@pytest.mark.parametrize(("compared", "refused"), [(5_000, False), (4, True)])
@pytest.mark.parametrize("column", ["flow_id", "flow_group_id"])
def test_the_runs_of_every_flow_are_counted_by_state_or_it_is_refused(
    world, monkeypatch, column, compared, refused
):
    account, memory = world
    monkeypatch.setattr(shared_keys, "MAX_COMPARED", compared)
    runs = [row.value for row in memory.rows["flow_run"]]
    refusals = 0

    for identifier in {getattr(run, column) for run in runs}:
        own = [run.state.type for run in runs if getattr(run, column) == identifier]
        for name in (*STATES, "Scheduled", "Unknown"):
            where = {column: {"_eq": identifier}, "state": {"_eq": name}}
            result, _ = ask(account, f"query($where: flow_run_bool_exp) {{ {COUNT} }}", {"where": where})
            if "errors" in result:
                refusals += "would have to be compared" in result["errors"][0]["message"]
            else:
                assert result["data"]["flow_run_aggregate"]["aggregate"]["count"] == own.count(name)
    assert (refusals > 0) is refused


def test_of_the_runs_that_ended_none_is_read_to_count_them_by_flow_and_state(world):
    account, memory = world
    context = account.context()
    group = memory.rows["flow_run"][0].value.flow_group_id
    where = f'{{flow_group_id: {{_eq: "{group}"}}, state: {{_in: ["Failed", "Cancelled"]}}}}'

    EXECUTOR.execute(
        GraphQLRequest(
            query=f"{{ flow_run_aggregate(where: {where}) {{ aggregate {{ count }} }} }}", variables={}
        ),
        context,
    )

    (plan,) = context.plans
    assert "counted by comparing the keys of flow and state" in plan


def test_too_many_keys_to_compare_are_refused_with_a_way_out(world, monkeypatch):
    account, memory = world
    monkeypatch.setattr(shared_keys, "MAX_COMPARED", 1)
    monkeypatch.setattr(shared_keys, "MAX_ROWS", 1)
    group = memory.rows["flow_run"][0].value.flow_group_id
    where = f'{{flow_group_id: {{_eq: "{group}"}}, state: {{_in: ["Failed", "Cancelled"]}}}}'

    result, _ = ask(account, f"{{ flow_run_aggregate(where: {where}) {{ aggregate {{ count }} }} }}", {})

    assert "more than 1 runs would have to be compared" in result["errors"][0]["message"]


def test_a_request_that_reads_too_much_over_all_its_lists_is_refused(world, monkeypatch):
    account, _ = world
    monkeypatch.setattr(search, "MAX_ITEMS", 60)
    three = " ".join(f"a{number}: flow_run(order_by: {{name: asc}}) {{ id }}" for number in range(3))

    alone, _ = ask(account, "{ flow_run { id } }", {})
    result, _ = ask(account, f"{{ {three} }}", {})

    assert "errors" not in alone
    assert "more than 60 items over all its lists" in result["errors"][0]["message"]
    assert result["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


def test_some_task_runs_have_begun_and_some_have_not(world):
    _, memory = world
    task_runs = [row.value for row in memory.rows["task_run"]]

    assert {each.state.type for each in task_runs} >= {"Pending", "Retrying", "Failed"}
    assert {each.map_index for each in task_runs} == {-1, 0, 1}


def test_every_relation_is_among_those_that_are_tried():
    known = {
        (name, relation)
        for name in NAMES
        for relation, described in ENTITIES[name].relations.items()
        if described.target in NAMES
    }
    assert known == set(LINKS)
