"""The calendar of schedules: clock changes, bounds, what clocks give, and what is refused."""

from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest

from domain.schedules.calendar import Look, occurrences
from domain.schedules.given import InvalidSchedule
from domain.schedules.schedules import read_schedule

HOUR = 3_600 * 10**6
BERLIN = {"dt": "2020-01-01T00:00:00", "tz": "Europe/Berlin"}
LORD_HOWE = {"dt": "2020-01-01T00:00:00", "tz": "Australia/Lord_Howe"}


def cron(expression, start=BERLIN, **more):
    return {"type": "CronClock", "cron": expression, "start_date": start, **more}


def interval(micros, start=BERLIN, **more):
    return {"type": "IntervalClock", "interval": micros, "start_date": start, **more}


def rrule(rule, **more):
    start = {"_dtstart": "2020-01-01T00:00:00+00:00", "_until": None}
    return {"type": "RRuleClock", "rrule_obj": {"type": "rrule", "rr": f"RRULE:{rule}", **start, **more}}


def times(clock, after, count):
    """Return the next times after a time, both in UTC and by their ends, as 29T01:00."""
    schedule = read_schedule({"clocks": [clock]})
    start = datetime.fromisoformat(after).replace(tzinfo=UTC)
    return [f"{found.time:%dT%H:%M}" for found in islice(occurrences(schedule, start), count)]


MARCH, OCTOBER = "2026-03-28T12:00", "2026-10-24T12:00"


