"""The preview of a schedule: local times, and remarks on clock changes, spread, and what is left out."""

from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest

from domain.schedules.rules.pauses import Pause
from domain.schedules.rules.preview import Preview
from domain.schedules.rules.ruled import spread_of
from domain.schedules.rules.rules import ScheduleRules
from domain.schedules.rules.skips import SkipReason
from domain.schedules.schedules import read_schedule

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def cron(text, zone="Europe/Berlin", start="2020-01-01T00:00:00", **more):
    return {"type": "CronClock", "cron": text, "start_date": {"dt": start, "tz": zone}, **more}


def previewed(after, *clocks, count=3, rules=None, **more):
    preview = Preview(
        schedule=read_schedule({"clocks": list(clocks)}), rules=ScheduleRules.read(rules), **more
    )
    return list(islice(preview.after(after, preview.look()), count))


def remarks(found):
    return [(f"{each.local:%d %H:%M %z}", each.remark) for each in found]


FORWARD = "The clocks go forward: local times from 02:00 to 03:00 are missing."
FIRST = "The clocks go back: this local time comes twice, and it is the first."
SECOND = "The clocks go back: this local time comes twice, and it is the second."


def test_a_plain_occurrence_has_both_times_and_no_remark():
    (found,) = previewed(datetime(2026, 7, 1, tzinfo=UTC), cron("0 9 * * *"), count=1)

    assert found.time == datetime(2026, 7, 1, 7, tzinfo=UTC)
    assert found.local.isoformat() == "2026-07-01T09:00:00+02:00"
    assert (found.zone, found.clock, found.skip, found.remark) == ("Europe/Berlin", 0, None, None)


def test_a_missing_local_time_is_remarked():
    found = previewed(datetime(2026, 3, 28, tzinfo=UTC), cron("30 2 * * *"))

    assert remarks(found) == [
        ("28 02:30 +0100", None),
        ("29 03:00 +0200", FORWARD),
        ("30 02:30 +0200", None),
    ]


def test_an_interval_that_is_moved_by_the_gap_is_remarked():
    clock = {
        "type": "IntervalClock",
        "interval": 86_400 * 10**6,
        "start_date": {"dt": "2026-03-01T02:30:00", "tz": "Europe/Berlin"},
    }

    found = previewed(datetime(2026, 3, 28, tzinfo=UTC), clock)

    assert remarks(found)[1] == ("29 03:30 +0200", FORWARD)


def test_hours_around_the_gap_are_remarked_once():
    found = previewed(datetime(2026, 3, 29, 0, tzinfo=UTC), cron("15 * * * *"), count=4)

    assert remarks(found) == [
        ("29 01:15 +0100", None),
        ("29 03:15 +0200", FORWARD),
        ("29 04:15 +0200", None),
        ("29 05:15 +0200", None),
    ]


def test_a_repeated_local_time_says_which_it_is():
    after = datetime(2026, 10, 24, 12, tzinfo=UTC)
    interval = {
        "type": "IntervalClock",
        "interval": 86_400 * 10**6,
        "start_date": {"dt": "2026-10-01T02:30:00", "tz": "Europe/Berlin"},
    }

    assert remarks(previewed(after, cron("30 2 * * *"), count=1)) == [("25 02:30 +0200", FIRST)]
    assert remarks(previewed(after, interval, count=1)) == [("25 02:30 +0100", SECOND)]


def test_a_change_of_half_an_hour_is_remarked():
    found = previewed(datetime(2026, 10, 3, tzinfo=UTC), cron("15 2 * * *", "Australia/Lord_Howe"), count=2)

    assert found[0].remark == "The clocks go forward: local times from 02:00 to 02:30 are missing."
    assert found[1].remark is None


def test_excluded_days_are_shown_with_their_reason():
    found = previewed(
        datetime(2026, 12, 23, tzinfo=UTC), cron("0 9 * * *"), rules={"excluded_dates": ["2026-12-24"]}
    )

    assert [each.skip for each in found] == [None, SkipReason.EXCLUDED, None]
    assert found[1].remark == "It is left out, because its day is excluded."


