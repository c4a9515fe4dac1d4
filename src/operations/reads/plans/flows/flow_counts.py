"""The number of flows, from the items of their groups: a group knows how many versions it has."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from typing import Any, Final

from domain.flows.flow_keys import Member
from operations.context import Context
from operations.reads.arguments import Where
from operations.reads.counts.count import Counting, ReadNumber
from operations.reads.plans.flows.flow_scope import FlowScope, members_of, scope_of
from operations.reads.plans.search import in_batches
from operations.reads.where.constraints import allowed, conjunction

_NAMED: Final = frozenset({"_eq", "_in"})
_OF_GROUPS: Final = frozenset({"flow_group_id", "version_group_id"})
_OF_PLACES: Final = frozenset({"name", "project_id", "project"})


@dataclass(frozen=True, slots=True)
class FlowCount:
    """A number of flows: those that are `known` and those that pass `rest`, but not those of `less`."""

    known: int
    rest: Where | None = None
    less: Where | None = None


def has_ends(where: Where | None, column: str) -> bool:
    """Return True if lists by a column have the flows that a filter lets through.

    Those of names and groups are listed by version.
    """
    return column == "version" and any(allowed(where, column) is not None for column in ("name", *_OF_GROUPS))


def count_flows(
    context: Context, where: Where | None, _owner: object | None, read_number: ReadNumber
) -> int | None:
    """Count the flows that a settled filter lets through; None if all have to be read."""
    count = _plan_count(context, where)
    if count is None:
        return None
    context.plans.append(f"flow: {count.known:,} counted by their groups")
    rest, less = (0 if part is None else read_number(part) for part in (count.rest, count.less))
    # A version that is archived between the two counts may be in both.
    return max(0, count.known + rest - less)


def _plan_count(context: Context, where: Where | None) -> FlowCount | None:
    """Return the number of flows as a sum; None if groups do not tell it.

    The versions of a group that has or had several places are read, because the group does not tell how many
    are in each.
    """
    clauses = conjunction(where)
    if clauses is None:
        return None
    archived = [value for name, value in clauses if name == "archived"]
    if archived == [{"_eq": True}]:
        others: Where = {"_and": [{name: value} for name, value in clauses if name != "archived"]}
        counted = _plan_count(context, others)
        current: Where = {"_and": [others, {"archived": {"_eq": False}}]}
        return None if counted is None else replace(counted, less=current)
    names = _named(context, clauses)
    if names is None:
        return None
    scope = scope_of(context, where)
    if scope.groups is not None:
        return FlowCount(sum(_numbers(context, scope.groups).values())) if names <= _OF_GROUPS else None
    return _in_places(context, where, scope) if names <= _OF_PLACES else None


def count_names(context: Context, where: Where | None) -> int | None:
    """Count the different names of the flows that a settled filter lets through; None if places do not tell.

    A group with one place has its versions there. The names of other places are looked for.
    """
    clauses = conjunction(where)
    names = None if clauses is None else _named(context, clauses)
    if names is None or not names <= _OF_PLACES:
        return None
    scope = scope_of(context, where)
    divided = _divided(context, scope)
    if divided is None:
        return None
    inside, shared = divided
    sure = {member.name for member in inside if member.group_id not in shared}
    unsure = {(member.project_id, member.name) for member in inside if member.name not in sure}
    keys = context.store.flow_lists.keys
    looks = [partial(keys, [span], descending=True, first_page=1) for span in scope.spans(sorted(unsure))]
    found = {key.name for listed in context.store.parallel(looks) if (key := next(listed, None))}
    return len(sure | found)


def _named(context: Context, clauses: Sequence[tuple[str, Any]]) -> set[str] | None:
    """Return the columns and relations that clauses name values of; None if some do anything else."""
    names = {name for name, value in clauses if not _is_own_tenant(context, name, value)}
    if not all(_is_named(name, value) or name not in names for name, value in clauses):
        return None
    # The scope has the projects that one way leads to.
    return names if len(set(_ways_to_projects(clauses))) <= 1 else None


def groups_by_places(context: Context, where: Where | None) -> tuple[list[str], list[str]] | None:
    """Return the groups all versions of which a settled filter lets through, and those of which some may be.

    None if the filter has other conditions than names and projects.
    """
    clauses = conjunction(where)
    if clauses is None or len(set(_ways_to_projects(clauses))) > 1:
        return None
    if not all(name in _OF_PLACES | {"project"} and _is_named(name, value) for name, value in clauses):
        return None
    return _groups_in(context, scope_of(context, where))


def _groups_in(context: Context, scope: FlowScope) -> tuple[list[str], list[str]] | None:
    """Return the groups whose only places are in a scope, and those that have or had others as well."""
    everywhere = _all_members(context)
    if everywhere is None or not context.store.is_current:
        return None
    inside = {member for member in everywhere if scope.has_place(member.project_id, member.name)}
    beyond = {member.group_id for member in everywhere if member not in inside}
    groups = {member.group_id for member in inside}
    return sorted(groups - beyond), sorted(groups & beyond)


def _in_places(context: Context, where: Where | None, scope: FlowScope) -> FlowCount | None:
    """Count the versions of the groups whose only places are in a scope."""
    groups = _groups_in(context, scope)
    if groups is None:
        return None
    whole, shared = groups
    known = sum(_numbers(context, whole).values())
    rest = {"_and": [where or {}, {"flow_group_id": {"_in": shared}}]} if shared else None
    return FlowCount(known, rest)


def _divided(context: Context, scope: FlowScope) -> tuple[list[Member], set[str]] | None:
    """Return the places in a scope, and the groups that have several places anywhere."""
    everywhere = _all_members(context)
    if everywhere is None or not context.store.is_current:
        return None
    numbers = Counter(member.group_id for member in everywhere)
    inside = [member for member in everywhere if scope.has_place(member.project_id, member.name)]
    return inside, {group_id for group_id, number in numbers.items() if number > 1}


def _all_members(context: Context) -> Collection[Member] | None:
    """Return all places of groups, which counts that are made side by side share; None for too many lists."""
    if context.compared is None:
        return members_of(context, FlowScope())
    if Member not in context.compared:
        members = members_of(context, FlowScope())
        if members is None:
            return None
        context.compared[Member] = set(members)
    return context.compared[Member]


def _numbers(context: Context, group_ids: Collection[str]) -> dict[str, int]:
    groups = partial(context.store.flows.groups, whole=False, consistent=False)
    batches = map(groups, in_batches(sorted(group_ids)))
    return {group.id: group.version - group.deleted for group in chain.from_iterable(batches)}


def _ways_to_projects(clauses: Iterable[tuple[str, Any]]) -> Iterator[str]:
    """Yield the columns by which clauses name projects."""
    for name, value in clauses:
        if name == "project_id":
            yield name
        elif name == "project":
            yield from (f"project.{column}" for column in value)


def _is_own_tenant(context: Context, name: str, value: Any) -> bool:
    return name == "tenant_id" and value == {"_eq": context.tenant.id}


def _is_named(name: str, value: Any) -> bool:
    """Return True if a clause names values of a column, or the ids or names of projects."""
    if name == "project":
        return bool(value) and all(
            column in ("id", "name") and set(test) <= _NAMED for column, test in value.items()
        )
    return name in _OF_GROUPS | _OF_PLACES and set(value) <= _NAMED


COUNTING_OF_FLOWS: Final = Counting(count_flows, count_names, has_ends)
