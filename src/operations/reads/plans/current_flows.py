"""The current versions of flow groups: the only ones that are not archived.

The item of a group tells which version that is, so that archived versions cost nothing.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from domain.flows.flows import Flow, FlowGroup
from operations.context import Context
from operations.reads.plans.search import in_batches

# How often groups are read that have another current version when it is read than they had before.
_ROUNDS: Final = 3

# Returns the flows with these ids, read consistently.
ReadFlows = Callable[[list[str]], list[Flow]]


def current_flows(
    context: Context, group_ids: Iterable[str], read: ReadFlows, first: int | None = None
) -> Iterator[list[Flow]]:
    """Yield the current versions of groups in batches, of which the `first` is as large as the page."""
    for batch in in_batches(group_ids, first):
        yield _current(context, batch, read)


def _current(context: Context, group_ids: Sequence[str], read: ReadFlows) -> list[Flow]:
    """Return the current versions of groups.

    A version that was archived since its group was read has a successor, so the group is read again.
    """
    found: dict[str, Flow] = {}
    seen: dict[str, str | None] = {}
    left = list(group_ids)
    for _ in range(_ROUNDS):
        groups = [group for group in context.store.flows.groups(left, whole=False) if _is_new(group, seen)]
        seen |= {group.id: group.current_flow_id for group in groups}
        found |= {flow.id: flow for flow in read([str(group.current_flow_id) for group in groups])}
        left = [group.id for group in groups if _is_over(found.get(str(group.current_flow_id)))]
        if not left:
            break
    return list(found.values())


def _is_new(group: FlowGroup, seen: dict[str, str | None]) -> bool:
    return group.current_flow_id not in (None, seen.get(group.id))


def _is_over(flow: Flow | None) -> bool:
    return flow is None or flow.archived
