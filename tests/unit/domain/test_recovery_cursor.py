from datetime import timedelta

import pytest

from domain.flow_runs.run_totals import Series
from domain.recovery.cursor import RecoveryCursor, next_cursor
from tests.unit.objects import NOW

FIRST = RecoveryCursor(at=NOW, since=NOW - timedelta(hours=1), token=b"first", after="x")
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("interval", "passed", "is_unbroken"),
    [(60, 60, True), (60, 120, True), (60, 121, False), (600, 1200, True), (600, 1201, False), (1, 61, True)],
)
def test_series_of_ticks_is_unbroken_while_ticks_come_in_time(interval, passed, is_unbroken):
    now = NOW + passed * SECOND

    cursor = next_cursor(FIRST, now, b"second", interval * SECOND)

    assert cursor.since == (FIRST.since if is_unbroken else now)
    assert (cursor.at, cursor.token, cursor.after) == (now, b"second", "x")


def test_first_cursor_begins_a_series_now():
    first = RecoveryCursor(at=NOW, since=NOW, token=b"first", totals=Series(NOW))

    assert next_cursor(None, NOW, b"first", SECOND) == first


def test_silence_begins_no_earlier_than_the_series_of_ticks():
    cursor = RecoveryCursor(at=NOW, since=NOW - SECOND, token=b"")

    assert cursor.silent_since(NOW - 2 * SECOND) == NOW - SECOND
    assert cursor.silent_since(None) == NOW - SECOND
    assert cursor.silent_since(NOW) == NOW


@pytest.mark.parametrize(
    ("last_heartbeat", "deadline", "is_silent"),
    [(-3, -1, True), (-3, -2, False), (-1, -1, False), (-1, 0, True)],
    ids=["heartbeat before the series", "no tick at the deadline", "heartbeat at the deadline", "silent"],
)
def test_silence_counts_when_heartbeat_and_series_are_before_the_deadline(
    last_heartbeat, deadline, is_silent
):
    cursor = RecoveryCursor(at=NOW, since=NOW - 2 * SECOND, token=b"")

    assert cursor.is_silent_since(NOW + deadline * SECOND, NOW + last_heartbeat * SECOND) is is_silent
