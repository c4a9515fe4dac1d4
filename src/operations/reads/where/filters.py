"""Filters: Hasura's `where`, compiled to a function of a row.

A comparison with a column that is null is neither true nor false but unknown (None), as in SQL: `_not`
leaves it unknown, and only rows for which the whole filter is true are kept. A comparison *with* null is no
condition: settling.py takes it out first.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from operations.reads.arguments import Arguments, Where
from operations.reads.entities.description import Entity
from operations.reads.entities.registry import ENTITIES
from operations.reads.rows import Filter, Listing, Need, NestedList, Predicate, Row, Truth
from operations.reads.where.json_containment import contains, equal, has_key
from operations.reads.where.like import matches
from operations.reads.where.settling import settle_filter


def compile_filter(entity: Entity, where: Where | None) -> Filter:
    """Compile a filter: take null out of it, make it a predicate, and collect the needs of the predicate."""
    return _compiled(entity, settle_filter(entity, where))


def filter_of_owner(entity: Entity, compiled: Filter, owner_column: str, owner_id: str) -> Filter:
    """Return the same filter for the rows of one owner, which have its id in a column."""
    owner: Where = {owner_column: {"_eq": owner_id}}
    where = {"_and": [owner, compiled.where]} if compiled.where else owner
    is_owned = _on_column(entity.columns[owner_column].get, _comparison("_eq", owner_id))
    need = Need({owner_column})
    need.add(compiled.need)
    return Filter(where, _all_of([is_owned, compiled.matches]), need)


def _compiled(entity: Entity, settled: Where) -> Filter:
    need = Need()
    return Filter(settled, _predicate(entity, settled, need), need)


def _predicate(entity: Entity, where: Where, need: Need) -> Predicate:
    """Make a settled filter a predicate; add to `need` whatever the predicate looks at."""
    return _all_of([_clause(entity, name, value, need) for name, value in where.items()])


def _clause(entity: Entity, name: str, value: Any, need: Need) -> Predicate:
    if name == "_and":
        return _all_of([_predicate(entity, part, need) for part in value])
    if name == "_or":
        return _any_of([_predicate(entity, part, need) for part in value])
    if name == "_not":
        return _negate(_predicate(entity, value, need))
    if name in entity.relations:
        return _related(entity, name, value, need)
    need.columns.add(name)
    get = entity.columns[name].get
    return _all_of([_on_column(get, _comparison(operator, operand)) for operator, operand in value.items()])


def _related(entity: Entity, name: str, where: Where, need: Need) -> Predicate:
    relation = entity.relations[name]
    target = ENTITIES[relation.target]
    if relation.owner_column is not None:
        return _has_any(name, _compiled(target, where), need)
    matches = _predicate(target, where, need.relation(name))
    if relation.many:
        return lambda row: any(matches(related) is True for related in row.related[name])

    def one_matches(row: Row) -> Truth:
        related = row.related[name]
        return False if related is None else matches(related) is True

    return one_matches


def _has_any(relation: str, compiled: Filter, need: Need) -> Predicate:
    """Make a predicate of a filter on related rows that are found by a query of their own for each row."""
    listing = Listing(Arguments(where=compiled.where, limit=1), compiled, (), compiled.need)
    nested = NestedList(relation, listing)
    need.nested(nested)
    return lambda row: row.has_any(nested)


def _on_column(get: Callable[[Any], Any], test: Callable[[Any], Truth]) -> Predicate:
    return lambda row: test(get(row.value))


def _always(_: Row) -> Truth:
    return True


def _all_of(parts: list[Predicate]) -> Predicate:
    if not parts:
        return _always
    if len(parts) == 1:
        return parts[0]

    def every(row: Row) -> Truth:
        truth: Truth = True
        for part in parts:
            found = part(row)
            if found is False:
                return False
            truth = truth and found
        return truth

    return every


def _any_of(parts: list[Predicate]) -> Predicate:
    def some(row: Row) -> Truth:
        truth: Truth = False
        for part in parts:
            found = part(row)
            if found is True:
                return True
            truth = None if found is None else truth
        return truth

    return some


def _negate(part: Predicate) -> Predicate:
    def negated(row: Row) -> Truth:
        found = part(row)
        return None if found is None else not found

    return negated


_COMPARISONS: Final[Mapping[str, Callable[[Any, Any], Truth]]] = {
    "_eq": equal,
    "_neq": lambda value, operand: not equal(value, operand),
    "_gt": lambda value, operand: bool(value > operand),
    "_gte": lambda value, operand: bool(value >= operand),
    "_lt": lambda value, operand: bool(value < operand),
    "_lte": lambda value, operand: bool(value <= operand),
    "_in": lambda value, operand: any(equal(value, option) for option in operand),
    "_nin": lambda value, operand: not any(equal(value, option) for option in operand),
    "_like": matches,
    "_nlike": lambda value, operand: not matches(value, operand),
    "_ilike": lambda value, operand: matches(value, operand, any_case=True),
    "_nilike": lambda value, operand: not matches(value, operand, any_case=True),
    "_contains": contains,
    "_contained_in": lambda value, operand: contains(operand, value),
    "_has_key": has_key,
    "_has_keys_any": lambda value, operand: any(has_key(value, key) for key in operand),
    "_has_keys_all": lambda value, operand: all(has_key(value, key) for key in operand),
}
OPERATORS: Final = (*_COMPARISONS, "_is_null")


def _comparison(operator: str, operand: Any) -> Callable[[Any], Truth]:
    if operator == "_is_null":
        return lambda value: (value is None) is operand
    if operator in ("_in", "_nin") and not operand:  # decided even for null: there is nothing to compare
        return lambda _: operator == "_nin"
    compare = _COMPARISONS[operator]
    return lambda value: None if value is None else compare(value, operand)
