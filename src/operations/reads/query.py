"""One query: from its arguments to its rows."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from domain.errors import BadUserInput
from operations.context import Context
from operations.reads import ordering
from operations.reads.constraints import allowed
from operations.reads.entities.description import Entity
from operations.reads.entities.registry import ENTITIES
from operations.reads.filters import Predicate, Where, compile_where
from operations.reads.plans import plan
from operations.reads.relations import load
from operations.reads.rows import Need, Row
from operations.reads.search import Search

MAX_LIMIT: Final = 1_000
MAX_OFFSET: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Arguments:
    """The arguments of a list, also of one inside another."""

    where: Where | None = None
    order_by: Sequence[Mapping[str, Any]] = ()
    limit: int | None = None
    offset: int | None = None
    distinct_on: Sequence[str] = ()

    def checked(self) -> "Arguments":
        """Answers itself. Raises BadUserInput for a negative or too large limit or offset."""
        for name, value, most in (("limit", self.limit, MAX_LIMIT), ("offset", self.offset, MAX_OFFSET)):
            if value is not None and not 0 <= value <= most:
                raise BadUserInput(f"{name} must be from 0 to {most:,}, not {value}.")
        columns = [next(iter(each), None) for each in self.order_by]
        if self.distinct_on and columns and columns[0] not in self.distinct_on:
            raise BadUserInput("distinct_on: its columns must come first in order_by.")
        return self


def list_rows(context: Context, entity_name: str, arguments: Arguments, need: Need) -> list[Row]:
    """The rows that a list asks for, with everything that the need names. Raises BadUserInput."""
    arguments.checked()
    entity = ENTITIES[entity_name]
    looked_at = Need()
    matches = compile_where(entity, arguments.where, looked_at)
    terms = ordering.parse_order(arguments.order_by)
    ordering.add_need(terms, looked_at)
    by_id = allowed(arguments.where, "id") is not None
    full = arguments.limit + (arguments.offset or 0) if arguments.limit is not None else None
    enough = None if arguments.distinct_on else full
    search = Search(
        arguments.where, terms, Need().merge(looked_at).merge(need), consistent=by_id, enough=enough
    )
    candidates = plan(context, entity_name, search)
    context.plans.append(f"{entity_name}: {candidates.path}")
    stop_at = enough if candidates.in_order else None
    rows = _collect(context, entity, candidates.batches, matches, looked_at, terms, stop_at)
    rows = _page(entity, rows, terms, arguments, in_order=candidates.in_order)
    load(context, entity, rows, need)
    return rows


def row_by_id(context: Context, entity_name: str, identifier: str, need: Need) -> Row | None:
    """The row with this id, as of all writes that were acknowledged."""
    rows = list_rows(context, entity_name, Arguments(where={"id": {"_eq": identifier}}), need)
    return rows[0] if rows else None


def related_rows(entity_name: str, rows: list[Row], arguments: Arguments) -> list[Row]:
    """Apply a list's arguments to related rows that are there already, with what the arguments look at."""
    arguments.checked()
    entity = ENTITIES[entity_name]
    matches = compile_where(entity, arguments.where, Need())
    kept = [row for row in rows if matches(row) is True]
    return _page(entity, kept, ordering.parse_order(arguments.order_by), arguments, in_order=False)


def _collect(
    context: Context,
    entity: Entity,
    batches: Iterable[list[Any]],
    matches: Predicate,
    looked_at: Need,
    terms: Sequence[ordering.Term],
    enough: int | None,
) -> list[Row]:
    """The candidates that match; no more batches than fill the page, when they come in its order."""
    found: list[Row] = []
    if enough == 0:
        return found
    for batch in batches:
        rows = [Row(value) for value in batch]
        load(context, entity, rows, looked_at)
        found += [row for row in rows if matches(row) is True]
        if enough is not None and len(found) >= enough and not _tied(entity, found, terms, enough):
            break
    return found


def _tied(entity: Entity, found: list[Row], terms: Sequence[ordering.Term], enough: int) -> bool:
    """Whether rows still to come may belong on the page by the order's further terms."""
    first = terms[:1]
    return len(terms) > 1 and ordering.same(entity, found[enough - 1], found[-1], first)


def _page(
    entity: Entity, rows: list[Row], terms: Sequence[ordering.Term], arguments: Arguments, *, in_order: bool
) -> list[Row]:
    if len(terms) > int(in_order):
        rows = ordering.sort(entity, rows, terms)
    if arguments.distinct_on:
        rows = ordering.distinct(entity, rows, arguments.distinct_on)
    start = arguments.offset or 0
    return rows[start : None if arguments.limit is None else start + arguments.limit]
