"""Rows, the needs of a request, and compiled lists: the things that a query works with."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from domain.errors import PayloadTooLarge, TooMuchWork
from domain.parts import Part
from domain.work import Work
from operations.reads.arguments import Arguments, Where
from operations.reads.entities.description import Entity
from operations.reads.entities.registry import ENTITIES
from operations.reads.where.terms import Term

# The response keys that lead to a field, without the indexes of lists.
ResponsePath = tuple[str, ...]


class UndecidedError(Exception):
    """A filter looks at a list, or at a related row, that is not loaded yet."""


@dataclass(slots=True)
class Row:
    """A domain object with the rows that were loaded for it.

    `related` has related rows by the name of the relation, `loaded` the parts with which they were read.
    `lists` has the lists inside of the row that were found by plans of their own: rows, or an aggregate.
    `fields` has the nested list that each field of the response shows, `shown` what of these lists and
    relations the response has shown.
    """

    value: Any
    related: dict[str, Any] = field(default_factory=dict)
    loaded: dict[str, frozenset[Part]] = field(default_factory=dict)
    lists: dict["NestedList", Any] = field(default_factory=dict)
    fields: dict[ResponsePath, "NestedList"] = field(default_factory=dict)
    shown: "set[NestedList | str] | None" = None

    def shows_again(self, found: "NestedList | str") -> bool:
        """Note that the response shows a list of this row, or its related rows; return True if it did before.

        Related rows are known by the name of their relation, whatever part of them is shown.
        """
        if self.shown is None:
            self.shown = set()
        if found in self.shown:
            return True
        self.shown.add(found)
        return False

    def lacks(self, relation: str, parts: frozenset[Part]) -> bool:
        """Return True if a relation is not loaded yet, or not with these parts."""
        return relation not in self.related or not parts <= self.loaded.get(relation, frozenset())

    def known(self, relation: str) -> Any:
        """Return the related rows of a relation. Raises UndecidedError if it is not loaded yet."""
        try:
            return self.related[relation]
        except KeyError:
            raise UndecidedError from None

    def has_any(self, nested: "NestedList") -> bool:
        """Return True if a nested list has rows. Raises UndecidedError if it is not loaded yet."""
        try:
            return bool(self.lists[nested])
        except KeyError:
            raise UndecidedError from None


# True, False, or None: unknown, as in SQL.
Truth = bool | None
Predicate = Callable[[Row], Truth]


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter, compiled once: without null for the plans, as a predicate, and the needs of the predicate.

    `clauses` is the number of comparisons with a row, `values` the number of all values in the filter.
    """

    where: Where
    matches: Predicate
    need: "Need"
    clauses: int = 0
    values: int = 1

    def passed(self, rows: Sequence[Row], work: Work) -> list[Row]:
        """Return the rows that match. Raises BadUserInput if the budget is used up."""
        work.draw(len(rows) * self.clauses, "where")
        matches = self.matches
        return [row for row in rows if matches(row) is True]


@dataclass(frozen=True, slots=True)
class Listing:
    """A list, compiled once from its arguments: its filter, its order, and the needs of both."""

    arguments: Arguments
    filter: Filter
    order: Sequence[Term]
    need: "Need"


@dataclass(frozen=True, slots=True)
class NestedList:
    """A list inside of rows; the same relation may be asked for several times with different arguments.

    Two nested lists are equal if their relations and arguments are (variables filled in, the keys of a sort
    order as they were written), and if both want rows or both want an aggregate.

    For each row that has the list, graphql-core reads `written` values of its arguments from the document.
    The response shows `width` fields of each row of the list.
    """

    relation: str
    listing: Listing = field(compare=False)
    aggregate: bool = False
    written: int = field(default=0, compare=False)
    width: int = field(default=0, compare=False)
    _text: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Keep the arguments as text, because text can be compared and hashed."""
        object.__setattr__(self, "_text", repr(self.listing.arguments))


@dataclass(slots=True)
class Need:
    """The columns of an entity, and the relations with their own needs, that something looks at.

    Selections, filters and orders have needs. `lists` are the nested lists that are found by plans of their
    own, each with the need of its rows. `fields` has the nested list that each field of the response shows.
    `width` is the number of fields that the response shows of each row, with those of one row of each list.
    `every_row` is True for an aggregate that shows its rows, or counts their values. Any other shows only the
    smallest and largest values of its columns. `counts` is False for an aggregate that does not show the
    number of its rows; it is None if that is not known.
    """

    columns: set[str] = field(default_factory=set)
    relations: dict[str, "Need"] = field(default_factory=dict)
    lists: dict[NestedList, "Need"] = field(default_factory=dict)
    fields: dict[ResponsePath, NestedList] = field(default_factory=dict)
    width: int = 0
    every_row: bool = False
    counts: bool | None = None

    def __bool__(self) -> bool:
        """Return True if anything is needed."""
        return bool(self.columns or self.relations or self.lists)

    def relation(self, name: str) -> "Need":
        """Return the need of a relation, which is new when the relation is first asked for."""
        return self.relations.setdefault(name, Need())

    def nested(self, nested: NestedList) -> "Need":
        """Return the need of the rows of a nested list, which is new when the list is first asked for."""
        return self.lists.setdefault(nested, Need())

    def add(self, other: "Need") -> None:
        """Add the columns, relations and lists of another need."""
        self.columns |= other.columns
        for name, need in other.relations.items():
            self.relation(name).add(need)
        for nested, need in other.lists.items():
            self.nested(nested).add(need)
        self.fields |= other.fields

    def has_lists(self) -> bool:
        """Return True if lists that are found by plans of their own are needed, at any depth."""
        return bool(self.lists) or any(need.has_lists() for need in self.relations.values())

    def parts(self, entity: Entity) -> frozenset[Part]:
        """Return the parts of the stored entity that must be read."""
        parts = {entity.columns[name].part for name in self.columns}
        for name, below in self.relations.items():
            relation = entity.relations[name]
            parts.add(relation.part)
            if relation.contained is not None:
                parts |= below.parts(ENTITIES[relation.target])
        return frozenset([part for part in parts if part is not None])


class Inside:
    """The context of a list: an error that ends a request names the list, and the lists around it."""

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        self._name = name

    def __enter__(self) -> None: ...

    def __exit__(self, _type: object, error: BaseException | None, _traceback: object) -> None:
        if isinstance(error, PayloadTooLarge | TooMuchWork):
            error.inside(self._name)
