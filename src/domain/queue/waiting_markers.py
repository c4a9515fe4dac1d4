"""Markers of flow runs of which task runs wait: however many do, the queue has one entry of the flow run.

A marker is put before a task run waits, so it may tell of one that does not wait yet, or no more: whoever
meets it looks, and moves it to where it is of use next. A request that found it good leaves it as it is,
so none goes away, or far, soon after it was put.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from domain.flow_runs.flow_runs import FlowRun
from domain.flow_runs.states import Kind
from domain.queue.queue import labels_digest
from domain.recovery.follow_ups import LONGEST_REQUEST

# Who finds a marker put so recently does not put it again: many task runs of a mapped task wait at once.
FRESH: Final = timedelta(seconds=20)
# After so long, nobody who found it good is about to write the task run for which it stands.
SETTLED: Final = FRESH + LONGEST_REQUEST + timedelta(seconds=10)
# When a marker is met next of which nothing has come yet: a task run may be written for it meanwhile.
SOON: Final = timedelta(seconds=15)
# And one whose flow run has not been Running yet: at first, and at the latest.
LATER: Final = timedelta(minutes=1)
MUCH_LATER: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Marker:
    """Under which labels, and from which time on, the queue has a flow run of which task runs wait.

    `touched` is when somebody put it, for a task run that was to wait.
    """

    flow_run_id: str
    digest: str
    due: datetime
    touched: datetime


def raised(marker: Marker | None, flow_run: FlowRun, due: datetime, now: datetime) -> Marker:
    """Return the marker as it must be before a task run of this flow run waits until `due`.

    That is the marker itself where it is good enough.
    """
    digest = labels_digest(flow_run.labels)
    if marker is None:
        return Marker(flow_run.id, digest, due, now)
    if marker.digest == digest and marker.due <= due and now - marker.touched < FRESH:
        return marker
    return Marker(flow_run.id, digest, min(marker.due, due), max(marker.touched, now))


def kept(marker: Marker | None, flow_run: FlowRun, due: datetime, now: datetime) -> Marker:
    """Return the marker as it must be while a task run of a Running flow run waits until `due`.

    That is the marker itself where a poll will meet it in time.
    """
    good = marker is not None and marker.digest == labels_digest(flow_run.labels)
    if marker is not None and good and marker.due <= max(due, now) + LATER:
        return marker
    return raised(marker, flow_run, due, now)


def relabelled(marker: Marker, flow_run: FlowRun) -> Marker:
    """Return the marker under the labels that its flow run has."""
    return replace(marker, digest=labels_digest(flow_run.labels))


def after_look(
    marker: Marker, flow_run: FlowRun | None, first: datetime | None, now: datetime
) -> Marker | None:
    """Return the marker as it should be after it was met in vain; None where it is of no use any more.

    `first` is when the first task run of the flow run starts that waits; None when none does. Whoever sets
    a flow run Running once more raises its marker again, so it is of no use while the run waits or is paused.
    Before the first time, it is met less and less often.
    """
    if flow_run is None:
        return None
    quiet = now - marker.touched
    met = max(marker.due, now)
    if flow_run.state.type == "Running":
        due = first
    elif may_have_waiting(flow_run):
        due = None
    else:
        due = met + min(max(LATER, quiet), MUCH_LATER)
    if quiet < SETTLED:
        due = min(due or met + SOON, met + SOON)
    return None if due is None else replace(relabelled(marker, flow_run), due=due)


def may_have_waiting(flow_run: FlowRun) -> bool:
    """Whether task runs may wait of a flow run that is to be Running: it was before, or has ended before."""
    ended = any(entry.state.kind is Kind.FINISHED for entry in flow_run.history)
    return ended or flow_run.start_time is not None or flow_run.end_time is not None
