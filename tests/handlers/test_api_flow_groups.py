"""The switches of flows and the overrides of their groups, as clients write them."""

import pytest

from tests.handlers.service import CAMEL, SNAKE, both_dialects, code

NOWHERE = "018f0000-0000-7000-8000-000000000000"


def settings(service, flow_id):
    """Return the settings as heartbeats read them; check that the group has the same."""
    run_id = service.run(flow_id)
    query = f'{{ flow_run_by_pk(id: "{run_id}") {{ flow {{ settings flow_group {{ settings }} }} }} }}'
    flow = service.data(query)["flow_run_by_pk"]["flow"]
    assert flow["settings"] == flow["flow_group"]["settings"]
    return flow["settings"]


def group_id(service, flow_id):
    return service.data(f'{{ flow_by_pk(id: "{flow_id}") {{ flow_group_id }} }}')["flow_by_pk"][
        "flow_group_id"
    ]


class TestSwitches:
    @pytest.mark.parametrize(
        ("mutation", "setting"),
        [
            ("disableFlowHeartbeat", "heartbeat_enabled"),
            ("disableLazarusForFlow", "lazarus_enabled"),
            ("disableFlowVersionLocking", "version_locking_enabled"),
        ],
    )
    def test_camel_case_switch_disables_and_with_false_enables(self, service, mutation, setting):
        flow_id = service.flow()

        for value in ("true", "false"):
            payload = service.data(
                f'mutation {{ {mutation}(input: {{ flowId: "{flow_id}", value: {value} }}) {{ id }} }}'
            )
            assert payload == {mutation: {"id": flow_id}}
            assert settings(service, flow_id)[setting] is (value == "false")
            assert (
                settings(service, flow_id)["disable_heartbeat"]
                is not settings(service, flow_id)["heartbeat_enabled"]
            )

    @pytest.mark.parametrize(
        ("what", "setting"),
        [
            ("heartbeat", "heartbeat_enabled"),
            ("lazarus_process", "lazarus_enabled"),
            ("version_lock", "version_locking_enabled"),
        ],
    )
    def test_snake_case_has_mutations_to_enable_and_disable_each_switch(self, service, what, setting):
        flow_id = service.flow()

        for way in ("disable", "enable"):
            given = {"flow_id": flow_id}
            payload = service.mutate(SNAKE, f"{way}_flow_{what}", given, "success error id flow { settings }")
            assert (payload["success"], payload["error"], payload["id"]) == (True, None, flow_id)
            assert payload["flow"]["settings"] == settings(service, flow_id)
            assert payload["flow"]["settings"][setting] is (way == "enable")

    @both_dialects
    def test_switch_of_an_unknown_flow_is_not_found(self, service, dialect):
        error = service.refuse(dialect, "disable_flow_heartbeat", {"flow_id": NOWHERE})

        assert code(error) == "NOT_FOUND"

    def test_flows_are_filtered_by_the_settings_of_their_groups(self, service):
        one, other = service.flow(), service.flow()
        service.mutate(CAMEL, "disable_flow_heartbeat", {"flow_id": other}, "id")

        query = "{ flow(where: { settings: { _contains: { heartbeat_enabled: false } } }) { id } }"

        assert service.data(query) == {"flow": [{"id": other}]}
        assert settings(service, one)["heartbeat_enabled"]

    @both_dialects
    def test_stale_version_is_accepted_while_locking_is_off(self, service, dialect):
        flow_id = service.flow()
        run_id = service.run(flow_id)
        service.set_state(run_id, {"type": "Submitted"}, 1)
        given = {"states": [{"flow_run_id": run_id, "version": 1, "state": {"type": "Running"}}]}
        assert code(service.refuse(dialect, "set_flow_run_states", given)) == "VERSION_LOCKING_ERROR"

        service.mutate(SNAKE, "disable_flow_version_lock", {"flow_id": flow_id}, "success")
        service.mutate(dialect, "set_flow_run_states", given, "states { id }")

        assert service.read(run_id, "state version") == {"state": "Running", "version": 3}


class TestOverrides:
    def test_overrides_can_be_read_and_apply_to_new_runs(self, service):
        flow_id = service.flow({"parameters": [{"name": "x", "required": True}]})
        group = group_id(service, flow_id)
        told = {
            "description": "About it",
            "labels": ["b", "a"],
            "run_config": {"type": "LocalRun"},
            "default_parameters": {"x": 1},
        }

        for name, value in told.items():
            given = {"flow_group_id": group, name: value}
            payload = service.mutate(SNAKE, f"set_flow_group_{name}", given, "success error")
            assert payload == {"success": True, "error": None}

        query = f'{{ flow_group_by_pk(id: "{group}") {{ {" ".join(told)} }} }}'
        assert service.data(query)["flow_group_by_pk"] == told | {"labels": ["a", "b"]}
        assert service.read(service.run(flow_id), "labels run_config parameters") == {
            "labels": ["a", "b"],
            "run_config": told["run_config"],
            "parameters": {"x": 1},
        }

    @pytest.mark.parametrize(
        ("name", "value", "expected"),
        [
            ("labels", ["ok", ""], "a label"),
            ("run_config", [1], "run_config"),
            ("run_config", {"labels": "x"}, "labels"),
            ("default_parameters", "no JSON", "default_parameters"),
            ("default_parameters", 7, "default_parameters"),
        ],
    )
    def test_unusable_override_is_named(self, service, name, value, expected):
        given = {"flow_group_id": group_id(service, service.flow()), name: value}

        error = service.refuse(SNAKE, f"set_flow_group_{name}", given)

        assert code(error) == "BAD_USER_INPUT"
        assert expected in error["message"]

    def test_override_of_an_unknown_group_has_no_success(self, service):
        given = {"flow_group_id": NOWHERE, "labels": []}

        payload = service.mutate(SNAKE, "set_flow_group_labels", given, "success error")

        assert payload == {"success": False, "error": f"There is no flow group {NOWHERE}."}
