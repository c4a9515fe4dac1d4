"""The keys that one count looks at: each draws on the budget of the request, and their number is bounded."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

from domain.errors import BadUserInput
from domain.flow_runs.key_ranges import KeyRange
from operations.context import Context

_PAGE: Final = 1_000
# Units for a key.
_KEY: Final = 2.0
STEP: Final = 100


class CountedKeys:
    """The keys of runs that a count has looked at, of which there may be `most`."""

    def __init__(self, context: Context, most: int) -> None:
        self._context, self._most = context, most
        self.number = 0

    @property
    def left(self) -> int:
        """How many more keys may be looked at."""
        return self._most - self.number

    def in_ranges(self, ranges: Sequence[KeyRange]) -> Iterator[str]:
        """Yield the ids of the runs in these ranges. Raises BadUserInput if they are too many."""
        return self.of(self._context.store.run_lists.ids(ranges, descending=True, first_page=_PAGE))

    def of(self, ids: Iterator[str]) -> Iterator[str]:
        """Yield ids, which draw on the budget. Raises BadUserInput if they are too many."""
        while batch := list(islice(ids, STEP)):
            self.number += len(batch)
            if self.left < 0:
                raise self.too_many()
            self._context.work.draw(len(batch) * _KEY, "flow_run_counts")
            yield from batch

    def too_many(self) -> BadUserInput:
        """Return the error of a count that would have to look at too many runs."""
        return BadUserInput(
            f"flow_run_counts: more than {self._most:,} runs of this time have no totals yet, or have not "
            "ended. Take a shorter time.",
            {"field": "from"},
        )
