"""The flows that a filter may let through, as far as indexes and the items of groups can tell them."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from domain.flows.flow_keys import MAX_VERSION, FlowKey, FlowSpan, Member
from operations.context import Context
from operations.reads.arguments import Where
from operations.reads.plans.flows.project_plans import all_project_ids, named_project_ids
from operations.reads.plans.search import MAX_ROWS, bounded
from operations.reads.plans.spans import EVERYTHING, Span, created_span
from operations.reads.where.constraints import allowed, below, demands, negated

# How many lists a plan goes through side by side, because each costs a query: projects, or names in each.
MAX_LISTS: Final = 100


@dataclass(frozen=True, slots=True)
class FlowScope:
    """The names, groups and projects of the flows; None means any. `projects` None means the whole tenant.

    `created` is None if no flow can have been registered in the span that the filter asks for.
    """

    names: Mapping[str, None] | None = None
    groups: Sequence[str] | None = None
    projects: Mapping[str, None] | None = None
    lowest: int = 0
    highest: int = MAX_VERSION
    created: Span | None = EVERYTHING

    def has(self, key: FlowKey) -> bool:
        """Return False if the key of a flow tells that the filter leaves the flow out."""
        return (
            self.has_name(key.name)
            and self.lowest <= key.version <= self.highest
            and self.created is not None
            and key.id in self.created
        )

    def has_name(self, name: str) -> bool:
        """Return False if the filter leaves flows of this name out."""
        return self.names is None or name in self.names

    def has_place(self, project_id: str, name: str) -> bool:
        """Return False if the filter leaves flows of this name in this project out."""
        return self.has_name(name) and (self.projects is None or project_id in self.projects)

    @property
    def has_all_versions(self) -> bool:
        """True if no version of a group is left out for its name, its number or its time."""
        bounds = self.names, self.lowest, self.highest, self.created
        return bounds == (None, 0, MAX_VERSION, EVERYTHING)

    def spans(self, places: Sequence[tuple[str | None, str | None]]) -> list[FlowSpan]:
        """Return the spans of these projects and names, within the versions of the scope."""
        return [
            FlowSpan(project_id, name, self.lowest, self.highest)
            for project_id, name in dict.fromkeys(places)
        ]

    def lists(self) -> list[FlowSpan]:
        """Return the fewest lists that have all flows of the scope, whatever their groups."""
        projects: Collection[str | None] = [None] if self.projects is None else self.projects
        names: Collection[str | None] = [None] if self.names is None else self.names
        if len(projects) * len(names) > MAX_LISTS:
            names = [None]
        return self.spans([(project_id, name) for project_id in projects for name in names])


def scope_of(context: Context, where: Where | None) -> FlowScope:
    """Return the scope of a filter on flows. Raises BadUserInput if it names too many projects or groups."""
    names, projects = allowed(where, "name"), named_project_ids(context, where)
    lowest, highest = _versions(where)
    return FlowScope(
        None if names is None else dict.fromkeys(sorted(names)),
        _groups(context, where),
        None if projects is None else dict.fromkeys(projects),
        lowest,
        highest,
        created_span(where),
    )


def _groups(context: Context, where: Where | None) -> list[str] | None:
    """Return the ids of the groups that a filter names, by their ids or by their version groups."""
    of_group, found = below(where, "flow_group"), None
    for column, named, is_id in (
        ("flow_group_id", allowed(where, "flow_group_id"), True),
        ("flow_group.id", allowed(of_group, "id"), True),
        ("version_group_id", allowed(where, "version_group_id"), False),
        ("flow_group.name", allowed(of_group, "name"), False),
    ):
        if named is None:
            continue
        bounded(MAX_ROWS, named, "flow", column)
        ids = dict.fromkeys(named if is_id else map(context.store.flows.group_id, named))
        found = list(ids) if found is None else list(filter(ids.__contains__, found))
    return found


def _versions(where: Where | None) -> tuple[int, int]:
    """Return the lowest and the highest version that a filter allows."""
    named = allowed(where, "version")
    lowest, highest = (0, MAX_VERSION) if named is None else (min(named, default=1), max(named, default=0))
    for name, comparison in demands(where):
        for operator, operand in comparison.items() if name == "version" else ():
            if operator in ("_gt", "_gte"):
                lowest = max(lowest, operand + (operator == "_gt"))
            if operator in ("_lt", "_lte"):
                highest = min(highest, operand - (operator == "_lt"))
    return max(lowest, 0), min(max(highest, -1), MAX_VERSION)


def demands_current(where: Where | None) -> bool:
    """Return True if a filter lets through only flows that are not archived."""
    values = allowed(where, "archived")
    if values is not None and True not in values:
        return True
    return any(map(_leaves_archived_out, _comparisons(where))) or any(
        list(part.items()) == [("archived", {"_eq": True})] for part in negated(where)
    )


def _comparisons(where: Where | None) -> Iterator[Any]:
    return (value for name, value in demands(where) if name == "archived")


def _leaves_archived_out(comparison: Any) -> bool:
    return comparison.get("_neq") is True or True in comparison.get("_nin", ())


def members_of(context: Context, scope: FlowScope) -> list[Member] | None:
    """Return the places of groups in the scope, which has no groups; None if too many lists must be read."""
    projects = all_project_ids(context) if scope.projects is None else list(scope.projects)
    if len(projects) > MAX_LISTS:
        return None
    names = None if scope.names is None else list(scope.names)
    if names is not None and len(projects) * len(names) > MAX_LISTS:
        names = None
    members = context.store.flow_lists.members(projects, names)
    return [member for member in members if scope.has_name(member.name)]
