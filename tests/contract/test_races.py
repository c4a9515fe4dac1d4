from collections import Counter
from functools import partial
from itertools import chain

import pytest

from domain.errors import BadUserInput, VersionLockingError
from domain.rounds import ROUNDS
from operations.flow_runs.ending import cancel_flow_run
from operations.flows.archiving import archive_flow
from tests.contract.factories import at_once


@pytest.mark.dynoxide_only
def test_64_concurrent_first_uses_of_a_key_make_one_run(world):
    flow_id = world.register()

    ids = at_once(*[partial(world.create, flow_id, idempotency_key="k")] * 64)

    assert len(set(ids)) == 1
    assert [item["pk"]["S"].rpartition("#")[2] for item in world.items("run")] == ids[:1]
    assert len(world.items("key")) == 1


@pytest.mark.dynoxide_only
def test_64_concurrent_uses_of_an_expired_key_make_one_new_run(world):
    flow_id = world.register()
    old = world.create(flow_id, idempotency_key="k")
    world.clock.advance(hours=25)

    ids = at_once(*[partial(world.create, flow_id, idempotency_key="k")] * 64)

    assert len(set(ids)) == 1
    assert {item["pk"]["S"].rpartition("#")[2] for item in world.items("run")} == {old, ids[0]}


@pytest.mark.dynoxide_only
def test_64_concurrent_creations_without_a_key_make_64_runs(world):
    flow_id = world.register()

    ids = at_once(*[partial(world.create, flow_id)] * 64)

    assert len(set(ids)) == 64
    assert len(world.items("run")) == 64


def test_one_of_concurrent_uses_of_a_key_with_different_inputs_wins(world):
    flow_id = world.register()

    results = at_once(
        *(partial(world.create, flow_id, idempotency_key="k", parameters={"x": x}) for x in range(16))
    )

    (winner,) = [result for result in results if isinstance(result, str)]
    losers = [result for result in results if not isinstance(result, str)]
    assert [loser.extensions for loser in losers] == [
        {"code": "IDEMPOTENCY_KEY_REUSED", "flow_run_id": winner}
    ] * 15
    assert len(world.items("run")) == 1


@pytest.mark.dynoxide_only
@pytest.mark.parametrize("size", [10, 5_000], ids=["small states", "large states"])
def test_one_of_32_concurrent_writers_of_one_version_wins(world, size):
    run_id = world.new_run()
    states = [{"type": "Running", "message": f"writer {n} {'x' * size}{n}"} for n in range(32)]

    results = at_once(*(partial(world.set, run_id, state, 1) for state in states))

    (winner,) = [place for place, result in enumerate(results) if not isinstance(result, Exception)]
    losers = [result for place, result in enumerate(results) if place != winner]
    assert {type(loser) for loser in losers} == {VersionLockingError}
    assert [loser.extensions for loser in losers] == [
        {
            "code": "VERSION_LOCKING_ERROR",
            "flow_run_id": run_id,
            "given_version": 1,
            "current_version": 2,
            "current_state": "Running",
        }
    ] * 31
    assert world.types(run_id) == ["Scheduled", "Running"]
    assert world.run(run_id).state.data == states[winner]


@pytest.mark.dynoxide_only
def test_one_of_32_concurrent_writers_of_a_full_list_wins(world):
    run_id = world.new_run()
    for version in range(1, 16):
        world.set(run_id, "Running", version)

    results = at_once(*[partial(world.set, run_id, "Success", 16)] * 32)

    assert Counter(type(result).__name__ for result in results) == {"FlowRun": 1, "VersionLockingError": 31}
    assert world.types(run_id) == ["Scheduled"] + ["Running"] * 15 + ["Success"]


