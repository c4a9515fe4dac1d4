"""The calendar of schedules: clock changes, bounds, what clocks give, and what is refused."""

import sys
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import ClassVar

import pytest
from dateutil.rrule import rrulestr

from domain.schedules.calendar import Look, occurrences
from domain.schedules.clocks.clocks import Clock
from domain.schedules.clocks.given import InvalidSchedule
from domain.schedules.schedules import checked_schedule, read_schedule

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
        ({"clocks": [interval(HOUR)] * 101}, ".clocks", "100 clocks"),
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


LEAP = "BYMONTH=2;BYMONTHDAY=29"
NEVER = "BYMONTH=2;BYMONTHDAY=30"


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ("FREQ=DAILY;INTERVAL=0", "INTERVAL must be from 1 to 10,000"),
        ("FREQ=MONTHLY;INTERVAL=0", "INTERVAL"),
        ("FREQ=DAILY;INTERVAL=-1", "INTERVAL"),
        ("FREQ=DAILY;INTERVAL=99999999999999999999", "INTERVAL"),
        ("INTERVAL=10000001;FREQ=MINUTELY", "INTERVAL must be from 1 to 10,000,000"),
        ("FREQ=DAILY;COUNT=0", "COUNT must be from 1"),
        ("FREQ=DAILY;COUNT=-3", "COUNT"),
        ("FREQ=HOURLY;BYHOUR=99", "BYHOUR must be from 0 to 23, not 99"),
        ("FREQ=HOURLY;BYHOUR=1,-1", "BYHOUR"),
        ("FREQ=MINUTELY;BYMINUTE=99", "BYMINUTE"),
        ("FREQ=MINUTELY;BYSECOND=60", "BYSECOND"),
        ("FREQ=YEARLY;BYMONTH=13", "BYMONTH"),
        ("FREQ=YEARLY;BYMONTHDAY=0", "BYMONTHDAY must be from 1 to 31 or from -31 to -1"),
        ("FREQ=YEARLY;BYYEARDAY=-367", "BYYEARDAY"),
        ("FREQ=YEARLY;BYWEEKNO=54", "BYWEEKNO"),
        ("FREQ=YEARLY;BYDAY=MO;BYSETPOS=367", "BYSETPOS"),
        (f"FREQ=DAILY;BYSETPOS={','.join(['2'] * 32)}", "31 entries"),
        ("FREQ=YEARLY;BYEASTER=99999", "BYEASTER must be from -80 to 250"),
        ("FREQ=YEARLY;BYEASTER=280", "BYEASTER"),
        ("FREQ=MONTHLY;BYDAY=TU,+99MO", "BYDAY must be from 1 to 53"),
        ("FREQ=MONTHLY;BYDAY=MO(+99)", "BYDAY"),
        ("FREQ=MONTHLY;BYWEEKDAY=-54MO", "BYWEEKDAY"),
        (f"FREQ=YEARLY;BYDAY={','.join(['1MO'] * 71)}", "70 entries"),
        ("freq=daily;interval=0", "INTERVAL"),
        ("FREQ=DAILY DTSTART:20200101T000000 RRULE:FREQ=DAILY;INTERVAL=0", "INTERVAL"),
    ],
)
def test_a_part_of_a_rule_beyond_its_range_is_named(rule, reason):
    with pytest.raises(InvalidSchedule) as refused:
        read_schedule({"clocks": [rrule(rule)]})

    assert refused.value.field == "schedule.clocks[0].rrule_obj.rr"
    assert reason in refused.value.reason


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=MINUTELY;INTERVAL=10000000;COUNT=10000",
        "FREQ=HOURLY;BYHOUR=0,23;BYMINUTE=0,59;BYSECOND=59",
        "FREQ=YEARLY;BYMONTH=1,12;BYMONTHDAY=-31,31",
        "FREQ=YEARLY;BYYEARDAY=-366,366",
        "FREQ=YEARLY;BYWEEKNO=-53,53",
        "FREQ=YEARLY;BYDAY=+53MO,-53TU",
        "FREQ=YEARLY;BYEASTER=-80,0,250",
        "FREQ=MONTHLY;BYDAY=FR(-1)",
        "FREQ=MONTHLY;BYDAY=MO,TU,WE;BYSETPOS=-1",
        "RRULE:FREQ=DAILY;INTERVAL=10000",
    ],
)
def test_a_rule_at_the_ends_of_its_ranges_is_accepted(rule):
    clock = rrule(rule)
    clock["rrule_obj"]["rr"] = f"DTSTART:20200101T000000\n{rule}"

    checked_schedule({"clocks": [clock]})


