"""The constraints that a settled filter puts on every row: from these a plan knows where to look."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, Final

from operations.reads.arguments import Where

# How many alternatives of a filter are looked up, because each of them costs one query at least.
MAX_ALTERNATIVES: Final = 25

_WILDCARDS: Final = frozenset("%_\\")

# The earliest and the latest time of a column, both included.
Bounds = tuple[datetime | None, datetime | None]


def demands(where: Where | None) -> list[tuple[str, Any]]:
    """Return the clauses that must all hold, including those under `_and`, but no `_or` and no `_not`."""
    return [clause for clause in _clauses(where) if clause[0] not in ("_or", "_not")]


def negated(where: Where | None) -> list[Where]:
    """Return the filters that must all be untrue, including those under `_and`."""
    return [value for name, value in _clauses(where) if name == "_not"]


def conjunction(where: Where | None) -> list[tuple[str, Any]] | None:
    """Return all clauses of a filter if all of them must hold; None if it has an `_or` or a `_not`."""
    clauses = _clauses(where)
    return None if any(name in ("_or", "_not") for name, _ in clauses) else clauses


def _clauses(where: Where | None) -> list[tuple[str, Any]]:
    """Return the clauses in their order. No recursion: each clause costs the same at any depth of `_and`."""
    found: list[tuple[str, Any]] = []
    left = [iter((where or {}).items())]
    while left:
        for name, value in left[-1]:
            if name == "_and":
                left.append(clause for part in value for clause in part.items())
                break
            found.append((name, value))
        else:
            left.pop()
    return found


def tells_all(where: Where | None, names: Collection[str]) -> bool:
    """Return True if a filter has conditions on these columns alone.

    Every row that a plan finds by these columns matches such a filter.
    """
    clauses = conjunction(where)
    return clauses is not None and all(name in names for name, _ in clauses)


def allowed(where: Where | None, column: str) -> list[Any] | None:
    """Return the only values that a column may have; None if it may have any value.

    The values come from `_eq` and `_in`, from a `_like` without a wildcard, and from an `_or` each
    alternative of which names some.
    """
    found: list[Any] | None = None
    for name, value in _clauses(where):
        for values in _named_values(name, value, column):
            wanted = dict.fromkeys(values)
            found = list(wanted if found is None else filter(wanted.__contains__, found))
    return found


def _named_values(name: str, value: Any, column: str) -> list[list[Any]]:
    """Return the lists of values to which a clause narrows a column; [] if it allows any."""
    found: list[list[Any]] = []
    if name == "_or":
        lists = [allowed(alternative, column) for alternative in value]
        known = [values for values in lists if values is not None]
        if len(known) == len(lists):
            found.append([option for values in known for option in values])
    elif name == column:
        if "_eq" in value:
            found.append([value["_eq"]])
        if "_in" in value:
            found.append(value["_in"])
        if "_like" in value and _WILDCARDS.isdisjoint(value["_like"]):
            found.append([value["_like"]])
    return found


def bounds(where: Where | None, column: str, *, step: timedelta = timedelta(0)) -> Bounds:
    """Return the earliest and the latest time that a filter allows of a column, both included.

    `step` is the distance between two times of the column. Without it, the operand of a strict comparison is
    included, too.
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


def demands_value(where: Where | None, column: str) -> bool:
    """Return True if a filter lets through only rows whose column, of an ordered kind, has a value."""
    return any(
        name == column
        and (
            comparison.get("_is_null") is False
            or any(operator in comparison for operator in ("_eq", "_gt", "_gte", "_lt", "_lte"))
        )
        for name, comparison in demands(where)
    )


def below(where: Where | None, relation: str) -> Where | None:
    """Return the filter that the related row of every row must pass; None if there is no such condition."""
    parts = [value for name, value in demands(where) if name == relation and value]
    return {"_and": parts} if parts else None


def of_owner(where: Where | None, relation: str, column: str) -> Where:
    """Return the filter on the owners of the rows, by the relation and the column that lead to the owners."""
    of_related = below(where, relation) or {}
    ids = allowed(where, column)
    return of_related if ids is None else {"_and": [of_related, {"id": {"_in": ids}}]}


def leads(where: Where | None, names: Collection[str]) -> bool:
    """Return True if a filter names values of one of these columns, or narrows one of these relations."""
    return any(allowed(where, name) is not None or _narrows(below(where, name)) for name in names)


def _narrows(of_related: Where | None) -> bool:
    """Return True if a filter on related rows asks more of them than that there are some.

    Clients send null for what their user did not name, which leaves filters on relations without a condition.
    """
    for name, value in (of_related or {}).items():
        if name == "_and":
            if any(map(_narrows, value)):
                return True
        elif name.startswith("_") or _narrows(value):
            return True
    return False


def alternatives(where: Where | None, names: Collection[str]) -> list[Where] | None:
    """Return filters of which at least one must hold, each of which leads by one of these names.

    None if the filter is no choice between such filters, or a choice between too many.
    """
    clauses = _clauses(where)
    for place, (name, value) in enumerate(clauses):
        if name == "_or" and len(value) <= MAX_ALTERNATIVES and all(leads(part, names) for part in value):
            others = [{other: condition} for other, condition in clauses[:place] + clauses[place + 1 :]]
            return [{"_and": [*others, part]} for part in value]
    return None
