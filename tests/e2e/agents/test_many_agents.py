"""Ten agents at one queue of two hundred runs that are due."""

from collections import Counter
from dataclasses import replace
from itertools import chain
from pathlib import Path

import pytest

from tests.e2e.agents.site import names

RUNS, AGENTS = 200, 10
# As often as runners do it by default, or half as often: two hundred would do little else.
SELDOM = {"PREFECT__CLOUD__HEARTBEAT_INTERVAL": "30", "PREFECT__CLOUD__CHECK_CANCELLATION_INTERVAL": "30"}


@pytest.fixture(scope="module")
def outcome(site):
    core = replace(site.core, settings=site.core.settings | SELDOM)
    return core.script_at(Path(__file__).with_name("many_agents.py"), timeout=240)


@pytest.fixture(scope="module")
def finished(site, outcome):
    """Return every run as the server has it afterwards."""
    return site.histories(outcome["runs"])


def test_every_run_is_executed_once(outcome):
    executed = Counter(chain.from_iterable(outcome["executed"].values()))
    assert len(outcome["runs"]) == RUNS
    assert executed == Counter(outcome["runs"])


def test_the_agents_share_the_work(outcome):
    assert len(outcome["executed"]) > AGENTS // 2


def test_no_run_is_submitted_or_begun_twice(finished):
    assert len(finished) == RUNS
    for run in finished:
        states = Counter(names(run["states"]))
        assert states["Submitted"] <= 1
        assert (states["Running"], states["Success"]) == (1, 1)
        assert [Counter(names(each["states"]))["Running"] for each in run["task_runs"]] == [1]
