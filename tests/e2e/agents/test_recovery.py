"""Runners that are killed, with no chance to say so; the server waits a few seconds for signs of life."""

import os
import signal

import pytest

from tests.e2e.agents.conftest import RELEASES, open_site
from tests.e2e.agents.site import names, task_run

# The settings of make run, but for these seconds; runners beat each second.
QUICK = {"HEARTBEAT_TIMEOUT": "6", "RESCHEDULE_AFTER": "7", "RECOVERY_INTERVAL": "1"}


@pytest.fixture(scope="module", params=RELEASES)
def impatient(request, tmp_path_factory):
    """Two runs whose runners were killed while a task was at work: one of a task that has a retry left."""
    home = tmp_path_factory.mktemp(f"recovery-{request.param}")
    with open_site(request.param, home, ("Waiting", "Waiting at first"), **QUICK) as site:
        for run_id in site.begun.values():
            site.executing(run_id)
        runners = [site.runner_pid(run_id) for run_id in site.begun.values()]
        assert set(runners) <= site.agent.runners()
        for pid in runners:
            os.kill(pid, signal.SIGKILL)
        yield site


def test_a_task_with_a_retry_left_is_tried_again_and_succeeds(impatient):
    run = impatient.ended(impatient.begun["Waiting at first"])
    assert names(run["states"]) == ["Scheduled", "Submitted", "Running", "Success"]
    states = names(task_run(run, "wait_the_first_time")["states"])
    assert states[-5:] == ["Running", "Retrying", "Submitted", "Running", "Success"]


def test_a_task_without_retries_has_failed_and_its_run_with_it(impatient):
    run_id = impatient.begun["Waiting"]
    run = impatient.ended(run_id)
    assert names(task_run(run, "wait")["states"])[-2:] == ["Running", "Failed"]
    # The run was given to an agent once more: its own runner says how it ended.
    assert names(run["states"]) == [*["Scheduled", "Submitted", "Running"] * 2, "Failed"]
    assert any("lost" in each["message"] for each in impatient.logs(run_id))
