"""The rules of schedules: their JSON form, and what is refused."""

from datetime import UTC, date, datetime, timedelta

import pytest

from domain.flow_runs.run_rules import Overlap, RunRules
from domain.schedules.clocks.given import InvalidSchedule
from domain.schedules.rules.pauses import Pause
from domain.schedules.rules.rules import CatchUp, ScheduleRules

ALL = {
    "overlap": "buffer_one",
    "late_after": 3_600,
    "catch_up": "last",
    "catch_up_window": 7_200,
    "pause_after_failures": 3,
    "spread": 300,
    "excluded_dates": ["2026-12-24", "2026-12-25"],
    "max_runs": 10,
}


def test_no_rules_change_nothing():
    assert ScheduleRules.read(None) == ScheduleRules.read({}) == ScheduleRules()
    assert ScheduleRules().of_runs is None
    assert ScheduleRules().as_json() == {}


def test_rules_are_read_as_they_were_written():
    rules = ScheduleRules.read(ALL)

    assert rules == ScheduleRules(
        overlap=Overlap.BUFFER_ONE,
        late_after=timedelta(hours=1),
        catch_up=CatchUp.LAST,
        catch_up_window=timedelta(hours=2),
        pause_after_failures=3,
        spread=timedelta(minutes=5),
        excluded_dates=frozenset({date(2026, 12, 24), date(2026, 12, 25)}),
        max_runs=10,
    )
    assert rules.as_json() == ALL
    assert rules.of_runs == RunRules(
        overlap=Overlap.BUFFER_ONE, late_after=timedelta(hours=1), counts_failures=True
    )


@pytest.mark.parametrize(
    ("rules", "field"),
    [
        ({"overlap": "never"}, "rules.overlap"),
        ({"overlap": ["skip"]}, "rules.overlap"),
        ({"late_after": 0}, "rules.late_after"),
        ({"late_after": "3600"}, "rules.late_after"),
        ({"late_after": True}, "rules.late_after"),
        ({"late_after": 1.5}, "rules.late_after"),
        ({"late_after": 10**12}, "rules.late_after"),
        ({"catch_up": "some"}, "rules.catch_up"),
        ({"catch_up_window": -1}, "rules.catch_up_window"),
        ({"pause_after_failures": 0}, "rules.pause_after_failures"),
        ({"spread": 86_401}, "rules.spread"),
        ({"excluded_dates": "2026-12-24"}, "rules.excluded_dates"),
        ({"excluded_dates": ["24.12.2026"]}, "rules.excluded_dates[0]"),
        ({"excluded_dates": ["2026-W01"]}, "rules.excluded_dates[0]"),
        ({"excluded_dates": ["2026-W01-3"]}, "rules.excluded_dates[0]"),
        ({"excluded_dates": ["20261224"]}, "rules.excluded_dates[0]"),
        ({"excluded_dates": ["2026-12-24\n"]}, "rules.excluded_dates[0]"),
        ({"excluded_dates": ["2026-02-30"]}, "rules.excluded_dates[0]"),
        ({"excluded_dates": [20261224]}, "rules.excluded_dates[0]"),
        ({"excluded_dates": ["2026-12-24"] * 1_001}, "rules.excluded_dates"),
        ({"max_runs": 0}, "rules.max_runs"),
        ({"overlaps": "skip"}, "rules"),
    ],
)
def test_rules_that_mean_nothing_are_refused_with_their_field(rules, field):
    with pytest.raises(InvalidSchedule) as refused:
        ScheduleRules.read(rules)
    assert refused.value.field == field


def test_pause_holds_until_its_end():
    since = datetime(2026, 3, 1, tzinfo=UTC)
    pause = Pause(since=since, until=since + timedelta(hours=1), by="me", note="the source is down")

    assert Pause.read(pause.as_json()) == pause
    assert pause.holds(since)
    assert not pause.holds(since + timedelta(hours=1))
    assert Pause(since=since).holds(since + timedelta(days=9_999))