@pytest.mark.parametrize(
    ("clock", "part"),
    [
        (rrule(f"FREQ=DAILY;{NEVER}"), "rrule_obj"),
        (rrule(f"FREQ=MINUTELY;BYHOUR=5;{NEVER}"), "rrule_obj"),
        (rrule("FREQ=MINUTELY;INTERVAL=120;BYHOUR=1"), "rrule_obj"),
        (rrule("FREQ=MONTHLY;BYDAY=53MO"), "rrule_obj"),
        (rrule(f"FREQ=MINUTELY;INTERVAL=1439;BYHOUR=5;BYMINUTE=1;{NEVER}"), "rrule_obj"),
        (rrule("FREQ=DAILY;BYSETPOS=2"), "rrule_obj"),
        (cron("0 0 30 2 *"), "cron"),
        (cron("0 0 1 1 mon#5", day_or=False), "cron"),
        (cron("0 0 1 1 * 0 1999"), "cron"),
    ],
)
def test_a_clock_that_names_no_time_is_refused_before_it_is_kept(clock, part):
    read_schedule({"clocks": [interval(HOUR), clock]})
    with pytest.raises(InvalidSchedule) as refused:
        checked_schedule({"clocks": [interval(HOUR), clock]})

    assert refused.value.field == f"schedule.clocks[1].{part}"


@pytest.mark.parametrize(
    "clock",
    [
        rrule("FREQ=DAILY;COUNT=1", _dtstart="1950-01-01T00:00:00+00:00"),
        rrule("FREQ=DAILY", _dtstart="7990-01-01T00:00:00+00:00"),
        rrule(f"FREQ=DAILY;BYDAY=MO;{LEAP}"),
        rrule("FREQ=MINUTELY;BYHOUR=23;BYMONTH=1"),
        cron("0 0 29 2 1", day_or=False),
        {"type": "DatesClock", "dates": [BERLIN]},
    ],
)
def test_a_clock_with_rare_or_past_times_is_kept(clock):
    checked_schedule({"clocks": [clock]})


class Lines:
    """Counts the lines of a library that are executed."""

    def __init__(self, library):
        self.library, self.lines = f"/{library}/", 0

    def __enter__(self):
        self.before = sys.gettrace()
        sys.settrace(self.called)
        return self

    def __exit__(self, *_):
        sys.settrace(self.before)

    def called(self, frame, event, _):
        return self.counted if self.library in frame.f_code.co_filename else None

    def counted(self, frame, event, _):
        self.lines += event == "line"
        return self.counted


class FaultyTiming:
    PART: ClassVar[str] = "rrule_obj"

    def __init__(self, error):
        self.error = error

    def events(self, after):
        yield from ()
        raise self.error


@pytest.mark.parametrize("start", [BERLIN, {**BERLIN, "tz": "-11:00"}])
@pytest.mark.parametrize("clock", [cron("0 0 31 12 *"), rrule("FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=31")])
def test_a_clock_ends_before_the_calendar_does(clock, start):
    functions = "prefect.schedules"
    never = {"fn": f"{functions}.filters.is_month_end", "kwargs": {}}
    add = {"fn": f"{functions}.adjustments.add", "kwargs": {"interval": "//timedelta:31000000"}}
    clocks = [{**clock, "start_date": start}]
    for more in ({"not_filters": [never]}, {"adjustments": [add]}):
        schedule = read_schedule({"clocks": clocks, **more})
        found = list(occurrences(schedule, datetime(7990, 1, 1, tzinfo=UTC)))

        assert max([occurrence.event.year for occurrence in found], default=8000) == 8000


