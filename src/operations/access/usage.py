"""The use cases of a tenant's use: counting it, and telling it."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Final

from domain.access.usage import DayOfUse
from domain.errors import BadUserInput, FlowRunsError, Forbidden
from operations.context import Context

# A day is kept a little longer.
MOST_DAYS: Final = 366


def note_request(context: Context) -> None:
    """Count a request that was answered. A failure to write counts is none of the request."""
    if context.usage is None:
        return
    cost = context.cost()
    counts = {
        "requests": 1,
        "runs": context.tally["runs"],
        "read_units": cost.get("read_units", 0),
        "write_units": cost.get("write_units", 0),
    }
    portion = context.usage.add(context.now().date(), counts)
    if portion is not None:
        with suppress(FlowRunsError):
            context.store.usage.add(*portion)


def note_now(context: Context, counts: Mapping[str, int]) -> None:
    """Write counts of what no request has done, such as runs of schedules."""
    if context.usage is not None and any(counts.values()):
        with suppress(FlowRunsError):
            context.store.usage.add(context.now().date(), counts)


def usage_of(context: Context, days: int) -> list[DayOfUse]:
    """Return the days of the tenant's use, the newest first. Raises BadUserInput, Forbidden, ApiError."""
    if context.caller.projects is not None:
        raise Forbidden("tenant_usage tells of all projects: a key that is limited to some can't ask for it.")
    if not 1 <= days <= MOST_DAYS:
        raise BadUserInput(f"days must be from 1 to {MOST_DAYS}, not {days}.")
    return context.store.usage.since(context.now().date() - timedelta(days=days - 1))
