"""Queries: from the arguments of a list to its rows, with everything that belongs to them."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Final

from domain.flow_runs.changed_runs import with_parts_of_later_read
from domain.flow_runs.flow_runs import FlowRun
from domain.parts import Part
from domain.task_runs.task_runs import TaskRun
from domain.work import Work
from operations.context import Context, SharedRows
from operations.reads.aggregates import Aggregate
from operations.reads.arguments import Arguments
from operations.reads.compiling import compile_list
from operations.reads.entities.description import Entity
from operations.reads.entities.registry import ENTITIES
from operations.reads.loading import aggregate, load, select
from operations.reads.rows import Inside, Listing, Need, NestedList, ResponsePath, Row
from operations.reads.where import ordering
from operations.reads.where.constraints import allowed

# Units for a field of a row in the response.
FIELD: Final = 3.5


def list_rows(context: Context, entity_name: str, arguments: Arguments, need: Need) -> list[Row]:
    """Return the rows of a list, loaded with everything that is needed. Raises BadUserInput."""
    entity = ENTITIES[entity_name]
    with Inside(entity_name):
        arguments.check(context.work)
        listing = compile_list(entity, arguments, context.work, context.caller.projects)
        own = _sharing(context, listing)
        rows = select(own, entity, listing, need)
        context.work.draw(len(rows) * need.width * FIELD, "limit")
        load(own, entity, rows, need)
    return rows


def aggregate_rows(context: Context, entity_name: str, arguments: Arguments, need: Need) -> Aggregate:
    """Return the aggregate of a list, or only its count if nothing is needed. Raises BadUserInput."""
    entity = ENTITIES[entity_name]
    with Inside(f"{entity_name}_aggregate"):
        arguments.check(context.work)
        listing = compile_list(entity, arguments, context.work, context.caller.projects)
        own = _sharing(context, listing)
        found = aggregate(own, entity, listing, need)
        context.work.draw(len(found.rows) * need.width * FIELD, "limit")
        load(own, entity, found.rows, need)
    return found


def _sharing(context: Context, listing: Listing) -> Context:
    """Return the context of a list at the root of a request.

    Rows that are read by their ids are as of all writes that were acknowledged, and so is what belongs to
    them.
    """
    by_id = allowed(listing.filter.where, "id") is not None
    return replace(context, related=SharedRows(consistent=by_id))


def row_by_id(context: Context, entity_name: str, identifier: str, need: Need) -> Row | None:
    """Return the row with this id, as of all writes that were acknowledged."""
    rows = list_rows(context, entity_name, Arguments(where={"id": {"_eq": identifier}}), need)
    return rows[0] if rows else None


def row_of_known(context: Context, entity_name: str, known: FlowRun | TaskRun, need: Need) -> Row:
    """Return the row of a run as a change left it, with its newest state in full.

    Only what the change does not tell is read: further parts of the run, and what belongs to it.
    """
    entity = ENTITIES[entity_name]
    parts = need.parts(entity) - {Part.STATE}
    row = Row(_with_parts(context, known, parts) if parts else known)
    load(context, entity, [row], need)
    return row


def row_of_any_tenant(context: Context, tenant_id: str, need: Need) -> Row | None:
    """Return the row of a tenant, whether or not the caller's key opens it. Only its admins may see this."""
    if tenant_id == context.home_tenant.id:
        found = [context.home_tenant]
    else:
        found = context.store.tenants.get([tenant_id])
    rows = [Row(tenant) for tenant in found]
    load(context, ENTITIES["tenant"], rows, need)
    return rows[0] if rows else None


def _with_parts(context: Context, known: FlowRun | TaskRun, parts: Collection[Part]) -> FlowRun | TaskRun:
    read: Sequence[FlowRun | TaskRun]
    if isinstance(known, FlowRun):
        read = context.store.flow_runs.get([known.id], parts, consistent=True)
    else:
        read = context.store.task_runs.get([known.address], parts)
    return with_parts_of_later_read(known, read[0]) if read else known


def nested_rows(
    context: Context, entity: Entity, row: Row, relation: str, path: ResponsePath
) -> list[Row] | Aggregate:
    """Return the nested list, or the aggregate of it, that a field of the response shows of a loaded row.

    Many rows may show the same related row. Each time it draws on the budget, and after the first time it
    also counts as a row. Raises BadUserInput if the budget is used up.
    """
    nested = row.fields[path]
    with Inside(".".join(path)):
        found = _nested(context.work, entity, row, relation, nested)
        shown = found.rows if isinstance(found, Aggregate) else found
        has_plan = entity.relations[relation].owner_column is not None
        if row.shows_again(nested if has_plan else relation):
            context.work.draw_rows(len(shown))
        context.work.draw(nested.written + len(shown) * nested.width * FIELD, "limit")
    return found


def _nested(work: Work, entity: Entity, row: Row, relation: str, nested: NestedList) -> list[Row] | Aggregate:
    if entity.relations[relation].owner_column is not None:
        found: list[Row] | Aggregate = row.lists[nested]
        return found
    target = ENTITIES[entity.relations[relation].target]
    rows = _apply(work, target, nested, row.related[relation])
    return Aggregate(target, rows, work=work) if nested.aggregate else rows


def _apply(work: Work, target: Entity, nested: NestedList, related: list[Row]) -> list[Row]:
    """Apply the arguments of a nested list to related rows, which are loaded with its needs."""
    if nested.listing.arguments.ask_nothing:
        return related
    kept = nested.listing.filter.passed(related, work)
    return ordering.page(target, kept, nested.listing, work, in_order=False)