@pytest.mark.dynoxide_only
def test_32_concurrent_writers_without_a_version_lose_no_write(world):
    # Given: a writer gives up after ROUNDS lost rounds, and the others win fewer
    run_id = world.new_run()
    messages = [[f"writer {writer}, state {n}" for n in range(2)] for writer in range(32)]
    assert ROUNDS > 31 * 2

    def write_all(mine):
        for message in mine:
            world.set(run_id, {"type": "Running", "message": message})

    # When
    results = at_once(*(partial(write_all, mine) for mine in messages))

    # Then
    assert results == [None] * 32
    run = world.run(run_id)
    assert [entry.version for entry in run.history] == list(range(1, 32 * 2 + 2))
    written = [entry.state.message for entry in run.history[1:]]
    assert sorted(written) == sorted(message for mine in messages for message in mine)
    assert all([message for message in written if message in mine] == mine for mine in messages)


@pytest.mark.dynoxide_only
def test_concurrent_writers_with_and_without_a_version_keep_their_rules(world):
    # Given
    run_id = world.new_run()

    def with_version(name):
        won = []
        for n in range(6):
            state = {"type": "Running", "message": f"{name} {n}"}
            try:
                world.set(run_id, state, world.run(run_id).version)
            except VersionLockingError:
                continue
            won.append(state["message"])
        return won

    def without(name):
        messages = [f"{name} {n}" for n in range(6)]
        for message in messages:
            world.set(run_id, {"type": "Paused", "message": message})
        return messages

    # When
    results = at_once(
        *(partial(with_version, f"a{n}") for n in range(8)), *(partial(without, f"b{n}") for n in range(8))
    )

    # Then
    run = world.run(run_id)
    assert [entry.version for entry in run.history] == list(range(1, run.version + 1))
    assert sorted(entry.state.message for entry in run.history[1:]) == sorted(chain(*results))


@pytest.mark.dynoxide_only
def test_run_with_concurrent_cancellations_is_cancelled_once(world):
    run_id = world.new_run()

    runs = at_once(*[partial(cancel_flow_run, world.context, run_id)] * 16)

    assert {run.state.type for run in runs} == {"Cancelled"}
    assert world.types(run_id) == ["Scheduled", "Cancelled"]


@pytest.mark.dynoxide_only
def test_16_concurrent_registrations_of_a_name_make_one_group(world):
    # Given
    project_id = world.project()

    # When
    ids = at_once(*[partial(world.register, {"name": "Raced"}, project_id=project_id)] * 16)

    # Then
    flows = sorted(world.store.flows.get(ids), key=lambda flow: flow.version)
    assert [flow.version for flow in flows] == list(range(1, 17))
    assert [flow.archived for flow in flows] == [True] * 15 + [False]
    (group_id,) = {flow.flow_group_id for flow in flows}
    group = world.store.flows.group(group_id)
    assert (group.version, group.current_flow_id) == (16, flows[-1].id)
    assert world.store.flows.version_group_named(project_id, "Raced") == group.version_group_id
    assert world.store.flow_lists.ids_in_project(project_id, "Raced", 100) == [
        flow.id for flow in reversed(flows)
    ]


def test_concurrent_registrations_with_one_key_register_once(world):
    project_id = world.project()

    ids = at_once(*[partial(world.register, project_id=project_id, idempotency_key="k")] * 16)

    assert len(set(ids)) == 1
    assert len(world.items("flow")) == 1


@pytest.mark.dynoxide_only
def test_concurrent_registration_and_archiving_leave_a_consistent_group(world):
    for _ in range(8):
        # Given
        project_id = world.project()
        first = world.register(project_id=project_id)

        # When
        _, second = at_once(
            partial(archive_flow, world.context, first), partial(world.register, project_id=project_id)
        )

        # Then
        old, new = sorted(world.store.flows.get([first, second]), key=lambda flow: flow.version)
        assert (old.archived, new.archived, new.version) == (True, False, 2)
        assert world.store.flows.group(old.flow_group_id).current_flow_id == second


def test_one_of_16_concurrent_projects_of_one_name_is_created(world):
    results = at_once(*[partial(world.project, "Raced")] * 16)

    (project_id,) = [result for result in results if isinstance(result, str)]
    losers = [result for result in results if not isinstance(result, str)]
    assert {(type(loser), str(loser)) for loser in losers} == {(BadUserInput, "Uniqueness violation.")}
    assert len(losers) == 15
    assert [project.id for project in world.store.projects.all()] == [project_id]
