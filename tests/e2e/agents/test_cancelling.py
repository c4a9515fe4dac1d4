"""The cancelling of a run while its runner executes a task."""

from tests.e2e.agents.site import names, task_run


def test_cancelled_running_run_is_stopped_by_its_own_runner(site):
    # Given a run whose task is Running
    run_id = site.begun["Waiting"]
    run = site.executing(run_id)
    # When the run is cancelled in the way of this release
    if site.is_camel:
        change = {"flow_run_id": run_id, "version": run["version"], "state": {"type": "Cancelled"}}
        site.mutate("set_flow_run_states", "states {status}", states=[change])
    else:
        assert site.mutate("cancel_flow_run", "state", flow_run_id=run_id) == {"state": "Cancelling"}
    # Then its runner notices and ends, the run is Cancelled, and its task does not continue
    run = site.ended(run_id)
    assert run["state"] == "Cancelled"
    site.wait(run_id, lambda _: has_process_ended(site, run_id))
    assert names(site.run(run_id)["states"])[-1] == "Cancelled"
    assert task_run(run, "wait")["state"] not in {"Running", "Success"}


def has_process_ended(site, run_id):
    """Return True if the run's process has ended."""
    return site.runner_pid(run_id) not in site.agent.runners()
