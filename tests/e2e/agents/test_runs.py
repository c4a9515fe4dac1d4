"""Flows that unmodified agents execute, every run in a process of its own."""

import json
import time

from tests.e2e.agents.site import PROJECT, names, task_run
from tests.e2e.prefect_client import graphql

SUCCESSFUL_RUN = ["Scheduled", "Submitted", "Running", "Success"]
MAPPED = 50


# What the tasks of the flow with a result log.
PRINTED_BY_TASKS = {("INFO", "adding 10 to 4"), ("WARNING", "the total is 14")}


class TestFlowWithParametersAndResult:
    def test_watched_run_prints_its_states_and_ends_the_command(self, site):
        printed = watch(site, "watched")
        assert [line for line in SUCCESSFUL_RUN if line in printed] == SUCCESSFUL_RUN
        run = site.run(run_named(site, "watched"))
        assert names(run["states"]) == SUCCESSFUL_RUN
        assert {task_run["state"] for task_run in run["task_runs"]} == {"Success"}
        assert names(task_run(run, "add")["states"])[-2:] == ["Running", "Success"]

    def test_logs_of_a_run_are_printed_and_stored_with_their_levels(self, site):
        printed = follow_logs(site, "followed")
        run_id = run_named(site, "followed")
        # The command ends with the run's last state, which may come before the runner's last lines.
        site.wait(run_id, lambda _: levels_and_messages(site, run_id) >= PRINTED_BY_TASKS)
        logs = site.logs(run_id)
        assert "adding 10 to 4" in printed
        times = [line["timestamp"] for line in logs]
        assert times == sorted(times)


class TestRetries:
    def test_failed_task_is_retried_after_its_delay(self, site):
        run = site.ended(site.begun["Second try"])
        assert names(run["states"]) == SUCCESSFUL_RUN
        states = names(task_run(run, "succeed_the_second_time")["states"])
        assert [state for state in states if state != "Pending"] == [
            *("Running", "Failed", "Retrying", "Running", "Success")
        ]

    def test_retry_far_in_the_future_is_given_to_an_agent_by_the_queue(self, site):
        # Given a task whose retry is two hours away, so that its runner has ended
        run_id = site.begun["Later"]
        run = site.wait(run_id, has_retrying_task_run)
        waiting = task_run(run, "succeed_later")
        assert run["state"] == "Running"
        # When the two hours are over
        state = waiting["serialized_state"] | {"start_time": "2020-01-01T00:00:00+00:00"}
        change = {"task_run_id": waiting["id"], "version": waiting["version"], "state": state}
        site.mutate("set_task_run_states", "states {status}", states=[change])
        # Then an agent takes the run, which is Running still, and the task succeeds
        run = site.ended(run_id)
        assert names(run["states"]) == SUCCESSFUL_RUN
        states = names(task_run(run, "succeed_later")["states"])
        assert states[-4:] == ["Retrying", "Submitted", "Running", "Success"]


class TestValuesThatCannotBeStored:
    """Texts and results that cannot be stored whole. Runs still end, because no sender can mend them."""

    def test_logs_with_invalid_utf_8_unknown_level_or_nan_are_all_stored(self, site):
        run_id = site.begun["Odd logs"]
        run = site.ended(run_id)
        levels = {line["message"]: line["level"] for line in self.logs_with(site, run_id, "after")}
        assert run["state"] == "Success"
        assert levels["found caf\ufffd.csv"] == "INFO"
        assert levels["a level of its own"] == "INFO"
        assert {"before", "the mean is nan", "after"} <= set(levels)

    def test_failure_message_with_invalid_utf_8_ends_the_run_once(self, site):
        run = site.ended(site.begun["Odd failure"])
        failed = task_run(run, "fail_oddly")
        assert names(run["states"]) == ["Scheduled", "Submitted", "Running", "Failed"]
        assert names(failed["states"])[-2:] == ["Running", "Failed"]
        assert failed["serialized_state"]["message"] == "cannot read caf\ufffd.csv"
        assert (site.core.home / "failed.txt").read_text() == "once\n"

    def test_too_large_result_is_left_out_of_its_state_and_the_run_ends(self, site):
        run_id = site.begun["Too much"]
        run = site.ended(run_id)
        kept = task_run(run, "return_too_much")["serialized_state"]
        assert names(run["states"]) == SUCCESSFUL_RUN
        # 0.8.1 puts no result in a state that needs none.
        assert site.is_camel or "more than can be kept. Left out: _result (1,200," in kept["message"]
        # The next task got the whole result, because it ran in the same process.
        assert "it has 1200000 characters" in {
            line["message"] for line in self.logs_with(site, run_id, "it has 1200000 characters")
        }

    def logs_with(self, site, run_id, message):
        """Return the logs of a run once they have a message. Runners send their last logs when they end."""
        deadline = time.monotonic() + 30
        while True:
            logs = site.logs(run_id)
            if message in {line["message"] for line in logs}:
                return logs
            assert time.monotonic() < deadline, f"only {logs}"
            time.sleep(0.5)


class TestMappedTasks:
    def test_mapped_task_has_one_task_run_for_every_item(self, site):
        run = site.ended(site.begun["Mapped"])
        children = [task_run for task_run in run["task_runs"] if task_run["map_index"] >= 0]
        assert sorted(child["map_index"] for child in children) == list(range(MAPPED))
        assert {(child["task"]["name"], child["state"]) for child in children} == {("double", "Success")}
        assert task_run(run, "double")["state"] == "Mapped"
        assert run["state"] == "Success"


class TestCachedTasks:
    def test_cached_result_of_the_first_run_is_used_by_the_second(self, site):
        first = site.ended(site.begun["Cached"])
        assert task_run(first, "compute")["state"] == "Cached"
        second = site.ended(site.create_run("Cached"))
        assert second["state"] == "Success"
        assert task_run(second, "compute")["state"] == "Cached"
        assert "Running" not in names(task_run(second, "compute")["states"])
        assert (site.core.home / "computed.txt").read_text() == "once\n"


def has_retrying_task_run(run):
    return "Retrying" in {task_run["state"] for task_run in run["task_runs"]}


def watch(site, name):
    if site.is_camel:
        return site.core.output(*run_cloud(name), "--watch")
    return site.core.output(*run_flow(name), "--watch")


def levels_and_messages(site, run_id):
    return {(line["level"], line["message"]) for line in site.logs(run_id)}


def follow_logs(site, name):
    if site.is_camel:
        return site.core.output(*run_cloud(name), "--logs")
    return site.core.output(*run_flow(name), "--watch")


def run_cloud(name):
    parameters = json.dumps({"number": 4})
    return ("run", "cloud", "-n", "With a result", "-p", PROJECT, "-ps", parameters, "-rn", name)


def run_flow(name):
    return ("run", "-n", "With a result", "--project", PROJECT, "--param", "number=4", "--run-name", name)


def run_named(site, name):
    document = "query($f: uuid, $n: String) {flow_run(where: {flow_id: {_eq: $f}, name: {_eq: $n}}) {id}}"
    found = graphql(site.server.url, document, f=site.flows["With a result"], n=name)
    return found["flow_run"][0]["id"]
