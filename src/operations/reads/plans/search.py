"""What a plan is made for, and what it is: candidates, read in batches and never without a bound."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from domain.errors import BadUserInput
from operations.context import Context
from operations.reads.arguments import MAX_LIMIT, Where
from operations.reads.rows import Need
from operations.reads.where.ordering import Term

# What one query may look at, unless it asks for a page of more. Beyond it the answer is an error that names
# the filter which would narrow it.
MAX_ROWS: Final = 1_000
BATCH: Final = 100
_SPARE: Final = 8
# What all lists of one request may read together, whatever each of them may.
MAX_ITEMS: Final = 20_000


@dataclass(frozen=True, slots=True)
class Search:
    """What a plan is made for: the filter, the order, and what must be read of each candidate.

    `enough` is how many rows fill the page, when the candidates come in the order that is asked for.
    `unlimited` says that a list has no limit, so that a plan may leave out what is oldest where that is told;
    of an aggregate nothing may be left out.
    `owner` is the object whose rows are wanted, where a list stands inside of another row.
    """

    where: Where | None
    order: Sequence[Term]
    need: Need
    consistent: bool = True
    enough: int | None = None
    unlimited: bool = False
    owner: Any = None

    @property
    def page(self) -> int:
        """How many rows fill the page, as far as that is told, and no more than a page may have."""
        return min(self.enough or 0, MAX_LIMIT)


@dataclass(frozen=True, slots=True)
class Plan:
    """Candidates in batches; `in_order` says that they come in the order that was asked for.

    `path` names the way they are found, for whoever asks what a query costs and why.
    """

    path: str
    batches: Iterator[list[Any]]
    in_order: bool = False


Planner = Callable[[Context, Search], Plan]


def check_total(context: Context) -> None:
    """Raise BadUserInput when the request has read more than all its lists together may."""
    if context.cost().get("items_read", 0) > MAX_ITEMS:
        raise BadUserInput(
            f"This request has read more than {MAX_ITEMS:,} items over all its lists. Ask for less at once: "
            "narrow its lists by where or limit, or split it into several requests."
        )


def at_most(most: int, values: list[str], entity: str, column: str) -> list[str]:
    """Answer the values. Raises BadUserInput when there are more than `most`."""
    if len(values) > most:
        raise BadUserInput(
            f"{entity}: this query would have to look at more than {most:,} rows. Narrow it by {column}."
        )
    return values


def share(rows: int, ranges: int) -> int:
    """How much of each range is read at first for so many rows of all.

    A little more than its share, so that most pages are full after the first round of queries.
    """
    return rows if ranges < 2 else min(rows, rows // ranges + _SPARE)  # noqa: PLR2004
