"""Spans of time as ranges of flow runs' ids."""

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from domain.ids import first_id_at, time_ordered_id
from domain.times import EPOCH
from operations.reads.arguments import Where
from operations.reads.where.constraints import bounds, demands

# Clocks of different machines differ, so a range of ids that follows from a flow's times is this much wider.
SKEW: Final = timedelta(minutes=5)
_MICROSECOND: Final = timedelta(microseconds=1)
# No run has a later id.
_LAST: Final = first_id_at(datetime(9999, 1, 1, tzinfo=UTC))
# What the operand of a comparison is away from the first or the last id that passes.
_STEPS: Final = {"_gt": 1, "_gte": 0, "_lt": -1, "_lte": 0}


@dataclass(frozen=True, slots=True)
class Span:
    """Run ids from `lower` to `upper`, both included: a span of time, because ids begin with their time."""

    lower: str | None = None
    upper: str | None = None

    def within(self, lower: str | None, upper: str | None) -> "Span":
        """Return the ids that lie in this span and between these bounds."""
        lowers = [bound for bound in (self.lower, lower) if bound is not None]
        uppers = [bound for bound in (self.upper, upper) if bound is not None]
        return Span(max(lowers, default=None), min(uppers, default=None))

    @property
    def is_empty(self) -> bool:
        """True if no id lies in the span."""
        return self.lower is not None and self.upper is not None and self.upper < self.lower

    def __contains__(self, identifier: str) -> bool:
        return (self.lower is None or self.lower <= identifier) and (
            self.upper is None or identifier <= self.upper
        )


EVERYTHING: Final = Span()


def created_span(where: Where | None) -> Span | None:
    """Return the ids of exactly the runs that a filter demands by `created`; None if there can be none.

    Ids tell the time of creation to the microsecond.
    """
    earliest, latest = bounds(where, "created", step=_MICROSECOND)
    if latest is not None and latest < max(earliest or EPOCH, EPOCH):
        return None
    return Span(
        None if earliest is None or earliest <= EPOCH else first_id_at(earliest),
        None if latest is None else time_ordered_id(latest, -1),
    )


def run_span(where: Where | None) -> Span | None:
    """Return the ids of the runs that a filter demands by `created` and by bounds of `id`; None for none."""
    span = created_span(where)
    for name, comparison in demands(where):
        for operator, operand in comparison.items() if name == "id" else ():
            if operator not in _STEPS or span is None:
                continue
            bound = _away(operand, _STEPS[operator])
            is_lower = operator.startswith("_gt")
            if (bound is None) or (is_lower and bound > _LAST):
                return None
            span = span.within(bound, None) if is_lower else span.within(None, min(bound, _LAST))
    return None if span is None or span.is_empty else span


def _away(identifier: str, step: int) -> str | None:
    """Return the id next to another one; None if there is none."""
    number = uuid.UUID(identifier).int + step
    return str(uuid.UUID(int=number)) if 0 <= number < 1 << 128 else None
