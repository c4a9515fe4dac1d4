"""The targets of a mutation that a filter chooses: what the filter asks about, and the ids that it names.

The values of other columns stay out, because parameters and names of runs may be anything.
"""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, Final, NamedTuple

from domain.access.audit import MORE
from operations.reads.entities.description import ColumnKind, Entity
from operations.reads.entities.registry import ENTITIES

# How many columns an entry tells, so that there is room for ids however many columns a filter has.
MOST_COLUMNS: Final = 4
# The operators with which a filter chooses the rows of an id. Others leave out rows, or a part of the rows.
_CHOOSING: Final = ("_eq", "_in")
_LEAVING_OUT: Final = ("_neq", "_nin")
# Relations may be nested until their names are longer than an entry keeps.
_PATH_CHARACTERS: Final = 200


class _Part(NamedTuple):
    """A part of a filter: the entity whose rows it chooses, the way to them, and whether it is negated."""

    entity: Entity
    where: Mapping[str, Any]
    path: str = ""
    is_negated: bool = False


def targets_of_filter(entity_name: str, where: Mapping[str, Any]) -> Iterator[str]:
    """Yield the columns of a filter, such as `where flow.name`, and then the ids for which it asks."""
    columns: dict[str, None] = {}
    ids: dict[str, None] = {}
    left = [_Part(ENTITIES[entity_name], where)]
    while left:
        part = left.pop()
        for name, value in part.where.items():
            if name in part.entity.columns:
                _note_column(part, name, value or {}, columns, ids)
            else:
                left += _below(part, name, value)
    yield from islice(columns, MOST_COLUMNS if len(columns) <= MOST_COLUMNS else MOST_COLUMNS - 1)
    if len(columns) > MOST_COLUMNS:
        yield f"where {MORE}"
    yield from ids


def _below(part: _Part, name: str, value: Any) -> list[_Part]:
    """Return the parts of a filter that a clause or a relation has."""
    if name == "_not":
        return [part._replace(where=value or {}, is_negated=not part.is_negated)]
    if name in ("_and", "_or"):
        return [part._replace(where=option or {}) for option in value or ()]
    target = ENTITIES[part.entity.relations[name].target]
    path = f"{part.path}{name}."[:_PATH_CHARACTERS]
    return [part._replace(entity=target, where=value or {}, path=path)]


def _note_column(
    part: _Part, name: str, comparison: Mapping[str, Any], columns: dict[str, None], ids: dict[str, None]
) -> None:
    is_id = part.entity.columns[name].kind is ColumnKind.UUID
    for operator, value in comparison.items():
        is_negated = part.is_negated is not (operator in _LEAVING_OUT)
        columns[f"where {'not ' if is_negated else ''}{part.path}{name}"] = None
        chooses = operator in (_LEAVING_OUT if part.is_negated else _CHOOSING)
        if is_id and chooses and value is not None:
            ids.update(dict.fromkeys(value if isinstance(value, list) else [value]))
