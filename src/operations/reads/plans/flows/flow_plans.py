"""The plan for flows, and flows with the parts that are read only on request."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from domain.flows.flow_keys import FlowKey
from domain.flows.flows import Flow, FlowGroup
from domain.parts import Part
from operations.context import Context
from operations.reads.plans.flows.current_flows import current_flows
from operations.reads.plans.flows.flow_scope import FlowScope, demands_current, members_of, scope_of
from operations.reads.plans.flows.flow_walks import FlowWalks, NamedPlace
from operations.reads.plans.search import MAX_ROWS, Plan, Search, bounded, in_batches
from operations.reads.where.constraints import allowed

# Units for a key that is read from an index, and perhaps held to be sorted.
_KEY: Final = 5.0


def plan_flows(context: Context, search: Search) -> Plan[Flow]:
    """Find flows by id, as the current versions of groups, or in an index: by group, by project, or all."""
    where = search.where
    if (ids := allowed(where, "id")) is not None:
        batches = in_batches(bounded(MAX_ROWS, ids, "flow", "id"), search.first)
        return Plan("by id", (_read(context, search, batch) for batch in batches), in_order=not search.order)
    scope = scope_of(context, where)
    if demands_current(where) and (group_ids := _groups_in(context, scope)) is not None:
        read = partial(read_flows, context, parts=search.parts)
        owner = search.owner if isinstance(search.owner, FlowGroup) else None
        flows = current_flows(context, group_ids, read, search.first, owner)
        return Plan("the current versions of groups", flows, in_order=not search.order)
    groups = _groups(context, search, scope)
    places = None if groups is None else _places(context, groups)
    walks = FlowWalks(context, scope, places).for_list(search)
    if (firsts := walks.first_of_names(search)) is not None:
        flows = (_read(context, search, [key.id for key in keys]) for keys in firsts)
        return Plan("index, the first of each name", flows)
    walk = walks.all(search)
    flows = _read_all(context, search, scope, walk.keys, search.enough if walk.in_order else None)
    if groups:
        flows = _with_strays(context, search, scope, groups, flows)
    return Plan(walk.path, flows, walk.in_order, walk.terms, may_stray=bool(groups))


def _groups(context: Context, search: Search, scope: FlowScope) -> list[FlowGroup] | None:
    """Return the groups of a scope, which are not read if the owner of the list is the only one."""
    if isinstance(search.owner, FlowGroup) and scope.groups == [search.owner.id]:
        return [search.owner]
    return None if scope.groups is None else context.store.flows.groups(scope.groups, whole=False)


def _groups_in(context: Context, scope: FlowScope) -> Sequence[str] | None:
    """Return the ids of the groups in a scope; None if too many lists must be read for it."""
    if scope.groups is not None:
        return scope.groups
    members = members_of(context, scope)
    return None if members is None else list(dict.fromkeys(member.group_id for member in members))


def _places(context: Context, groups: Sequence[FlowGroup]) -> list[NamedPlace] | None:
    """Return the places of groups; None if data of an earlier release may lack the notes of some."""
    if not context.store.is_current:
        return None
    members = context.store.flow_lists.places(groups)
    return list(dict.fromkeys((member.project_id, member.name) for member in members))


def _read_all(
    context: Context, search: Search, scope: FlowScope, keys: Iterator[FlowKey], first: int | None
) -> Iterator[list[Flow]]:
    """Read the flows of keys in batches, of which the first is as large as the page. Raises BadUserInput."""
    wanted = (key.id for key in _drawn(context, keys) if scope.has(key))
    return (_read(context, search, batch) for batch in in_batches(wanted, first))


def _drawn(context: Context, keys: Iterator[FlowKey]) -> Iterator[FlowKey]:
    for key in keys:
        context.work.draw(_KEY, "where")
        yield key


def _with_strays(
    context: Context, search: Search, scope: FlowScope, groups: list[FlowGroup], flows: Iterator[list[Flow]]
) -> Iterator[list[Flow]]:
    """Yield the versions of groups, and last those that are in no place of their group.

    A move that was cut has left them in the project where they were. They are looked for by their names, if
    versions are missing, or if the scope has too few of them to tell.
    """
    seen: set[str] = set()
    ids, names = {group.id for group in groups}, {group.flow_name for group in groups}
    found = 0
    for batch in flows:
        ours = [flow for flow in batch if flow.flow_group_id in ids]
        seen |= {flow.id for flow in batch}
        names |= {flow.name for flow in ours}
        found += len(ours)
        yield batch
    if scope.has_all_versions and found >= sum(group.version - group.deleted for group in groups):
        return
    known = dict.fromkeys(sorted(filter(scope.has_name, names)))
    everywhere = replace(scope, groups=None, projects=None, names=known)
    keys = FlowWalks(context, everywhere, None).all(search).keys
    yield from _read_all(context, search, scope, (key for key in keys if key.id not in seen), None)


def _read(context: Context, search: Search, ids: list[str]) -> list[Flow]:
    return read_flows(context, ids, search.parts, consistent=search.consistent)


def _with_faults(context: Context, flows: list[Flow]) -> list[Flow]:
    """Return the flows with the faults of the schedules that are to make runs of them."""
    running = {flow.flow_group_id for flow in flows if flow.is_schedule_active and not flow.archived}
    faults = context.store.schedules.faults(sorted(running)) if running else {}
    return [
        replace(flow, schedule_fault=faults.get(flow.flow_group_id))
        if flow.is_schedule_active and not flow.archived
        else flow
        for flow in flows
    ]


def read_flows(
    context: Context, ids: list[str], parts: Collection[Part] = (), *, consistent: bool = True
) -> list[Flow]:
    """Read flows with their parts, in the given order: settings of groups, serialized forms.

    A serialized form may be megabytes, so it is read only on request.
    """
    if not ids:
        return []
    found = context.store.flows.get(ids, consistent=consistent, with_outlines=Part.OUTLINE in parts)
    places = {flow_id: place for place, flow_id in enumerate(ids)}
    flows = sorted(found, key=lambda flow: places[flow.id])
    if Part.SETTINGS in parts:
        groups = context.store.flows.groups(sorted({flow.flow_group_id for flow in flows}), whole=False)
        settings = {group.id: group.settings for group in groups}
        flows = [replace(flow, settings=settings.get(flow.flow_group_id, flow.settings)) for flow in flows]
    if Part.SCHEDULE in parts:
        flows = _with_faults(context, flows)
    if Part.SERIALIZED not in parts:
        return flows
    serialized = context.store.flows.serialized(flow.id for flow in flows)
    return [replace(flow, serialized=serialized.get(flow.id)) for flow in flows]