@pytest.mark.parametrize(
    ("clock", "after", "expected"),
    [
        (cron("30 2 * * *"), MARCH, ["29T01:00", "30T00:30"]),
        (cron("15,30 2 * * *"), MARCH, ["29T01:00", "30T00:15"]),
        (cron("30 0-4 * * *"), "2026-03-28T23:00", ["28T23:30", "29T00:30", "29T01:00", "29T01:30"]),
        (cron("30 * * * *"), "2026-03-28T23:00", ["28T23:30", "29T00:30", "29T01:30"]),
        (cron("30 2 * * *"), OCTOBER, ["25T00:30", "26T01:30"]),
        (cron("30 * * * *"), "2026-10-24T23:00", ["24T23:30", "25T00:30", "25T02:30"]),
        (interval(24 * HOUR, {**BERLIN, "dt": "2020-01-01T02:30:00"}), MARCH, ["29T01:30", "30T00:30"]),
        (interval(24 * HOUR, {**BERLIN, "dt": "2020-01-01T02:30:00"}), OCTOBER, ["25T01:30", "26T01:30"]),
        (interval(HOUR), "2026-03-28T23:00", ["29T00:00", "29T01:00", "29T02:00"]),
        (interval(HOUR), "2026-10-24T22:30", ["24T23:00", "25T01:00", "25T02:00"]),
        (interval(HOUR // 2), "2026-03-29T00:00", ["29T00:30", "29T01:00", "29T01:30", "29T02:00"]),
        (interval(24 * HOUR, {**LORD_HOWE, "dt": "2020-01-01T02:15:00"}), "2026-10-03T00:00", ["03T15:45"]),
        (cron("15 2 * * *", LORD_HOWE), "2026-10-03T00:00", ["03T15:30", "04T15:15"]),
        (cron("45 1 * * *", LORD_HOWE), "2026-04-04T00:00", ["04T14:45", "05T15:15"]),
    ],
)
def test_missing_and_repeated_hours_are_as_the_table_says(clock, after, expected):
    assert times(clock, after, len(expected)) == expected


def test_start_and_end_count():
    bounds = {
        "start_date": {"dt": "2026-01-01T06:00:00", "tz": "UTC"},
        "end_date": {"dt": "2026-01-03T06:00:00", "tz": "UTC"},
    }

    assert times({**cron("0 6 * * *"), **bounds}, "2020-01-01T00:00", 9) == [
        "01T06:00",
        "02T06:00",
        "03T06:00",
    ]
    assert times({**interval(24 * HOUR), **bounds}, "2020-01-01T00:00", 9) == [
        "01T06:00",
        "02T06:00",
        "03T06:00",
    ]


def test_occurrences_do_not_depend_on_where_a_look_begins():
    schedule = read_schedule(
        {"clocks": [cron("7,37 */3 * * *"), interval(7 * HOUR), rrule("FREQ=HOURLY;INTERVAL=5")]}
    )
    start = datetime(2026, 10, 23, tzinfo=UTC)
    whole = list(islice(occurrences(schedule, start), 120))
    for minutes in range(0, 4 * 1440, 53):
        after = start + timedelta(minutes=minutes)
        expected = [found for found in whole if found.event > after][:15]
        assert list(islice(occurrences(schedule, after), 15)) == expected


def test_old_forms_are_read():
    start = {"dt": "2026-01-01T00:00:00", "tz": "UTC"}
    union = {
        "type": "UnionSchedule",
        "schedules": [
            {"type": "IntervalSchedule", "interval": 48 * HOUR, "start_date": start},
            {"type": "CronSchedule", "cron": "0 6 * * *", "start_date": start},
            {"type": "OneTimeSchedule", "start_date": {"dt": "2026-01-01T09:00:00", "tz": "Europe/Berlin"}},
        ],
    }

    found = islice(occurrences(read_schedule(union), datetime(2025, 12, 31, tzinfo=UTC)), 4)
    assert [f"{one.time:%dT%H:%M}" for one in found] == ["01T00:00", "01T06:00", "01T08:00", "02T06:00"]


def test_clocks_that_give_the_same_make_one_occurrence():
    same = [interval(HOUR), interval(2 * HOUR), interval(2 * HOUR, parameter_defaults={"x": 1})]

    found = list(islice(occurrences(read_schedule({"clocks": same}), datetime(2026, 1, 1, tzinfo=UTC)), 4))

    assert [(one.time.hour, one.clock) for one in found] == [(1, 0), (1, 2), (2, 0), (3, 0)]


def test_a_look_ends_where_filters_let_nothing_pass():
    never = {"fn": "prefect.schedules.filters.on_date", "kwargs": {"month": 2, "day": 31}}
    schedule = read_schedule({"clocks": [interval(HOUR)], "filters": [never]})
    look = Look(left=100)

    assert list(occurrences(schedule, datetime(2026, 1, 1, tzinfo=UTC), look)) == []
    assert (look.is_spent, look.reached) == (True, datetime(2026, 1, 5, 4, tzinfo=UTC))


@pytest.mark.parametrize(
    "rule", ["FREQ=MINUTELY", "FREQ=DAILY;BYHOUR=3", "FREQ=YEARLY;BYMONTH=6", "FREQ=MONTHLY;INTERVAL=5"]
)
def test_a_rule_that_began_long_ago_is_looked_at_from_now(rule):
    assert len(times(rrule(rule, _dtstart="1980-01-01T00:00:00+00:00"), "2026-01-01T00:00", 3)) == 3


@pytest.mark.parametrize(
    ("schedule", "field", "reason"),
    [
        ([], "", "must be an object"),
        ({"clocks": {}}, ".clocks", "must be a list"),
        ({"clocks": [interval(HOUR)] * 101}, ".clocks", "101 entries"),
        ({"clocks": [{"type": "SunClock"}]}, ".clocks[0].type", "must be one of IntervalClock"),
        ({"clocks": [cron("0 25 * * *")]}, ".clocks[0].cron", "no cron expression"),
        ({"clocks": [cron("every day")]}, ".clocks[0].cron", "no cron expression"),
        ({"clocks": [cron("* * * * * *")]}, ".clocks[0].cron", "more than one second"),
        ({"clocks": [cron(5)]}, ".clocks[0].cron", "must be a text"),
        ({"clocks": [cron("R * * * *")]}, ".clocks[0].cron", "by chance"),
        ({"clocks": [cron("0 h(2-5) * * *")]}, ".clocks[0].cron", "by chance"),
        ({"clocks": [interval(10**400)]}, ".clocks[0].interval", "must be from"),
        ({"clocks": [cron("0 " * 300)]}, ".clocks[0].cron", "more than 500"),
        ({"clocks": [interval(59_000_000)]}, ".clocks[0].interval", "60 seconds"),
        ({"clocks": [interval(None)]}, ".clocks[0].interval", "must be a number"),
        ({"clocks": [interval(float("inf"))]}, ".clocks[0].interval", "must be from"),
        (
            {"clocks": [interval(HOUR, {"dt": "2020-01-01T00:00:00", "tz": "Mars/Olympus"})]},
            ".clocks[0].start_date.tz",
            "no time zone",
        ),
        (
            {"clocks": [interval(HOUR, {"dt": "2020-01-01T00:00:00", "tz": "../../etc/passwd"})]},
            ".clocks[0].start_date.tz",
            "no time zone",
        ),
        (
            {"clocks": [interval(HOUR, {"dt": "2020-13-01", "tz": "UTC"})]},
            ".clocks[0].start_date.dt",
            "no time in ISO 8601",
        ),
        (
            {"clocks": [interval(HOUR, end_date={"dt": "2019-12-31T00:00:00", "tz": "UTC"})]},
            ".clocks[0].end_date",
            "before the start",
        ),
        ({"clocks": [{"type": "DatesClock", "dates": []}]}, ".clocks[0].dates", "at least one"),
        ({"clocks": [rrule("FREQ=NEVER")]}, ".clocks[0].rrule_obj.rr", "no recurrence rule"),
        ({"clocks": [rrule("FREQ=SECONDLY")]}, ".clocks[0].rrule_obj.rr", "more than one second"),
        ({"clocks": [rrule("FREQ=DAILY;COUNT=100000")]}, ".clocks[0].rrule_obj.rr", "COUNT"),
        ({"clocks": [rrule("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30")]}, ".clocks[0].rrule_obj", "11,000 days"),
        (
            {"clocks": [rrule("FREQ=DAILY", _until="2019-01-01T00:00:00+00:00")]},
            ".clocks[0].rrule_obj._until",
            "before the start",
        ),
        ({"clocks": [interval(HOUR, labels="a")]}, ".clocks[0].labels", "list of texts"),
        ({"clocks": [interval(HOUR, parameter_defaults=[1])]}, ".clocks[0].parameter_defaults", "an object"),
        ({"clocks": [], "filters": [{"fn": "os.system"}]}, ".filters[0].fn", "is not known"),
        (
            {
                "clocks": [],
                "filters": [{"fn": "prefect.schedules.filters.at_time", "kwargs": {"t": "09:00"}}],
            },
            ".filters[0].kwargs.t",
            "//time:",
        ),
        (
            {
                "clocks": [],
                "adjustments": [
                    {"fn": "prefect.schedules.adjustments.add", "kwargs": {"interval": "//timedelta:nan"}}
                ],
            },
            ".adjustments[0].kwargs.interval",
            "seconds",
        ),
        ({"clocks": [rrule("FREQ=DAILY")] * 11}, ".clocks", "10 clocks with rules"),
        ({"type": "LunarSchedule"}, ".type", "is not known"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_reason(schedule, field, reason):
    with pytest.raises(InvalidSchedule) as refused:
        read_schedule(schedule)

    facts = refused.value.extensions
    assert (facts["code"], facts["field"]) == ("BAD_USER_INPUT", f"schedule{field}")
    assert reason in facts["reason"]
    assert refused.value.message == f"{facts['field']}: {facts['reason']}"


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=MONTHLY;INTERVAL=5",
        "FREQ=YEARLY;INTERVAL=3",
        "FREQ=MONTHLY;BYDAY=2FR",
        "FREQ=YEARLY;BYYEARDAY=60",
    ],
)
def test_a_rule_of_months_names_the_same_times_however_late_it_is_asked(rule):
    schedule = read_schedule({"clocks": [rrule(rule, _dtstart="2019-03-05T06:00:00+00:00")]})
    whole = list(islice(occurrences(schedule, datetime(2019, 1, 1, tzinfo=UTC)), 200))
    for year in range(2020, 2029):
        after = datetime(year, 2, 10, tzinfo=UTC)
        assert next(occurrences(schedule, after)) == next(found for found in whole if found.event > after)
