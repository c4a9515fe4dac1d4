"""Use cases of the queue: what an agent may start now."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from itertools import islice
from typing import Final

from domain.agents import NOTED_EVERY
from domain.errors import ApiError
from domain.flow_runs import FlowRun
from domain.flows import check_labels
from domain.queue import Waiting, digests_of, is_due, may_take, takes
from operations.context import Context
from operations.waiting import schedule_missed

# What an agent is given at once.
MAX_RUNS: Final = 25
# How many keys a poll looks at, and how many runs it reads, before it answers with what it has.
MAX_KEYS: Final = 2_000
MAX_READ: Final = 500
_BATCH: Final = 100
# Agents of whom a process remembers when they polled.
_REMEMBERED: Final = 10_000


def get_runs_in_queue(context: Context, before: datetime | None, labels: list[str]) -> list[str]:
    """The ids of up to MAX_RUNS runs that an agent with these labels may start, the longest due first.

    Due at `before` (now if None): flow runs in a scheduled state, and running ones of which a task run waits.
    Nothing is taken off the queue by that: who sets `Submitted` with the version that it read has the run.
    Raises BadUserInput, PayloadTooLarge, ApiError.
    """
    agent_labels = frozenset(check_labels(labels))
    due_at = before or context.now()
    found: list[str] = []
    read, size = 0, MAX_RUNS
    candidates = _candidates(context, due_at, digests_of(agent_labels))
    while len(found) < MAX_RUNS and read < MAX_READ and (batch := list(islice(candidates, size))):
        found += _fitting(context, batch, agent_labels, due_at)
        read += len(batch)
        # As much again as was read so far: most polls have enough, or nothing, after the first batch.
        size = min(read, _BATCH)
    _note_poll(context)
    return found[:MAX_RUNS]


def _candidates(context: Context, before: datetime, agent_digests: frozenset[str]) -> Iterator[Waiting]:
    """What is due and not ruled out by its key, each run once, among the first MAX_KEYS keys."""
    seen: set[str] = set()
    for each in islice(context.store.queue.due(before), MAX_KEYS):
        if each.flow_run_id not in seen and may_take(each.labels_digest, agent_digests):
            seen.add(each.flow_run_id)
            yield each


def _fitting(
    context: Context, batch: list[Waiting], agent_labels: frozenset[str], due_at: datetime
) -> list[str]:
    """Those of the batch that are due, and for this agent, as of now."""
    waiting = {each.flow_run_id: each for each in batch}
    runs = context.store.flow_runs.get(list(waiting), (), consistent=True)
    due = [run for run in runs if is_due(run, due_at, by_task=waiting[run.id].by_task)]
    _tell_labels(
        context, [run for run in due if waiting[run.id].is_unknown and not takes(run.labels, agent_labels)]
    )
    fitting = [run for run in due if takes(run.labels, agent_labels)]
    return [run.id for run in schedule_missed(context, fitting)]


def _tell_labels(context: Context, runs: list[FlowRun]) -> None:
    """Let the keys of runs that were read in vain tell their labels, so that no later poll has to."""
    with suppress(ApiError):
        context.store.queue.write_digests(runs)


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
