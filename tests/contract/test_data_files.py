"""Data of earlier releases: this release reads, lists, queues, executes, changes and deletes it."""

from datetime import datetime
from typing import Any

import pytest

from domain.flow_runs.occurrences import Occurrence
from domain.formats import CURRENT
from domain.recovery.rules import RecoverySettings
from operations.queue.polling import get_runs_in_queue
from operations.recovery.tick import Bounds, tick
from tests.contract.data_files import NAMES, ask, bring_up, data_file, say
from tests.contract.factories import World

# Each file before any migration and after all migrations.
CASES = [(name, done) for name in NAMES for done in (False, True) if done or data_file(name).form < CURRENT]
# For tests that change data, because they write the current form.
AS_FOUND = [(name, data_file(name).form == CURRENT) for name in NAMES]


def case_id(case):
    return f"{case[0]}, {'migrated' if case[1] else 'as found'}"


only_as_found = pytest.mark.parametrize("case", AS_FOUND, ids=case_id, indirect=True)


@pytest.fixture(params=CASES, ids=case_id)
def case(request):
    return request.param


@pytest.fixture
def file(case):
    return data_file(case[0])


@pytest.fixture
def old(case, file, own_table) -> World:
    """The file's data in a table."""
    world: World = file.put_into(*own_table, is_current=case[1])
    if case[1]:
        bring_up(world)
        world.clock.time = file.at
    return world


def test_newest_data_file_has_the_current_form():
    assert data_file(NAMES[-1]).form == CURRENT


@pytest.mark.dynoxide_only
def test_reads_of_old_data_return_what_their_release_returned(file, old):
    for query, result in file.reads:
        assert ask(old.context, query) == result


@pytest.mark.dynoxide_only
def test_each_run_of_old_data_is_found_by_its_name(file, old):
    by_name: dict[str, list[str]] = {}
    for run in ask(old.context, "{ flow_run(order_by: {id: asc}) { id name } }")["flow_run"]:
        by_name.setdefault(run["name"], []).append(run["id"])
    one = "query($name: String) { flow_run(where: {name: {_eq: $name}}, order_by: {id: asc}) { id } }"

    for name, ids in by_name.items():
        assert [run["id"] for run in ask(old.context, one, name=name)["flow_run"]] == ids


def waiting(file: Any, labels: list[str]) -> set[str]:
    """Return the flow runs that an agent with these labels may take, by the reads of their release."""
    runs = next(result["flow_run"] for query, result in file.reads if "scheduled_start_time" in query)
    kinds = ("Scheduled", "Retrying", "Queued", "Resume", "Paused")
    return {
        run["id"]
        for run in runs
        if run["state"] in kinds
        and run["state_start_time"] is not None
        and datetime.fromisoformat(run["state_start_time"]) <= file.at
        and (set(run["labels"]) <= set(labels) if run["labels"] else not labels)
    }


@pytest.mark.dynoxide_only
def test_agents_are_given_waiting_runs_of_old_data(file, old):
    for labels in ([], ["gpu"], ["eu"], ["eu", "gpu"], ["new"], ["old"]):
        given = get_runs_in_queue(old.context, None, labels)

        assert set(given) >= waiting(file, labels)


def test_old_idempotency_key_returns_its_old_run(file, old):
    late, names = file.names["late"], file.names
    keyed = {"idempotency_key": "a key", "parameters": {"place": "Oslo", "n": [1, 2.5, None]}}
    other = {"idempotency_key": "another key", "context": {"why": "because"}}
    hour = Occurrence("every hour", file.at.replace(minute=0, second=0))

    assert old.create(late, **keyed) == names["keyed"]
    assert old.create(late, **other) == names["keyed and done"]
    assert old.create(late, occurrence=hour, scheduled_start_time=hour.time) == names["scheduled"]