@pytest.mark.parametrize(
    "error", [IndexError(), ZeroDivisionError(), OverflowError(), KeyError(), TypeError(), ValueError()]
)
def test_whatever_a_library_of_calendars_raises_is_a_fault_of_the_clock(error):
    clock = Clock(place="schedule.clocks[3]", timing=FaultyTiming(error))
    for follow in (clock.check, lambda: list(clock.events(datetime(2026, 1, 1, tzinfo=UTC)))):
        with pytest.raises(InvalidSchedule) as refused:
            follow()

        assert refused.value.field == "schedule.clocks[3].rrule_obj"
        assert type(error).__name__ in refused.value.reason


@pytest.mark.parametrize(
    "rule",
    [
        f"FREQ=MINUTELY;INTERVAL=7;BYHOUR=5;BYMINUTE=1;{NEVER}",
        f"FREQ=MINUTELY;INTERVAL=1439;BYHOUR=5;BYMINUTE=1;{NEVER}",
        f"FREQ=MINUTELY;INTERVAL=11;BYHOUR=5;{NEVER}",
        f"FREQ=HOURLY;INTERVAL=7;BYHOUR=5;{NEVER}",
        f"FREQ=MINUTELY;BYHOUR=5;{NEVER}",
        f"FREQ=DAILY;BYSETPOS={','.join(map(str, range(2, 33)))}",
        f"FREQ=YEARLY;BYDAY=MO;BYSETPOS={','.join(map(str, range(60, 91)))}",
        f"FREQ=DAILY;INTERVAL=4999;{NEVER};BYWEEKNO={','.join(map(str, range(1, 54)))}",
        f"FREQ=MONTHLY;INTERVAL=13;{NEVER};BYWEEKNO={','.join(map(str, range(1, 54)))}",
        f"FREQ=HOURLY;INTERVAL=9999;{NEVER};BYEASTER={','.join(['7'] * 300)}",
        f"FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;BYYEARDAY={','.join(map(str, range(1, 367)))}",
    ],
)
def test_a_look_at_a_rule_takes_a_bounded_number_of_steps(rule):
    clock = rrule(rule)
    counted = Lines("dateutil")
    with counted, pytest.raises(InvalidSchedule, match=r"no time was found"):
        times(clock, "2026-01-01T00:00", 1)

    assert counted.lines < 1_000_000


ALL_MINUTES = f"BYHOUR={','.join(map(str, range(24)))};BYMINUTE={','.join(map(str, range(60)))}"


@pytest.mark.parametrize("rule", [f"FREQ=DAILY;{ALL_MINUTES}", "FREQ=MINUTELY"])
def test_times_that_a_set_leaves_out_are_counted(rule):
    one = {"type": "rrule", "rr": rule, "_dtstart": "2020-01-01T00:00:00"}
    clock = {
        "type": "RRuleClock",
        "rrule_obj": {"type": "rruleset", "_rrule": [one] * 9, "_exrule": [one] * 9},
    }
    counted = Lines("dateutil")
    with counted, pytest.raises(InvalidSchedule, match=r"no time was found"):
        times(clock, "2026-01-01T00:00", 1)

    assert counted.lines < 2_000_000


def test_rare_times_that_have_passed_are_counted():
    clock = rrule("FREQ=HOURLY;BYHOUR=1;BYMONTH=1;BYMONTHDAY=1;COUNT=9999", _dtstart="1900-01-01T00:00:00")
    with pytest.raises(InvalidSchedule, match=r"give it a later start"):
        times(clock, "2026-01-01T00:00", 1)


