"""Spans of time as ranges of flow runs' ids."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from domain.ids import first_id_at
from operations.reads.arguments import Where
from operations.reads.where.constraints import bounds

# Clocks of different machines differ; a range of ids is taken this much wider than the times it stands for.
SKEW: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Span:
    """Run ids from `lower` to `upper`, both included: so long as ids are times, a span of time."""

    lower: str | None
    upper: str | None

    @classmethod
    def of(cls, where: Where | None) -> "Span":
        """The span of the ids that a filter on `created` allows."""
        earliest, latest = bounds(where, "created")
        return cls(
            first_id_at(earliest) if earliest else None,
            first_id_at(latest + timedelta(microseconds=1)) if latest else None,
        )

    def within(self, lower: str | None, upper: str | None) -> "Span":
        """What two spans share."""
        lowers = [each for each in (self.lower, lower) if each is not None]
        uppers = [each for each in (self.upper, upper) if each is not None]
        return Span(max(lowers, default=None), min(uppers, default=None))

    @property
    def is_empty(self) -> bool:
        """Whether no id lies in it."""
        return self.lower is not None and self.upper is not None and self.upper < self.lower

    def __contains__(self, identifier: str) -> bool:
        return (self.lower is None or self.lower <= identifier) and (
            self.upper is None or identifier <= self.upper
        )
