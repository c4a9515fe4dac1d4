"""What comes into a flow or a project that is deleted: taken by recovery when no request can bring more.

A run is created by one write, which has no condition on its flow: a request that read the flow before it was
archived may write after its runs were listed. And an index may show a version, or a run, a moment late.
"""

from collections import Counter
from collections.abc import Iterator
from functools import partial
from itertools import islice
from typing import Final

from domain.flow_runs import FlowRun
from domain.follow_ups import LONGEST_REQUEST, Removal
from domain.ids import first_id_at
from operations.cancelling import GoOn
from operations.context import Context
from operations.deleting import delete_flow
from operations.deleting_runs import delete_run
from operations.reads.spans import SKEW

_BATCH: Final = 50


def finish_removal(context: Context, removal: Removal, go_on: GoOn) -> Counter[str]:
    """Delete what came into a flow or a project after it was deleted; answers how many runs these were.

    Its marker goes last, unless `go_on` said no before the end. Raises ApiError when there is more than can
    be deleted at once: the next tick goes on.
    """
    done: Counter[str] = Counter()
    take = _take_flows if removal.group_id is None else _take_runs
    if take(context, removal, go_on, done):
        context.store.removals.forget(removal)
    return done


def _take_flows(context: Context, removal: Removal, go_on: GoOn, _done: Counter[str]) -> bool:
    for flow_id in context.store.flows.ids_in_project(removal.id, None, _BATCH):
        if not go_on():
            return False
        delete_flow(context, flow_id)
    return True


def _take_runs(context: Context, removal: Removal, go_on: GoOn, done: Counter[str]) -> bool:
    for runs in _late_runs(context, removal):
        if not go_on():
            return False
        context.store.parallel([partial(delete_run, context, run) for run in runs])
        done["deleted"] += len(runs)
    return True


def _late_runs(context: Context, removal: Removal) -> Iterator[list[FlowRun]]:
    """The runs of a deleted flow that were created around its archiving, the last ones that can be."""
    last = removal.archived or removal.at
    lower, upper = first_id_at(last - LONGEST_REQUEST - SKEW), first_id_at(last + SKEW)
    ranges = context.store.run_lists.of_group(removal.group_id or "", lower, upper)
    ids = context.store.run_lists.ids(ranges, descending=False)
    while batch := list(islice(ids, _BATCH)):
        found = context.store.flow_runs.get(batch, (), consistent=True)
        yield [run for run in found if run.flow_id == removal.id]
