import argparse

import pytest

from bench.console.__main__ import measure
from bench.console.chromium import find_chromium
from bench.console.idle import POLLS, idle_tabs
from bench.console.measuring import MAX_WALK, Line, Sample
from bench.console.tab import Asked
from bench.console.views import View
from bench.cost.prices import load_prices
from bench.paths import PRODUCT
from local_server.emulator import find_dynoxide


def sample(calls=20, units=30.0, requests=2, refreshes=1, refusal=None):
    first = Asked(requests, calls, units, 5_000, refusal)
    return Sample(first, Asked(refreshes, calls, units, 4_000), 100.0)


SMALL = sample()


@pytest.mark.parametrize(
    ("large", "missed"),
    [
        pytest.param(sample(), [], id="as with fewer runs"),
        pytest.param(sample(units=40.0), [], id="a little more by chance"),
        pytest.param(sample(units=45.0), ["growth"], id="more units"),
        pytest.param(sample(calls=40), ["growth"], id="more calls"),
        pytest.param(sample(requests=4), ["first"], id="a fourth request"),
        pytest.param(sample(refusal="too much"), ["refused"], id="refused"),
        pytest.param(sample(refreshes=2), ["refresh"], id="a second request of a refresh"),
    ],
)
def test_goals_that_a_view_misses(large, missed):
    assert Line(View("a", "a"), [SMALL, large]).missed == missed


def test_filter_without_an_index_may_grow_up_to_a_bound():
    walk = View("a", "a", walks=True)

    assert Line(walk, [SMALL, sample(units=MAX_WALK, refusal="more than 5,000 runs")]).missed == []
    assert Line(walk, [SMALL, sample(units=MAX_WALK + 1)]).missed == ["walk"]


def test_tab_that_is_left_open_asks_once_a_minute():
    (idle,) = idle_tabs([Line(View("runs", "runs"), [SMALL])], load_prices())

    assert idle.requests == POLLS == 43_800
    assert idle.units == 30 * POLLS
    # The read units and the requests alone; Lambda, logs and bytes come to this.
    assert 43_800 * (30 * 0.125e-6 + 1.2e-6) < idle.dollars < 1


def test_views_of_a_small_tenant_are_opened_in_a_browser():
    if find_dynoxide(PRODUCT) is None:
        pytest.skip("dynoxide is not installed: `make install` brings it")
    try:
        find_chromium()
    except SystemExit as missing:
        pytest.skip(str(missing))

    report = measure(argparse.Namespace(sizes=[1_000], rounds=1, only="search", backlog=False))

    views, refused, pages, _ = report.tables
    assert [row[0] for row in views.rows] == ["search by name", "search by id"]
    assert [row[1:3] for row in views.rows] == [[1, 0], [1, 0]]
    assert refused.rows == pages.rows == []
    assert report.holds
