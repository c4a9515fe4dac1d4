"""The calendar beside the releases of Prefect Core: generated schedules have the same occurrences.

The occurrences of a release depend on the instant at which it is asked, those of the calendar do not. Each
difference that follows from that is left out by name in `compared`; docs/schedules.md has them in a table.
"""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from domain.schedules.calendar import occurrences
from domain.schedules.clocks.zones import local, offsets
from domain.schedules.schedules import read_schedule
from domain.times import from_micros
from tests.e2e.prefect_client import prefect_core
from tests.e2e.schedules.generated import HOUR, Case, Generator, clock_changes
from tests.examples import examples

NEXT_EVENTS = Path(__file__).parent / "next_events.py"
# The time of an occurrence, and what its clock gives: parameters and labels, as text.
Entry = tuple[datetime, str, str]


def entries_of(release: str, cases: list[Case], home: Path) -> list[list[Entry]]:
    """Return the occurrences of each case by a release, in one process."""
    asked = home / "cases.json"
    asked.write_text(json.dumps([case.asked for case in cases]))
    core = prefect_core(release, home, {"SCHEDULES": str(asked)})
    found = core.script_at(NEXT_EVENTS, timeout=300)["events"]
    return [
        [(from_micros(time), json.dumps(given), json.dumps(labels)) for time, given, labels in events]
        for events in found
    ]


def ours(case: Case, until: datetime) -> Iterator[Entry]:
    for occurrence in occurrences(read_schedule(case.schedule), case.after):
        if occurrence.event > until:
            return
        gifts = occurrence.gifts
        yield occurrence.time, json.dumps(gifts.parameter_defaults), json.dumps(gifts.labels)


def added(case: Case) -> timedelta:
    """Return the span that the adjustments add to each event."""
    spans = [adjustment["kwargs"].get("interval", ":0") for adjustment in case.schedule["adjustments"]]
    return sum((timedelta(seconds=float(span.rpartition(":")[2])) for span in spans), timedelta())


def compared(case: Case, theirs: list[Entry]) -> tuple[datetime, datetime]:
    """Return the instants between which the occurrences are compared.

    An interval clock of the releases may leave out events within an hour of the question, and 0.8.1 has
    earlier ones. An adjustment to weekdays puts the last events out of order. After a clock change, cron
    expressions of 0.8.1 go wrong until the next day that they name.
    """
    first, last = case.after + added(case) + HOUR, max(theirs)[0]
    if any("next_weekday" in adjustment["fn"] for adjustment in case.schedule["adjustments"]):
        last -= timedelta(days=3)
    has_cron = any(clock["type"] == "CronClock" for clock in case.schedule["clocks"])
    if has_cron and not case.with_gifts:
        last = min([last, *(day for day in clock_changes(case.zone) if day > case.after)])
    return first, last


def is_told(case: Case, time: datetime) -> bool:
    """Return False for a repeated local time within the first days of an interval clock.

    The releases compare local times there, and so take the second of two equal hours for the first.
    """
    zone = ZoneInfo(case.zone)
    before, after = offsets(local(time - added(case), zone), zone)
    return before <= after or not any(
        clock["type"] == "IntervalClock"
        and clock["start_date"]
        and clock["start_date"]["dt"] > (case.after - timedelta(days=2)).isoformat()
        for clock in case.schedule["clocks"]
    )


@pytest.mark.parametrize(("release", "count", "least"), [("1.4.1", 400, 70_000), ("0.8.1", 200, 30_000)])
def test_generated_schedules_have_the_occurrences_of_the_release(release, count, least, tmp_path):
    cases = list(Generator(7, is_late=release == "1.4.1").cases(examples(count)))
    total = 0
    for case, theirs in zip(cases, entries_of(release, cases, tmp_path), strict=True):
        if not theirs:  # the expression names no day, or the clocks have ended
            continue
        first, last = compared(case, theirs)
        expected, found = (
            {entry for entry in entries if first < entry[0] < last and is_told(case, entry[0])}
            for entries in (theirs, ours(case, last))
        )
        total += len(expected)

        assert found == expected, case
    assert total >= least or examples(count) < count
