"""Flows that unmodified agents execute, each run in a process of its own."""

import json
import time

from tests.e2e.agents.site import PROJECT, names, task_run
from tests.e2e.prefect_client import graphql

A_RUN = ["Scheduled", "Submitted", "Running", "Success"]
MAPPED = 50


class TestAFlowWithParametersAndAResult:
    def test_watching_prints_its_states_and_ends_with_it(self, site):
        printed = watch(site, "watched")
        assert [line for line in A_RUN if line in printed] == A_RUN
        run = site.run(run_named(site, "watched"))
        assert names(run["states"]) == A_RUN
        assert {each["state"] for each in run["task_runs"]} == {"Success"}
        assert names(task_run(run, "add")["states"])[-2:] == ["Running", "Success"]

    def test_its_logs_are_printed_and_readable_by_level_and_message(self, site):
        printed = follow_logs(site, "followed")
        assert "adding 10 to 4" in printed
        assert "the total is 14" in printed
        logs = site.logs(run_named(site, "followed"))
        told = {(each["level"], each["message"]) for each in logs}
        assert {("INFO", "adding 10 to 4"), ("WARNING", "the total is 14")} <= told
        assert [each["timestamp"] for each in logs] == sorted(each["timestamp"] for each in logs)


class TestRetries:
    def test_a_task_that_fails_is_tried_again_after_its_delay(self, site):
        run = site.ended(site.begun["Second try"])
        assert names(run["states"]) == A_RUN
        states = names(task_run(run, "succeed_the_second_time")["states"])
        assert [each for each in states if each != "Pending"] == [
            *("Running", "Failed", "Retrying", "Running", "Success")
        ]

    def test_a_later_retry_goes_through_the_queue(self, site):
        # Given a task whose retry is two hours away, so that its runner has left it and its run
        run_id = site.begun["Later"]
        run = site.wait(run_id, lambda run: "Retrying" in {each["state"] for each in run["task_runs"]})
        waiting = task_run(run, "succeed_later")
        assert run["state"] == "Running"
        # When the two hours are over
        state = waiting["serialized_state"] | {"start_time": "2020-01-01T00:00:00+00:00"}
        change = {"task_run_id": waiting["id"], "version": waiting["version"], "state": state}
        site.mutate("set_task_run_states", "states {status}", states=[change])
        # Then an agent takes the run, which is Running still, and the task succeeds
        run = site.ended(run_id)
        assert names(run["states"]) == A_RUN
        states = names(task_run(run, "succeed_later")["states"])
        assert states[-4:] == ["Retrying", "Submitted", "Running", "Success"]


class TestWhatCannotBeKept:
    """Its sender cannot mend it, so it costs itself: not the logs of the run, nor the end of it."""

    def test_a_name_that_is_not_utf_8_a_level_of_its_own_and_nan_cost_no_line(self, site):
        run_id = site.begun["Odd logs"]
        run = site.ended(run_id)
        told = {each["message"]: each["level"] for each in self.logs_with(site, run_id, "after")}
        assert run["state"] == "Success"
        assert told["found caf\ufffd.csv"] == "INFO"
        assert told["a level of its own"] == "INFO"
        assert {"before", "the mean is nan", "after"} <= set(told)

    def test_a_failure_with_such_a_name_ends_the_run_which_is_executed_once(self, site):
        run = site.ended(site.begun["Odd failure"])
        failed = task_run(run, "fail_oddly")
        assert names(run["states"]) == ["Scheduled", "Submitted", "Running", "Failed"]
        assert names(failed["states"])[-2:] == ["Running", "Failed"]
        assert failed["serialized_state"]["message"] == "cannot read caf\ufffd.csv"
        assert (site.core.home / "failed.txt").read_text() == "once\n"

    def test_a_result_that_is_too_large_for_its_state_does_not_end_in_a_run_that_hangs(self, site):
        run_id = site.begun["Too much"]
        run = site.ended(run_id)
        kept = task_run(run, "return_too_much")["serialized_state"]
        assert names(run["states"]) == A_RUN
        # 0.8.1 puts no result in a state that needs none.
        assert site.is_camel or "more than can be kept. Left out: _result (1,200," in kept["message"]
        # The next task had it from the process, whole.
        assert "it has 1200000 characters" in {
            each["message"] for each in self.logs_with(site, run_id, "it has 1200000 characters")
        }

    def logs_with(self, site, run_id, message):
        """The logs of a run as soon as this is among them: runners send the last ones when they end."""
        deadline = time.monotonic() + 30
        while True:
            logs = site.logs(run_id)
            if message in {each["message"] for each in logs}:
                return logs
            assert time.monotonic() < deadline, f"only {logs}"
            time.sleep(0.5)


class TestMappedTasks:
    def test_each_item_has_a_task_run_of_its_own(self, site):
        run = site.ended(site.begun["Mapped"])
        children = [each for each in run["task_runs"] if each["map_index"] >= 0]
        assert sorted(each["map_index"] for each in children) == list(range(MAPPED))
        assert {(each["task"]["name"], each["state"]) for each in children} == {("double", "Success")}
        assert task_run(run, "double")["state"] == "Mapped"
        assert run["state"] == "Success"


class TestCachedTasks:
    def test_the_second_run_takes_the_result_of_the_first(self, site):
        first = site.ended(site.begun["Cached"])
        assert task_run(first, "compute")["state"] == "Cached"
        second = site.ended(site.create_run("Cached"))
        assert second["state"] == "Success"
        assert task_run(second, "compute")["state"] == "Cached"
        assert "Running" not in names(task_run(second, "compute")["states"])
        assert (site.core.home / "computed.txt").read_text() == "once\n"


def watch(site, name):
    if site.is_camel:
        return site.core.output(*run_cloud(name), "--watch")
    return site.core.output(*run_flow(name), "--watch")


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
