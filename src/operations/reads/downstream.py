"""The query for the tasks that depend on some tasks, as Prefect's user interface asks for them."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from domain.errors import BadUserInput
from domain.flows.downstream import DownstreamTask, downstream_of
from domain.parts import Part
from operations.context import Context
from operations.reads.arguments import Arguments
from operations.reads.compiling import compile_list
from operations.reads.entities.registry import ENTITIES
from operations.reads.loading import load, rows_among
from operations.reads.plans.flows.edge_plans import MAX_WHOLE_FLOWS, edges_in
from operations.reads.plans.flows.flow_plans import read_flows
from operations.reads.plans.flows.task_plans import flows_of_task_ids, tasks_of_flows
from operations.reads.plans.search import BATCH, Plan, in_batches
from operations.reads.rows import Inside, Need, Row

MAX_STARTS: Final = 5_000
# No flow has a longer way.
MAX_DEPTH: Final = 10_000
# Units for an edge that is followed.
_EDGE: Final = 3.0


def downstream_rows(
    context: Context, task_ids: Sequence[str], depth_limit: int | None, arguments: Arguments, need: Need
) -> list[Row]:
    """Return the rows of the tasks that depend on these, which are among them. Raises BadUserInput."""
    entity = ENTITIES["downstream_task"]
    with Inside("utility_downstream_tasks"):
        arguments.check(context.work)
        listing = compile_list(entity, arguments, context.work, context.caller.projects)
        found = _found(context, task_ids, depth_limit)
        candidates = Plan("by edges", in_batches(iter(found), BATCH), in_order=not listing.order)
        rows = rows_among(context, entity, listing, candidates)
        load(context, entity, rows, need)
    return rows


def _found(context: Context, task_ids: Sequence[str], depth_limit: int | None) -> list[DownstreamTask]:
    if len(task_ids) > MAX_STARTS:
        raise BadUserInput(f"args.start_task_ids may have {MAX_STARTS:,} ids, not {len(task_ids):,}.")
    if depth_limit is not None and not 0 <= depth_limit <= MAX_DEPTH:
        raise BadUserInput(f"args.depth_limit must be from 0 to {MAX_DEPTH:,}, not {depth_limit}.")
    if not task_ids:
        return []
    wanted = frozenset(task_ids)
    flows = flows_of_task_ids(context, list(wanted))
    if len(flows) > MAX_WHOLE_FLOWS:
        raise BadUserInput(f"args.start_task_ids may be of {MAX_WHOLE_FLOWS} flows, not of {len(flows)}.")
    starts = defaultdict(list)
    for task in (task for tasks in tasks_of_flows(context, flows) for task in tasks if task.id in wanted):
        starts[task.flow_id].append(task)
    found: list[DownstreamTask] = []
    for flow in read_flows(context, list(starts), {Part.SERIALIZED}):
        edges = edges_in(flow)
        rounds = 1 if depth_limit is None else min(depth_limit + 1, len(edges) + 1)
        context.work.draw(len(edges) * _EDGE * rounds, "args.depth_limit")
        found += downstream_of(starts[flow.id], edges, depth_limit)
    return sorted(found, key=lambda each: each.depth)
