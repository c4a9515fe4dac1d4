"""The part of recovery that finishes the deletion of marked flows and projects, and deletes late arrivals.

A run is created by one write that has no condition on its flow. So a request that read the flow before it was
archived may create a run after the deletion has listed the flow's runs. An index may also list a version or a
run late. So recovery looks once more for runs and versions when no request can create any.
"""

from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import Final

from domain.flow_runs.flow_runs import FlowRun
from domain.ids import first_id_at
from domain.recovery.follow_ups import LONGEST_REQUEST, Removal
from operations.context import Context
from operations.flow_runs.cancelling import HasTime
from operations.flows.deleting import (
    DeletionPiece,
    Unfinished,
    delete_notes_of_schedule,
    delete_runs,
    delete_version,
    flows_of,
)
from operations.reads.plans.spans import SKEW

_BATCH: Final = 50


def finish_removal(context: Context, removal: Removal, has_time: HasTime, done: Counter[str]) -> bool:
    """Continue one deletion by a piece. Return True if nothing is left to do for now.

    A deletion that ends here puts its marker again. If the flow or project was already gone, the marker is
    deleted after the late arrivals. `done` counts the deleted runs.
    """
    piece = DeletionPiece(removal.id, has_time)
    finish = _finish_project if removal.group_id is None else _finish_flow
    try:
        finish(context, removal, piece)
    except Unfinished:
        return False
    finally:
        done["deleted"] += piece.runs
    return True


def _finish_flow(context: Context, removal: Removal, piece: DeletionPiece) -> None:
    flows = context.store.flows.get([removal.id])
    for flow in flows:
        delete_version(context, flow, piece)
    if not flows:
        delete_runs(context, _late_runs(context, removal), piece)
        group_id = removal.group_id or ""
        if not context.store.flows.groups([group_id], whole=False):  # nor registered again
            context.store.turns.delete(group_id)
            delete_notes_of_schedule(context, group_id, piece)
        context.store.removals.forget(removal)


def _finish_project(context: Context, removal: Removal, piece: DeletionPiece) -> None:
    is_there = bool(context.store.projects.get([removal.id]))
    _delete_flows(context, removal.id, piece)
    if is_there:
        context.store.projects.delete(removal.id, context.now())
    else:
        context.store.removals.forget(removal)


def _delete_flows(context: Context, project_id: str, piece: DeletionPiece) -> None:
    """Delete the flows of a project. Raise the error of a flow only after all others had their turn."""
    flows, are_all = flows_of(context, project_id)
    errors: list[Exception] = []
    for flow in flows:
        try:
            delete_version(context, flow, piece)
        except Exception as error:  # noqa: BLE001  (one bad flow must not keep the others)
            errors.append(error)
    for first in sorted(errors, key=lambda error: isinstance(error, Unfinished)):
        raise first
    if not are_all:
        raise piece.unfinished()


def _late_runs(context: Context, removal: Removal) -> Iterator[list[FlowRun]]:
    """Yield the runs of a deleted flow that were created around its archiving; no run is created later."""
    last = removal.archived or removal.at
    lower, upper = first_id_at(last - LONGEST_REQUEST - SKEW), first_id_at(last + SKEW)
    ranges = context.store.run_lists.of_group(removal.group_id or "", lower, upper)
    ids = context.store.run_lists.ids(ranges, descending=False)
    while batch := list(islice(ids, _BATCH)):
        runs = context.store.flow_runs.get(batch, (), consistent=True)
        yield [run for run in runs if run.flow_id == removal.id]
