"""The terms of a sort order: Hasura's `order_by`, read term by term."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Term:
    """One sort key: a column, perhaps of a related row, and its direction."""

    path: tuple[str, ...]
    descending: bool
    nulls_first: bool


def parse_order(order_by: Sequence[Mapping[str, Any]]) -> list[Term]:
    """Return the terms of an order, the most significant one first.

    The order of the keys in an object is the order of their terms. A column that is repeated is left out,
    because rows that its first term leaves side by side are equal in it.
    """
    terms: dict[tuple[str, ...], Term] = {}
    for keys in order_by:
        for name, value in keys.items():
            for term in _terms((name,), value):
                terms.setdefault(term.path, term)
    return list(terms.values())


def _terms(path: tuple[str, ...], value: Any) -> list[Term]:
    if value is None:
        return []
    if isinstance(value, Mapping):
        return [term for name, below in value.items() for term in _terms((*path, name), below)]
    descending = value.startswith("desc")
    nulls_first = value.endswith("nulls_first") or (descending and not value.endswith("nulls_last"))
    return [Term(path, descending, nulls_first)]
