"""Compiled lists: each list's arguments are compiled once, however many rows have the list inside."""

from collections.abc import Collection
from dataclasses import replace

from domain.work import Work
from operations.reads.arguments import Arguments
from operations.reads.entities.description import Entity
from operations.reads.entities.registry import ENTITIES
from operations.reads.rows import Listing, Need
from operations.reads.ways import WAYS, limited
from operations.reads.where.filters import compile_filter, filter_of_owner
from operations.reads.where.terms import Term, parse_order


def compile_list(
    entity: Entity,
    arguments: Arguments,
    work: Work,
    projects: Collection[str] | None,
    *,
    is_within: bool = False,
) -> Listing:
    """Compile the arguments of a list. It has only rows of these projects, if the caller is limited to some.

    `is_within` is True if all rows belong to a row that the caller sees. Raises BadUserInput if the budget is
    used up.
    """
    where = arguments.where if is_within else limited(entity.name, arguments.where, projects)
    compiled = compile_filter(entity, where, work, projects)
    order = parse_order(arguments.order_by)
    need = Need(set(arguments.distinct_on))
    need.add(compiled.need)
    for term in order:
        _add_term(term, need)
    return Listing(arguments, compiled, order, need)


def compile_inside(
    entity: Entity, relation: str, arguments: Arguments, work: Work, projects: Collection[str] | None
) -> Listing:
    """Compile the arguments of a list inside of an entity's rows. Raises BadUserInput."""
    arguments.check(work)
    target = ENTITIES[entity.relations[relation].target]
    # What belongs to a row is of its project.
    return compile_list(target, arguments, work, projects, is_within=entity.name in WAYS)


def list_of_owner(target: Entity, listing: Listing, owner_column: str, owner_id: str) -> Listing:
    """Return the same list for the rows of one owner."""
    need = Need({owner_column})
    need.add(listing.need)
    narrowed = filter_of_owner(target, listing.filter, owner_column, owner_id)
    return replace(listing, filter=narrowed, need=need)


def _add_term(term: Term, need: Need) -> None:
    """Add the columns and relations that a term of an order looks at."""
    for relation in term.path[:-1]:
        need = need.relation(relation)
    need.columns.add(term.path[-1])