def test_rare_times_of_a_rule_are_looked_at_as_far_as_one_look_goes():
    clock = rrule(f"FREQ=DAILY;{LEAP}")

    assert len(times(clock, "2026-01-01T00:00", 20)) == 20
    with pytest.raises(InvalidSchedule, match=r"no time was found"):
        times(clock, "2026-01-01T00:00", 100)


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=HOURLY;COUNT=100;BYMONTH=5;BYDAY=TU;BYHOUR=21",
        "FREQ=DAILY;COUNT=5000;BYWEEKNO=1,2,3,20,30,40,50",
        "FREQ=MINUTELY;COUNT=5000;BYMONTH=11;BYMONTHDAY=3,28",
    ],
)
def test_rules_of_several_clocks_share_the_work_of_one_look(rule):
    clock = rrule(rule, _dtstart="2000-02-29T00:00:00")
    counted = Lines("dateutil")
    with counted, pytest.raises(InvalidSchedule, match="fewer clocks with rules"):
        checked_schedule({"clocks": [clock] * 10})

    assert counted.lines < 3_000_000
    checked_schedule({"clocks": [clock]})


def test_ten_clocks_with_rare_times_are_kept():
    clocks = [rrule(f"FREQ=DAILY;{LEAP};BYHOUR={hour}") for hour in range(10)]
    schedule = checked_schedule({"clocks": clocks})

    assert len(list(islice(occurrences(schedule, datetime(2026, 1, 1, tzinfo=UTC)), 11))) == 11


@pytest.mark.parametrize(
    "rule", ["FREQ=YEARLY;BYDAY=2MO,-1TU", "FREQ=YEARLY;BYDAY=53MO", "FREQ=YEARLY;BYDAY=2MO;BYMONTH=3,5"]
)
def test_a_certain_week_of_a_year_is_not_one_of_each_month(rule):
    start, after = datetime(2020, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)
    expected = [f"{time:%dT%H:%M}" for time in islice(rrulestr(rule, dtstart=start).xafter(after), 6)]

    assert times(rrule(rule), "2026-01-01T00:00", 6) == expected


@pytest.mark.parametrize("step", [1, 5, 7, 15, 20, 60, 90, 1439])
@pytest.mark.parametrize(
    "rest", ["", ";BYMINUTE=5,10,45", ";BYDAY=MO,FR", ";BYMONTH=3,4;COUNT=500", ";BYSETPOS=-1,2"]
)
def test_a_rule_of_minutes_names_the_times_that_dateutil_names(step, rest):
    text = f"FREQ=MINUTELY;INTERVAL={step};BYHOUR=2,5,6,14{rest}"
    start = datetime(2025, 12, 1, 2, 5, 30, tzinfo=UTC)
    after = datetime(2026, 2, 28, 23, 7, tzinfo=UTC)
    expected = [f"{time:%dT%H:%M}" for time in islice(rrulestr(text, dtstart=start).xafter(after), 60)]

    assert (
        times(rrule(text, _dtstart=start.isoformat()), after.replace(tzinfo=None).isoformat(), 60) == expected
    )


UNION = {"type": "UnionSchedule"}


@pytest.mark.parametrize(
    ("schedules", "reason"),
    [
        (
            [{"clocks": [interval(HOUR)] * 60}, {**UNION, "schedules": [{"clocks": [interval(HOUR)] * 41}]}],
            "100",
        ),
        ([{"clocks": [rrule("FREQ=DAILY")] * 10}, {"clocks": [rrule("FREQ=DAILY")]}], "10 clocks with rules"),
        ([{"type": "CronSchedule", "cron": "no cron at all"}] * 101, "100 clocks"),
        (
            [{"clocks": [{"type": "RRuleClock", "rrule_obj": {"_rrule": [0] * 30, "_exrule": [0] * 11}}]}],
            "40 rules",
        ),
    ],
)
def test_clocks_of_all_levels_are_counted_before_any_is_read(schedules, reason):
    nested = [{"type": "Schedule", **schedule} for schedule in schedules]
    with pytest.raises(InvalidSchedule) as refused:
        read_schedule({**UNION, "schedules": nested})

    assert refused.value.field == "schedule.schedules"
    assert reason in refused.value.reason