@only_as_found
def test_old_flows_can_be_run_registered_again_and_archived(file, old):
    for name in ("etl 2", "large", "without tasks", "late"):
        run = old.run(old.create(file.names[name]))
        assert run.task_count == len(old.store.flows.tasks(old.store.flows.get([run.flow_id]))[run.flow_id])

    serialized = {"name": "late", "tasks": [{"slug": "a"}]}
    again = old.register(serialized, project_id=file.names["Weather"])
    (flow, before) = old.store.flows.get([again, file.names["late"]])
    assert sorted([(flow.version, flow.archived), (before.version, before.archived)]) == [
        (1, True),
        (2, False),
    ]
    say(old.context, "archive_flow", {"flow_id": again}, "id")


@pytest.mark.dynoxide_only
@only_as_found
def test_old_runs_take_a_state_under_their_version(file, old):
    runs = ask(old.context, "{ flow_run { id version labels } }")["flow_run"]
    for run in runs:
        state = {"type": "Scheduled", "message": "Once more."}
        change = {"flow_run_id": run["id"], "version": run["version"], "state": state}
        say(old.context, "set_flow_run_states", {"states": [change]}, "states { id status }")

        found = old.run(run["id"])
        assert (found.version, found.state.data) == (run["version"] + 1, state)
        assert [entry.version for entry in found.history] == list(range(1, found.version + 1))

    unlabelled = [run for run in runs if not run["labels"]]
    assert len(get_runs_in_queue(old.context, None, [])) == min(len(unlabelled), 25)


@pytest.mark.dynoxide_only
@only_as_found
def test_old_run_is_executed_by_an_agent_and_its_runners(file, old):
    flow_run, context = file.names["waiting"], old.context
    old.set(flow_run, "Submitted", 1)
    old.set(flow_run, "Running", 2)
    flow = ask(
        context, "query($id: UUID!) { flow_run_by_pk(id: $id) { flow { tasks { id slug } } } }", id=flow_run
    )
    for number, task in enumerate(flow["flow_run_by_pk"]["flow"]["tasks"], 1):
        for map_index in (-1, 0) if number == 3 else (-1,):
            execute(context, flow_run, task, map_index)
    old.set(flow_run, "Success", 3)

    runs = ask(context, TASK_RUNS, id=flow_run)["task_run"]
    assert [(run["task"]["slug"], run["map_index"], run["state"]) for run in runs] == [
        ("task-1", -1, "Success"),
        ("task-2", -1, "Success"),
        ("task-3", -1, "Success"),
        ("task-3", 0, "Success"),
    ]


TASKS = "query($id: UUID!) { flow_run_by_pk(id: $id) { flow { tasks { id slug } } } }"
TASK_RUNS = """query($id: UUID!) {
    task_run(where: {flow_run_id: {_eq: $id}}, order_by: [{task_id: asc}, {map_index: asc}]) {
        id state map_index task { slug }
    }
}"""


def tasks_of(context: Any, flow_run: str) -> Any:
    return ask(context, TASKS, id=flow_run)["flow_run_by_pk"]["flow"]["tasks"]


def execute(context: Any, flow_run: str, task: Any, map_index: int) -> None:
    given = {"flow_run_id": flow_run, "task_id": task["id"], "map_index": map_index}
    info = say(context, "get_or_create_task_run_info", given, "id version state")
    assert (info["version"], info["state"]) == (1, "Pending")
    query = "query($id: UUID!) { task_run_by_pk(id: $id) { flow_run_id version task { id slug } } }"
    read = ask(context, query, id=info["id"])["task_run_by_pk"]
    assert read == {"flow_run_id": flow_run, "version": 1, "task": task}
    for version, state in ((1, "Running"), (2, "Success")):
        change = {"task_run_id": info["id"], "version": version, "state": {"type": state}}
        say(context, "set_task_run_states", {"states": [change]}, "states { id status }")
    say(context, "update_task_run_heartbeat", {"task_run_id": info["id"]})
    line = {"flow_run_id": flow_run, "task_run_id": info["id"], "message": "Said."}
    say(context, "write_run_logs", {"logs": [line]})
    artifact = {"task_run_id": info["id"], "kind": "markdown", "data": {"markdown": "#"}}
    say(context, "create_task_run_artifact", artifact, "id")


