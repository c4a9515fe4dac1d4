"""Nested lists on each store: some of the queries of the unit tests, and the calls of nested lists."""

import threading
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.errors import BadUserInput
from domain.flow_runs.states import State
from domain.ids import member_id
from domain.memory import Memory as ValueMemory
from domain.work import Work
from graphql_api.execution import Executor, GraphQLRequest
from graphql_api.schema import build_schema
from operations.flows.extending import add_edges
from operations.reads import loading
from operations.reads.counts import counts
from operations.reads.plans.flow_runs import shared_runs
from operations.task_runs.logs import write_logs
from operations.task_runs.task_runs import set_task_run_state
from storage.dynamodb.parallel import parallel_calls
from storage.dynamodb.table import Table
from tests.contract.factories import SHARDS, log_entry
from tests.examples import examples
from tests.reads.memory import ROOTS, Memory
from tests.reads.queries import Document, expected_result, nodes
from tests.reads.world import fill

EXECUTOR = Executor(build_schema())


def ask(context, text, **variables):
    return EXECUTOR.execute(GraphQLRequest(query=text, variables=variables), context).result


def refusal(context, text):
    (error,) = ask(context, text)["errors"]
    assert error["extensions"]["code"] == BadUserInput.code
    return error["message"]


@pytest.mark.dynoxide_only
def test_nested_queries_have_the_rows_of_a_plain_evaluation(world):
    fill(world.context)
    memory = Memory(world.context)

    @settings(max_examples=examples(25), suppress_health_check=[HealthCheck.nested_given])
    @given(root=st.sampled_from(ROOTS).flatmap(nodes))
    def holds(root):
        document = Document(root)
        result = ask(world.context, document.text, **document.variables)
        assert result == {"data": {"it": expected_result(memory, root)}}

    holds()


@pytest.fixture
def flows(world):
    """Register two flows in each of two projects, and create three runs of each flow."""
    made = []
    for _ in range(2):
        project = world.project()
        made += [world.register({"name": name}, project_id=project) for name in ("one", "other")]
    for flow in made * 3:
        run = world.create(flow)
        world.set(run, "Running", 1)
        world.clock.advance(minutes=10)
    return made


@pytest.mark.dynoxide_only
@pytest.mark.parametrize("limit", [1, 12, 50])
def test_flows_and_projects_of_runs_take_one_batch_each(world, flows, limit):
    counted, client = world.interfered()

    text = "{ flow_run(limit: %d) { flow { project { name } } states { state } } }"
    result = ask(counted.context, text % limit)

    assert len(result["data"]["flow_run"]) == min(limit, 12)
    assert client.calls == ["query"] * SHARDS + ["batch_get_item"] * 3


def test_newest_runs_of_each_flow_take_a_query_a_shard_and_a_batch(world, flows):
    counted, client = world.interfered()

    result = ask(counted.context, "{ project { flows { flow_runs(limit: 2) { id } } } }")

    assert [len(flow["flow_runs"]) for project in result["data"]["project"] for flow in project["flows"]] == [
        2
    ] * 4
    # The projects, the flows of each of two projects, and the runs of each of four flows.
    assert client.calls.count("query") == 1 + 2 + 4 * SHARDS
    assert client.calls.count("batch_get_item") == 1 + 2 + 4


def test_relation_is_looked_up_once_for_each_set_of_arguments(world, flows):
    counted, client = world.interfered()

    result = ask(
        counted.context,
        """query($one: Int = 1) { flow(limit: 1) {
          a: flow_runs(limit: 1) { id } b: flow_runs(limit: $one) { name } c: flow_runs(limit: 2) { id }
          flow_runs_aggregate { aggregate { count } }
        } }""",
    )

    (flow,) = result["data"]["flow"]
    assert [len(flow[name]) for name in "abc"] == [1, 1, 2]
    assert flow["flow_runs_aggregate"] == {"aggregate": {"count": 3}}
    # Two lists are read, and the third is counted.
    assert client.calls.count("query") == 1 + 3 * SHARDS
    assert client.calls.count("batch_get_item") == 1 + 2


def test_list_in_a_filter_is_looked_up_only_for_rows_that_depend_on_it(world, flows):
    counted, client = world.interfered()

    text = """query($id: UUID) { flow(where: {_or: [
        {id: {_eq: $id}}, {name: {_eq: "one"}, flow_runs: {state: {_eq: "Running"}}}
    ]}) { id } }"""
    result = ask(counted.context, text, id=flows[0])

    assert {flow["id"] for flow in result["data"]["flow"]} == {flows[0], flows[2]}
    assert client.calls.count("query") == 1 + SHARDS


