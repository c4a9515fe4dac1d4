"""Filters: Hasura's `where`, compiled to a function of a row.

A comparison with a column that is null is neither true nor false but unknown (None), as in SQL: `_not`
leaves it unknown, and only rows for which the whole filter is true are kept. A comparison *with* null is no
condition: settling.py takes it out first.
"""

from collections.abc import Callable, Collection
from typing import Any

from domain.work import Work
from operations.reads.arguments import Arguments, Where
from operations.reads.entities.description import Entity
from operations.reads.entities.registry import ENTITIES
from operations.reads.rows import (
    Filter,
    Listing,
    Need,
    NestedList,
    Predicate,
    Row,
    Truth,
    UndecidedError,
)
from operations.reads.ways import WAYS, limited
from operations.reads.where.comparisons import compile_comparison
from operations.reads.where.settling import settle_filter
from operations.reads.where.weights import clauses_of, values_of


def compile_filter(
    entity: Entity, where: Where | None, work: Work, projects: Collection[str] | None = None
) -> Filter:
    """Compile a filter: take null out of it, make it a predicate, and collect the needs of the predicate.

    The predicate draws on the budget what depends on the values of a row; `Filter.passed` draws the rest.
    `projects` are those to which the caller is limited: a list inside of a row has no rows of others.
    """
    return _Compiler(work, projects).compiled(entity, settle_filter(entity, where))


def filter_of_owner(entity: Entity, compiled: Filter, owner_column: str, owner_id: str) -> Filter:
    """Return the same filter for the rows of one owner, which have its id in a column."""
    owner: Where = {owner_column: {"_eq": owner_id}}
    where = {"_and": [owner, compiled.where]} if compiled.where else owner
    get = entity.columns[owner_column].get
    need = Need({owner_column})
    need.add(compiled.need)
    return Filter(
        where,
        _all_of([lambda row: get(row.value) == owner_id, compiled.matches], strict=True),
        need,
        clauses=compiled.clauses + 1,
        values=compiled.values + 1,
    )


class _Compiler:
    """A compiler of settled filters for one request, on whose budget their predicates draw."""

    def __init__(self, work: Work, projects: Collection[str] | None) -> None:
        self._work, self._projects = work, projects

    def compiled(self, entity: Entity, settled: Where) -> Filter:
        need = Need()
        values = values_of(settled)
        self._work.draw(values, "where")
        matches = self._predicate(entity, settled, need, strict=True)
        return Filter(settled, matches, need, clauses=clauses_of(entity, settled), values=values)

    def _predicate(self, entity: Entity, where: Where, need: Need, *, strict: bool = False) -> Predicate:
        """Make a settled filter a predicate; add to `need` whatever the predicate looks at.

        A `strict` predicate is asked only whether it is true: unknown is as good as false.
        """
        parts = [self._clause(entity, name, value, need, strict=strict) for name, value in where.items()]
        return _all_of(parts, strict=strict)

    def _clause(self, entity: Entity, name: str, value: Any, need: Need, *, strict: bool) -> Predicate:
        if name == "_and":
            parts = [self._predicate(entity, part, need, strict=strict) for part in value]
            return _all_of(parts, strict=strict)
        if name == "_or":
            return _any_of([self._predicate(entity, part, need) for part in value])
        if name == "_not":
            return _negate(self._predicate(entity, value, need))
        if name in entity.relations:
            return self._related(entity, name, value, need)
        need.columns.add(name)
        column = entity.columns[name]
        tests = [compile_comparison(column.kind, operator, value[operator], self._work) for operator in value]
        return _all_of([_on_column(column.get, test) for test in tests])

    def _related(self, entity: Entity, name: str, where: Where, need: Need) -> Predicate:
        relation = entity.relations[name]
        target = ENTITIES[relation.target]
        if relation.owner_column is not None:
            # What belongs to a row is of its project.
            own = where if entity.name in WAYS else limited(target.name, where, self._projects)
            return _has_any(name, self.compiled(target, own or {}), need)
        matches = self._predicate(target, where, need.relation(name), strict=True)
        if not relation.many:
            return lambda row: (related := row.known(name)) is not None and matches(related) is True
        work, clauses = self._work, clauses_of(target, where)

        def any_matches(row: Row) -> Truth:
            rows = row.known(name)
            work.draw(len(rows) * clauses, "where")
            return any(matches(related) is True for related in rows)

        return any_matches


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


def _all_of(parts: list[Predicate], *, strict: bool = False) -> Predicate:
    """Make a predicate of parts that must all be true; what is not loaded is needed if no part is false."""
    if not parts:
        return _always
    if len(parts) == 1:
        return parts[0]

    def every(row: Row) -> Truth:
        truth: Truth = True
        is_decided = True
        for part in parts:
            try:
                found = part(row)
            except UndecidedError:
                is_decided = False
                continue
            if found is False:
                return False
            truth = truth and found
        if not (is_decided or (strict and truth is None)):
            raise UndecidedError
        return truth

    return every


def _any_of(parts: list[Predicate]) -> Predicate:
    def some(row: Row) -> Truth:
        truth: Truth = False
        is_decided = True
        for part in parts:
            try:
                found = part(row)
            except UndecidedError:
                is_decided = False
                continue
            if found is True:
                return True
            truth = None if found is None else truth
        if not is_decided:
            raise UndecidedError
        return truth

    return some


def _negate(part: Predicate) -> Predicate:
    def negated(row: Row) -> Truth:
        found = part(row)
        return None if found is None else not found

    return negated
