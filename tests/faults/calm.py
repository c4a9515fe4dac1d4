"""The time after the last fault: work is finished, recovery acts, agents empty the queue."""

import json
import random
import time

from tests.faults import agent_work
from tests.faults.caller import Caller
from tests.faults.checks import leftovers, slots
from tests.faults.checks.queue import Drained
from tests.faults.cluster import RESCHEDULE_AFTER, TABLE, TICK
from tests.faults.flow_run_work import set_state
from tests.faults.history import Outcome
from tests.faults.table import read_table
from tests.faults.world import LABEL_SETS

# A deletion of many runs must be sent many times.
_TIMES = 50
_WAITING = 6
_LOGS_READ = 50
# Recovery counts silence from its first tick after a pause.
_AT_LEAST = RESCHEDULE_AFTER + 3 * TICK
# Reached only if something is wrong or the machine is busy.
_AT_MOST = 90


def calm_caller(cluster, history):
    return Caller("calm", [proxy.port for proxy in cluster.fronts], history, random.Random(0))


def finish(world, caller):
    """Send mutations of unknown outcome again until it is known. Raise AssertionError if it stays unknown."""
    for (mutation, subject), given in list(world.unfinished.items()):
        for _ in range(_TIMES):
            done = caller.mutate(mutation, "success", given, subject=subject)
            if done.outcome is not Outcome.UNKNOWN:
                break
        else:
            raise AssertionError(f"{mutation} {json.dumps(given)} never came to its end: {done}")


def leave_waiting(world, caller):
    """Create some waiting runs for each kind of agent."""
    for number in range(_WAITING):
        for labels in LABEL_SETS:
            name = f"waiting {number} {','.join(labels)}"
            given = {"flow_id": world.flows[-1], "labels": list(labels), "flow_run_name": name}
            caller.mutate("create_flow_run", "id", given)


def after_recovery(cluster):
    """Return the table as soon as it has nothing that a tick of recovery would mend."""
    begun = time.monotonic()
    time.sleep(_AT_LEAST)
    while True:
        snapshot = read_table(cluster.client(), TABLE)
        mended = not any(slots.check([], snapshot)) and not any(leftovers.check([], snapshot))
        if mended or time.monotonic() - begun > _AT_MOST:
            return snapshot
        time.sleep(TICK)


def read_logs(caller):
    """Read the logs of runs whose batches were sent again after an unknown outcome."""
    query = "query($run: UUID!) { log(where: {flow_run_id: {_eq: $run}}) { message } }"
    batches = (operation for operation in caller.history.operations if operation.kind == "write_run_logs")
    again = dict.fromkeys(operation.subject for operation in batches if operation.outcome is Outcome.UNKNOWN)
    for run in list(again)[-_LOGS_READ:]:
        caller.ask("log", query, subject=run, run=run)


def drain(world, caller, before):
    """Poll with each set of labels until nothing comes. Return the runs that each poll gave."""
    drained = []
    for labels in LABEL_SETS:
        given = {}
        while fresh := [run for run in agent_work.poll(caller, labels, before) if run not in given]:
            for run in fresh:
                given[run] = _take(world, caller, run)
        drained.append(Drained(labels, list(given)))
    return drained


def _take(world, caller, run):
    """Claim a run and end it, so that the next agent does not get it."""
    done = agent_work.claim(world, caller, run)
    if done is not None and done.ok:
        done = set_state(world, caller, run, "Success", done.response["version"])
    return done is not None and done.ok
