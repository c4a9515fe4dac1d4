"""Related rows that need no arguments, attached to many rows at once: never one call for each row."""

from collections.abc import Sequence
from functools import partial
from typing import Any, Final

from domain.parts import Part
from operations.context import Context, SharedRows
from operations.reads.entities.description import Entity, Relation
from operations.reads.entities.registry import ENTITIES
from operations.reads.planning import plan
from operations.reads.plans.search import BATCH, Search
from operations.reads.rows import Need, Row
from operations.reads.ways import SEEN_BY_ALL, WAYS

# The entities of which a list may show what was there some moments ago.
_STEADY: Final = ("flow", "project")


def attach(context: Context, entity: Entity, name: str, rows: Sequence[Row], need: Need) -> None:
    """Attach to each row its related rows, with the parts that the need asks for.

    Raises BadUserInput beyond the bounds.
    """
    relation = entity.relations[name]
    if relation.id_column is not None:
        _attach_by_id(context, entity, name, rows, need)
        return
    for row, found in zip(rows, _related(context, relation, rows), strict=True):
        row.related[name] = _as_rows(found, many=relation.many)


def _related(context: Context, relation: Relation, rows: Sequence[Row]) -> Sequence[Any]:
    """Return the related objects of each row."""
    if relation.load is not None:
        return relation.load(context, [row.value for row in rows])
    if relation.contained is None:
        raise LookupError(f"Rows of {relation.target} are found by a plan, not attached.")
    return [relation.contained(row.value) for row in rows]


def _as_rows(found: Any, *, many: bool) -> Any:
    if many:
        return [Row(record) for record in found]
    return None if found is None else Row(found)


def _attach_by_id(context: Context, entity: Entity, name: str, rows: Sequence[Row], need: Need) -> None:
    """Attach the rows whose ids are values of a column of ours; rows of one id are read once.

    What hardly changes may be some moments old in a list whose rows may be, at half the cost. What is not
    found so is read again, because it may be new.
    """
    relation = entity.relations[name]
    target = ENTITIES[relation.target]
    id_of, target_id = entity.columns[relation.id_column or ""].get, target.columns["id"].get
    parts = need.parts(target)
    shared = context.related or SharedRows(consistent=True)
    related = shared.of(target.name, parts)
    is_consistent = shared.consistent or target.name not in _STEADY
    for consistent in (True,) if is_consistent else (False, True):
        wanted = dict.fromkeys(found for row in rows if (found := id_of(row.value)) is not None)
        missing = [identifier for identifier in wanted if identifier not in related]
        batches = [missing[start : start + BATCH] for start in range(0, len(missing), BATCH)]
        reads = [partial(_rows_by_id, context, target, batch, parts, consistent) for batch in batches]
        related |= {target_id(row.value): row for batch in context.store.parallel(reads) for row in batch}
    for row in rows:
        row.related[name] = related.get(id_of(row.value))


def _rows_by_id(
    context: Context, target: Entity, ids: list[str], parts: frozenset[Part], consistent: bool
) -> list[Row]:
    search = Search({"id": {"_in": ids}}, parts=parts, consistent=consistent)
    rows = [Row(record) for batch in plan(context, target, search).batches for record in batch]
    return rows if context.caller.projects is None else _of_projects(context, target, rows)


def _of_projects(context: Context, target: Entity, rows: list[Row]) -> list[Row]:
    """Return the rows that a caller may see which is limited to some projects.

    What is related by an id may be of another project: who writes a log entry names a task run.
    """
    way = WAYS.get(target.name)
    if way is None:
        return rows if target.name in SEEN_BY_ALL else []
    if len(way) == 1:
        get, projects = target.columns[way[0]].get, context.caller.projects or ()
        return [row for row in rows if get(row.value) in projects]
    attach(context, target, way[0], rows, Need())
    return [row for row in rows if row.related[way[0]] is not None]
