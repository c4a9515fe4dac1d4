"""Use cases that delete flows and projects with all their runs, a bounded piece at a time.

A flow or project is marked before its deletion begins, so that recovery continues a deletion that no client
repeats.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Final

from domain.errors import ApiError, NotFound
from domain.flow_runs.flow_runs import FlowRun
from domain.flows.flows import Flow
from domain.rounds import ROUNDS, changed_too_often
from operations.context import Context
from operations.flow_runs.cancelling import HasTime, always, as_far_as_a_request_goes
from operations.flow_runs.deleting import delete_run
from operations.flows.archiving import archive_flow
from operations.flows.finding import get_flow, group_of
from operations.reads.plans.flow_runs.run_ranges import ranges_of_version
from operations.reads.plans.spans import Span

# The bounds of one request, and of one piece that recovery deletes. The next one continues.
MAX_DELETED_RUNS: Final = 200
MAX_DELETED_FLOWS: Final = 50
_BATCH: Final = 100
# More than MAX_DELETED_FLOWS, because an index may still list flows that other requests have deleted.
_LISTED: Final = 500


class Unfinished(ApiError):
    """One piece is deleted and more is left: a repeat continues from there."""


@dataclass(slots=True)
class DeletionPiece:
    """A bounded piece of the deletion of `subject`, with counts of its deleted runs and flows.

    `has_time` returns False when time is up.
    """

    subject: str
    has_time: HasTime = always
    runs: int = 0
    flows: int = 0

    def take_flow(self) -> None:
        """Count another flow. Raises Unfinished if the piece is full."""
        if self.flows >= MAX_DELETED_FLOWS:
            raise self.unfinished()
        self.check_time()
        self.flows += 1

    def check_time(self) -> None:
        """Raise Unfinished if no time is left."""
        if not self.has_time():
            raise self.unfinished()

    def unfinished(self) -> Unfinished:
        """Return the error that tells the client to repeat the request."""
        return Unfinished(
            f"{self.subject} is being deleted, and more is left of it than one request deletes "
            f"({MAX_DELETED_RUNS} runs, {MAX_DELETED_FLOWS} flows); send it again until it is done."
        )


def delete_flow(context: Context, flow_id: str) -> bool:
    """Delete a version of a flow with its runs. Return False if there is no such flow.

    The flow is marked first, so that recovery finishes a deletion that no client repeats. Then it is
    archived, so that no run is added. Raises ApiError if more is left than one request deletes; a repeat
    continues from there.
    """
    found = context.store.flows.get([flow_id])
    for flow in found:
        context.store.removals.begin(flow, context.now())
        delete_version(context, flow, _piece(context, f"Flow {flow_id}"))
    return bool(found)


def delete_project(context: Context, project_id: str) -> bool:
    """Delete a project with its flows and their runs. Return False if there is no such project.

    The project is marked first. From then on no flow comes into it or leaves it. The project itself is
    deleted last, so that a repeat finds it. Raises ApiError if more is left than one request deletes.
    """
    if not context.store.projects.begin_deleting(project_id, context.now()):
        return False
    piece = _piece(context, f"Project {project_id}")
    flows, are_all = flows_of(context, project_id)
    for flow in flows:
        delete_version(context, flow, piece)
    if not are_all:
        raise piece.unfinished()
    context.store.projects.delete(project_id, context.now())
    return True


def _piece(context: Context, subject: str) -> DeletionPiece:
    """Return the piece that the request of a client deletes, which its budget ends early."""
    return DeletionPiece(subject, as_far_as_a_request_goes(context))


def flows_of(context: Context, project_id: str) -> tuple[list[Flow], bool]:
    """Return flows of a project, and True if these are all.

    The index may not list the newest registrations yet, so the current flows of the groups are added.
    """
    flows, lists = context.store.flows, context.store.flow_lists
    group_ids = lists.group_ids([project_id], None, _LISTED)
    groups = flows.groups(group_ids)
    current = [group.current_flow_id for group in groups if group.current_flow_id is not None]
    listed = lists.ids_in_project(project_id, None, _LISTED)
    found = flows.get(list(dict.fromkeys([*listed, *current])))
    are_all = len(group_ids) < _LISTED and len(listed) < _LISTED
    return [flow for flow in found if flow.project_id == project_id], are_all


def delete_version(context: Context, flow: Flow, piece: DeletionPiece) -> None:
    """Delete a version that is marked, or whose project is marked. Raises Unfinished, ApiError."""
    piece.take_flow()
    for _ in range(ROUNDS):
        try:
            archive_flow(context, flow.id)
            archived = get_flow(context, flow.id)
            delete_runs(context, _runs_of(context, archived), piece)
            group = group_of(context, archived)
            if group.deleted + 1 >= group.version:
                # Before the group, because the flow may be registered again at once, under the same ids.
                delete_notes_of_schedule(context, group.id, piece)
        except NotFound:  # another request has deleted the flow
            return
        is_counted = context.tenant.counts_flows
        if context.store.flow_groups.remove(archived, group, context.now(), is_counted=is_counted):
            return
    raise changed_too_often(f"Flow {flow.id}")


def delete_notes_of_schedule(context: Context, group_id: str, piece: DeletionPiece) -> None:
    """Delete what a schedule has noted: occurrences that did not run, and backfills. Raises Unfinished."""
    store, has_time = context.store, piece.has_time
    if not (
        store.occurrences.delete_all(group_id, has_time)
        and store.backfills.delete_of_group(group_id, has_time)
    ):
        raise piece.unfinished()


def delete_runs(context: Context, batches: Iterable[list[FlowRun]], piece: DeletionPiece) -> None:
    """Delete runs up to the bound of the piece. Raises Unfinished if some are left."""
    for runs in batches:
        part = runs[: MAX_DELETED_RUNS - piece.runs]
        context.store.parallel([partial(_delete_in_time, context, run, piece) for run in part])
        piece.runs += len(part)
        if len(part) < len(runs):
            raise piece.unfinished()
        piece.check_time()


def _delete_in_time(context: Context, run: FlowRun, piece: DeletionPiece) -> None:
    """Delete a run if time is left: the runs of a batch wait for each other."""
    piece.check_time()
    delete_run(context, run, piece.has_time)


def _runs_of(context: Context, flow: Flow) -> Iterator[list[FlowRun]]:
    ranges = ranges_of_version(context, flow, Span(None, None))
    ids = context.store.run_lists.ids(ranges, descending=False)
    while batch := list(islice(ids, _BATCH)):
        runs = context.store.flow_runs.get(batch, (), consistent=True)
        yield [run for run in runs if run.flow_id == flow.id]
