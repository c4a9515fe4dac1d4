"""The flow runs that a change of many runs is about, some at a time, in the order of their creation."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from domain.flow_runs.flow_runs import FlowRun
from domain.parts import Part
from operations.context import Context
from operations.reads.arguments import Arguments, Where
from operations.reads.compiling import compile_list
from operations.reads.entities.registry import ENTITIES
from operations.reads.loading import rows_of
from operations.reads.plans.search import Reach, Search
from operations.reads.rows import Inside
from operations.reads.where.conditions import check_conditions

# How many runs a portion looks at to find those that match, and how many if each costs a query of its own.
MOST_LOOKED_AT: Final = 2_000
MOST_WITH_LISTS: Final = 100
_ENTITY: Final = "flow_run"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A stretch of the runs that a filter lets through; None lets all through.

    after  the id of the run behind which it begins; None for the first
    until  the last time of creation
    most   how many runs it has at most
    """

    where: Where | None
    after: str | None
    until: datetime
    most: int


@dataclass(frozen=True, slots=True)
class Found:
    """Runs that match, as they are now, with their whole states.

    `reached` is the id up to which all runs were looked at; None if no more are left.
    """

    runs: list[FlowRun]
    reached: str | None


def check_where(context: Context, where: Where | None) -> None:
    """Raise BadUserInput unless a filter can choose the runs of a change."""
    with context.work.reading(), Inside(_ENTITY):
        # Nothing looks at a filter before its size is checked.
        Arguments(where=where).check(context.work)
        if where is not None:
            check_conditions(where)


def find_runs(context: Context, stretch: Stretch) -> Found:
    """Return the runs of a stretch, whose filter was checked, oldest first.

    They are read consistently, so that the filter holds for what is then changed. A filter that most runs do
    not pass ends the stretch early. Raises BadUserInput, PayloadTooLarge, ApiError.
    """
    with context.work.reading(), Inside(_ENTITY):
        return _find(context, stretch)


def _find(context: Context, stretch: Stretch) -> Found:
    entity, arguments = ENTITIES[_ENTITY], _arguments(stretch)
    listing, reach = compile_list(entity, arguments, context.work, context.caller.projects), Reach()
    search = Search(
        listing.filter.where,
        listing.order,
        listing.need.parts(entity) | {Part.STATE},
        enough=arguments.enough,
        complete=True,
        reach=reach,
    )
    most = MOST_WITH_LISTS if listing.need.has_lists() else MOST_LOOKED_AT
    rows = rows_of(replace(context, most_rows=min(most, context.most_rows)), entity, listing, search)
    last = reach.last
    runs = [row.value for row in rows if last is None or row.value.id <= last]
    if len(runs) > stretch.most:
        runs = runs[: stretch.most]
        return Found(runs, runs[-1].id)
    return Found(runs, last)


def _arguments(stretch: Stretch) -> Arguments:
    clauses: list[dict[str, Any]] = [{"created": {"_lte": stretch.until}}]
    if stretch.after is not None:
        clauses.append({"id": {"_gt": stretch.after}})
    if stretch.where:
        clauses.append(dict(stretch.where))
    order = [{"created": "asc"}, {"id": "asc"}]
    return Arguments(where={"_and": clauses}, order_by=order, limit=stretch.most + 1)
