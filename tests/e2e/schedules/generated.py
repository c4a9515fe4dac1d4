"""Schedules as clients serialize them, made by dice, and the instants from which events are asked for."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

HOUR = timedelta(hours=1)
# Lord Howe's clocks change by half an hour. Turkey gave up its clock changes in 2016, Brazil in 2019.
ZONES = {
    "Europe/Berlin": (2019, 2030),
    "America/New_York": (2019, 2030),
    "Australia/Lord_Howe": (2019, 2030),
    "America/Sao_Paulo": (2016, 2019),
    "Europe/Istanbul": (2014, 2019),
    "Asia/Kathmandu": (2019, 2030),
}
MINUTES = (1, 5, 7, 15, 30, 45, 60, 90, 120, 180, 360, 720, 1440, 1500, 2880, 10080)
FIELDS = (
    ("0", "30", "*/5", "*/30", "15,45", "59", "7", "*/15"),
    ("*", "2", "1-3", "0", "*/2", "*/6", "23", "2,14", "3"),
    ("*", "*", "*", "1", "*/2", "l", "13,14", "31"),
    ("*", "*", "*", "3,4,10,11", "*/3"),
    ("*", "*", "*", "1-5", "sun", "6,0", "mon#2"),
)
# Filters that let many events pass, and those that let few.
WIDE: tuple[str, dict[str, Any]] = (
    "between_datetimes",
    {"start": "//datetime:2010-01-01T00:00:00+00:00", "end": "//datetime:2040-01-01T00:00:00"},
)
FILTERS: list[tuple[str, dict[str, Any]]] = [
    WIDE,
    ("is_weekday", {}),
    ("between_times", {"start": "//time:01:00:00", "end": "//time:17:30:00"}),
    ("between_times", {"start": "//time:22:00:00", "end": "//time:03:00:00"}),
    ("between_dates", {"start_month": 10, "start_day": 15, "end_month": 4, "end_day": 30}),
]
RARE_FILTERS: list[tuple[str, dict[str, Any]]] = [("is_weekend", {}), ("is_month_end", {})]
NARROW_FILTERS: list[tuple[str, dict[str, Any]]] = [
    ("on_date", {"month": 3, "day": 29}),
    ("at_time", {"t": "//time:02:30:00"}),
    ("on_datetime", {"dt": "//datetime:2026-03-29T01:00:00+00:00"}),
]
LATE_FILTERS: list[tuple[str, dict[str, Any]]] = [
    ("is_month_start", {}),
    ("is_day_of_week", {"day_of_week": 6}),
]
# 1.4.1 drops an event that the one before was moved onto, so none is.
ADJUSTMENTS: list[tuple[str, dict[str, Any]]] = [
    ("next_weekday", {}),
    ("add", {"interval": "//timedelta:5431.0"}),
    ("add", {"interval": "//timedelta:86407.0"}),
]
RULES = (
    "FREQ=DAILY",
    "FREQ=DAILY;INTERVAL=3;BYHOUR=2,14;BYMINUTE=30",
    "FREQ=HOURLY;INTERVAL=5",
    "FREQ=HOURLY;BYDAY=MO,TU;BYHOUR=9,10",
    "FREQ=MINUTELY;INTERVAL=7",
    "FREQ=WEEKLY;BYDAY=MO,WE,SU;WKST=SU;INTERVAL=2",
    "FREQ=MONTHLY;BYDAY=2FR",
    "FREQ=MONTHLY;BYMONTHDAY=-1",
    "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
    "FREQ=YEARLY;BYMONTH=3,11;BYDAY=SU",
    "FREQ=DAILY;COUNT=4000",
)


@dataclass(frozen=True)
class Case:
    """A schedule, an instant, and how many events are asked for after it."""

    schedule: dict[str, Any]
    after: datetime
    n: int
    zone: str
    with_gifts: bool

    @property
    def asked(self) -> dict[str, Any]:
        return {
            "schedule": self.schedule,
            "after": self.after.isoformat(),
            "n": self.n,
            "with_gifts": self.with_gifts,
        }


def clock_changes(zone: str) -> list[datetime]:
    """Return the days at whose end the clocks of a zone show another offset than at their beginning."""
    info, (first, last) = ZoneInfo(zone), ZONES[zone]
    days = [datetime(first, 1, 1, tzinfo=UTC) + timedelta(days=n) for n in range(365 * (last - first))]
    return [
        day
        for day in days
        if day.astimezone(info).utcoffset() != (day + timedelta(days=1)).astimezone(info).utcoffset()
    ]


class Generator:
    """The dice of one release: what it knows decides what is made."""

    def __init__(self, seed: int, *, is_late: bool) -> None:
        self._dice = Random(seed)  # noqa: S311  (dice that fall the same each time)
        self._is_late = is_late
        self._changes = {zone: clock_changes(zone) for zone in ZONES}

    def cases(self, count: int) -> Iterator[Case]:
        for _ in range(count):
            zone = self._dice.choice(list(ZONES))
            yield self.case(zone)

    def case(self, zone: str) -> Case:
        dice = self._dice
        kinds = [self.interval, self.interval, self.cron] + (
            [self.rrule, self.dates] if self._is_late else []
        )
        chosen = [dice.choice(kinds) for _ in range(dice.choice((1, 1, 1, 2, 3)))]
        has_cron = self.cron in chosen
        after = self._after(zone, near_change=(self._is_late or not has_cron) and dice.random() < 0.7)
        clocks = [clock(zone, after) for clock in chosen]
        schedule: dict[str, Any] = {
            "clocks": clocks,
            # An expression may name weekends alone, of which a filter of weekdays would let none pass.
            "filters": self._functions("filters", [WIDE] if has_cron else FILTERS, (0, 0, 0, 1)),
            "or_filters": [] if has_cron else self._either(),
            "not_filters": self._functions("filters", self._rare_filters(narrow=has_cron), (0, 0, 0, 1)),
            "adjustments": self._functions("adjustments", ADJUSTMENTS, (0, 0, 0, 0, 1)),
        }
        if not self._is_late:
            schedule["type"] = "Schedule"
        n = 40 if schedule["filters"] or schedule["or_filters"] else 100 if has_cron else 500
        return Case(schedule, after, n, zone, self._is_late)

    def _after(self, zone: str, *, near_change: bool) -> datetime:
        dice, changes, (first, last) = self._dice, self._changes[zone], ZONES[zone]
        if changes and near_change:
            # Not within the change: there the releases lose the second of two equal hours.
            after = dice.choice(changes) - timedelta(minutes=dice.randrange(6 * 60, 72 * 60))
        else:
            minutes = dice.randrange(365 * 24 * 60 * (last - first))
            after = datetime(first, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
        return after.replace(second=dice.choice((0, 30)))

    def interval(self, zone: str, after: datetime) -> dict[str, Any]:
        clock: dict[str, Any] = {
            "type": "IntervalClock",
            "interval": self._dice.choice(MINUTES) * 60 * 10**6,
            **self._bounds(zone, after),
        }
        return clock

    def cron(self, zone: str, after: datetime) -> dict[str, Any]:
        expression = " ".join(self._dice.choice(choices) for choices in FIELDS)
        if not self._is_late:
            expression = expression.replace("mon#2", "2").replace("l", "28")
        clock = {"type": "CronClock", "cron": expression, **self._bounds(zone, after)}
        if self._is_late:
            clock["day_or"] = self._dice.choice((None, True, False))
        return clock

    def rrule(self, zone: str, after: datetime) -> dict[str, Any]:
        start = (after - timedelta(days=self._dice.randrange(5, 400))).astimezone(ZoneInfo(zone))
        rule: dict[str, Any] = {
            "type": "rrule",
            "rr": f"DTSTART:{start:%Y%m%dT%H%M%S}\nRRULE:{self._dice.choice(RULES)}",
            "_dtstart": start.isoformat(),
            "_until": None,
        }
        if self._dice.random() < 0.2 and "COUNT" not in rule["rr"]:  # dateutil warns of both
            rule["_until"] = (after + timedelta(days=30)).isoformat()
        if self._dice.random() < 0.3:
            out = {**rule, "rr": "RRULE:FREQ=WEEKLY;BYDAY=MO", "_until": None}
            rule = {
                "type": "rruleset",
                "_rrule": [rule],
                "_rdate": [(after + timedelta(hours=n * 7)).isoformat() for n in range(1, 4)],
                "_exrule": [out],
                "_exdate": [],
            }
        return {"type": "RRuleClock", "rrule_obj": rule, **self._gifts()}

    def dates(self, zone: str, after: datetime) -> dict[str, Any]:
        times = [after + timedelta(hours=self._dice.randrange(-50, 200)) for _ in range(20)]
        dates = [
            {"dt": time.astimezone(ZoneInfo(zone)).replace(tzinfo=None).isoformat(), "tz": zone}
            for time in times
        ]
        return {"type": "DatesClock", "dates": dates, **self._gifts()}

    def _bounds(self, zone: str, after: datetime) -> dict[str, Any]:
        start: dict[str, Any] | None = None
        dice = self._dice
        if dice.random() < 0.9:
            days = dice.choice((dice.randrange(3, 1000), dice.randrange(-3, 3)))
            wall = (after - timedelta(days=days, minutes=dice.randrange(1440))).astimezone(ZoneInfo(zone))
            wall = wall.replace(second=0, microsecond=0, minute=dice.choice((0, 30, wall.minute)))
            start = {"dt": wall.replace(tzinfo=None).isoformat(), "tz": zone}
        end = None
        if dice.random() < 0.2:
            wall = (after + timedelta(days=dice.randrange(1005, 1200))).astimezone(ZoneInfo(zone))
            end = {"dt": wall.replace(tzinfo=None).isoformat(), "tz": zone}
        return {"start_date": start, "end_date": end, **self._gifts()}

    def _gifts(self) -> dict[str, Any]:
        if not self._is_late or self._dice.random() < 0.6:
            return {"parameter_defaults": None, "labels": None} if self._is_late else {}
        return {
            "parameter_defaults": {"n": self._dice.randrange(2)},
            "labels": self._dice.choice((None, ["a"])),
        }

    def _rare_filters(self, *, narrow: bool) -> list[tuple[str, dict[str, Any]]]:
        return NARROW_FILTERS + ([] if narrow else RARE_FILTERS) + (LATE_FILTERS if self._is_late else [])

    def _either(self) -> list[dict[str, Any]]:
        if self._dice.random() < 0.8:
            return []
        return [
            *self._functions("filters", FILTERS, (1,)),
            *self._functions("filters", self._rare_filters(narrow=False), (1,)),
        ]

    def _functions(
        self, kind: str, known: list[tuple[str, dict[str, Any]]], counts: tuple[int, ...]
    ) -> list[dict[str, Any]]:
        chosen = self._dice.sample(known, self._dice.choice(counts))
        return [{"fn": f"prefect.schedules.{kind}.{name}", "kwargs": kwargs} for name, kwargs in chosen]
