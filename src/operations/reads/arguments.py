"""The arguments of a list, as a client gives them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from domain.errors import BadUserInput
from domain.odd_values import check_plain
from domain.work import Work

Where = Mapping[str, Any]

MAX_LIMIT: Final = 5_000
MAX_OFFSET: Final = 10_000
# How many values a list in a filter may have, such as the ids of a largest page.
MAX_VALUES: Final = 5_000
MAX_PARTS: Final = 1_000
# How many terms an order may have, and how many columns may be named.
MAX_TERMS: Final = 100
MAX_TEXT: Final = 10_000
# How many levels of lists and objects a filter may have: Python compiles and evaluates them by recursion.
MAX_LEVELS: Final = 100

_PARTS: Final = ("_and", "_or")
_CLAUSES: Final = (*_PARTS, "_not")
# Units for a value of a list, for a clause, and for a character: what all steps up to the plan take for them.
_VALUE: Final = 1.5
_CLAUSE: Final = 5.0
_CHARACTER: Final = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Arguments:
    """The arguments of a list: of a root list, or of a list inside of rows."""

    where: Where | None = None
    order_by: Sequence[Mapping[str, Any]] = ()
    limit: int | None = None
    offset: int | None = None
    distinct_on: Sequence[str] = ()

    def check(self, work: Work) -> None:
        """Raise BadUserInput for arguments that no list can have, or if the budget is used up.

        Nothing looks at a filter before it has drawn what looking at it costs.
        """
        check_count("order_by", sum(map(_terms, self.order_by)), MAX_TERMS)
        check_count("distinct_on", len(self.distinct_on), MAX_TERMS)
        _check_size(self.where, work)
        check_plain(self.where, "where")
        for name, value, most in (("limit", self.limit, MAX_LIMIT), ("offset", self.offset, MAX_OFFSET)):
            if value is not None and not 0 <= value <= most:
                raise BadUserInput(f"{name} must be from 0 to {most:,}, not {value}.")
        columns = [next(iter(keys), None) for keys in self.order_by]
        if self.distinct_on and columns and columns[0] not in self.distinct_on:
            raise BadUserInput("distinct_on: its columns must come first in order_by.")

    @property
    def is_unlimited(self) -> bool:
        """True if the list goes from its first row to its last."""
        return self.limit is None and not self.offset and not self.distinct_on

    @property
    def ask_nothing(self) -> bool:
        """True if the list has every row, in any order."""
        return self.where is None and not self.order_by and self.is_unlimited

    @property
    def enough(self) -> int | None:
        """The number of matching rows, in order, that fill the page; None if all must be looked at."""
        if self.limit is None or self.distinct_on:
            return None
        return self.limit + (self.offset or 0)

    def page_size(self, count: int) -> int:
        """Return how many of `count` rows are on the page."""
        left = max(0, count - (self.offset or 0))
        return left if self.limit is None else min(left, self.limit)


def check_count(name: str, count: int, most: int) -> None:
    """Raise BadUserInput if an argument has too many values."""
    if count > most:
        raise BadUserInput(f"{name} has {count:,} values; at most {most:,} are possible.")


def _terms(keys: Any) -> int:
    """Return the number of terms in a part of an order, which counts for one at least."""
    return max(1, sum(map(_terms, keys.values()))) if isinstance(keys, Mapping) else 1


def _check_size(where: Where | None, work: Work) -> None:
    """Draw what a filter costs. Raises BadUserInput for too long a list or text, or too many levels."""
    left: list[tuple[str, Any, int]] = [("where", where, 1)] if where else []
    while left:
        name, value, level = left.pop()
        if level > MAX_LEVELS:
            raise BadUserInput(f"where is nested too deeply; at most {MAX_LEVELS} levels are possible.")
        for below, item in _parts(name, value, work):
            if isinstance(item, str):
                _check_text(below, item)
                work.draw(len(item) * _CHARACTER, below)
            elif isinstance(item, dict | list):
                left.append((below, item, level + 1))


def _parts(name: str, value: dict[str, Any] | list[Any], work: Work) -> list[tuple[str, Any]]:
    """Return the values of a part of a filter, each with its name in errors, once their clauses are drawn."""
    if isinstance(value, list):
        check_count(name, len(value), MAX_PARTS if name in _PARTS else MAX_VALUES)
        work.draw(len(value) * _VALUE, name)
        return [(name, item) for item in value]
    work.draw(len(value) * _CLAUSE, name)
    for key in value:
        _check_text(name, key)
    is_operand = name.startswith("_") and name not in _CLAUSES
    return [(name if is_operand else key, item) for key, item in value.items()]


def _check_text(name: str, text: str) -> None:
    if len(text) > MAX_TEXT:
        raise BadUserInput(f"{name} has {len(text):,} characters; at most {MAX_TEXT:,} are possible.")
