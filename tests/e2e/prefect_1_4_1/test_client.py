"""The unmodified client of Prefect Core 1.4.1 (snake_case dialect) against a running server."""

from datetime import UTC, datetime

import pytest

PROJECT = "Hello from 1.4.1!"


class TestRegistering:
    def test_project_that_exists_is_found_again(self, flows):
        first, again = flows["project_ids"]
        assert first == again

    def test_flow_is_given_back_as_it_was_sent(self, flows):
        # Core sends tasks and edges in calls of their own: only the rest of the flow is compared.
        found, sent = flows["found"]["number"], flows["sent"]
        sent_later = {"tasks", "edges"}
        assert {key: found["serialized_flow"][key] for key in sent.keys() - sent_later} == {
            key: sent[key] for key in sent.keys() - sent_later
        }
        assert found["storage"] == sent["storage"]
        assert found["run_config"] == sent["run_config"]
        assert found["core_version"] == "1.4.1"

    def test_flow_loads_from_the_storage_that_the_server_names_and_runs(self, flows):
        assert flows["ran"] == "Success"

    def test_next_version_archives_the_one_before(self, flows):
        archived, current = flows["found"]["archived"], flows["found"]["number"]
        assert (archived["version"], archived["archived"]) == (1, True)
        assert (current["version"], current["archived"]) == (2, False)
        assert archived["version_group_id"] == current["version_group_id"] == "numbers of 1.4.1"

    def test_registering_again_with_the_same_key_makes_no_new_version(self, flows):
        first, again = flows["greeting_ids"]
        assert first == again

    def test_unknown_project_is_reported_by_the_client_itself(self, flows):
        assert flows["unknown_project"]["error"] == "ValueError"
        assert "No such project" in flows["unknown_project"]["text"]


class TestCreatingRuns:
    def test_run_is_created_with_every_argument(self, flows, created):
        found = created["info"]
        assert found["name"] == "nightly of 1.4.1"
        assert (found["flow_id"], found["project"]) == (flows["number_id"], PROJECT)
        assert found["parameters"] == {"number": 1, "step": 10, "more": {"deep": [1, None, "ü"]}}
        assert found["context"] == {"source": "test"}
        assert found["start"] == "2031-05-17T13:30:00+00:00"
        assert (found["version"], found["state"]) == (1, "Scheduled")

    def test_labels_and_run_config_of_the_request_replace_those_of_the_flow(self, created):
        assert created["view"]["labels"] == ["a", "b"]
        assert created["view"]["run_config"]["env"] == {"COLOUR": "green"}
        assert created["view"]["states"] == ["Scheduled"]

    def test_version_group_runs_its_newest_flow(self, flows, created):
        assert created["by_group_info"]["flow_id"] == flows["number_id"]

    def test_labels_and_run_config_default_to_those_of_the_flow(self, flows, created):
        assert created["by_group_view"]["labels"] == ["eu", "prod"]
        assert created["by_group_view"]["run_config"] == flows["sent"]["run_config"]

    def test_repeated_key_returns_the_first_run(self, created):
        assert created["replay"] == created["everything"]

    def test_calls_without_a_key_make_a_run_each(self, created):
        first, second = created["no_key"]
        assert first != second

    @pytest.mark.parametrize("difference", ["other_parameters", "other_context"])
    def test_repeated_key_with_other_input_is_an_error_that_names_the_run(self, created, difference):
        refused = created[difference]
        assert refused["error"] == "ClientError"
        assert "IDEMPOTENCY_KEY_REUSED" in refused["text"]
        assert created["everything"] in refused["text"]

    def test_missing_required_parameter_is_named(self, created):
        assert created["missing"]["error"] == "ClientError"
        assert "BAD_USER_INPUT" in created["missing"]["text"]
        assert "number" in created["missing"]["text"]

    def test_archived_flow_is_refused(self, flows, created):
        assert created["archived"]["error"] == "ClientError"
        assert "archived" in created["archived"]["text"]
        assert flows["archived_id"] in created["archived"]["text"]

    @pytest.mark.parametrize("wanted", ["unknown", "unknown_group"])
    def test_unknown_flow_or_group_is_not_found(self, created, wanted):
        assert created[wanted]["error"] == "ClientError"
        assert "NOT_FOUND" in created[wanted]["text"]

    def test_unknown_run_has_no_info(self, calls):
        assert calls["unknown_info"]["error"] == "ClientError"
        assert "Flow run ID not found" in calls["unknown_info"]["text"]


class TestSettingStates:
    def test_every_state_raises_the_version_by_one_with_or_without_a_version(self, calls):
        seen = [(run["version"], run["state"]) for run in calls["moved"]["seen"]]
        assert seen == [(1, "Scheduled"), (2, "Submitted"), (3, "Running"), (4, "Success")]

    def test_history_holds_every_state(self, calls):
        assert sorted(calls["moved"]["states"]) == ["Running", "Scheduled", "Submitted", "Success"]

    def test_state_by_itself_is_the_last(self, calls):
        assert calls["moved"]["state"] == "Success"

    def test_stale_version_raises_the_version_lock_signal_of_the_client(self, calls):
        assert calls["moved"]["stale"]["error"] == "VersionLockMismatchSignal"
        assert calls["moved"]["after_stale"] == calls["moved"]["seen"][1]

    def test_unknown_run_is_not_found(self, calls):
        assert "NOT_FOUND" in calls["moved"]["unknown"]["text"]

    def test_cancelling_ends_a_waiting_run_and_asks_a_running_one_to_stop(self, calls):
        assert calls["cancelled"]["waiting"] == ["Cancelled", "Cancelled"]
        assert calls["cancelled"]["working"] == ["Cancelling", "Cancelling"]

    def test_run_can_be_renamed(self, calls):
        assert calls["cancelled"]["named"] == [True, "renamed"]


class TestHeartbeats:
    def test_heartbeat_is_noted_and_leaves_state_and_version_alone(self, calls):
        before, after = calls["beat"]["before"], calls["beat"]["after"]
        assert before["heartbeat"] is None
        noted = datetime.fromisoformat(after["heartbeat"])
        assert abs((datetime.now(UTC) - noted).total_seconds()) < 60
        assert (after["version"], after["state"]) == (before["version"], before["state"])

    def test_flow_runner_finds_everything_that_its_heartbeat_asks_for(self, calls):
        assert calls["beat"]["runner"] == {"value": True}


class TestArtifacts:
    def test_link_is_kept_with_its_task_run_and_changed(self, calls):
        found = calls["artifacts"]
        assert found["first"] == {
            "kind": "link",
            "data": {"link": "https://example.com"},
            "task_run_id": found["task_run_id"],
        }
        assert found["changed"] == {**found["first"], "data": {"link": "https://example.org"}}

    def test_deleted_artifact_is_gone(self, calls):
        assert calls["artifacts"]["left"] == [calls["artifacts"]["link"]]

    def test_single_log_entry_in_place_of_a_list_is_kept(self, calls):
        assert calls["artifacts"]["logs"] == [[40, "Failed"]]
