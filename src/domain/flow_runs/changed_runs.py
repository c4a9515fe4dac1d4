"""A run after one change, whatever other writers have changed since.

The client that changes a run goes on with the version and the state in the response. So the response is of
that change alone: of a run that was read later, only the parts that belong to the change are used.
"""

from dataclasses import replace
from typing import TypeVar

from domain.flow_runs.flow_runs import FlowRun
from domain.flow_runs.histories import HistoryEntry
from domain.task_runs.task_runs import TaskRun

Run = TypeVar("Run", bound=FlowRun | TaskRun)


def run_at_version(run: Run, version: int) -> Run:
    """Return a run, read with its whole history, as it was at one of its versions.

    Columns outside the history, such as the name, have the values that were read.
    """
    history = tuple(entry for entry in run.history if entry.version <= version)
    starts = [entry.timestamp for entry in history if entry.state.type == "Running"]
    ends = [entry.timestamp for entry in history if entry.state.ends_run]
    return replace(
        run,
        version=version,
        updated=history[-1].timestamp,
        start_time=starts[0] if starts else None,
        end_time=ends[-1] if ends else None,
        history=history,
    )


def with_parts_of_later_read(changed: Run, read: Run) -> Run:
    """Return a run as a change left it, completed by the parts of a later read.

    These parts are the heartbeat, the inputs of a flow run, and the states before those in `changed`.
    """
    first = changed.history[0].version
    before = [entry for entry in read.history if entry.version < first]
    history: tuple[HistoryEntry, ...] = (*before, *changed.history)
    whole = replace(changed, heartbeat=read.heartbeat, history=history)
    if isinstance(whole, FlowRun) and isinstance(read, FlowRun):
        return replace(whole, inputs=read.inputs)
    return whole
