"""The keys of flows in the order of a list, read from the indexes only as far as the list needs them.

The indexes have all versions by name and version. So the versions of one name come in order, and those of one
name in several projects are merged. The newest registrations of many names are found by a merge as well,
because the versions of a group follow each other in time.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain, islice
from typing import Final

from domain.flows.flow_keys import FlowKey, FlowSpan
from operations.context import Context
from operations.reads.plans.flows.flow_scope import MAX_LISTS, FlowScope, members_of
from operations.reads.plans.flows.registrations import merged_by_creation, sorted_by_creation
from operations.reads.plans.search import BATCH, Distinct, Search, in_batches

# As many keys as one half of a read unit pays for.
_FIRST: Final = 16
# How many places are merged by the time of registration. Each costs a query, but it tells its newest version.
_MAX_MERGED: Final = 500
# The names of a filter that are looked up without a look at which of them there are.
_BELIEVED: Final = 25
_NAME: Final = ("name",)
_VERSION: Final = ("version",)
_CREATED: Final = ("created",)

# A project, or the whole tenant, and a name of flows in it.
NamedPlace = tuple[str | None, str]


@dataclass(frozen=True, slots=True)
class FoundKeys:
    """Keys of flows, whether they come in the order of the list, and the name of the way to them."""

    path: str
    keys: Iterator[FlowKey]
    in_order: bool = False
    terms: int = 1


@dataclass(frozen=True, slots=True)
class FlowWalks:
    """The ways through the indexes to the flows of a scope.

    `places` are all those of the groups that the scope names, in any project, because a move that was cut has
    left versions of their names in others; None if it names no groups.
    """

    context: Context
    scope: FlowScope
    places: Sequence[NamedPlace] | None

    def for_list(self, search: Search) -> "FlowWalks":
        """Return the ways for this list: for some lists of groups, the names in the whole tenant.

        A move that was cut has left versions in a place that their group does not know, the oldest of its
        name. So only a list that begins with the newest of one group may end before the rest is looked for.
        """
        if self.places is None:
            return self
        places = [place for place in self.places if place[0] and self.scope.has_place(place[0], place[1])]
        inside = replace(self, places=places)
        if search.enough is None and search.distinct is None:
            return inside
        names = dict.fromkeys(name for _, name in self.places if self.scope.has_name(name))
        order = [(term.path, term.descending) for term in search.order[:2]]
        if order and order[0][0] == _NAME and len(names) == 1:
            del order[0]
        newest_first = not order or order[0] in ((_VERSION, True), (_CREATED, True))
        of_one = newest_first and len(self.scope.groups or ()) == 1
        if search.distinct is None and (of_one or not search.order):
            return inside
        return replace(self, places=[(None, name) for name in names])

    def all(self, search: Search) -> FoundKeys:
        """Return the keys of all flows in the scope, if possible in the order of the list."""
        order = [(term.path, term.descending) for term in search.order[:2]]
        first, descending = order[0] if order else (_NAME, True)
        spans = self._spans()
        index = "by_tenant" if any(span.project_id is None for span in spans) else "by_flow"
        keys = partial(
            self.context.store.flow_lists.keys, spans, first_page=min(search.enough or BATCH, BATCH)
        )
        if first == _NAME:
            against = order[1:] == [(_VERSION, not descending)]
            names = self.names() if against and search.enough is not None else None
            if names is not None:
                found = self._name_by_name(names, descending=descending)
                return FoundKeys(f"index {index}, name by name", found, in_order=True, terms=2)
            terms = 2 if order[1:] == [(_VERSION, descending)] else 1
            found = keys(descending=descending)
            return FoundKeys(f"index {index}, as they come", found, in_order=True, terms=terms)
        if first == _VERSION and (named := self._named(spans, search)) is not None:
            found = self.context.store.flow_lists.keys(
                named, descending=descending, by_version=True, first_page=min(search.enough or BATCH, BATCH)
            )
            return FoundKeys(f"index {index}, by version", found, in_order=True)
        if first == _CREATED and search.enough is not None:
            found = self._by_creation(spans, descending=descending)
            return FoundKeys(f"index {index}, by registration", found, in_order=True)
        return FoundKeys(f"index {index}, all, to be sorted", keys(descending=True))

    def first_of_names(self, search: Search) -> Iterator[list[FlowKey]] | None:
        """Yield keys of each name until a flow of the name is found, the names in the order of the list.

        None if the list does not want the first or the last version of each name, or if there are too many
        lists to look at.
        """
        distinct, paths = search.distinct, [term.path for term in search.order]
        if distinct is None or distinct.columns != _NAME or paths != [_NAME, _VERSION][: len(paths)]:
            return None
        names = self.names()
        if names is None:
            return None
        if search.order and search.order[0].descending:
            names.reverse()
        newest = paths[1:] == [] or search.order[1].descending
        return self._until_found(names, distinct, newest=newest)

    def names(self) -> list[str] | None:
        """Return all names of flows in the scope, perhaps with others, sorted; None for too many lists."""
        if self.places is not None:
            return sorted({name for _, name in self.places})
        if self.scope.names is not None and len(self.scope.names) <= _BELIEVED:
            return list(self.scope.names)
        members = members_of(self.context, self.scope)
        return None if members is None else sorted({member.name for member in members})

    def _spans(self) -> list[FlowSpan]:
        return self.scope.lists() if self.places is None else self.scope.spans(self.places)

    def _named(self, spans: list[FlowSpan], search: Search) -> list[FlowSpan] | None:
        """Return the same lists name by name, because those of one name are in the order of their versions.

        None if there are too many names, or if all flows are wanted anyway.
        """
        if all(span.name is not None for span in spans):
            return spans
        names = None if search.enough is None else self.names()
        if names is None or len(names) * len(spans) > MAX_LISTS:
            return None
        return self.scope.spans([(span.project_id, name) for span in spans for name in names])

    def _spans_of(self, name: str) -> list[FlowSpan]:
        if self.places is not None:
            return self.scope.spans([place for place in self.places if place[1] == name])
        projects = [None] if self.scope.projects is None else self.scope.projects
        return self.scope.spans([(project_id, name) for project_id in projects])

    def _versions(self, name: str, *, newest: bool, first_page: int = _FIRST) -> Iterator[FlowKey]:
        """Return the keys of one name in the order of their versions."""
        return self.context.store.flow_lists.keys(
            self._spans_of(name), descending=newest, by_version=True, first_page=first_page
        )

    def _name_by_name(self, names: list[str], *, descending: bool) -> Iterator[FlowKey]:
        """Yield the keys of one name after the other, the versions of each in the other direction."""
        for name in reversed(names) if descending else names:
            yield from self._versions(name, newest=not descending)

    def _until_found(self, names: list[str], distinct: Distinct, *, newest: bool) -> Iterator[list[FlowKey]]:
        for batch in in_batches(names, distinct.enough):
            begin = [partial(self._versions, name, newest=newest, first_page=1) for name in batch]
            left = dict(zip(batch, self.context.store.parallel(begin), strict=True))
            size = 1
            while left:
                takes = [partial(_take, keys, self.scope, size) for keys in left.values()]
                found = dict(zip(left, self.context.store.parallel(takes), strict=True))
                yield list(chain.from_iterable(found.values()))
                left = {
                    name: keys for name, keys in left.items() if found[name] and (name,) not in distinct.found
                }
                size = min(2 * size, BATCH)
            if distinct.enough is not None and len(distinct.found) >= distinct.enough:
                return

    def _by_creation(self, spans: Sequence[FlowSpan], *, descending: bool) -> Iterator[FlowKey]:
        """Return the keys by the time of their registration.

        The versions of a place with one group follow each other in time, but for clocks that differ, so its
        list is read only as far as it is needed. The keys of any other list are all read.
        """
        groups = self._groups_of_places()
        keys = partial(self.context.store.flow_lists.keys, descending=descending)
        if groups is None or len(groups) > _MAX_MERGED:
            return sorted_by_creation(self.context.work, keys(spans), descending=descending)
        alone = [place for place, number in groups.items() if number == 1]
        begins = [
            partial(keys, [span], by_version=True, first_page=_FIRST) for span in self.scope.spans(alone)
        ]
        streams = self.context.store.parallel(begins)
        if shared := [place for place, number in groups.items() if number > 1]:
            found = keys(self.scope.spans(shared))
            streams.append(sorted_by_creation(self.context.work, found, descending=descending))
        return merged_by_creation(streams, descending=descending)

    def _groups_of_places(self) -> Counter[NamedPlace] | None:
        """Return how many groups each place in the scope has or had; None for too many or unknown places."""
        scope, places = self.scope, self.places
        if places is not None:
            projects = {project_id: None for project_id, _ in places if project_id is not None}
            names = dict.fromkeys(name for _, name in places)
            scope = replace(scope, projects=projects, names=names, groups=None)
        members = members_of(self.context, scope)
        if members is None or not self.context.store.is_current:
            return None
        groups = Counter[NamedPlace]((member.project_id, member.name) for member in members)
        if places is None:
            return groups
        return Counter({place: groups[place] for place in places}) if {*places} <= {*groups} else None


def _take(keys: Iterator[FlowKey], scope: FlowScope, size: int) -> list[FlowKey]:
    """Return the next keys that a scope has, up to `size` of them."""
    return list(islice(filter(scope.has, keys), size))
