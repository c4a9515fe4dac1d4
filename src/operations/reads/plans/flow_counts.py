"""The number of flows, from the items of their groups: a group knows how many versions it has."""

from collections.abc import Collection
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final

from operations.context import Context
from operations.reads.arguments import Where
from operations.reads.plans.flow_scope import Scope, members_of, scope_of
from operations.reads.plans.search import in_batches
from operations.reads.where.constraints import conjunction

_NAMED: Final = frozenset({"_eq", "_in"})
_OF_GROUPS: Final = frozenset({"flow_group_id", "version_group_id"})
_OF_PLACES: Final = frozenset({"name", "project_id"})


@dataclass(frozen=True, slots=True)
class FlowCount:
    """The number of flows that are known, and the filter of those that must be read, if any."""

    known: int
    rest: Where | None = None


def count_flows(context: Context, where: Where | None) -> FlowCount | None:
    """Count the flows that a settled filter lets through; None if groups do not tell their number.

    The versions of a group that has or had several places are read, because the group does not tell how many
    are in each.
    """
    clauses = conjunction(where)
    if clauses is None:
        return None
    names = {name for name, value in clauses if not _is_own_tenant(context, name, value)}
    if not all(_is_named(name, value) or name not in names for name, value in clauses):
        return None
    scope = scope_of(context, where)
    if scope.groups is not None:
        return FlowCount(sum(_numbers(context, scope.groups).values())) if names <= _OF_GROUPS else None
    return _in_places(context, where, scope) if names <= _OF_PLACES | {"project"} else None


def _in_places(context: Context, where: Where | None, scope: Scope) -> FlowCount | None:
    """Count the versions of the groups whose only places are in a scope."""
    everywhere = members_of(context, Scope(None, None, None, scope.lowest, scope.highest, scope.created))
    if everywhere is None or not context.store.is_current:
        return None
    projects = None if scope.projects is None else set(scope.projects)
    inside = {
        member
        for member in everywhere
        if (scope.names is None or member.name in scope.names)
        and (projects is None or member.project_id in projects)
    }
    beyond = {member.group_id for member in everywhere if member not in inside}
    whole = {member.group_id for member in inside}
    shared = sorted(whole & beyond)
    known = sum(_numbers(context, whole - beyond).values())
    rest = {"_and": [where or {}, {"flow_group_id": {"_in": shared}}]} if shared else None
    return FlowCount(known, rest)


def _numbers(context: Context, group_ids: Collection[str]) -> dict[str, int]:
    batches = (context.store.flows.groups(batch, whole=False) for batch in in_batches(sorted(group_ids)))
    return {group.id: group.version - group.deleted for group in chain.from_iterable(batches)}


def _is_own_tenant(context: Context, name: str, value: Any) -> bool:
    return name == "tenant_id" and value == {"_eq": context.tenant.id}


def _is_named(name: str, value: Any) -> bool:
    """Return True if a clause names values of a column, or the ids or names of projects."""
    if name == "project":
        return bool(value) and all(
            column in ("id", "name") and set(test) <= _NAMED for column, test in value.items()
        )
    return name in _OF_GROUPS | _OF_PLACES and set(value) <= _NAMED
