"""What a settled filter demands of every row it lets through: from this a plan knows where to look."""

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from operations.reads.arguments import Where

# So many alternatives of a filter are looked up each by itself; each costs a query at least.
MAX_ALTERNATIVES: Final = 25

# The earliest and the latest time of a column, both included.
Bounds = tuple[datetime | None, datetime | None]


def demands(where: Where | None) -> Iterator[tuple[str, Any]]:
    """The clauses that must all hold, with those under `_and` drawn out; no `_or`, no `_not`."""
    return (clause for clause in _anded(where) if clause[0] not in ("_or", "_not"))


def conjunction(where: Where | None) -> list[tuple[str, Any]] | None:
    """All that a filter says, when that is a list of clauses that must all hold; None when it is not."""
    clauses = list(_anded(where))
    return None if any(name in ("_or", "_not") for name, _ in clauses) else clauses


def _anded(where: Where | None) -> Iterator[tuple[str, Any]]:
    for name, value in (where or {}).items():
        if name == "_and":
            for each in value:
                yield from _anded(each)
        else:
            yield name, value


def tells_all(where: Where | None, names: Collection[str]) -> bool:
    """Whether a filter asks nothing but for these columns, so that what a plan finds by them all matches."""
    clauses = conjunction(where)
    return clauses is not None and all(name in names for name, _ in clauses)


def allowed(where: Where | None, column: str) -> list[Any] | None:
    """The only values that a column may have; None when any may be.

    They come from `_eq` and `_in`, and from an `_or` each alternative of which names some.
    """
    found: list[Any] | None = None
    for name, value in _anded(where):
        for values in _named(name, value, column):
            wanted = dict.fromkeys(values)
            found = list(wanted if found is None else filter(wanted.__contains__, found))
    return found


def _named(name: str, value: Any, column: str) -> Iterator[list[Any]]:
    if name == "_or":
        lists = [allowed(each, column) for each in value]
        known = [each for each in lists if each is not None]
        if len(known) == len(lists):
            yield [each for part in known for each in part]
    elif name == column:
        if "_eq" in value:
            yield [value["_eq"]]
        if "_in" in value:
            yield value["_in"]


def bounds(where: Where | None, column: str, *, step: timedelta = timedelta(0)) -> Bounds:
    """Return the earliest and the latest time that a filter demands of a column, both included.

    `step` is the distance between two times of the column. Without it the bound of a strict comparison is
    included, too, because nothing is known to lie next to it.
    """
    lowers: list[datetime] = []
    uppers: list[datetime] = []
    for name, comparison in demands(where):
        for operator, operand in comparison.items() if name == column else ():
            if operator in ("_gt", "_gte", "_eq"):
                lowers.append(operand + step if operator == "_gt" else operand)
            if operator in ("_lt", "_lte", "_eq"):
                uppers.append(operand - step if operator == "_lt" else operand)
    return max(lowers, default=None), min(uppers, default=None)


def below(where: Where | None, relation: str) -> Where | None:
    """The filter that every row's related row must pass; None when there is none that narrows."""
    parts = [value for name, value in demands(where) if name == relation and value]
    return {"_and": parts} if parts else None


def of_owner(where: Where | None, relation: str, column: str) -> Where:
    """The filter on the owners of what a filter lets through, by the relation and column that lead there."""
    narrower = below(where, relation) or {}
    ids = allowed(where, column)
    return narrower if ids is None else {"_and": [narrower, {"id": {"_in": ids}}]}


def leads(where: Where | None, names: Collection[str]) -> bool:
    """Whether a filter demands values of one of these columns, or something of one of these relations."""
    return any(allowed(where, each) is not None or below(where, each) is not None for each in names)


def alternatives(where: Where | None, names: Collection[str]) -> list[Where] | None:
    """The filters of which one at least must hold, each of which leads by one of these names.

    None when the filter is no choice between such, or between too many.
    """
    clauses = list(_anded(where))
    for place, (name, value) in enumerate(clauses):
        if name == "_or" and len(value) <= MAX_ALTERNATIVES and all(leads(each, names) for each in value):
            others = [{other: asked} for other, asked in clauses[:place] + clauses[place + 1 :]]
            return [{"_and": [*others, each]} for each in value]
    return None