def test_a_saved_schedule_is_moved_by_its_own_spread():
    name, after = "group", datetime(2026, 7, 1, tzinfo=UTC)
    offset = spread_of(name, HOUR)
    assert offset

    (found,) = previewed(after, cron("0 9 * * *"), count=1, rules={"spread": 3600}, name=name)

    assert found.time == datetime(2026, 7, 1, 7, tzinfo=UTC) + offset
    assert found.remark == f"The spread moves it by {str(offset).zfill(8)}."


def test_what_the_spread_moves_beyond_the_present_is_shown():
    name = "group"
    due = datetime(2026, 7, 1, 7, tzinfo=UTC) + spread_of(name, HOUR)

    (found,) = previewed(
        due - timedelta(seconds=1), cron("0 9 * * *"), count=1, rules={"spread": 3600}, name=name
    )

    assert found.time == due


def test_a_schedule_that_is_not_saved_has_no_place_in_the_spread_yet():
    (found,) = previewed(datetime(2026, 7, 1, tzinfo=UTC), cron("0 9 * * *"), count=1, rules={"spread": 3600})

    assert found.time == datetime(2026, 7, 1, 7, tzinfo=UTC)
    assert found.remark == "The spread will move it by up to 01:00:00."


@pytest.mark.parametrize(
    ("until", "skips", "remark"),
    [
        (None, 3, "It is left out, because the schedule is paused."),
        (
            datetime(2026, 7, 2, tzinfo=UTC),
            1,
            "It is left out, because the schedule is paused until 2026-07-02T00:00:00+00:00.",
        ),
    ],
)
def test_what_falls_into_a_pause_is_shown_with_its_reason(until, skips, remark):
    now = datetime(2026, 7, 1, tzinfo=UTC)

    found = previewed(now, cron("0 9 * * *"), pause=Pause(since=now, until=until))

    assert [each.skip for each in found].count(SkipReason.PAUSED) == skips
    assert found[0].remark == remark


def test_the_end_after_so_many_runs_is_shown():
    found = previewed(
        datetime(2026, 7, 1, tzinfo=UTC), cron("0 9 * * *"), rules={"max_runs": 1_000}, runs_left=2
    )

    assert [each.skip for each in found] == [None, None, SkipReason.LIMIT]
    assert found[2].remark == "It is left out, because the schedule ends after 1,000 runs."


FEBRUARY = {
    "fn": "prefect.schedules.filters.between_dates",
    "kwargs": {"start_month": 2, "start_day": 3, "end_month": 2, "end_day": 3},
}
WEEKDAYS = {"fn": "prefect.schedules.filters.is_weekday", "kwargs": {}}
RULE = {
    "type": "RRuleClock",
    "rrule_obj": {"type": "rrule", "rr": "RRULE:FREQ=MINUTELY", "_dtstart": "2020-01-01T00:00:00+00:00"},
}


@pytest.mark.parametrize(("clock", "events"), [(cron("* * * * *"), 5_000), (RULE, 1_000)])
def test_a_preview_of_hardly_anything_ends(clock, events):
    schedule = read_schedule({"clocks": [clock], "filters": [FEBRUARY]})
    preview = Preview(schedule=schedule, rules=ScheduleRules())
    look = preview.look()

    assert look.left == events
    assert list(preview.after(datetime(2026, 7, 1, tzinfo=UTC), look)) == []
    assert (look.left, look.is_spent) == (0, True)


def test_a_preview_of_each_minute_of_weekdays_sees_beyond_a_weekend():
    schedule = read_schedule({"clocks": [cron("* * * * *", "UTC")], "filters": [WEEKDAYS]})
    preview = Preview(schedule=schedule, rules=ScheduleRules())

    found = next(preview.after(datetime(2026, 7, 3, 23, 59, tzinfo=UTC), preview.look()))

    assert found.time == datetime(2026, 7, 6, tzinfo=UTC)
