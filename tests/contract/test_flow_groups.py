"""The switches and overrides of flow groups, on each store; no change is lost to a concurrent one."""

from functools import partial

import pytest

from domain.errors import IdempotencyKeyReused, PayloadTooLarge, VersionLockingError
from domain.flow_runs.states import parse_state
from domain.flows.flows import DEFAULT_SETTINGS, Overrides, Switch
from operations.flow_runs.optional_locking import (
    set_flow_run_state_with_optional_lock,
    set_task_run_state_with_optional_lock,
)
from operations.flows import flow_groups
from operations.flows.archiving import archive_flow
from tests.contract.factories import at_once, incompressible

RUN_CONFIG = {"type": "LocalRun", "labels": ["from run config"]}
FLOW = {
    "name": "Flow",
    "parameters": [{"name": "x", "default": 1}, {"name": "y", "default": 1}, {"name": "z", "required": True}],
    "run_config": {"type": "UniversalRun", "labels": ["flow's"]},
    "tasks": [{"slug": "one"}],
}


def group_of(world, flow_id):
    (flow,) = world.store.flows.get([flow_id])
    (group,) = world.store.flows.groups([flow.flow_group_id])
    return group


def settings_of(world, flow_id):
    return group_of(world, flow_id).settings


def set_everything(world, group_id):
    assert flow_groups.set_description(world.context, group_id, "About \ud800 it")
    assert flow_groups.set_labels(world.context, group_id, ["b", "a"])
    assert flow_groups.set_run_config(world.context, group_id, RUN_CONFIG)
    assert flow_groups.set_default_parameters(world.context, group_id, {"x": 2, "z": None})


def test_new_group_has_the_default_settings(world):
    assert settings_of(world, world.register()) == DEFAULT_SETTINGS


def test_switches_hold_for_all_versions_and_the_next_one(world):
    project_id = world.project()
    first = world.register(project_id=project_id)

    for switch in Switch:
        flow_groups.set_switch(world.context, first, switch, on=False)
    flow_groups.set_switch(world.context, first, Switch.LAZARUS, on=True)
    second = world.register(project_id=project_id)

    expected = {
        "heartbeat_enabled": False,
        "disable_heartbeat": True,
        "lazarus_enabled": True,
        "version_locking_enabled": False,
    }
    assert settings_of(world, first) == settings_of(world, second) == expected


def test_change_to_the_present_value_writes_nothing(world):
    flow_id = world.register()
    before = world.items()

    flow_groups.set_switch(world.context, flow_id, Switch.HEARTBEAT, on=True)

    assert world.items() == before


def test_new_run_takes_the_overrides_of_its_group(world):
    flow_id = world.register(FLOW)
    set_everything(world, group_of(world, flow_id).id)

    run = world.run(world.create(flow_id, parameters={"y": 3}))

    assert run.labels == ["a", "b"]
    assert run.inputs.run_config == RUN_CONFIG
    assert run.inputs.parameters == {"x": 2, "y": 3, "z": None}


def test_overrides_cost_a_creation_no_further_call(world):
    flow_id = world.register(FLOW)
    set_everything(world, group_of(world, flow_id).id)
    counted, client = world.interfered()

    counted.create(flow_id)

    assert client.calls == ["batch_get_item", "put_item"]


def test_next_version_takes_the_overrides_of_its_group(world):
    project_id = world.project()
    first = world.register(FLOW, project_id=project_id)
    set_everything(world, group_of(world, first).id)

    second = world.register(FLOW, project_id=project_id)

    group = group_of(world, second)
    assert (group.labels, group.description, group.version) == (["a", "b"], "About \ud800 it", 2)
    assert world.run(world.create(second)).labels == ["a", "b"]
    (archived,) = world.store.flows.get([first])
    assert archived.outline["run_config"] == FLOW["run_config"]


def test_null_removes_an_override_and_an_empty_list_does_not(world):
    flow_id = world.register(FLOW)
    group_id = group_of(world, flow_id).id
    set_everything(world, group_id)

    def labels():
        return world.run(world.create(flow_id, parameters={"z": 1})).labels

    assert flow_groups.set_labels(world.context, group_id, [])
    assert labels() == []
    assert flow_groups.set_labels(world.context, group_id, None)
    assert labels() == ["from run config"]
    assert flow_groups.set_run_config(world.context, group_id, None)
    assert labels() == ["flow's"]
    assert flow_groups.set_default_parameters(world.context, group_id, {})
    run = world.run(world.create(flow_id, parameters={"z": 1}))
    assert run.inputs.parameters == {"x": 1, "y": 1, "z": 1}
    assert run.inputs.run_config == FLOW["run_config"]


def test_large_overrides_move_the_outline_to_its_own_item(world):
    flow_id = world.register(FLOW)
    group_id = group_of(world, flow_id).id
    large = {"x": incompressible(9_000), "z": 1}

    assert flow_groups.set_default_parameters(world.context, group_id, large)
    apart = world.run(world.create(flow_id)).inputs.parameters
    assert flow_groups.set_default_parameters(world.context, group_id, {"x": 5, "z": 1})
    back = world.run(world.create(flow_id)).inputs.parameters

    assert apart == {"y": 1, **large}
    assert back == {"x": 5, "y": 1, "z": 1}


