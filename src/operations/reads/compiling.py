"""Compiled lists: each list's arguments are compiled once, however many rows have the list inside."""

from dataclasses import replace

from domain.work import Work
from operations.reads.arguments import Arguments
from operations.reads.entities.description import Entity
from operations.reads.entities.registry import ENTITIES
from operations.reads.rows import Listing, Need
from operations.reads.where.filters import compile_filter, filter_of_owner
from operations.reads.where.terms import Term, parse_order


def compile_list(entity: Entity, arguments: Arguments, work: Work) -> Listing:
    """Compile the arguments of a list. Raises BadUserInput if the budget is used up."""
    compiled = compile_filter(entity, arguments.where, work)
    order = parse_order(arguments.order_by)
    need = Need(set(arguments.distinct_on))
    need.add(compiled.need)
    for term in order:
        _add_term(term, need)
    return Listing(arguments, compiled, order, need)


def compile_inside(entity: Entity, relation: str, arguments: Arguments, work: Work) -> Listing:
    """Compile the arguments of a list inside of an entity's rows. Raises BadUserInput."""
    arguments.check(work)
    return compile_list(ENTITIES[entity.relations[relation].target], arguments, work)


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
