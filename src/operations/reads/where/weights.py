"""The weight of a settled filter: the clauses that each row is compared with, and all its values."""

from collections.abc import Mapping
from typing import Any

from operations.reads.arguments import Where
from operations.reads.entities.description import Entity
from operations.reads.entities.registry import ENTITIES


def clauses_of(entity: Entity, where: Where) -> int:
    """Return the number of comparisons of a row with a filter, at most; rows of its lists draw their own."""
    return sum(_clauses(entity, name, value) for name, value in where.items())


def _clauses(entity: Entity, name: str, value: Any) -> int:
    if name in ("_and", "_or"):
        return 1 + sum(clauses_of(entity, part) for part in value)
    if name == "_not":
        return 1 + clauses_of(entity, value)
    relation = entity.relations.get(name)
    if relation is None:
        return len(value)
    if relation.many:
        return 1
    return 1 + clauses_of(ENTITIES[relation.target], value)


def values_of(value: Any) -> int:
    """Return the number of values in a filter, each list and object counted."""
    if isinstance(value, Mapping):
        return 1 + sum(map(values_of, value.values()))
    if isinstance(value, list):
        return 1 + len(value) + sum(values_of(item) for item in value if isinstance(item, Mapping | list))
    return 1
