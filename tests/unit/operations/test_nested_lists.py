"""Nested lists in all directions: the whole response, compared with a plain evaluation."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from domain import work
from domain.flow_runs.states import KIND_OF, Kind
from graphql_api.execution import Executor, GraphQLRequest
from graphql_api.schema import build_schema
from operations.reads.arguments import Arguments
from operations.reads.entities.registry import ENTITIES
from operations.reads.plans.flow_runs import shared_runs
from storage.flow_runs import shared_ids
from tests.examples import examples
from tests.handlers.aws import Account, aws_account
from tests.reads.memory import LINKS, NAMES, ROOTS, Memory, selected
from tests.reads.queries import Document, countable, expected_result, nodes
from tests.reads.world import STATES, fill

EXECUTOR = Executor(build_schema())


@pytest.fixture(scope="module")
def world() -> Iterator[tuple[Account, Memory]]:
    with pytest.MonkeyPatch.context() as patch, aws_account(patch) as account:
        fill(account.context())
        yield account, Memory(account.context())


def ask(account: Account, text: str, variables: dict[str, Any]) -> tuple[Any, list[str]]:
    """Return the result, and the plans of the lists of the request."""
    context = account.context()
    return EXECUTOR.execute(GraphQLRequest(query=text, variables=variables), context).result, context.plans


@settings(max_examples=examples(30))
@given(data=st.data())
def test_nested_query_has_the_rows_of_a_plain_evaluation(world, data):
    account, memory = world
    root = data.draw(st.sampled_from(ROOTS).flatmap(nodes))
    document = Document(root)

    result, _ = ask(account, document.text, document.variables)

    # All rows of the world in each of them may be more than may have lists inside.
    assume(not any("it can be for at most 200." in error["message"] for error in result.get("errors", ())))
    assert result == {"data": {"it": expected_result(memory, root)}}


@settings(max_examples=examples(35))
@given(data=st.data())
def test_count_by_keys_is_the_count_of_the_runs_read(world, data):
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
def test_count_that_keys_decide_reads_no_run(world, where):
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
def test_count_of_all_unfinished_states_is_counted_by_keys(world, until):
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
def test_count_under_filters_that_seem_empty_has_the_rows_that_match(world, where, some):
    account, memory = world

    result, _ = ask(account, f"query($where: flow_run_bool_exp) {{ {COUNT} }}", {"where": where})

    count = len(selected("flow_run", memory.rows["flow_run"], Arguments(where=where))[1])
    assert result["data"]["flow_run_aggregate"]["aggregate"]["count"] == count
    assert (count > 0) is some


def test_count_of_a_flow_reads_only_runs_around_its_registration(world):
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


@pytest.mark.parametrize(("column", "page"), [("flow_id", 2), ("flow_group_id", 16)])
def test_count_by_flow_and_state_is_right(world, monkeypatch, column, page):
    account, memory = world
    monkeypatch.setattr(shared_ids, "SMALLEST_PAGE", page)
    monkeypatch.setattr(shared_ids, "RANGE_PAGE", page)
    runs = [row.value for row in memory.rows["flow_run"]]

    for identifier in {getattr(run, column) for run in runs}:
        own = [run.state.type for run in runs if getattr(run, column) == identifier]
        for name in (*STATES, "Scheduled", "Unknown"):
            where = {column: {"_eq": identifier}, "state": {"_eq": name}}
            result, _ = ask(account, f"query($where: flow_run_bool_exp) {{ {COUNT} }}", {"where": where})
            assert result["data"]["flow_run_aggregate"]["aggregate"]["count"] == own.count(name)


def test_count_of_finished_runs_by_flow_and_state_reads_no_run(world):
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


@pytest.mark.parametrize("shared", [0, 5_000])
def test_counts_inside_of_rows_are_right_if_they_share_keys_or_cannot(world, monkeypatch, shared):
    account, memory = world
    monkeypatch.setattr(shared_runs, "MAX_SHARED", shared)
    monkeypatch.setattr(shared_ids, "SMALLEST_PAGE", 2)
    count = 'flow_runs_aggregate(where: {state: {_in: ["Failed", "Cancelled"]}}) { aggregate { count } }'

    result, _ = ask(account, f"{{ flow {{ id {count} }} }}", {})

    runs = [row.value for row in memory.rows["flow_run"] if row.value.state.type in ("Failed", "Cancelled")]
    for flow in result["data"]["flow"]:
        own = sum(run.flow_id == flow["id"] for run in runs)
        assert flow["flow_runs_aggregate"]["aggregate"]["count"] == own


def test_request_that_reads_too_many_items_over_all_lists_is_refused(world, monkeypatch):
    account, _ = world
    monkeypatch.setattr(work, "MAX_ITEMS", 60)
    three = " ".join(f"a{number}: flow_run(order_by: {{name: asc}}) {{ id }}" for number in range(3))

    alone, result = (
        EXECUTOR.execute(
            GraphQLRequest(query=query, variables={}), account.context(None, None, work.Work())
        ).result
        for query in ("{ flow_run(limit: 50) { id } }", f"{{ {three} }}")
    )

    assert "errors" not in alone
    assert "asks for too much at once" in result["errors"][0]["message"]
    assert result["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


def test_rows_of_a_shared_row_count_each_time_that_they_are_shown(world):
    account, memory = world
    (flow,) = [row for row in memory.rows["flow"] if (row.value.name, row.value.version) == ("b60", 2)]
    counted = {}
    for name, fields in {"once": "id", "often": "flow { flow_runs { id } }"}.items():
        budget = work.Work()
        query = f'{{ flow_run(where: {{flow_id: {{_eq: "{flow.value.id}"}}}}) {{ {fields} }} }}'
        request, context = (
            GraphQLRequest(query=query, variables={}),
            account.context(None, None, budget),
        )
        found = EXECUTOR.execute(request, context).result["data"]["flow_run"]
        counted[name] = budget.rows

    # The runs, those of their flow as they are read, and those of the flow for each run but the first.
    assert len(found) > 1
    assert counted == {"once": len(found), "often": 2 * len(found) + (len(found) - 1) * len(found)}


def test_aliases_of_one_related_row_show_their_own_lists(world):
    account, memory = world
    (flow,) = [row for row in memory.rows["flow"] if (row.value.name, row.value.version) == ("b60", 2)]
    where = f'{{flow_id: {{_eq: "{flow.value.id}"}}}}'
    order = "order_by: {id: asc}"

    result, _ = ask(
        account,
        f"""{{ flow_run(where: {where}, limit: 1) {{
          one: flow {{ tasks({order}, limit: 1) {{ id }} runs: flow_runs({order}, limit: 1) {{ id }} }}
          two: flow {{ tasks({order}, limit: 2) {{ id }} runs: flow_runs({order}, limit: 2) {{ id }} }}
          ...again
        }} }}
        fragment again on flow_run {{ two: flow {{ id runs: flow_runs({order}, limit: 2) {{ name }} }} }}""",
        {},
    )

    (found,) = result["data"]["flow_run"]
    tasks = sorted(row.value.id for row in flow.related["tasks"])
    runs = sorted(row.value.id for row in memory.linked("flow", "flow_runs", flow))
    assert [task["id"] for task in found["one"]["tasks"]] == tasks[:1]
    assert [task["id"] for task in found["two"]["tasks"]] == tasks[:2]
    assert [run["id"] for run in found["one"]["runs"]] == runs[:1]
    assert [run["id"] for run in found["two"]["runs"]] == runs[:2]
    assert all(set(run) == {"id", "name"} for run in found["two"]["runs"])


def test_world_has_task_runs_that_have_begun_and_that_have_not(world):
    _, memory = world
    task_runs = [row.value for row in memory.rows["task_run"]]

    assert {task_run.state.type for task_run in task_runs} >= {"Pending", "Retrying", "Failed"}
    assert {task_run.map_index for task_run in task_runs} == {-1, 0, 1}


def test_queries_draw_every_relation_between_their_entities():
    known = {
        (name, relation)
        for name in NAMES
        for relation, described in ENTITIES[name].relations.items()
        if described.target in NAMES
    }
    assert known == set(LINKS)
