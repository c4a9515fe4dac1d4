"""Every view at each size: what it asks for, what that costs, and what grows."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from bench.console.tab import Asked, Opened, Tab
from bench.console.views import View

MAX_FIRST: Final = 3
MAX_REFRESH: Final = 1
# How much more a view may take of the largest tenant, and a few calls or units by chance: pages that are not
# full, and the runs that two entries have moved between.
GROWTH: Final = 1.25
CHANCE: Final = 4
# What a filter may read that no index answers: it looks at 5,000 runs, then is refused with a reason.
MAX_WALK: Final = 6_000


@dataclass(frozen=True, slots=True)
class Sample:
    """A view of one tenant. `shown` is the median of the times of all rounds, in milliseconds."""

    first: Asked
    refresh: Asked
    shown: float


@dataclass(frozen=True, slots=True)
class Line:
    """A view of all tenants, the smallest first."""

    view: View
    samples: Sequence[Sample]

    @property
    def ratio(self) -> float:
        """How much more of calls or of units the first view takes of the largest tenant."""
        small, large = self.samples[0].first, self.samples[-1].first
        return max(large.calls / max(1, small.calls), large.units / max(1.0, small.units))

    @property
    def grows(self) -> bool:
        """True if the largest tenant takes more than chance explains."""
        small, large = self.samples[0], self.samples[-1]
        return any(
            _more(before, after)
            for before, after in ((small.first, large.first), (small.refresh, large.refresh))
        )

    @property
    def refusal(self) -> str | None:
        """The first reason why a request was refused, if one was."""
        asked = [part for one in self.samples for part in (one.first, one.refresh)]
        return next((part.refusal for part in asked if part.refusal), None)

    @property
    def missed(self) -> list[str]:
        """The goals that the view misses."""
        missed = ["refused"] if self.refusal and not self.view.walks else []
        if any(one.first.requests > MAX_FIRST for one in self.samples):
            missed.append("first")
        if any(one.refresh.requests > MAX_REFRESH for one in self.samples):
            missed.append("refresh")
        if self.view.walks and any(one.first.units > MAX_WALK for one in self.samples):
            missed.append("walk")
        if not self.view.walks and self.grows:
            missed.append("growth")
        return missed


def _more(small: Asked, large: Asked) -> bool:
    calls = large.calls > GROWTH * small.calls + CHANCE
    return calls or large.units > GROWTH * small.units + CHANCE


def measure_views(views: Sequence[View], tabs: Sequence[Tab], rounds: int) -> list[Line]:
    """Open each view in every tab in turn, so that other work of the machine affects all sizes alike."""
    found = []
    for view in views:
        for tab in tabs:
            tab.open(view.address)  # so that no size pays for what is loaded once
        turns = [[tab.visit(view.address) for tab in tabs] for _ in range(rounds)]
        found.append(Line(view, [_sample(visits) for visits in zip(*turns, strict=True)]))
    return found


def _dearness(asked: Asked) -> tuple[bool, int, float]:
    return asked.refusal is not None, asked.requests, asked.units


def _sample(visits: Sequence[Opened]) -> Sample:
    """Return the dearest visit, and the median of the times."""
    return Sample(
        max((visit.first for visit in visits), key=_dearness),
        max((visit.refresh for visit in visits), key=_dearness),
        median(visit.shown for visit in visits),
    )
