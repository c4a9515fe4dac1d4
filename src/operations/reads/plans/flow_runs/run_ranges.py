"""Ranges of the index that lists runs by flow group: the runs of the flows that a filter names."""

from collections.abc import Sequence
from functools import partial
from typing import Final

from domain.flow_runs.key_ranges import KeyRange
from domain.flows.flows import Flow
from domain.ids import first_id_at
from operations.access.project_limits import own_flows, own_group_ids
from operations.context import Context
from operations.reads.arguments import Where
from operations.reads.plans.flows.project_plans import all_project_ids, named_project_ids
from operations.reads.plans.search import Search
from operations.reads.plans.spans import SKEW, Span
from operations.reads.where.constraints import allowed, below, leads

# A plan reads the runs of up to so many flows, flow by flow. For more flows it reads the runs of the tenant.
MAX_FOLLOWED_FLOWS: Final = 25
# … and how many for a caller that is limited to some projects, because all of the tenant may be others'.
_MOST_OF_PROJECTS: Final = 100
# How many names of flows a plan looks up, counted in each project, because each costs a query.
_MAX_LOOKUPS: Final = 500


def names_flows(where: Where | None) -> bool:
    """Return True if a filter may name flows, by their ids, their groups, or what it asks of a flow."""
    return leads(where, ("flow_id", "flow_group_id", "flow"))


def ranges_by_flow(context: Context, search: Search, span: Span) -> Sequence[KeyRange] | None:
    """Return the ranges of the flows that the filter names; None if it names none, or too many to follow."""
    of_flow = below(search.where, "flow")
    flow_ids = allowed(search.where, "flow_id")
    if flow_ids is None:
        flow_ids = allowed(of_flow, "id")
    if flow_ids is not None:
        return _ranges_of_flows(context, flow_ids, search.owner, span)
    groups = _own(context, search.owner, allowed(search.where, "flow_group_id"))
    if groups is None and of_flow is not None:
        find = partial(_groups_of_flows, context, of_flow)
        groups = context.related.groups(repr(of_flow), find) if context.related else find()
    if groups is None or len(groups) > _most_followed(context):
        return None
    return ranges_of_groups(context, groups, span)


def _ranges_of_flows(
    context: Context, flow_ids: list[str], owner: object | None, span: Span
) -> Sequence[KeyRange] | None:
    if len(flow_ids) > MAX_FOLLOWED_FLOWS:
        return None
    flows = known_flows(context, flow_ids, owner)
    return [part for flow in flows for part in ranges_of_version(context, flow, span)]


def known_flows(context: Context, flow_ids: list[str], owner: object | None) -> list[Flow]:
    """Return the flows with these ids; they are not read if the owner of the list is the only one."""
    if isinstance(owner, Flow) and flow_ids == [owner.id]:
        return [owner]
    return own_flows(context, context.store.flows.get(flow_ids, with_outlines=False))


def _most_followed(context: Context) -> int:
    return MAX_FOLLOWED_FLOWS if context.caller.projects is None else _MOST_OF_PROJECTS


def _own(context: Context, owner: object | None, groups: list[str] | None) -> list[str] | None:
    """Return the groups that the caller may see; a caller sees the owner of a list."""
    if groups is None or owner is not None or len(groups) > _most_followed(context):
        return groups
    return own_group_ids(context, groups)


def ranges_of_groups(context: Context, groups: Sequence[str], span: Span) -> list[KeyRange]:
    """Return the ranges of all versions of these flows."""
    lists = context.store.run_lists
    return [part for group in groups for part in lists.of_group(group, span.lower, span.upper)]


def _groups_of_flows(context: Context, where: Where) -> list[str] | None:
    """Return the groups of the flows that a filter on flows allows, each with all its versions.

    None if the filter names neither groups nor names nor projects, or too many.
    """
    groups = _own(context, None, _named_groups(context, where))
    if groups is None:
        names, projects = allowed(where, "name"), named_project_ids(context, where)
        if names is None and projects is None:
            return None
        if names is not None and len(names) > _MAX_LOOKUPS:
            return None
        if projects is None:
            projects = all_project_ids(context)
        if len(projects) * len(names or [""]) > _MAX_LOOKUPS:
            return None
        groups = context.store.flow_lists.group_ids(projects, names, _most_followed(context) + 1)
    return groups if len(groups) <= _most_followed(context) else None


def _named_groups(context: Context, where: Where) -> list[str] | None:
    """Return the ids of the groups that a filter on flows names by their ids or version groups."""
    groups = allowed(where, "flow_group_id")
    if groups is not None:
        return groups
    named = allowed(where, "version_group_id")
    return None if named is None else list(dict.fromkeys(map(context.store.flows.group_id, named)))


def ranges_of_version(context: Context, flow: Flow, span: Span) -> Sequence[KeyRange]:
    """Return the ranges of one version of a flow.

    The index lists the runs of all versions by creation. The runs of one version were created from its
    registration to its archiving, so its part of the index is a range.
    """
    last = first_id_at(flow.updated + SKEW) if flow.archived else None
    part = span.within(first_id_at(flow.created - SKEW), last)
    if part.is_empty:
        return []
    return context.store.run_lists.of_group(flow.flow_group_id, part.lower, part.upper)
