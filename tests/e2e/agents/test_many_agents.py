"""Ten agents at one queue of forty runs that are due."""

from collections import Counter
from dataclasses import replace
from itertools import chain
from pathlib import Path

import pytest

from tests.e2e.agents.site import names

RUNS, AGENTS = 40, 10
# The default intervals or twice them, because 40 runners with short intervals do little else.
SELDOM = {"PREFECT__CLOUD__HEARTBEAT_INTERVAL": "30", "PREFECT__CLOUD__CHECK_CANCELLATION_INTERVAL": "30"}


@pytest.fixture(scope="module")
def outcome(site):
    core = replace(site.core, settings=site.core.settings | SELDOM)
    return core.script_at(Path(__file__).with_name("many_agents.py"), timeout=240)


@pytest.fixture(scope="module")
def finished(site, outcome):
    """Return the histories of all runs, read from the server after the agents ended."""
    return site.histories(outcome["runs"])


def test_many_agents_execute_every_run_once(outcome):
    executed = Counter(chain.from_iterable(outcome["executed"].values()))
    assert len(outcome["runs"]) == RUNS
    assert executed == Counter(outcome["runs"])


def test_runs_are_shared_between_agents(outcome):
    """How many agents get a run is chance: the first to poll sees all forty, and claims them while it can."""
    assert 1 < len(outcome["executed"]) <= AGENTS


def test_no_run_is_submitted_or_begun_twice(finished):
    assert len(finished) == RUNS
    for run in finished:
        states = Counter(names(run["states"]))
        assert states["Submitted"] <= 1
        assert (states["Running"], states["Success"]) == (1, 1)
        assert [Counter(names(task_run["states"]))["Running"] for task_run in run["task_runs"]] == [1]
