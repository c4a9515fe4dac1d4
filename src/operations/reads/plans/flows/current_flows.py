"""The current versions of flow groups: the only ones that are not archived.

The item of a group tells which version that is, so that archived versions cost nothing.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Protocol

from domain.flows.flows import Flow, FlowGroup
from operations.context import Context
from operations.reads.plans.search import in_batches

# How often groups are read that have another current version when it is read, or are not found at first.
_ROUNDS: Final = 3


class ReadFlows(Protocol):
    """Return the flows with these ids, read consistently if asked for."""

    def __call__(self, ids: list[str], *, consistent: bool) -> list[Flow]: ...


def current_flows(
    context: Context,
    group_ids: Iterable[str],
    read: ReadFlows,
    first: int | None = None,
    owner: FlowGroup | None = None,
) -> Iterator[list[Flow]]:
    """Yield the current versions of groups in batches, of which the `first` is as large as the page.

    The group of which the flows are wanted, the `owner`, was read before.
    """
    for batch in in_batches(group_ids, first):
        yield _current(context, batch, read, owner)


def _current(
    context: Context, group_ids: Sequence[str], read: ReadFlows, owner: FlowGroup | None
) -> list[Flow]:
    """Return the current versions of groups.

    A version that was archived since its group was read has a successor, so the group is read again. What is
    read at first may be some moments old, and lack a new group or version; what is read again is not.
    """
    found: dict[str, Flow] = {}
    seen: dict[str, str | None] = {}
    left = list(group_ids)
    for number in range(_ROUNDS):
        consistent = number > 0
        if owner is not None and left == [owner.id] and not consistent:
            groups = [owner]
        else:
            groups = context.store.flows.groups(left, whole=False, consistent=consistent)
        new = [group for group in groups if group.current_flow_id not in (None, seen.get(group.id))]
        known = {group.id for group in groups}
        seen |= {group.id: group.current_flow_id for group in groups}
        flows = read([str(group.current_flow_id) for group in new], consistent=consistent)
        found |= {flow.id: flow for flow in flows}
        over = [group.id for group in new if _is_over(found.get(str(group.current_flow_id)))]
        left = over if consistent else [*over, *(group_id for group_id in left if group_id not in known)]
        if not left:
            break
    return list(found.values())


def _is_over(flow: Flow | None) -> bool:
    return flow is None or flow.archived
