"""Use cases that delete flows and projects with all their runs: a bounded piece at a time."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Final

from domain.errors import ApiError, NotFound
from domain.flow_runs import FlowRun
from domain.flows import Flow
from operations.context import Context
from operations.deleting_runs import delete_run
from operations.flow_changes import group_of
from operations.flows import archive_flow, get_flow
from operations.reads.run_plans import ranges_of_version
from operations.reads.spans import Span

# So much is deleted by one request; clients send one again that could not come to its end.
MAX_RUNS: Final = 200
MAX_FLOWS: Final = 50
_BATCH: Final = 100
# More than one request deletes: an index may still list what is gone.
_LISTED: Final = 500
# A round is lost only to another change of the same group.
_ROUNDS: Final = 32


@dataclass(slots=True)
class _Piece:
    """What one request may still delete."""

    what: str
    runs: int = MAX_RUNS
    flows: int = MAX_FLOWS

    def take_run(self) -> None:
        self.runs -= 1
        self._check(self.runs)

    def take_flow(self) -> None:
        self.flows -= 1
        self._check(self.flows)

    def _check(self, left: int) -> None:
        if left < 0:
            raise self.unfinished()

    def unfinished(self) -> ApiError:
        return ApiError(
            f"{self.what} is being deleted, and more is left of it than one request deletes "
            f"({MAX_RUNS} runs, {MAX_FLOWS} flows); send it again until it is done."
        )


def delete_flow(context: Context, flow_id: str) -> bool:
    """Delete a version of a flow with its runs; answers whether there was one.

    It is archived first, so that no run is added. Raises ApiError when more is left than one request
    deletes: a repeat goes on from there.
    """
    found = context.store.flows.get([flow_id])
    if found:
        _delete(context, found[0], _Piece(f"Flow {flow_id}"))
    return bool(found)


def delete_project(context: Context, project_id: str) -> bool:
    """Delete a project with its flows and their runs; answers whether there was one.

    Nothing is registered in it from the beginning on, and it is there until the end, so that a repeat finds
    what is left. Raises ApiError when more is left than one request deletes.
    """
    if not context.store.projects.begin_deleting(project_id):
        return False
    piece = _Piece(f"Project {project_id}")
    flows, are_all = _flows_of(context, project_id)
    for flow in flows:
        _delete(context, flow, piece)
    if not are_all:
        raise piece.unfinished()
    context.store.projects.delete(project_id, context.now())
    return True


def _flows_of(context: Context, project_id: str) -> tuple[list[Flow], bool]:
    """Flows of the project, and whether these are all.

    What was registered at the last moment an index may not show yet; its group does.
    """
    flows = context.store.flows
    group_ids = flows.group_ids([project_id], None, _LISTED)
    groups = flows.groups(group_ids)
    current = [group.current_flow_id for group in groups if group.current_flow_id is not None]
    listed = flows.ids_in_project(project_id, None, _LISTED)
    found = flows.get(list(dict.fromkeys([*listed, *current])))
    are_all = len(group_ids) < _LISTED and len(listed) < _LISTED
    return [flow for flow in found if flow.project_id == project_id], are_all


def _delete(context: Context, flow: Flow, piece: _Piece) -> None:
    piece.take_flow()
    for _ in range(_ROUNDS):
        try:
            archive_flow(context, flow.id)
            archived = get_flow(context, flow.id)
            _delete_runs(context, archived, piece)
            group = group_of(context, archived)
        except NotFound:  # somebody else came first
            return
        if context.store.flow_groups.remove(archived, group, context.now()):
            return
    raise ApiError(f"Flow {flow.id} changed too often meanwhile; send it again.")


def _delete_runs(context: Context, flow: Flow, piece: _Piece) -> None:
    for runs in _runs_of(context, flow):
        some = runs[: max(piece.runs, 0)]
        context.store.parallel([partial(delete_run, context, run) for run in some])
        for _ in runs:
            piece.take_run()


def _runs_of(context: Context, flow: Flow) -> Iterator[list[FlowRun]]:
    ranges = ranges_of_version(context, flow, Span(None, None))
    ids = context.store.run_lists.ids(ranges, descending=False)
    while batch := list(islice(ids, _BATCH)):
        found = context.store.flow_runs.get(batch, (), consistent=True)
        yield [run for run in found if run.flow_id == flow.id]
