"""Ten runs that are due at once, of which two may be at work at a time."""

import pytest

from tests.e2e.agents.conftest import LIMITED
from tests.e2e.agents.site import most_at_once, task_run

RUNS = 10
SLOTS = 2


def test_no_more_tasks_of_a_tag_run_at_once_and_all_end_well(site):
    # Given a limit on the tag of a task, and runs that would all be at work at once
    site.mutate("update_task_tag_limit", "id", tag=LIMITED, limit=SLOTS)
    run_ids = [site.create_run("Brief") for _ in range(RUNS)]
    # When agents and runners have done with them
    runs = [site.ended(run_id) for run_id in run_ids]
    # Then all have succeeded, some after waiting, and never have more been at work than may be
    tasks = [task_run(run, "work_briefly") for run in runs]
    assert [each["state"] for each in (*runs, *tasks)] == ["Success"] * 2 * RUNS
    assert most_at_once([each["states"] for each in tasks], "Queued") > 0
    assert most_at_once([each["states"] for each in tasks]) == SLOTS


# Runners before 0.12.1 end, and are started again half a minute later: too long for a test here.
@pytest.mark.parametrize("site", ["1.4.1"], indirect=True)
def test_no_more_runs_with_a_label_are_at_work_at_once_and_all_end_well(site):
    limited = site.mutate("update_flow_concurrency_limit", "id", name=LIMITED, limit=SLOTS)
    run_ids = [site.create_run("Second try", labels=[LIMITED]) for _ in range(RUNS)]
    runs = [site.ended(run_id) for run_id in run_ids]
    assert [run["state"] for run in runs] == ["Success"] * RUNS
    assert most_at_once([run["states"] for run in runs], "Queued") > 0
    assert most_at_once([run["states"] for run in runs]) == SLOTS
    site.mutate("delete_flow_concurrency_limit", "success", limit_id=limited["id"])
