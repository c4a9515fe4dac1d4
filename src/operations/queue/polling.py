"""Use cases of the queue: what an agent may start now."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from itertools import islice
from typing import Final

from domain.errors import ApiError
from domain.flow_runs.flow_runs import FlowRun
from domain.flows.labels import check_labels
from domain.queue.agents import NOTED_EVERY
from domain.queue.queue import QueueEntry, TakableSets, is_due, takes
from operations.context import Context
from operations.queue.requeueing import requeue_abandoned
from operations.queue.waiting_task_runs import with_due_task_runs

# What an agent is given at once.
MAX_RUNS_A_POLL: Final = 25
# How many runs a poll reads before it answers with what it has: only of those that changed a moment ago, or
# are moved so that no later poll meets them, are any read in vain.
MAX_READ_A_POLL: Final = 500
_BATCH: Final = 100
# How many markers a poll looks at, and how many keys of whatever waits it passes: a thousand markers that are
# of no use (of as many runs that were Running and have ended at once) are moved by the polls that meet them,
# and keep none of those from the flow runs that are due behind them.
MAX_MARKERS: Final = 100
MAX_KEYS_A_POLL: Final = 10_000
# Agents of whom a process remembers when they polled.
_REMEMBERED: Final = 10_000


def get_runs_in_queue(context: Context, before: datetime | None, labels: list[str]) -> list[str]:
    """The ids of up to MAX_RUNS_A_POLL runs that an agent with these labels may start, the longest due first.

    Due at `before` (now if None): flow runs in a scheduled state, and running ones of which a task run waits.
    Nothing is taken off the queue by that: who sets `Submitted` with the version that it read has the run.
    Raises BadUserInput, PayloadTooLarge, ApiError.
    """
    agent_labels = frozenset(check_labels(labels))
    due_at = before or context.now()
    found: list[str] = []
    read, by_themselves, size = 0, 0, MAX_RUNS_A_POLL
    if not context.store.is_current:  # an earlier release listed what waits elsewhere
        context.store.queue.take_over(due_at, context.now())
    candidates = _candidates(context, due_at, agent_labels)
    while (
        len(found) < MAX_RUNS_A_POLL and read < MAX_READ_A_POLL and (batch := list(islice(candidates, size)))
    ):
        found += _fitting(context, batch, agent_labels, due_at)
        read += len(batch)
        by_themselves += sum(not each.is_marker for each in batch)
        # As many again as were read so far: most polls have enough, or nothing, after the first batch.
        size = min(max(by_themselves, MAX_RUNS_A_POLL), _BATCH)
    _note_poll(context)
    return list(dict.fromkeys(found))[:MAX_RUNS_A_POLL]


def _candidates(context: Context, before: datetime, agent_labels: frozenset[str]) -> Iterator[QueueEntry]:
    """What waits with labels that fit and is due by its key, each once; of markers no more than the first."""
    seen: set[QueueEntry] = set()
    markers = 0
    due = context.store.queue.due(TakableSets(agent_labels), before, context.now())
    for each in islice(due, MAX_KEYS_A_POLL):
        markers += each.is_marker
        if each not in seen and not (each.is_marker and markers > MAX_MARKERS):
            seen.add(each)
            yield each


def _fitting(
    context: Context, batch: list[QueueEntry], agent_labels: frozenset[str], due_at: datetime
) -> list[str]:
    """Those of the batch that are due, and for this agent, as of now."""
    flow_run_ids = list(dict.fromkeys(each.flow_run_id for each in batch))
    runs = context.store.flow_runs.get(flow_run_ids, (), consistent=True)
    marked = {each.flow_run_id for each in batch if each.is_marker}
    waiting = {each.flow_run_id for each in batch if not each.is_marker}
    due = [run for run in runs if run.id in waiting and is_due(run, due_at)]
    fitting = [run for run in due if takes(run.labels, agent_labels)]
    _relabel(context, [run for run in due if not takes(run.labels, agent_labels)])
    able = {run.id for run in requeue_abandoned(context, fitting)}
    if marked:
        able |= with_due_task_runs(context, marked, runs, agent_labels, due_at)
    return [each for each in flow_run_ids if each in able]


def _relabel(context: Context, runs: list[FlowRun]) -> None:
    """Let runs that stood under labels which they do not have wait where they belong, for later polls."""
    with suppress(ApiError):
        context.store.queue.write_places(runs)


def _note_poll(context: Context) -> None:
    """Note that the agent polled, unless this process did a moment ago.

    What the process remembers only saves writes: the write's own condition keeps them rare. A poll does not
    fail for want of its note.
    """
    agent_id, polled, now = context.agent_id, context.polled, context.now()
    if agent_id is None or (agent_id in polled and now - polled[agent_id] < NOTED_EVERY):
        return
    with suppress(ApiError):
        context.store.agents.note_poll(agent_id, now)
        if len(polled) >= _REMEMBERED:
            polled.clear()
        polled[agent_id] = now
