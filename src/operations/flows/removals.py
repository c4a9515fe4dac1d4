"""What recovery does about a flow or project that was marked: it ends the deletion, then takes late arrivals.

A run is created by one write, which has no condition on its flow: a request that read the flow before it was
archived may write after its runs were listed. And an index may show a version, or a run, a moment late. So
what is deleted is looked at once more when no request can bring more.
"""

from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import Final

from domain.flow_runs.flow_runs import FlowRun
from domain.ids import first_id_at
from domain.recovery.follow_ups import LONGEST_REQUEST, Removal
from operations.context import Context
from operations.flow_runs.cancelling import GoOn
from operations.flows.deleting import Piece, Unfinished, delete_runs, delete_version, flows_of
from operations.reads.plans.spans import SKEW

_BATCH: Final = 50


def finish_removal(context: Context, removal: Removal, go_on: GoOn, done: Counter[str]) -> bool:
    """Go on with one deletion by a piece; answers whether nothing is left to do for now.

    What ends it puts the marker anew. Of what was gone already the marker goes, after what came late. `done`
    counts the runs that were deleted.
    """
    piece = Piece(removal.id, go_on)
    finish = _finish_project if removal.group_id is None else _finish_flow
    try:
        finish(context, removal, piece)
    except Unfinished:
        return False
    finally:
        done["deleted"] += piece.runs
    return True


def _finish_flow(context: Context, removal: Removal, piece: Piece) -> None:
    flows = context.store.flows.get([removal.id])
    for flow in flows:
        delete_version(context, flow, piece)
    if not flows:
        delete_runs(context, _late_runs(context, removal), piece)
        context.store.removals.forget(removal)


def _finish_project(context: Context, removal: Removal, piece: Piece) -> None:
    is_there = bool(context.store.projects.get([removal.id]))
    _delete_flows(context, removal.id, piece)
    if is_there:
        context.store.projects.delete(removal.id, context.now())
    else:
        context.store.removals.forget(removal)


def _delete_flows(context: Context, project_id: str, piece: Piece) -> None:
    """Delete the flows of a project. Raises the error of one that fails, when the others had their turn."""
    flows, are_all = flows_of(context, project_id)
    errors: list[Exception] = []
    for flow in flows:
        try:
            delete_version(context, flow, piece)
        except Exception as error:  # noqa: BLE001
            errors.append(error)
    for first in sorted(errors, key=lambda each: isinstance(each, Unfinished)):
        raise first
    if not are_all:
        raise piece.unfinished()


def _late_runs(context: Context, removal: Removal) -> Iterator[list[FlowRun]]:
    """The runs of a deleted flow that were created around its archiving, the last ones that can be."""
    last = removal.archived or removal.at
    lower, upper = first_id_at(last - LONGEST_REQUEST - SKEW), first_id_at(last + SKEW)
    ranges = context.store.run_lists.of_group(removal.group_id or "", lower, upper)
    ids = context.store.run_lists.ids(ranges, descending=False)
    while batch := list(islice(ids, _BATCH)):
        found = context.store.flow_runs.get(batch, (), consistent=True)
        yield [run for run in found if run.flow_id == removal.id]
