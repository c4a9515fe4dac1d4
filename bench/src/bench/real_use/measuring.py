"""The verdict on the responses to each document, with their cost in each table."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from statistics import median

from bench.real_use.answers import compare
from bench.real_use.documents.document import Document
from bench.real_use.matching import items_in, rows_in
from bench.real_use.rows import Rows
from bench.real_use.service import Response
from bench.real_use.tenants import Tenant

# The reads of a list page, whatever is stored. A response with more rows may read them, and a little more.
MAX_UNITS = 60
UNITS_BESIDE_ROWS = 10
# What an item of up to 4 KB takes that is read some moments late.
UNITS_OF_ITEM = 0.5
# How much longer a document may take in the largest table, and a few milliseconds by chance.
TIME_TOLERANCE = 1.5
CHANCE = 2.0
# Documents whose rounds have taken so many milliseconds are not repeated.
SLOW = 500


@dataclass(frozen=True, slots=True)
class Sample:
    """One document in one table: why it is not answered, if so, and the cost.

    `items` is the number of stored items that the response shows something of. `waited` are the milliseconds
    of each round, the store's included.
    """

    rows: int
    calls: int
    units: float
    milliseconds: float
    items: int = field(default=0, kw_only=True)
    waited: Sequence[float] = field(default=(), kw_only=True)
    refusal: str | None = None
    wrong: str | None = None
    left_out: str | None = None

    @property
    def verdict(self) -> str:
        """`answered`, `in part` if the response says that it leaves rows out, `refused` or `WRONG`."""
        named = {"refused": self.refusal, "WRONG": self.wrong, "in part": self.left_out}
        return next((name for name, reason in named.items() if reason), "answered")

    @property
    def reason(self) -> str | None:
        """The reason of the verdict."""
        return self.refusal or self.wrong or self.left_out

    @property
    def allowed_units(self) -> int:
        """The read units that such a response may take."""
        shown = max(self.rows, UNITS_OF_ITEM * self.items)
        return max(MAX_UNITS, int(shown) + UNITS_BESIDE_ROWS)


@dataclass(frozen=True, slots=True)
class Line:
    """One document in all tables, the smallest first."""

    document: Document
    samples: Sequence[Sample]

    @property
    def worst(self) -> Sample:
        """The sample with the worst verdict, else that of the largest table."""
        order = ("WRONG", "refused", "in part", "answered")
        return min(reversed(self.samples), key=lambda sample: order.index(sample.verdict))

    @property
    def is_slower(self) -> bool:
        """True if the largest table takes longer than the rows of its response explain."""
        small, large = self.samples[0], self.samples[-1]
        more_rows = max(1.0, large.rows / max(1, small.rows))
        return large.milliseconds > TIME_TOLERANCE * more_rows * small.milliseconds + CHANCE

    @property
    def missed(self) -> list[str]:
        """The goals that the document misses."""
        if self.worst.verdict != "answered":
            return [self.worst.verdict]
        missed = ["units"] if any(one.units > one.allowed_units for one in self.samples) else []
        return [*missed, "time"] if self.is_slower else missed


def lines(tenants: Sequence[Tenant], documents: Sequence[Document], rounds: int) -> list[Line]:
    """Send each document to every table once for the verdict and the cost, then in turn for the time."""
    rows = [Rows(tenant.world) for tenant in tenants]
    found = []
    for document in documents:
        samples = [
            sample(document, one, tenant.service.send(document, tenant.world))
            for one, tenant in zip(rows, tenants, strict=True)
        ]
        are_answered = all(one.verdict == "answered" for one in samples)
        timed = _timed(document, samples, tenants, rounds if are_answered else 0)
        found.append(Line(document, timed))
    return found


def sample(document: Document, rows: Rows, response: Response) -> Sample:
    """Return the verdict on a response and its cost."""
    cost = Sample(0, response.calls, response.units, response.milliseconds, refusal=response.refusal)
    if cost.refusal:
        return cost
    found = compare(document, rows, response.body)
    data = response.body["data"]
    cost = replace(cost, rows=rows_in(data), items=items_in(data))
    return replace(cost, wrong=found.wrong, left_out=found.left_out)


def _timed(
    document: Document, samples: Sequence[Sample], tenants: Sequence[Tenant], rounds: int
) -> list[Sample]:
    taken: list[list[float]] = [[] for _ in tenants]
    waited: list[list[float]] = [[] for _ in tenants]
    for _ in range(rounds):
        if sum(map(sum, taken)) < SLOW:
            for place, tenant in enumerate(tenants):
                response = tenant.service.send(document, tenant.world)
                taken[place].append(response.milliseconds)
                waited[place].append(response.waited)
    return [
        replace(one, milliseconds=median(milliseconds or [one.milliseconds]), waited=times)
        for one, milliseconds, times in zip(samples, taken, waited, strict=True)
    ]


def percentile(found: Sequence[Line], table: int, part: float) -> float:
    """Return the milliseconds within which a client has so large a part of all responses from a table."""
    times = sorted(time for line in found for time in line.samples[table].waited)
    return times[min(len(times) - 1, int(part * len(times)))] if times else 0.0
