"""Changes whose reads follow from what is stored: none is refused half done, however many it needs."""

import pytest

from domain.errors import ApiError, BadUserInput
from domain.flow_runs.states import parse_state
from domain.ids import member_id
from domain.work import Work
from graphql_api.execution import Executor, GraphQLRequest
from graphql_api.schema import build_schema
from operations.flows import deleting
from operations.task_runs.task_runs import get_or_create_task_run, get_task_run, set_task_run_state

EXECUTOR = Executor(build_schema())


def send(world, text, most_reads=5):
    """Execute a request with few reads. Return its result and the number of reads that its changes made."""
    work = Work(max_reads=most_reads)
    result = EXECUTOR.execute(GraphQLRequest(query=text, variables={}), world.within(work).context).result
    return result, work.reads_of_changes


def codes(result):
    return [error["extensions"]["code"] for error in result.get("errors", [])]


@pytest.fixture
def flow(world):
    return world.register({"name": "flow", "tasks": [{"slug": f"task-{number}"} for number in range(30)]})


@pytest.mark.dynoxide_only
def test_flow_with_many_runs_is_deleted_by_repeats(world, flow, monkeypatch):
    monkeypatch.setattr(deleting, "MAX_DELETED_RUNS", 10)
    runs = [world.create(flow) for _ in range(25)]
    delete = f'mutation {{ delete_flow(input: {{flow_id: "{flow}"}}) {{ success }} }}'

    unfinished = [send(world, delete) for _ in range(2)]
    done, _ = send(world, delete)

    assert [codes(result) for result, _ in unfinished] == [[ApiError.code]] * 2
    assert all(reads > 50 for _, reads in unfinished)
    assert done == {"data": {"delete_flow": {"success": True}}}
    assert not any(world.exists(run) for run in runs)


@pytest.mark.dynoxide_only
def test_run_with_many_task_runs_is_cancelled_and_shown(world, flow):
    run = world.create(flow)
    world.set(run, "Running")
    children = [
        get_or_create_task_run(world.context, run, member_id(flow, number), None) for number in range(1, 31)
    ]
    for child in children:
        set_task_run_state(world.context, child.id, None, parse_state({"type": "Running"}))
    wanted = f'{{flow_run_id: "{run}", state: {{type: "Cancelled"}}}}'
    cancel = f"""mutation {{ set_flow_run_states(input: {{states: [{wanted}]}}) {{
        states {{ flow_run {{ state }} }} }} }}"""

    result, _ = send(world, cancel, most_reads=1)

    assert result == {"data": {"set_flow_run_states": {"states": [{"flow_run": {"state": "Cancelled"}}]}}}
    assert {get_task_run(world.context, child.id).state.type for child in children} == {"Cancelled"}


@pytest.mark.dynoxide_only
def test_poll_is_not_refused(world, flow):
    runs = [world.create(flow, labels=[f"label {number}"]) for number in range(10)]
    labels = ", ".join(f'"label {number}"' for number in range(10))
    poll = f"mutation {{ get_runs_in_queue(input: {{labels: [{labels}]}}) {{ flow_run_ids }} }}"
    result, _ = send(world, poll, most_reads=1)
    assert sorted(result["data"]["get_runs_in_queue"]["flow_run_ids"]) == sorted(runs)


def test_request_whose_reads_are_used_up_begins_no_further_change(world, flow):
    run = world.create(flow)
    text = f"""mutation {{
        first: delete_flow(input: {{flow_id: "{world.register()}"}}) {{ success }}
        second: delete_flow_run(input: {{flow_run_id: "{run}"}}) {{ success }} }}"""

    result, reads = send(world, text)

    assert reads > 5
    assert result["data"] == {"first": {"success": True}, "second": None}
    assert codes(result) == [BadUserInput.code]
    assert world.run(run).version == 1


def test_lists_after_a_change_draw_on_the_budget_again(world, flow):
    for _ in range(6):
        world.create(flow)
    text = f"""mutation {{ create_flow_run(input: {{flow_id: "{flow}"}}) {{
        id flow_run {{ flow {{ a: flow_runs {{ id }} b: flow_runs(limit: 1) {{ id }} }} }} }} }}"""

    result, _ = send(world, text, most_reads=8)

    assert codes(result) == [BadUserInput.code]
    assert "8 reads of the database" in result["errors"][0]["message"]
    assert world.exists(result["data"]["create_flow_run"]["id"])