@pytest.mark.dynoxide_only
def test_count_by_keys_works_in_every_kind_of_range(world, flows):
    for flow in flows[:2]:
        world.set(world.create(flow), "Failed", 1)
    lists = world.store.run_lists
    group = world.store.flows.get(flows[:1])[0].flow_group_id

    assert lists.count(lists.of_tenant(), 100) == 14
    assert lists.count(lists.of_group(group), 100) == 4
    assert lists.count(lists.in_status("Failed"), 100) == 2
    assert lists.count(lists.in_status("live"), 100) == 12
    assert lists.count(lists.waiting(), 100) == 0
    newest = list(lists.ids(lists.of_tenant(), descending=True))[:3]
    assert lists.count(lists.of_tenant(newest[2], newest[1]), 100) == 2
    assert lists.count(lists.of_tenant(), 3) > 3


def test_waiting_marker_of_a_task_run_is_not_counted_as_a_run(world, flows):
    run = world.create(flows[0])
    item = world.item(run)
    marker = {name: item[name] for name in ("pk", "status_shard", "status_order")} | {
        "sk": {"S": "task#0001"}
    }
    world.client.put_item(TableName=world.table_name, Item=marker)
    lists = world.store.run_lists

    assert lists.count(lists.waiting(), 100) == 1


def test_count_of_too_many_keys_is_refused(world, flows, monkeypatch):
    monkeypatch.setattr(counts, "MAX_COUNTED_KEYS", 11)

    assert "more than 11 to count" in refusal(world.context, "{ flow_run_aggregate { aggregate { count } } }")


def test_nested_lists_of_too_many_rows_are_refused(world, flows, monkeypatch):
    monkeypatch.setattr(loading, "MAX_OWNERS", 3)

    message = refusal(world.context, "{ flow { flow_runs { id } } }")
    assert message.startswith(
        "flow.flow_runs would have to be looked up for 4 rows; it can be for at most 3."
    )
    assert "errors" not in ask(world.context, "{ flow(limit: 3) { flow_runs { id } } }")


def test_parallel_calls_inside_of_parallel_calls_never_block(world):
    threads = parallel_calls()
    table = Table(world.client, world.table_name, threads=threads)
    deepest = []

    def spread(depth):
        if depth == 0:
            deepest.append(threading.get_ident())
            return [depth]
        return [leaf for part in table.parallel([partial(spread, depth - 1)] * 7) for leaf in part]

    done = threading.Thread(target=spread, args=(4,), daemon=True)
    done.start()
    done.join(60)

    assert not done.is_alive()
    assert len(deepest) == 7**4


def test_parallel_calls_return_in_order_and_raise_the_error_of_a_call(world):
    def fail():
        raise BadUserInput("not this one")

    assert world.table.parallel([partial(int, number) for number in range(50)]) == list(range(50))
    with pytest.raises(BadUserInput, match="not this one"):
        world.table.parallel([partial(int, 1), fail, partial(int, 2)])


def flow_of(world, flow_id):
    """Return the group of a flow."""
    (flow,) = world.store.flows.get([flow_id])
    return flow.flow_group_id


def reads_of_counts(world, text):
    """Return the counts of the flows in a response, and the reads that the request made."""
    work = Work()
    result = ask(world.within(work).context, text)
    return [flow["n"]["aggregate"]["count"] for flow in result["data"]["flow"]], work.reads


@pytest.mark.dynoxide_only
@pytest.mark.parametrize(
    ("state", "count"), [("Failed", 1), ("Success", 1), ("Running", 3), ("Cancelled", 0)]
)
def test_counts_by_state_of_many_flows_read_the_states_once(world, flows, state, count):
    if state in ("Failed", "Success"):
        for flow in flows:
            (run, *_) = world.store.run_lists.ids(
                world.store.run_lists.of_group(flow_of(world, flow)), descending=True
            )
            world.set(run, state)
    text = f"""{{ flow(limit: %s) {{
        n: flow_runs_aggregate(where: {{state: {{_eq: "{state}"}}}}) {{ aggregate {{ count }} }} }} }}"""

    of_one, for_one = reads_of_counts(world, text % 1)
    of_all, for_all = reads_of_counts(world, text % 4)

    assert (of_one, of_all) == ([count], [count] * 4)
    # Each further flow has ranges of its own, and perhaps runs that must be read.
    assert for_all - for_one <= 3 * (2 * SHARDS + 2)


