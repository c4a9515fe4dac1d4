"""The poll of an agent: which runs the agent may start now.

A poll is a read that also writes. It repairs the queue entries that it meets, and notes the poll:

- `requeue_abandoned` sets due runs Scheduled that wait in another state,
- `_by_their_rules` closes automatic runs that are due for too long, and moves some that have to wait,
- `_relist` moves runs that are listed under labels which they no longer have,
- `pick_running_and_move_markers` moves markers of flow runs that have no due task run,
- `_note_poll` stores when the agent polled.
"""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from itertools import islice
from typing import Final

from domain.errors import ApiError, BadUserInput
from domain.flow_runs.flow_runs import FlowRun
from domain.flows.labels import check_labels
from domain.queue.agents import NOTED_EVERY
from domain.queue.label_sets import TakableSets
from domain.queue.queue import QueueEntry, is_due, takes
from operations.access.project_limits import own_runs
from operations.context import Context
from operations.queue.requeueing import requeue_abandoned
from operations.queue.waiting_task_runs import pick_running_and_move_markers

# How many runs a poll returns.
MAX_RUNS_A_POLL: Final = 25
# The most entries that a poll reads before it returns what it has found. It reads an entry in vain only if
# the run changed a moment ago, or if the poll then moves the entry, so that no later poll meets it.
MAX_READ_A_POLL: Final = 500
# … and the most before an agent whose caller is limited to some projects looks for the runs of these alone.
MAX_READ_OF_ALL: Final = 100
_BATCH: Final = 100
# How many markers a poll looks at, and how many keys of the queue it passes. A thousand useless markers (of
# runs that were Running and have all ended at once) are moved by the polls that meet them. They keep no poll
# from the flow runs that are due behind them.
MAX_MARKERS: Final = 100
MAX_KEYS_A_POLL: Final = 10_000
# How many agents' last poll times one process caches.
_CACHED_AGENTS: Final = 10_000


def get_runs_in_queue(context: Context, before: datetime | None, labels: list[str]) -> list[str]:
    """Return the ids of up to MAX_RUNS_A_POLL runs that an agent may start, the longest due first.

    `labels` are the agent's. A run is due at `before`, or now if `before` is None: a flow run in a scheduled
    state, or a Running flow run with a waiting task run. The poll takes no run off the queue. An agent gets a
    run by setting it Submitted with the version that it read. The poll repairs entries, as the module says.
    Raises BadUserInput, PayloadTooLarge, ApiError.
    """
    agent_labels = frozenset(check_labels(labels))
    due_at = before or context.now()
    found: list[str] = []
    read, flow_runs_read, size = 0, 0, MAX_RUNS_A_POLL
    if not context.store.is_current:  # an earlier release listed waiting runs elsewhere
        context.store.queue.take_over(due_at, context.now())
    candidates = _candidates(context, due_at, agent_labels)
    most = MAX_READ_A_POLL if context.caller.projects is None else MAX_READ_OF_ALL
    while len(found) < MAX_RUNS_A_POLL and (batch := list(islice(candidates, size))):
        found += _pick_and_repair(context, batch, agent_labels, due_at)
        read += len(batch)
        flow_runs_read += sum(not entry.is_marker for entry in batch)
        # A batch is as large as all before it, because most polls have enough, or nothing, after the first.
        size = min(max(flow_runs_read, MAX_RUNS_A_POLL), _BATCH, max(0, most - read))
    if context.caller.projects is not None and len(found) < MAX_RUNS_A_POLL and read >= most:
        found += _behind_others(context, agent_labels, due_at)
    _note_poll(context)
    return list(dict.fromkeys(found))[:MAX_RUNS_A_POLL]


def _candidates(context: Context, before: datetime, agent_labels: frozenset[str]) -> Iterator[QueueEntry]:
    """Yield each entry once that is due by its key and has labels of the agent; of markers only the first."""
    seen: set[QueueEntry] = set()
    markers = 0
    due = context.store.queue.due(TakableSets(agent_labels), before, context.now())
    for entry in islice(due, MAX_KEYS_A_POLL):
        markers += entry.is_marker
        if entry not in seen and not (entry.is_marker and markers > MAX_MARKERS):
            seen.add(entry)
            yield entry


def _behind_others(context: Context, agent_labels: frozenset[str], due_at: datetime) -> list[str]:
    """Return runs of the caller's projects that wait in the queue behind many of other projects."""
    from operations.reads.due_runs import due_runs, running_ids  # noqa: PLC0415  (few polls need it)

    found: list[str] = []
    with suppress(BadUserInput):  # too many runs of these projects to look at in one poll
        waiting = due_runs(context, due_at, _BATCH, agent_labels)
        entries = [QueueEntry(run.id, is_marker=False) for run in waiting]
        found += _pick_and_repair(context, entries, agent_labels, due_at)
        entries = [QueueEntry(run_id, is_marker=True) for run_id in running_ids(context, MAX_MARKERS)]
        found += _pick_and_repair(context, entries, agent_labels, due_at)
    return found


def _pick_and_repair(
    context: Context, batch: list[QueueEntry], agent_labels: frozenset[str], due_at: datetime
) -> list[str]:
    """Return the ids of a batch that the agent may start, as of now. Repair the entries of the others.

    Entries of projects that the caller may not see are left as they are.
    """
    flow_run_ids = list(dict.fromkeys(entry.flow_run_id for entry in batch))
    runs = own_runs(context, context.store.flow_runs.get(flow_run_ids, (), consistent=True))
    marked = {entry.flow_run_id for entry in batch if entry.is_marker}
    if context.caller.projects is not None:
        marked &= {run.id for run in runs}
    waiting = {entry.flow_run_id for entry in batch if not entry.is_marker}
    due = [run for run in runs if run.id in waiting and is_due(run, due_at)]
    _relist(context, [run for run in due if not takes(run.labels, agent_labels)])
    due = _by_their_rules(context, [run for run in due if takes(run.labels, agent_labels)])
    scheduled = requeue_abandoned(context, due)
    picked = {run.id for run in scheduled}
    if marked:
        picked |= pick_running_and_move_markers(context, marked, runs, agent_labels, due_at)
    return [flow_run_id for flow_run_id in flow_run_ids if flow_run_id in picked]


def _by_their_rules(context: Context, due: list[FlowRun]) -> list[FlowRun]:
    """Close the due runs that are too late, and move those that would be started in vain."""
    if context.schedule_late_after is None and all(run.rules is None for run in due):
        return due
    from operations.flow_runs.beginning import without_refused  # noqa: PLC0415
    from operations.flow_runs.skipping import without_late  # noqa: PLC0415

    return without_refused(context, without_late(context, due))


def _relist(context: Context, runs: list[FlowRun]) -> None:
    """List runs under the labels that they have, for later polls. Ignore a failure of the service."""
    with suppress(ApiError):
        context.store.queue.relist(runs)


def _note_poll(context: Context) -> None:
    """Store when the agent polled, unless this process stored it a moment ago.

    The cache of the process only saves writes. The condition of the write keeps the notes rare. A poll does
    not fail if the note cannot be written.
    """
    agent_id, polled, now = context.agent_id, context.polled, context.now()
    if agent_id is None or (agent_id in polled and now - polled[agent_id] < NOTED_EVERY):
        return
    with suppress(ApiError):
        context.store.agents.note_poll(agent_id, now)
        if len(polled) >= _CACHED_AGENTS:
            polled.clear()
        polled[agent_id] = now
