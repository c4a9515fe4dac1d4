"""Filters without null: what is left of a filter when all that compares with null is taken out.

Clients send null for every filter that their user did not give, so a comparison with null is no condition.
It never lets a row through by itself, though: an alternative of `_or` that compares with nothing but null is
left out, or it would mean every row and outweigh those that do ask. Where no alternative is left, and under a
`_not` that compares with nothing but null, there is no row that could be meant. An empty filter compares with
nothing: wherever it stands it lets every row through.
"""

from collections.abc import Mapping
from enum import Enum, auto
from typing import Any, Final

from operations.reads.arguments import Where
from operations.reads.entities.description import Entity
from operations.reads.entities.registry import ENTITIES

# A filter that lets nothing through.
NOTHING: Final[Where] = {"_or": []}


class _Asked(Enum):
    """What a comparison asks of a column: how its value compares, whether it is there, or nothing."""

    VALUE = auto()
    PRESENCE = auto()
    NOTHING = auto()


# What a filter asks, with the place of each question in it.
_Questions = list[tuple[str, _Asked]]


def settle(entity: Entity, where: Where | None) -> Where:
    """The same filter without null: each comparison has an operand.

    It is empty where nothing is asked. A relation may be left with an empty filter: then it asks whether
    there is such a row.
    """
    return _settle(entity, where or {}, "", [])


def _settle(entity: Entity, where: Where, path: str, asked: _Questions) -> Where:
    settled: dict[str, Any] = {}
    beside: list[Where] = []
    for name, value in where.items():
        place = f"{path}/{name}"
        if value is None:
            asked.append((place, _Asked.NOTHING))
        elif name == "_and":
            beside += [part for each in value if (part := _settle(entity, each, path, asked))]
        elif name == "_or":
            beside.append(_alternatives(entity, value, place, asked))
        elif name == "_not":
            beside.append(_opposite(entity, value, place, asked))
        elif name in entity.relations:
            asked += [] if value else [(place, _Asked.VALUE)]
            settled[name] = _settle(ENTITIES[entity.relations[name].target], value, place, asked)
        else:
            asked += _questions(value, place)
            kept = {operator: operand for operator, operand in value.items() if operand is not None}
            settled |= {name: kept} if kept else {}
    return settled | ({"_and": beside} if beside else {})


def _questions(comparison: Mapping[str, Any], place: str) -> _Questions:
    """What is asked of a column. Without a comparison, as a variable that is not given leaves it: nothing."""
    if not comparison:
        return [(place, _Asked.NOTHING)]
    return [
        (
            place,
            _Asked.NOTHING
            if operand is None
            else _Asked.PRESENCE
            if operator == "_is_null"
            else _Asked.VALUE,
        )
        for operator, operand in comparison.items()
    ]


def _alternatives(entity: Entity, arms: list[Where], place: str, asked: _Questions) -> Where:
    kept = [settled for each in arms if (settled := _unless_null(entity, each)) is not None]
    asked.append((place, _Asked.VALUE if kept or not arms else _Asked.NOTHING))
    return kept[0] if len(kept) == 1 else {"_or": kept}


def _opposite(entity: Entity, where: Where, place: str, asked: _Questions) -> Where:
    settled = _unless_null(entity, where)
    asked.append((place, _Asked.NOTHING if settled is None else _Asked.VALUE))
    return NOTHING if settled is None else {"_not": settled}


def _unless_null(entity: Entity, where: Where) -> Where | None:
    """The filter without null; None when it compares with nothing else.

    Whether a column is null is no question where the same column is compared with null: a client that has
    no cache key sends both, and means no row.
    """
    asked: _Questions = []
    settled = _settle(entity, where, "", asked)
    unasked = {place for place, kind in asked if kind is _Asked.NOTHING}
    asks = any(
        kind is _Asked.VALUE or (kind is _Asked.PRESENCE and place not in unasked) for place, kind in asked
    )
    return settled if asks or not asked else None
