"""Recovery of runs whose runners were killed, with a heartbeat timeout of a few seconds."""

import os
import signal

import pytest

from tests.e2e.agents.conftest import RELEASES, open_site
from tests.e2e.agents.site import names, names_without_slow_starts, task_run

# Short timeouts, because runners send a heartbeat every second here. Other settings are those of `make run`.
QUICK = {"HEARTBEAT_TIMEOUT": "6", "RESCHEDULE_AFTER": "7", "RECOVERY_INTERVAL": "1"}


@pytest.fixture(scope="module", params=RELEASES)
def site_of_killed_runners(request, tmp_path_factory):
    """Yield a site with two runs whose runners were killed in a task. One of the tasks has a retry left."""
    home = tmp_path_factory.mktemp(f"recovery-{request.param}")
    with open_site(request.param, home, ("Waiting", "Waiting at first"), **QUICK) as site:
        for run_id in site.begun.values():
            site.executing(run_id)
        runners = [site.runner_pid(run_id) for run_id in site.begun.values()]
        assert set(runners) <= site.agent.runners()
        for pid in runners:
            os.kill(pid, signal.SIGKILL)
        yield site


def test_task_of_a_killed_runner_with_a_retry_left_is_retried(site_of_killed_runners):
    run = site_of_killed_runners.ended(site_of_killed_runners.begun["Waiting at first"])
    assert names_without_slow_starts(run["states"]) == ["Scheduled", "Submitted", "Running", "Success"]
    states = names(task_run(run, "wait_the_first_time")["states"])
    assert states[-5:] == ["Running", "Retrying", "Submitted", "Running", "Success"]


def test_task_of_a_killed_runner_without_retries_fails_with_its_run(site_of_killed_runners):
    run_id = site_of_killed_runners.begun["Waiting"]
    run = site_of_killed_runners.ended(run_id)
    assert names(task_run(run, "wait")["states"])[-2:] == ["Running", "Failed"]
    # An agent got the run once more, because its own runner sets the last state.
    assert names_without_slow_starts(run["states"]) == [*["Scheduled", "Submitted", "Running"] * 2, "Failed"]
    assert any("lost" in line["message"] for line in site_of_killed_runners.logs(run_id))
