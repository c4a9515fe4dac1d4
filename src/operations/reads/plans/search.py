"""The task of a plan and the plan itself: candidates, read in batches and never without a bound."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final, Generic, Protocol, TypeVar

from domain.errors import BadUserInput
from domain.parts import Part
from operations.context import Context
from operations.reads.arguments import MAX_LIMIT, Where
from operations.reads.where.terms import Term

# How many rows one query may look at, unless it asks for a page of more rows. Beyond it the query fails with
# an error that names the filter which would narrow it.
MAX_ROWS: Final = 1_000
BATCH: Final = 100
_SPARE: Final = 8


@dataclass(frozen=True, slots=True)
class Distinct:
    """The columns by which a list has one row for each value, and the values of the rows found so far.

    `enough` is the number of values that fill the page. `found` grows while the plan is read: a plan may
    leave out further candidates with a value that was found, if the list wants the first of them.
    """

    columns: tuple[str, ...]
    enough: int | None
    found: set[tuple[Any, ...]] = field(default_factory=set)


@dataclass(slots=True)
class Reach:
    """How far a walk in ascending order has come that ends early, instead of with an error.

    `last` is the id of the last row up to which all candidates were looked at; None if the walk came to its
    end.
    """

    last: str | None = None

    def end_at(self, identifier: str) -> None:
        """Note the end of a walk. Of several, the one that ends first counts."""
        self.last = identifier if self.last is None else min(self.last, identifier)


@dataclass(frozen=True, slots=True)
class Search:
    """The task of a plan: the filter, the order, and the parts of each candidate that must be read.

    `enough` is the number of rows that fill the page, when the candidates come in the order of the list.
    `unlimited` is True for a list without a limit: its plan may leave out the oldest rows if the response
    says so. It is False for an aggregate, because nothing may be left out of an aggregate.
    `complete` is True if nothing may be left out, however the list is limited.
    `owner` is the object whose rows are wanted, for a list inside of another row.
    `distinct` is given for a list with one row for each value of some columns.
    `reach` is given if another request can go on where a walk through flow runs ends.
    `width` is the number of fields that the response shows of each row.
    `is_part` is True if other searches find rows of the same list, so that no plan is told what was found.
    """

    where: Where | None
    order: Sequence[Term] = ()
    parts: frozenset[Part] = frozenset()
    consistent: bool = True
    enough: int | None = None
    unlimited: bool = False
    complete: bool = False
    owner: object | None = None
    distinct: Distinct | None = None
    reach: Reach | None = None
    width: int = 0
    is_part: bool = False

    @property
    def first(self) -> int | None:
        """The number of candidates that fill the page if they may come in any order; None if they may not."""
        return None if self.order else self.enough

    @property
    def page(self) -> int:
        """The number of rows that fill the page, if it is known, and at most the largest page."""
        return min(self.enough or 0, MAX_LIMIT)


T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Plan(Generic[T_co]):
    """Candidates in batches; `in_order` is True if they come in the order of the list.

    `terms` is the number of the terms of the order by which they then come. `may_stray` is True if the last
    candidates may be out of order, because they were not where they belong.

    `path` names the indexes and bounds of the plan, so that a client can see why a query costs what it costs.
    `progress` is told how far the list has come, if the plan depends on that.
    """

    path: str
    batches: Iterator[Sequence[T_co]]
    in_order: bool = False
    terms: int = 1
    may_stray: bool = False
    progress: "Progress | None" = None


class Progress(Protocol):
    """What a plan wants to know of the list that looks at its candidates."""

    def found(self, rows: int) -> None:
        """Note how many rows of the list were found so far."""

    def fill(self, last: object) -> None:
        """Note that the page is full for now, and the value of its last row by which the list is ordered."""

    def facts(self) -> dict[str, Any]:
        """Return how far the plan has come, for an error that ends it."""


Planner = Callable[[Context, Search], Plan[object]]


def in_batches(values: Iterable[T], first: int | None = None) -> Iterator[list[T]]:
    """Cut values into batches: the `first` as large as the page, each other one twice as large, up to BATCH.

    The batches grow because a filter may leave most candidates out.
    """
    size, left = min(first or BATCH, BATCH), iter(values)
    while batch := list(islice(left, size)):
        yield batch
        size = min(2 * size, BATCH)


def at_most(most: int, values: list[str], entity: str, column: str) -> list[str]:
    """Return the values. Raises BadUserInput if there are more than `most`."""
    if len(values) > most:
        raise BadUserInput(
            f"{entity}: this query would have to look at more than {most:,} rows. Narrow it by {column}."
        )
    return values


def bounded(most: int, values: list[str], entity: str, column: str) -> list[str]:
    """Return the values that a filter names of a column, each of which will be looked up.

    Raises BadUserInput if there are more than `most`, before any of them is.
    """
    if len(values) > most:
        raise BadUserInput(
            f"{entity}: this query would have to look at more than {most:,} rows. Narrow it by {column}, of "
            f"which it names {len(values):,} values, or split it into several requests."
        )
    return values


def share(rows: int, ranges: int) -> int:
    """Return the size of the first page of each range, for so many rows over all ranges.

    It is a little more than an equal share, so that most lists are full after the first round of queries.
    """
    return rows if ranges < 2 else min(rows, rows // ranges + _SPARE)  # noqa: PLR2004
