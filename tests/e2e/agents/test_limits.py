"""Concurrency limits of two slots for six runs that are due at once."""

import pytest

from tests.e2e.agents.conftest import LIMITED
from tests.e2e.agents.site import most_at_once, task_run

RUNS = 6
SLOTS = 2


def test_tag_limit_bounds_running_tasks_and_all_runs_succeed(site):
    # Given a limit on the tag of a task, and runs whose tasks would all be Running at once
    site.mutate("update_task_tag_limit", "id", tag=LIMITED, limit=SLOTS)
    run_ids = [site.create_run("Brief") for _ in range(RUNS)]
    # When all runs have ended
    runs = [site.ended(run_id) for run_id in run_ids]
    # Then all have succeeded, some after they waited, and no more than the limit were Running at once
    task_runs = [task_run(run, "work_briefly") for run in runs]
    assert [run["state"] for run in (*runs, *task_runs)] == ["Success"] * 2 * RUNS
    assert most_at_once([run["states"] for run in task_runs], "Queued") > 0
    assert most_at_once([run["states"] for run in task_runs]) == SLOTS


# Runners before 0.12.1 end, and are started again half a minute later: too long for a test here.
@pytest.mark.parametrize("site", ["1.4.1"], indirect=True)
def test_label_limit_bounds_running_runs_and_all_runs_succeed(site):
    limited = site.mutate("update_flow_concurrency_limit", "id", name=LIMITED, limit=SLOTS)
    run_ids = [site.create_run("Second try", labels=[LIMITED]) for _ in range(RUNS)]
    runs = [site.ended(run_id) for run_id in run_ids]
    assert [run["state"] for run in runs] == ["Success"] * RUNS
    assert most_at_once([run["states"] for run in runs], "Queued") > 0
    assert most_at_once([run["states"] for run in runs]) == SLOTS
    site.mutate("delete_flow_concurrency_limit", "success", limit_id=limited["id"])
