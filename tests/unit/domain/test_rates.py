from datetime import UTC, datetime

import pytest

from domain.access.rates import granted, portion_of, seconds_left


@pytest.mark.parametrize(
    ("portion", "taken", "budget", "requests"),
    [(5, 5, 100, 5), (5, 100, 100, 5), (5, 103, 100, 2), (5, 105, 100, 0), (5, 900, 100, 0)],
)
def test_only_what_is_within_the_budget_is_granted(portion, taken, budget, requests):
    assert granted(portion, taken, budget) == requests


@pytest.mark.parametrize(("budget", "portion"), [(1, 1), (19, 1), (100, 5), (1_000_000, 50_000)])
def test_portion_is_a_twentieth_but_no_less_than_one(budget, portion):
    assert portion_of(budget) == portion


def test_next_minute_begins_in_one_to_sixty_seconds():
    assert seconds_left(datetime(2030, 1, 1, tzinfo=UTC)) == 60
    assert seconds_left(datetime(2030, 1, 1, 0, 0, 59, 999_999, tzinfo=UTC)) == 1
