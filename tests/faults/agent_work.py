"""The work of agents: they poll, claim runs, and execute some of them."""

from tests.faults.flow_run_work import read_version, set_state
from tests.faults.world import LABEL_SETS

_TAKEN_AT_ONCE = 3


def work_as_agent(world, caller):
    for run in poll(caller, caller.dice.choice(LABEL_SETS))[:_TAKEN_AT_ONCE]:
        taken = claim(world, caller, run)
        if taken is not None and taken.ok:
            _execute(world, caller, run, taken.response["version"])


def poll(caller, labels, before=None):
    """Return the ids that a poll with these labels gives, due now or `before`. Empty without a response."""
    given = {"labels": list(labels), "before": before and before.isoformat()}
    done = caller.mutate(
        "get_runs_in_queue", "flow_run_ids", given, subject=",".join(labels), repeatable=True
    )
    return done.response["flow_run_ids"] if done.ok else []


def claim(world, caller, run):
    """Claim a run under the version that was read. Return None if the run is no longer free."""
    found = read_version(world, caller, run)
    if not found or found["state"] not in ("Scheduled", "Running", "Queued"):
        return None
    return set_state(world, caller, run, "Submitted", found["version"])


def _execute(world, caller, run, version):
    for type_ in ("Running", "Success"):
        done = set_state(world, caller, run, type_, version)
        if not done.ok or caller.dice.random() < 0.3:  # its process dies
            return
        given = {"flow_run_id": run}
        caller.mutate("update_flow_run_heartbeat", "success", given, subject=run, repeatable=True)
        version = done.response["version"]
