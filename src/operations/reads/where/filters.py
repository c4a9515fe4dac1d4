"""Filters: Hasura's `where`, as a function of a row.

A comparison with a column that is null is neither true nor false but unknown (None), as in SQL: `_not`
leaves it unknown, and only rows for which the whole is true are kept. A comparison *with* null is no
condition: settling.py takes it out before.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from operations.reads.arguments import Arguments, NestedList, Where
from operations.reads.entities.description import Entity
from operations.reads.entities.registry import ENTITIES
from operations.reads.rows import Need, Row
from operations.reads.where.json_containment import contains, equal, has_key
from operations.reads.where.like import matches
from operations.reads.where.settling import settle

Truth = bool | None
Predicate = Callable[[Row], Truth]


def compile_where(entity: Entity, where: Where | None, need: Need) -> Predicate:
    """Make a filter a predicate; adds to `need` whatever the predicate will look at."""
    return _compiled(entity, settle(entity, where), need)


def _compiled(entity: Entity, where: Where, need: Need) -> Predicate:
    return _all_of([_clause(entity, name, value, need) for name, value in where.items()])


def _clause(entity: Entity, name: str, value: Any, need: Need) -> Predicate:
    if name == "_and":
        return _all_of([_compiled(entity, each, need) for each in value])
    if name == "_or":
        return _any_of([_compiled(entity, each, need) for each in value])
    if name == "_not":
        return _negate(_compiled(entity, value, need))
    if name in entity.relations:
        return _related(entity, name, value, need)
    need.columns.add(name)
    get = entity.columns[name].get
    tests = [_comparison(operator, operand) for operator, operand in value.items()]
    return _all_of([_on_column(get, test) for test in tests])


def _related(entity: Entity, name: str, where: Where, need: Need) -> Predicate:
    relation = entity.relations[name]
    if relation.owner_column is not None:
        wanted = NestedList(name, Arguments(where=where, limit=1))
        need.nested(wanted)
        return lambda row: row.has_any(wanted)
    holds = _compiled(ENTITIES[relation.target], where, need.relation(name))
    if relation.many:
        return lambda row: any(holds(each) is True for each in row.related[name])

    def one(row: Row) -> Truth:
        related = row.related[name]
        return False if related is None else holds(related) is True

    return one


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
    "_in": lambda value, operand: any(equal(value, each) for each in operand),
    "_nin": lambda value, operand: not any(equal(value, each) for each in operand),
    "_like": matches,
    "_nlike": lambda value, operand: not matches(value, operand),
    "_ilike": lambda value, operand: matches(value, operand, any_case=True),
    "_nilike": lambda value, operand: not matches(value, operand, any_case=True),
    "_contains": contains,
    "_contained_in": lambda value, operand: contains(operand, value),
    "_has_key": has_key,
    "_has_keys_any": lambda value, operand: any(has_key(value, each) for each in operand),
    "_has_keys_all": lambda value, operand: all(has_key(value, each) for each in operand),
}
OPERATORS: Final = (*_COMPARISONS, "_is_null")


def _comparison(operator: str, operand: Any) -> Callable[[Any], Truth]:
    if operator == "_is_null":
        return lambda value: (value is None) is operand
    if operator in ("_in", "_nin") and not operand:  # of no values, even null is known to be none
        return lambda _: operator == "_nin"
    compare = _COMPARISONS[operator]
    return lambda value: None if value is None else compare(value, operand)