@only_as_found
def test_old_task_is_read_by_its_id(file, old):
    (flow,) = old.store.flows.get([file.names["late"]])
    task = old.store.flows.tasks([flow])[flow.id][1]
    query = "query($id: UUID!) { task(where: {id: {_eq: $id}}) { slug flow { name } } }"

    (found,) = ask(old.context, query, id=task.id)["task"]

    assert (found["slug"], found["flow"]["name"]) == (task.slug, "late")


@pytest.mark.dynoxide_only
@only_as_found
def test_old_dead_runs_are_recovered(file, old):
    for _ in range(15):
        old.clock.advance(minutes=1)
        assert not tick(old.context, RecoverySettings(), Bounds(lambda: 60.0)).faults

    dead = [old.run(file.names[name]) for name in ("submitted", "running", "large state", "many states")]
    assert {run.state.type for run in dead} == {"Scheduled"}
    assert old.run(file.names["cancelling"]).state.type == "Cancelled"
    if "lingering" in file.names:
        (task_runs,) = old.store.task_runs.of_flow_run(file.names["lingering"])
        assert [task_run.state.type for task_run in task_runs] == ["Cancelled"]


@pytest.mark.dynoxide_only
@only_as_found
def test_old_data_can_all_be_deleted(file, old):
    execute_one(file, old)
    for name in ("etl 1", "gone", "without tasks"):
        say(old.context, "delete_flow", {"flow_id": file.names[name]})
    for run in ask(old.context, "{ flow_run(limit: 5, order_by: {created: desc}) { id } }")["flow_run"]:
        say(old.context, "delete_flow_run", {"flow_run_id": run["id"]})
    for project in ask(old.context, "{ project { id } }")["project"]:
        say(old.context, "delete_project", {"project_id": project["id"]})

    for _ in range(3):  # recovery looks for items that were added in the meantime
        old.clock.advance(minutes=10)
        tick(old.context, RecoverySettings(), Bounds(lambda: 60.0))

    left = {item["pk"]["S"].split("#")[1] for item in old.items()}
    # Items that expire, that belong to no project, or that point to mapped children.
    assert left <= {
        "key",
        "format",
        "recovery",
        "agent",
        "agent-config",
        "api-key",
        "key-value",
        "limit",
        "map",
    }


def execute_one(file: Any, old: World) -> None:
    flow_run = file.names["waiting"]
    old.set(flow_run, "Submitted")
    old.set(flow_run, "Running")
    for task in tasks_of(old.context, flow_run):
        execute(old.context, flow_run, task, -1)


with_task_runs = pytest.mark.parametrize(
    "case", [case for case in AS_FOUND if case[0] != "0.1.0"], ids=case_id, indirect=True
)


@with_task_runs
def test_old_artifacts_are_read_changed_and_deleted(file, old):
    query = "query($id: UUID!) { task_run_artifact(where: {id: {_eq: $id}}) { task_run_id kind data } }"
    for name, of in (("artifact", "task 1"), ("artifact of a child", "child 0")):
        (found,) = ask(old.context, query, id=file.names[name])["task_run_artifact"]
        data = {"markdown": f"# {name}"}
        assert found == {"task_run_id": file.names[of], "kind": "markdown", "data": data}

    one = {"task_run_artifact_id": file.names["artifact"]}
    say(old.context, "update_task_run_artifact", {**one, "data": {"markdown": "New."}})
    (found,) = ask(old.context, query, id=file.names["artifact"])["task_run_artifact"]
    assert found["data"] == {"markdown": "New."}
    say(old.context, "delete_task_run_artifact", one)
    assert ask(old.context, query, id=file.names["artifact"])["task_run_artifact"] == []


@with_task_runs
def test_slots_taken_in_old_data_are_given_back(file, old):
    query = "{ task_tag_limit { used } flow_concurrency_limit { used } }"
    assert ask(old.context, query) == {
        "task_tag_limit": [{"used": 1}],
        "flow_concurrency_limit": [{"used": 1}],
    }

    change = {"task_run_id": file.names["limited task 1"], "version": None, "state": {"type": "Success"}}
    say(old.context, "set_task_run_states", {"states": [change]}, "states { id status }")
    old.set(file.names["holder"], "Success")

    assert ask(old.context, query) == {
        "task_tag_limit": [{"used": 0}],
        "flow_concurrency_limit": [{"used": 0}],
    }