def test_too_large_override_is_refused_and_not_written(world):
    flow_id = world.register(FLOW)
    group_id = group_of(world, flow_id).id
    before = world.items()

    for refused in (
        partial(flow_groups.set_default_parameters, parameters={"x": "x" * 100_000}),
        partial(flow_groups.set_run_config, run_config={"x": "x" * 100_000}),
        partial(flow_groups.set_description, description="x" * 10_001),
        partial(flow_groups.set_labels, labels=[str(n) for n in range(101)]),
    ):
        with pytest.raises(PayloadTooLarge):
            refused(world.context, group_id)
    assert world.items() == before


def test_concurrent_changes_of_a_group_all_hold(world):
    flow_id = world.register(FLOW)
    group_id = group_of(world, flow_id).id
    context = world.context

    results = at_once(
        *(partial(flow_groups.set_switch, context, flow_id, switch, on=False) for switch in Switch),
        partial(flow_groups.set_labels, context, group_id, ["a"]),
        partial(flow_groups.set_default_parameters, context, group_id, {"z": 1}),
    )

    assert results == [None, None, None, True, True]
    group = group_of(world, flow_id)
    assert not any(switch.is_on(group.settings) for switch in Switch)
    assert group.overrides == Overrides(labels=["a"], default_parameters={"z": 1})
    assert world.run(world.create(flow_id)).labels == ["a"]


def test_registration_keeps_a_concurrent_change_of_its_group(world):
    # Given
    project_id = world.project()
    first = world.register(project_id=project_id)
    faulty, client = world.interfered()

    def switched_before(send):
        flow_groups.set_labels(world.context, group_of(world, first).id, ["theirs"])
        flow_groups.set_switch(world.context, first, Switch.LAZARUS, on=False)
        return send()

    client.alter("transact_write_items", switched_before)

    # When
    second = faulty.register(project_id=project_id)

    # Then
    assert client.all_happened()
    assert group_of(world, second).version == 2
    assert not Switch.LAZARUS.is_on(settings_of(world, second))
    assert world.run(world.create(second)).labels == ["theirs"]


def test_change_of_a_group_reaches_a_concurrent_registration(world):
    project_id = world.project()
    first = world.register(project_id=project_id)
    registered = []
    faulty, client = world.interfered()

    def registered_before(send):
        registered.append(world.register(project_id=project_id))
        return send()

    client.alter("transact_write_items", registered_before)
    assert flow_groups.set_labels(faulty.context, group_of(world, first).id, ["ours"])

    assert world.run(world.create(registered[0])).labels == ["ours"]


def test_change_with_a_lost_response_is_made_once(world):
    flow_id = world.register()
    faulty, client = world.interfered()
    client.lose_responses("transact_write_items")

    assert flow_groups.set_labels(faulty.context, group_of(world, flow_id).id, ["a"])

    assert client.all_happened()
    assert (group_of(world, flow_id).labels, group_of(world, flow_id).changes) == (["a"], 1)


def test_group_without_a_current_version_keeps_its_overrides(world):
    project_id = world.project()
    flow_id = world.register(project_id=project_id)
    archive_flow(world.context, flow_id)

    assert flow_groups.set_labels(world.context, group_of(world, flow_id).id, ["a"])

    assert world.run(world.create(world.register(project_id=project_id))).labels == ["a"]


def test_repeated_key_is_known_after_a_change_of_defaults(world):
    flow_id = world.register(FLOW)
    given = {"parameters": {"z": 1}, "idempotency_key": "k"}
    run_id = world.create(flow_id, **given)

    flow_groups.set_default_parameters(world.context, group_of(world, flow_id).id, {"x": 99})

    assert world.create(flow_id, **given) == run_id
    with pytest.raises(IdempotencyKeyReused):
        world.create(flow_id, **given | {"parameters": {"z": 2}})


class TestVersionLocking:
    RUNNING = parse_state({"type": "Running"})

    def test_stale_version_is_accepted_without_the_lock(self, world):
        run_id = world.new_run()
        flow_id = world.run(run_id).flow_id
        world.set(run_id, "Submitted")
        with pytest.raises(VersionLockingError):
            set_flow_run_state_with_optional_lock(world.context, run_id, 1, self.RUNNING)

        flow_groups.set_switch(world.context, flow_id, Switch.VERSION_LOCKING, on=False)
        changed = set_flow_run_state_with_optional_lock(world.context, run_id, 1, self.RUNNING)

        assert changed.version == 3
        assert world.types(run_id) == ["Scheduled", "Submitted", "Running"]

    def test_stale_version_of_a_task_run_is_accepted_without_the_lock(self, world):
        flow_id = world.register(FLOW)
        run_id = world.create(flow_id, parameters={"z": 1})
        world.set(run_id, "Running")
        task_run_id = f"{run_id[:-4]}0001"
        with pytest.raises(VersionLockingError):
            set_task_run_state_with_optional_lock(world.context, task_run_id, 7, self.RUNNING)

        flow_groups.set_switch(world.context, flow_id, Switch.VERSION_LOCKING, on=False)

        assert set_task_run_state_with_optional_lock(world.context, task_run_id, 7, self.RUNNING).version == 2
        assert (
            set_task_run_state_with_optional_lock(
                world.context, task_run_id, 7, parse_state({"type": "Success"})
            ).version
            == 3
        )

    def test_state_change_without_a_conflict_does_not_read_the_group(self, world):
        run_id = world.new_run()
        counted, client = world.interfered()

        set_flow_run_state_with_optional_lock(counted.context, run_id, 1, parse_state({"type": "Submitted"}))

        assert client.calls == ["update_item"]
