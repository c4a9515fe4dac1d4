"""A run that is cancelled while its runner is at work."""

from tests.e2e.agents.site import names, task_run


def test_a_running_flow_is_stopped_by_its_own_runner(site):
    # Given a run whose task is at work
    run_id = site.begun["Waiting"]
    run = site.executing(run_id)
    # When it is cancelled, as that release's users do it
    if site.is_camel:
        change = {"flow_run_id": run_id, "version": run["version"], "state": {"type": "Cancelled"}}
        site.mutate("set_flow_run_states", "states {status}", states=[change])
    else:
        assert site.mutate("cancel_flow_run", "state", flow_run_id=run_id) == {"state": "Cancelling"}
    # Then the runner finds out, ends, and with it the run; no task of it goes on
    run = site.ended(run_id)
    assert run["state"] == "Cancelled"
    site.wait(run_id, lambda _: is_gone(site, run_id))
    assert names(site.run(run_id)["states"])[-1] == "Cancelled"
    assert task_run(run, "wait")["state"] not in {"Running", "Success"}


def is_gone(site, run_id):
    """Return True if the run's process has ended."""
    return site.runner_pid(run_id) not in site.agent.runners()