@pytest.mark.dynoxide_only
def test_edges_of_tasks_are_read_once_for_each_flow_until_the_request_changes_it(world):
    def edge(first, second):
        return {"upstream_task": {"slug": first}, "downstream_task": {"slug": second}}

    tasks = [{"slug": name, "name": name} for name in "abcd"]
    edges = [edge("a", "b"), edge("b", "c"), edge("c", "d")]
    flow_id = world.register({"name": "Chain", "tasks": tasks, "edges": edges})
    query = """{ task(order_by: {name: asc}, where: {upstream_edges: {upstream_task: {upstream_edges: {
        upstream_task: {name: {_eq: "a"}}}}}}) { name upstream_edges { id upstream_task { name } } } }"""
    counted, client = world.interfered()
    plain, plain_client = world.interfered()

    found = ask(counted.context, query)["data"]["task"]
    ask(plain.context, "{ task { upstream_edges { id } } }")

    assert [(task["name"], task["upstream_edges"][0]["upstream_task"]["name"]) for task in found] == [
        ("c", "b")
    ]
    assert len(client.calls) == len(plain_client.calls)
    work = Work()
    context = world.within(work).context
    assert len(ask(context, query)["data"]["task"]) == 1
    with work.change("register_edges"):
        add_edges(context, flow_id, [edge("b", "d")])
    assert [task["name"] for task in ask(context, query)["data"]["task"]] == ["c", "d"]


@pytest.mark.dynoxide_only
def test_counts_of_a_flow_in_several_states_read_its_keys_once(world, flows, monkeypatch):
    # One after the other, as if there were many more flows than threads.
    monkeypatch.setattr(Table, "parallel", lambda _table, calls: [call() for call in calls])
    for flow in flows:
        for state in ("Success", "Failed", "Cancelled", "Cancelled"):
            world.set(world.create(flow), state)

    def asked(*states):
        counts = " ".join(
            f'{state}: flow_runs_aggregate(where: {{state: {{_eq: "{state}"}}}}) {{ aggregate {{ count }} }}'
            for state in states
        )
        work = Work()
        found = ask(world.within(work).context, f"{{ flow {{ {counts} }} }}")
        return [flow[name]["aggregate"]["count"] for flow in found["data"]["flow"] for name in states], work

    one, alone = asked("Failed")
    two, together = asked("Failed", "Cancelled")
    three, whole = asked("Failed", "Cancelled", "Success")

    assert (one, two) == ([1] * len(flows), [1, 2] * len(flows))
    assert three == [1, 2, 1] * len(flows)
    # Each other state is read once for all flows, and for successes all states.
    assert together.reads - alone.reads <= SHARDS
    assert whole.reads - together.reads <= 14 * SHARDS


@pytest.mark.dynoxide_only
@pytest.mark.parametrize(("order", "page"), [("desc", 1_000), ("asc", 1_000), ("desc", 2)])
def test_runs_of_flows_are_found_by_the_keys_that_their_counts_have_read(
    world, flows, monkeypatch, order, page
):
    # Flows with many runs have more than one page of keys, of which the newest are read.
    monkeypatch.setattr(shared_runs, "_SHARED_PAGE", page)
    monkeypatch.setattr(shared_runs, "FEW", 1)
    for _ in range(12 if page == 2 else 0):
        for flow in flows:
            world.set(world.create(flow), "Cancelled")
            world.clock.advance(seconds=5)
    for flow in flows:
        for state in ("Failed", "Cancelled"):
            world.set(world.create(flow), state)
    count = 'n: flow_runs_aggregate(where: {state: {_eq: "Failed"}}) { aggregate { count } }'
    runs = f"flow_runs(limit: 2, order_by: {{created: {order}}}) {{ id }}"
    _, counted = reads_of_counts(world, f"{{ flow {{ {count} }} }}")
    plain = ask(world.context, f"{{ flow {{ id {runs} }} }}")["data"]["flow"]
    work = Work()

    found = ask(world.within(work).context, f"{{ flow {{ id {runs} {count} }} }}")["data"]["flow"]

    assert [flow.pop("n") for flow in found] == [{"aggregate": {"count": 1}}] * len(flows)
    assert found == plain
    # A batch for each flow, and the keys of the first, whose list is beside its count.
    assert work.reads - counted <= len(flows) * 2 + SHARDS


@pytest.mark.parametrize("begun", [0, 3, 20])
def test_short_lists_inside_look_at_little_more_than_they_show(world, begun):
    tasks = [{"slug": f"t{number}"} for number in range(40)]
    flow_id = world.register({"name": "Wide", "tasks": tasks})
    for _ in range(2):
        run_id = world.create(flow_id)
        for number in range(1, begun + 1):
            set_task_run_state(world.context, member_id(run_id, number), None, State({"type": "Failed"}))
        write_logs(world.context, [log_entry(run_id, number) for number in range(60)])
    context = world.within(Work()).context

    found = ask(context, "{ flow_run { task_runs(limit: 5) { id } logs(limit: 5) { message } } }")

    runs = found["data"]["flow_run"]
    assert [(len(run["task_runs"]), len(run["logs"])) for run in runs] == [(5, 5)] * 2
    assert context.work.rows <= 2 * (1 + 10 + 5)
    # Four lists inside, each of which draws for its plan, whatever it finds.
    assert 4 * 250 < context.work.units < 2 * 2_000
    filtered = '{ flow_run { task_runs(limit: 2, where: {state: {_eq: "Pending"}}) { id } } }'
    runs = ask(context, filtered)["data"]["flow_run"]
    assert [len(run["task_runs"]) for run in runs] == [2, 2]


