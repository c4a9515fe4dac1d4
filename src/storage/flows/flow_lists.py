"""The lists of flows: all versions in the indexes, by name and version, and the groups in each project."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from domain.flows.flow_keys import FlowKey, FlowSpan, Member
from domain.flows.flows import FlowGroup
from domain.names import is_possible_name
from storage.dynamodb.index_ranges import RANGE_PAGE, Entry, IndexRanges, Range, by_sort_key
from storage.dynamodb.items import Item
from storage.dynamodb.table import Table
from storage.flows.former_places import FormerPlaces
from storage.flows.group_places import GROUP_OF_NAME, Place
from storage.layout.attributes import read_text, text
from storage.layout.indexes import BY_FLOW, BY_TENANT
from storage.layout.keys import SEPARATOR, Keys, flow_order
from storage.layout.queries import in_partition


class FlowLists:
    """The lists of one tenant's flows, each read only as far as it is used."""

    def __init__(self, table: Table, keys: Keys) -> None:
        self._table = table
        self._keys = keys
        self._ranges = IndexRanges(table)
        self._places = FormerPlaces(table, keys)

    def keys(
        self,
        spans: Sequence[FlowSpan],
        *,
        descending: bool,
        by_version: bool = False,
        first_page: int = RANGE_PAGE,
        page: int = RANGE_PAGE,
    ) -> Iterator[FlowKey]:
        """Yield the keys of the flows in these spans, by name and version or, `by_version`, by version alone.

        Spans that are read by version have one name each. The first pages are read side by side, each further
        page when it is needed. Names that no flow can have are not asked for, because the database refuses
        keys of their length.
        """
        begun = [
            (self._range(span), None) for span in spans if span.name is None or is_possible_name(span.name)
        ]
        order = _by_version if by_version else by_sort_key
        entries = self._ranges.merged(
            begun, descending=descending, first_page=first_page, page=page, order=order
        )
        return (_flow_key(sort_key, item) for sort_key, item in entries)

    def _range(self, span: FlowSpan) -> Range:
        index, partition = BY_TENANT, self._keys.flows()
        if span.project_id is not None:
            index, partition = BY_FLOW, self._keys.project_flows(span.project_id)
        if span.name is None:
            return Range(index, partition)
        bounds = (flow_order(span.name, version) for version in (span.lowest, span.highest))
        return Range(index, partition, *bounds)

    def members(self, project_ids: Sequence[str], names: Sequence[str] | None = None) -> list[Member]:
        """Return the places of groups in these projects, read consistently: all, or those of these names.

        Each project and name takes one query, all in parallel. Every version is in a place of its group, but
        a place may have lost its last version.
        """
        prefixes = _prefixes(names)
        found = self._table.parallel(
            [partial(self._members, project_id, prefix) for project_id in project_ids for prefix in prefixes]
        )
        return [member for members in found for member in members]

    def _members(self, project_id: str, prefix: str) -> list[Member]:
        items = self._table.query_all(
            **in_partition(self._keys.project(project_id), prefix),
            ConsistentRead=True,
        )
        return _as_members(project_id, items)

    def next_members(self, project_id: str, behind: Member | None, most: int) -> list[Member]:
        """Return the first places of groups in a project, or those behind one, perhaps some moments old."""
        start = None
        if behind is not None and behind.group_id:
            start = Place(project_id, behind.name).member(self._keys, behind.group_id)
        page = self._table.query(
            start, **in_partition(self._keys.project(project_id), GROUP_OF_NAME), Limit=most
        )
        return _as_members(project_id, page.items)

    def places(self, groups: Sequence[FlowGroup]) -> list[Member]:
        """Return the places of these groups: that of the newest version, and the former ones."""
        former = self._table.parallel([partial(self._places.of, group) for group in groups])
        return [
            Member(place.project_id, place.flow_name, group.id)
            for group, places in zip(groups, former, strict=True)
            for place in (Place.of(group), *places)
        ]

    def group_ids(self, project_ids: Sequence[str], names: Sequence[str] | None, limit: int) -> list[str]:
        """Return the ids of the groups that ever had a flow in these projects, with one of `names` if given.

        Each project and name takes one query, all in parallel, for at most `limit` groups.
        """
        prefixes = _prefixes(names)
        found = self._table.parallel(
            [
                partial(self._groups_in, project_id, prefix, limit)
                for project_id in project_ids
                for prefix in prefixes
            ]
        )
        return list(dict.fromkeys(group for groups in found for group in groups))

    def _groups_in(self, project_id: str, prefix: str, limit: int) -> list[str]:
        page = self._table.query(
            **in_partition(self._keys.project(project_id), prefix),
            ConsistentRead=True,
            Limit=limit,
        )
        return [read_text(item, "sk").rpartition(SEPARATOR)[2] for item in page.items]

    def ids_in_project(self, project_id: str, name: str | None, limit: int) -> list[str]:
        """Return ids of a project's flows by name, newest version first, or only those of this name."""
        return self._ids("by_flow", "flow_shard", self._keys.project_flows(project_id), name, limit)

    def ids_in_tenant(self, name: str | None, limit: int) -> list[str]:
        """Return ids of the tenant's flows by name, newest version first, or only those of this name."""
        return self._ids("by_tenant", "tenant_shard", self._keys.flows(), name, limit)

    def _ids(self, index: str, attribute: str, partition: str, name: str | None, limit: int) -> list[str]:
        names = {"#partition": attribute}
        values: dict[str, Any] = {":partition": text(partition)}
        condition = "#partition = :partition"
        if name is not None:
            names["#order"] = "order"
            values[":name"] = text(name + SEPARATOR)
            condition += " AND begins_with(#order, :name)"
        page = self._table.query(
            IndexName=index,
            KeyConditionExpression=condition,
            ExpressionAttributeNames=names,
            ExpressionAttributeValues=values,
            ScanIndexForward=False,
            Limit=limit,
        )
        return [read_text(item, "pk").rpartition("#")[2] for item in page.items]


def _prefixes(names: Sequence[str] | None) -> list[str]:
    """Return the beginnings of the sort keys at which a project lists groups of these names, or all."""
    if names is None:
        return [GROUP_OF_NAME]
    return [f"{GROUP_OF_NAME}{name}{SEPARATOR}" for name in names if is_possible_name(name)]


def _as_members(project_id: str, items: Sequence[Item]) -> list[Member]:
    places = (read_text(item, "sk").removeprefix(GROUP_OF_NAME).rpartition(SEPARATOR) for item in items)
    return [Member(project_id, name, group_id) for name, _, group_id in places]


def _by_version(entry: Entry) -> tuple[str, str]:
    return entry[0].rpartition(SEPARATOR)[2], read_text(entry[1], "pk")


def _flow_key(sort_key: str, item: Item) -> FlowKey:
    name, _, version = sort_key.rpartition(SEPARATOR)
    return FlowKey(read_text(item, "pk").rpartition("#")[2], name, int(version))
