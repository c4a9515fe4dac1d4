from datetime import UTC, datetime, timedelta

import pytest

from domain.recovery.cursor import next_cursor
from domain.recovery.tenant_rounds import TenantRound, begun_round, in_turn, rest_after_share

NOW = datetime(2030, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("last", "order"), [(None, "abc"), ("a", "bca"), ("b", "cab"), ("c", "abc"), ("bb", "cab"), ("z", "abc")]
)
def test_tick_begins_with_the_tenant_after_the_last_one(last, order):
    assert in_turn(["c", "a", "b", "a"], last) == list(order)


def test_ticks_that_end_with_their_first_tenant_come_to_all_of_them():
    state, first = TenantRound(), []
    for minute in range(6):
        order = in_turn("abc", state.last)
        first.append(order[0])
        state = begun_round(state, order[0], NOW + minute * MINUTE, MINUTE)

    assert first == list("abcabc")
    assert (state.at, state.since) == (NOW + 5 * MINUTE, NOW)


def test_series_of_ticks_begins_anew_after_a_break():
    state = begun_round(TenantRound(), "a", NOW, MINUTE)

    assert begun_round(state, "b", NOW + 2 * MINUTE, MINUTE).since == NOW
    assert begun_round(state, "b", NOW + 3 * MINUTE, MINUTE).since == NOW + 3 * MINUTE


def test_tenant_that_ticks_come_to_now_and_then_keeps_its_series_while_ticks_follow_each_other():
    before = next_cursor(None, NOW, b"1", MINUTE)
    later = NOW + 9 * MINUTE

    assert next_cursor(before, later, b"2", MINUTE, NOW - MINUTE).since == NOW
    assert next_cursor(before, later, b"2", MINUTE, NOW + MINUTE).since == later
    assert next_cursor(before, later, b"2", MINUTE).since == later


@pytest.mark.parametrize(
    ("left", "tenants", "rest"),
    [(45.0, 1, 0.0), (45.0, 3, 30.0), (45.0, 99, 44.0), (0.5, 9, 0.0), (-1, 2, 0.0)],
)
def test_share_is_a_fair_part_of_the_time_that_is_left_but_no_less_than_a_second(left, tenants, rest):
    assert rest_after_share(left, tenants) == rest