@pytest.mark.dynoxide_only
@pytest.mark.parametrize(("limit", "most"), [(1, 699), (600, 100)])
def test_entries_of_a_batch_that_a_short_list_does_not_need_count_as_much_as_they_take(world, limit, most):
    run_id = world.create(world.register({"name": "Chatty"}))
    write_logs(world.context, [log_entry(run_id, number / 100) for number in range(700)])
    context = world.within(Work()).context
    where = f'{{flow_run_id: {{_eq: "{run_id}"}}}}'
    text = f"{{ log(where: {where}, order_by: {{timestamp: asc}}, limit: {limit}) {{ id }} }}"

    assert len(ask(context, text)["data"]["log"]) == limit

    assert context.work.units >= most * 18 + 700 * 3
    assert context.work.rows <= 2 * limit


def test_short_list_of_flows_looks_at_little_more_than_it_shows(world):
    project = world.project()
    for number in range(12):
        world.register({"name": f"F{number}"}, project_id=project)
    context = world.within(Work()).context

    found = ask(context, "{ project { flows(limit: 2) { id name } } }")

    assert len(found["data"]["project"][0]["flows"]) == 2
    assert context.work.rows <= 4


REFUSALS: dict[str, tuple[str, dict[str, Any], str]] = {
    "rows of a list": ("{ flow { id } }", {"max_rows": 0}, "flow"),
    "rows of an aggregate": (
        "{ flow_aggregate { aggregate { min { name } } } }",
        {"max_rows": 0},
        "flow_aggregate",
    ),
    "rows of a list inside": (
        "{ project { flows { flow_runs { id } } } }",
        {"max_rows": 8},
        "project.flows.flow_runs",
    ),
    "reads": ("{ project { flows { flow_runs { id } } } }", {"max_reads": 9}, "project.flows.flow_runs"),
    "related rows": ("{ flow { tasks { id } } }", {"max_rows": 9}, "flow.tasks"),
    "memory": ("{ flow { serialized_flow } }", {"memory": 200}, "flow"),
    "memory inside": ("{ project { flows { edges { id } } } }", {"memory": 200}, "project.flows"),
    "fields": ("{ flow { tasks(limit: 9) { id } } }", {"max_units": 60}, "flow.tasks"),
}


@pytest.mark.parametrize("name", list(REFUSALS))
def test_refusal_names_the_list_at_which_the_budget_ended(world, name):
    text, bounds, path = REFUSALS[name]
    project = world.project()
    for number in range(4):
        tasks = [{"slug": f"t{task}"} for task in range(3)]
        world.create(world.register({"name": f"F{number}", "tasks": tasks}, project_id=project))
    bounds = {**bounds, **({"memory": ValueMemory(most=bounds["memory"])} if "memory" in bounds else {})}

    errors = ask(world.within(Work(**bounds)).context, text)["errors"]

    assert errors[0]["extensions"]["list"] == path
    assert path in errors[0]["message"]


@pytest.mark.parametrize("aggregate", ["flows_aggregate", "flows_aggregate(distinct_on: name)"])
def test_flows_of_many_projects_are_counted_with_few_reads_each(world, aggregate):
    for number in range(10):
        world.register({"name": "Flow"}, project_id=world.project(f"Project {number}"))
    context = world.within(Work()).context

    found = ask(context, f"{{ project {{ counted: {aggregate} {{ aggregate {{ count }} }} }} }}")

    assert [row["counted"]["aggregate"]["count"] for row in found["data"]["project"]] == [1] * 10
    assert context.work.reads <= 2 + 10 * 4


def test_tasks_that_are_named_are_the_only_ones_looked_at(world):
    flow_id = world.register({"name": "Wide", "tasks": [{"slug": f"t{number}"} for number in range(300)]})
    context = world.within(Work()).context

    found = ask(context, f'{{ task_by_pk(id: "{member_id(flow_id, 7)}") {{ slug }} }}')
    assert found["data"]["task_by_pk"]["slug"] == "t6"
    few = ask(context, f'{{ task(where: {{flow_id: {{_eq: "{flow_id}"}}}}, limit: 5) {{ slug }} }}')
    assert [task["slug"] for task in few["data"]["task"]] == [f"t{number}" for number in range(5)]

    assert context.work.rows == 1 + 5
