"""Rows: what a query works on and answers with."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from domain.parts import Part
from operations.reads.arguments import NestedList
from operations.reads.entities.description import Entity


class Undecided(Exception):
    """A filter looks at a list that is not loaded yet."""


@dataclass(slots=True)
class Row:
    """A domain object with the related rows that were loaded for it, and with which parts they were.

    `lists` has what was asked for by arguments: rows, or the aggregate of rows.
    """

    value: Any
    related: dict[str, Any] = field(default_factory=dict)
    loaded: dict[str, frozenset[Part]] = field(default_factory=dict)
    lists: dict[NestedList, Any] = field(default_factory=dict)

    def lacks(self, relation: str, parts: frozenset[Part]) -> bool:
        """Whether a relation is not there yet, or not with these parts."""
        return relation not in self.related or not parts <= self.loaded.get(relation, frozenset())

    def has_any(self, wanted: NestedList) -> bool:
        """Whether a list that was asked for has rows. Raises Undecided when it is not there yet."""
        try:
            return bool(self.lists[wanted])
        except KeyError:
            raise Undecided from None


@dataclass(slots=True)
class Need:
    """What a selection, filter or order asks of an entity: columns, and relations with their own needs.

    `lists` are relations found by a plan of their own, each with its arguments.
    """

    columns: set[str] = field(default_factory=set)
    relations: dict[str, "Need"] = field(default_factory=dict)
    lists: dict[NestedList, "Need"] = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Whether it asks for anything."""
        return bool(self.columns or self.relations or self.lists)

    def relation(self, name: str) -> "Need":
        """The need of a relation, made when it is first asked for."""
        return self.relations.setdefault(name, Need())

    def nested(self, wanted: NestedList) -> "Need":
        """The need of a list inside, made when it is first asked for."""
        return self.lists.setdefault(wanted, Need())

    def merge(self, other: "Need") -> "Need":
        """Add what another need asks for; answers itself."""
        self.columns |= other.columns
        for name, need in other.relations.items():
            self.relation(name).merge(need)
        for wanted, need in other.lists.items():
            self.nested(wanted).merge(need)
        return self

    def has_lists(self) -> bool:
        """Whether it asks for lists that are found by plans of their own, at any depth."""
        return bool(self.lists) or any(need.has_lists() for need in self.relations.values())

    def parts(self, entity: Entity) -> frozenset[Part]:
        """The parts of the stored entity that must be read for it."""
        return frozenset(self._parts(entity))

    def _parts(self, entity: Entity) -> Iterator[Part]:
        parts = [entity.columns[name].part for name in self.columns]
        parts += [entity.relations[name].part for name in self.relations]
        yield from (part for part in parts if part is not None)
