from datetime import timedelta

import pytest

from domain.recovery.cursor import Watch, next_watch
from tests.unit.objects import NOW

FIRST = Watch(at=NOW, since=NOW - timedelta(hours=1), token=b"first", after="x")
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("interval", "late", "unbroken"),
    [(60, 60, True), (60, 120, True), (60, 121, False), (600, 1200, True), (600, 1201, False), (1, 61, True)],
)
def test_a_watch_is_unbroken_while_ticks_come_in_time(interval, late, unbroken):
    now = NOW + late * SECOND

    watch = next_watch(FIRST, now, b"second", interval * SECOND)

    assert watch.since == (FIRST.since if unbroken else now)
    assert (watch.at, watch.token, watch.after) == (now, b"second", "x")


def test_the_first_watch_begins_now():
    assert next_watch(None, NOW, b"first", SECOND) == Watch(at=NOW, since=NOW, token=b"first", after=None)


def test_silence_counts_from_when_somebody_listened():
    watch = Watch(at=NOW, since=NOW - SECOND, token=b"")

    assert watch.floor(NOW - 2 * SECOND) == NOW - SECOND
    assert watch.floor(None) == NOW - SECOND
    assert watch.floor(NOW) == NOW
