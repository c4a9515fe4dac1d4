"""The unmodified client of Prefect Core 0.8.1 (camelCase dialect) against a running server."""

from datetime import UTC, datetime

import pytest

INFO_FIELDS = [
    "context",
    "flow_id",
    "id",
    "name",
    "parameters",
    "scheduled_start_time",
    "state",
    "task_runs",
    "version",
]


class TestRegistering:
    def test_flow_is_given_back_as_it_was_sent(self, flows):
        read = flows["found"]["number"]
        assert read["serialized_flow"] == flows["sent"]
        assert read["storage"] == flows["sent"]["storage"]
        assert read["environment"] == flows["sent"]["environment"]

    def test_flow_loads_from_the_storage_that_the_server_names_and_runs(self, flows):
        assert flows["ran"] == "Success"

    def test_next_version_archives_the_one_before(self, flows):
        archived, current = flows["found"]["archived"], flows["found"]["number"]
        assert (archived["version"], archived["archived"]) == (1, True)
        assert (current["version"], current["archived"]) == (2, False)
        assert archived["version_group_id"] == current["version_group_id"]

    def test_flow_of_the_same_name_in_another_project_stands_alone(self, flows):
        plain = flows["found"]["plain"]
        assert (plain["name"], plain["version"], plain["archived"]) == ("Adding up", 1, False)
        assert plain["version_group_id"] == "numbers of 0.8.1"

    def test_unknown_project_is_reported_by_the_client_itself(self, flows):
        assert flows["unknown_project"]["error"] == "ValueError"
        assert "No such project" in flows["unknown_project"]["text"]


class TestCreatingRuns:
    def test_run_is_created_with_every_argument(self, flows, created):
        assert created["info"] == {
            "fields": INFO_FIELDS,
            "name": "nightly of 0.8.1",
            "flow_id": flows["number_id"],
            "version": 1,
            "parameters": {"number": 1, "step": 10, "more": {"deep": [1, None, "ü"]}},
            "context": {"source": "test"},
            "start": "2031-05-17T13:30:00+00:00",
            "state": "Scheduled",
            "message": created["info"]["message"],
        }

    def test_repeated_key_returns_the_first_run(self, created):
        assert created["replay"] == created["everything"]

    def test_key_belongs_to_its_flow(self, created):
        assert created["other_flow"] not in {created["everything"], created["plain"]}

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

    def test_unknown_flow_is_not_found(self, created):
        assert created["unknown"]["error"] == "ClientError"
        assert "NOT_FOUND" in created["unknown"]["text"]

    def test_unknown_run_has_no_info(self, calls):
        assert calls["unknown_info"]["error"] == "ClientError"
        assert "Flow run ID not found" in calls["unknown_info"]["text"]


class TestSettingStates:
    def test_each_state_raises_the_version_by_one(self, calls):
        seen = [(run["version"], run["state"]) for run in calls["moved"]["seen"]]
        assert seen == [(1, "Scheduled"), (2, "Submitted"), (3, "Running"), (4, "Success")]

    def test_state_comes_back_with_its_message(self, calls):
        assert [run["message"] for run in calls["moved"]["seen"][1:]] == ["taken", "at work", "done"]

    def test_stale_version_is_refused_and_changes_nothing(self, calls):
        assert calls["moved"]["stale"]["error"] == "ClientError"
        assert "VERSION_LOCKING_ERROR" in calls["moved"]["stale"]["text"]
        assert calls["moved"]["seen"][1]["state"] == "Submitted"

    def test_unknown_run_is_not_found(self, calls):
        assert "NOT_FOUND" in calls["moved"]["unknown"]["text"]


class TestHeartbeats:
    def test_heartbeat_is_noted_and_leaves_state_and_version_alone(self, calls):
        before, after = calls["beat"]["before"], calls["beat"]["after"]
        assert before["heartbeat"] is None
        noted = datetime.fromisoformat(after["heartbeat"])
        assert abs((datetime.now(UTC) - noted).total_seconds()) < 60
        assert (after["version"], after["state"]) == (before["version"], before["state"])

    def test_flow_runner_finds_everything_that_its_heartbeat_asks_for(self, calls):
        assert calls["beat"]["runner"] == {"value": True}


class TestKeptResults:
    """Cached results. Releases 0.6 to 0.9 query the results of a cache key or of the task in one request."""

    def test_task_without_a_key_finds_only_its_own_result(self, calls):
        assert calls["kept"]["Weather"] == {
            "before": [],
            "after": [["Cached", "kept"]],
            "by another task under the key": [],
        }

    def test_task_with_a_key_finds_the_results_under_the_key(self, calls):
        assert calls["kept"]["Keyed"] == {
            "before": [],
            "after": [["Cached", "kept"]],
            "by another task under the key": [["Cached", "kept"]],
        }
