"""The rules of backfills: what a request may ask for, and how many occurrences it may have."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.schedules.clocks.given import InvalidSchedule
from domain.schedules.rules.ruled import RuledSchedule
from domain.schedules.runs.backfill_plans import occurrences_within
from domain.schedules.runs.backfills import MOST_AT_ONCE, BackfillRequest, check_request
from domain.schedules.schedules import read_schedule

MINUTE = timedelta(minutes=1)
FIRST = datetime(2026, 6, 1, tzinfo=UTC)
LAST = FIRST + 9_999 * MINUTE
MINUTELY = {
    "type": "Schedule",
    "clocks": [
        {"type": "IntervalClock", "interval": 60_000_000, "start_date": {"dt": "2026-01-01T00:00:00+00:00"}}
    ],
}


def request(first=FIRST, last=LAST, at_once=1):
    return BackfillRequest(flow_group_id="g", first=first, last=last, at_once=at_once)


@pytest.fixture
def kept():
    return RuledSchedule(name="g", schedule=read_schedule(MINUTELY))


def test_both_ends_of_a_range_of_ten_thousand_occurrences_count(kept):
    found = occurrences_within(kept, FIRST, LAST)

    assert len(found) == 10_000
    assert (found[0].time, found[-1].time) == (FIRST, LAST)


def test_a_range_of_more_occurrences_is_refused(kept):
    with pytest.raises(InvalidSchedule, match="at most 10,000 are taken") as refused:
        occurrences_within(kept, FIRST, LAST + MINUTE)

    assert refused.value.field == "last"


@pytest.mark.parametrize("given", [request(), request(last=FIRST), request(at_once=MOST_AT_ONCE)])
def test_a_range_of_the_past_is_taken(given):
    check_request(given, now=LAST)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        (request(last=FIRST - MINUTE), "last"),
        (request(last=LAST + MINUTE), "last"),
        (request(at_once=0), "at_once"),
        (request(at_once=MOST_AT_ONCE + 1), "at_once"),
    ],
)
def test_a_request_that_makes_no_sense_is_refused(given, field):
    with pytest.raises(InvalidSchedule) as refused:
        check_request(given, now=LAST)

    assert refused.value.field == field
