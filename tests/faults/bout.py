"""One bout: workers use failing servers and a failing table, the faults end, and checks judge the rest."""

import time
from collections import Counter
from datetime import UTC, datetime, timedelta

from tests.faults import admitted, calm
from tests.faults.backlog import add_backlog
from tests.faults.checks import claims, contents, histories, keys, leftovers, queue, responses, slots
from tests.faults.cluster import TABLE, Cluster
from tests.faults.flow_work import keep_up
from tests.faults.history import History
from tests.faults.nemesis import Nemesis
from tests.faults.report import Report
from tests.faults.table import read_table
from tests.faults.workers import Worker
from tests.faults.world import World

_CHECKS = (responses, histories, claims, keys, contents, leftovers, slots)
SERVERS, WORKERS, BACKLOG = 3, 6, 2_500
# A flow run with a waiting task run may be offered so much later, if it was not Running at the last poll.
_OFFERED_WITHIN = timedelta(minutes=11)


def fight(folder, *, seed, seconds):
    """Let workers work for some seconds, then judge the responses and the table."""
    world, history = World(), History()
    with Cluster(folder, seed, SERVERS) as cluster:
        _prepare(cluster, world, history)
        struck = _load(cluster, world, history, seed, seconds)
        cluster.misbehave(on=False)
        cluster.settle()
        cluster.kill_all()
        fallen = read_table(cluster.client(), TABLE)
        cluster.start_servers()
        caller = calm.calm_caller(cluster, history)
        calm.finish(world, caller)
        calm.leave_waiting(world, caller)
        snapshot = calm.after_recovery(cluster)
        calm.read_logs(caller)
        judged = admitted.without_runs_made_again(list(history.operations), snapshot, cluster.created_late())
        by_then = datetime.now(UTC) + _OFFERED_WITHIN
        drained = calm.drain(world, caller, by_then)
        caller.close()
        faults = _faults(cluster) + struck
    violations = [violation for check in _CHECKS for violation in check.check(judged, snapshot)]
    violations += slots.counts(fallen)
    violations += queue.check(queue.waiting_runs(snapshot, by_then), drained)
    return Report(seed, history, snapshot, faults, violations)


def _prepare(cluster, world, history):
    """Create projects, flows and a backlog before the first fault."""
    add_backlog(cluster.client(), BACKLOG)
    caller = calm.calm_caller(cluster, history)
    while len(world.flows) < 4:
        keep_up(world, caller)
    caller.close()
    cluster.misbehave(on=True)


def _load(cluster, world, history, seed, seconds):
    deadline = time.monotonic() + seconds
    nemesis = Nemesis(cluster, world, seed, deadline)
    workers = [
        Worker(f"worker {number}", cluster, world, history, seed, deadline) for number in range(WORKERS)
    ]
    busy: list[Worker | Nemesis] = [*workers, nemesis]
    for thread in busy:
        thread.start()
    for thread in busy:
        thread.join()
    return nemesis.counts


def _faults(cluster):
    counts: Counter[str] = Counter()
    for side, several in (("before the table", cluster.behind), ("before a server", cluster.before)):
        for mischief in several:
            counts.update({f"{kind.value} {side}": count for kind, count in mischief.counts.items()})
    return counts
