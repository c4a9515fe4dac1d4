"""What a filter demands of every row it lets through: from this a plan knows where to look."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from operations.reads.arguments import Where


def demands(where: Where | None) -> Iterator[tuple[str, Any]]:
    """The clauses that must all hold, with those under `_and` drawn out; null ones left out."""
    for name, value in (where or {}).items():
        if value is None:
            continue
        if name == "_and":
            for each in value:
                yield from demands(each)
        elif name not in ("_or", "_not"):
            yield name, value


def conjunction(where: Where | None) -> list[tuple[str, Any]] | None:
    """All that a filter says, when that is a list of clauses that must all hold; None when it is not."""
    if any(name in ("_or", "_not") and value is not None for name, value in _anded(where)):
        return None
    return list(demands(where))


def _anded(where: Where | None) -> Iterator[tuple[str, Any]]:
    for name, value in (where or {}).items():
        if name == "_and":
            for each in value or ():
                yield from _anded(each)
        else:
            yield name, value


def allowed(where: Where | None, column: str) -> list[Any] | None:
    """The only values that a column may have, from `_eq` and `_in`; None when any may be."""
    found: list[Any] | None = None
    for name, comparison in demands(where):
        if name != column:
            continue
        for operator in ("_eq", "_in"):
            operand = comparison.get(operator)
            if operand is None:
                continue
            values = operand if operator == "_in" else [operand]
            found = list(dict.fromkeys(values if found is None else (v for v in found if v in values)))
    return found


def bounds(where: Where | None, column: str) -> tuple[datetime | None, datetime | None]:
    """The earliest and the latest time that a column may have, both included."""
    lower: datetime | None = None
    upper: datetime | None = None
    for name, comparison in demands(where):
        if name != column:
            continue
        for operator, operand in comparison.items():
            if operand is None:
                continue
            if operator in ("_gt", "_gte", "_eq"):
                lower = operand if lower is None else max(lower, operand)
            if operator in ("_lt", "_lte", "_eq"):
                upper = operand if upper is None else min(upper, operand)
    return lower, upper


def below(where: Where | None, relation: str) -> Where | None:
    """The filter that every row's related row must pass; None when there is none that narrows."""
    parts = [value for name, value in demands(where) if name == relation and narrows(value)]
    return {"_and": parts} if parts else None


def of_owner(where: Where | None, relation: str, column: str) -> Where:
    """The filter on the owners of what a filter lets through, by the relation and column that lead there."""
    narrower = below(where, relation) or {}
    ids = allowed(where, column)
    return narrower if ids is None else {"_and": [narrower, {"id": {"_in": ids}}]}


def narrows(where: Where) -> bool:
    """Whether a filter says anything: clients send many that compare with null alone."""
    return any(_says(name, value) for name, value in where.items())


def _says(name: str, value: Any) -> bool:
    if value is None:
        return False
    if name == "_and":
        return any(narrows(each) for each in value)
    if name.startswith("_") and name != "_not":  # alternatives, or a comparison with something
        return True
    return narrows(value)
