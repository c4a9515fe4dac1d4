"""Markers: the one entry that the queue has of a flow run, however many of its task runs wait.

A marker is put before a task run waits. So it may stand for a task run that does not wait yet, or no longer
waits. A poll that meets a marker looks at the task runs, and moves the marker to the time at which it is next
of use. Another request may have found the marker good and left it. So a poll does not remove a marker, or
move it far, soon after it was put.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from domain.flow_runs.flow_runs import FlowRun
from domain.flow_runs.states import Kind
from domain.queue.label_sets import labels_digest
from domain.recovery.follow_ups import LONGEST_REQUEST

# A marker that was put this recently is not put again, because many task runs of a mapped task wait at once.
FRESH: Final = timedelta(seconds=20)
# After this time, every request that found the marker good has written its task run.
SETTLED: Final = FRESH + LONGEST_REQUEST + timedelta(seconds=10)
# A fresh marker without a task run is met again after this time, because its task run may be written by then.
SOON: Final = timedelta(seconds=15)
# The marker of a flow run that was never Running is met again after a time between these two.
LATER: Final = timedelta(minutes=1)
MUCH_LATER: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Marker:
    """The marker of a flow run: the digest of its labels, and the time from which polls meet it.

    `touched` is the time at which a request last put it for a task run.
    """

    flow_run_id: str
    digest: str
    due: datetime
    touched: datetime


def marker_before_waiting(marker: Marker | None, flow_run: FlowRun, due: datetime, now: datetime) -> Marker:
    """Return the marker that must be there before a task run of this flow run waits until `due`.

    This is the given marker itself if it is good enough.
    """
    digest = labels_digest(flow_run.labels)
    if marker is None:
        return Marker(flow_run.id, digest, due, now)
    if marker.digest == digest and marker.due <= due and now - marker.touched < FRESH:
        return marker
    return Marker(flow_run.id, digest, min(marker.due, due), max(marker.touched, now))


def marker_while_waiting(marker: Marker | None, flow_run: FlowRun, due: datetime, now: datetime) -> Marker:
    """Return the marker that must be there while a task run of a Running flow run waits until `due`.

    This is the given marker itself if a poll will meet it in time.
    """
    good = marker is not None and marker.digest == labels_digest(flow_run.labels)
    if marker is not None and good and marker.due <= max(due, now) + LATER:
        return marker
    return marker_before_waiting(marker, flow_run, due, now)


def relabelled_marker(marker: Marker, flow_run: FlowRun) -> Marker:
    """Return the marker with the digest of the labels that its flow run has."""
    return replace(marker, digest=labels_digest(flow_run.labels))


def marker_after_look(
    marker: Marker, flow_run: FlowRun | None, first: datetime | None, now: datetime
) -> Marker | None:
    """Return the marker as it should be after a poll met it in vain; None if it is of no use any more.

    `first` is the start time of the first waiting task run of the flow run; None if no task run waits. A
    request that sets the flow run Running again puts the marker again. So the marker is of no use while a
    flow run that was Running waits or is paused. The marker of a flow run that was never Running is met less
    and less often.
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
    return None if due is None else replace(relabelled_marker(marker, flow_run), due=due)


def may_have_waiting(flow_run: FlowRun) -> bool:
    """Return True if task runs of a flow run may wait, because the flow run was Running or ended before."""
    ended = any(entry.state.kind is Kind.FINISHED for entry in flow_run.history)
    return ended or flow_run.start_time is not None or flow_run.end_time is not None
