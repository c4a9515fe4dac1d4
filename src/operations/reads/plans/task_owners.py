"""Which flows tasks belong to, told by the tasks' ids."""

from collections.abc import Sequence

from domain.flows.flows import Flow
from domain.ids import is_member, owner_of
from operations.context import Context
from operations.reads.plans.search import MAX_ROWS, at_most


def flows_of_tasks(context: Context, task_ids: Sequence[str]) -> list[Flow]:
    """The flows to which these tasks belong, so far as there are such flows.

    An id tells it. Only flows that release 0.1.0 registered have ids that end in any four digits: these are
    found among the ids of the tenant's flows. Raises BadUserInput where it has too many of them.
    """
    flows = context.store.flows
    found = flows.get(list(dict.fromkeys(map(owner_of, task_ids))))
    known = {flow.id for flow in found}
    orphans = [each for each in task_ids if owner_of(each) not in known]
    if not orphans:
        return found
    listed = at_most(MAX_ROWS, flows.ids_in_tenant(None, MAX_ROWS + 1), "task", "flow")
    return found + flows.get([each for each in listed if any(is_member(task, each) for task in orphans)])
