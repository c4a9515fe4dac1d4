"""Settled filters: filters without null, because a comparison with null is no condition.

Clients send null for every filter that their user did not give. Such a comparison never lets a row through by
itself, though: an alternative of `_or` that compares with null alone is left out, because otherwise it would
mean every row and outweigh the alternatives that have conditions. If no alternative is left, and under a
`_not` that compares with null alone, no row can be meant. An empty filter compares with nothing, so it lets
every row through wherever it stands.
"""

from collections.abc import Mapping
from enum import Enum, auto
from typing import Any, Final

from operations.reads.arguments import Where
from operations.reads.entities.description import Entity
from operations.reads.entities.registry import ENTITIES

# A filter that lets no row through.
NO_ROW: Final[Where] = {"_or": []}


class _Question(Enum):
    """The question of a comparison about a column: its value, whether it is null, or none."""

    VALUE = auto()
    PRESENCE = auto()
    NONE = auto()


# The questions of a filter, each with its path in the filter.
_Questions = list[tuple[str, _Question]]


def settle_filter(entity: Entity, where: Where | None) -> Where:
    """Return the same filter without null: each comparison has an operand.

    The filter is empty if it has no condition. The filter on a relation may be left empty: then the condition
    is that there is a related row.
    """
    return _settle(entity, where or {}, "", [])


def _settle(entity: Entity, where: Where, path: str, questions: _Questions) -> Where:
    settled: dict[str, Any] = {}
    parts: list[Where] = []
    for name, value in where.items():
        place = f"{path}/{name}"
        if value is None:
            questions.append((place, _Question.NONE))
        elif name == "_and":
            settled_parts = (_settle(entity, part, path, questions) for part in value)
            parts += [part for part in settled_parts if part]
        elif name == "_or":
            parts.append(_alternatives(entity, value, place, questions))
        elif name == "_not":
            parts.append(_opposite(entity, value, place, questions))
        elif name in entity.relations:
            questions += [] if value else [(place, _Question.VALUE)]
            settled[name] = _settle(ENTITIES[entity.relations[name].target], value, place, questions)
        else:
            questions += _questions_of(value, place)
            kept = {operator: operand for operator, operand in value.items() if operand is not None}
            settled |= {name: kept} if kept else {}
    return settled | ({"_and": parts} if parts else {})


def _questions_of(comparison: Mapping[str, Any], place: str) -> _Questions:
    """Return the questions about a column: none if there is no operator, because a variable was not sent."""
    if not comparison:
        return [(place, _Question.NONE)]
    return [(place, _question_of(operator, operand)) for operator, operand in comparison.items()]


def _question_of(operator: str, operand: Any) -> _Question:
    if operand is None:
        return _Question.NONE
    return _Question.PRESENCE if operator == "_is_null" else _Question.VALUE


def _alternatives(entity: Entity, options: list[Where], place: str, questions: _Questions) -> Where:
    kept = [settled for option in options if (settled := _unless_null(entity, option)) is not None]
    questions.append((place, _Question.VALUE if kept or not options else _Question.NONE))
    return kept[0] if len(kept) == 1 else {"_or": kept}


def _opposite(entity: Entity, where: Where, place: str, questions: _Questions) -> Where:
    settled = _unless_null(entity, where)
    questions.append((place, _Question.NONE if settled is None else _Question.VALUE))
    return NO_ROW if settled is None else {"_not": settled}


def _unless_null(entity: Entity, where: Where) -> Where | None:
    """Return the filter without null; None if it compares with null alone.

    Whether a column is null does not count as a question if the same column is compared with null: a client
    that has no cache key sends both comparisons, and means no row.
    """
    questions: _Questions = []
    settled = _settle(entity, where, "", questions)
    compared_with_null = {place for place, question in questions if question is _Question.NONE}
    has_condition = any(
        question is _Question.VALUE or (question is _Question.PRESENCE and place not in compared_with_null)
        for place, question in questions
    )
    return settled if has_condition or not questions else None
