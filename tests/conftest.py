import os

import pytest
from hypothesis import Phase, settings
from xdist.scheduler import LoadFileScheduling

# Any pause of a busy machine breaks a deadline; the work of hostile inputs is counted instead.
settings.register_profile("without deadlines", deadline=None)
settings.load_profile("without deadlines")
# `make mutate` asks only if a test fails. It does not need the smallest input that fails.
settings.register_profile("mutants", deadline=None, database=None, phases=[Phase.explicit, Phase.generate])


def _ci():
    return os.environ.get("CI", "").lower() not in {"", "0", "false"}


def _skipped(config):
    """Return how many tests were skipped. With several processes only the one that reports knows."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    return len(reporter.stats.get("skipped", [])) if reporter else 0


def pytest_sessionfinish(session, exitstatus):
    """Fail the session if a test was skipped in CI, because everything that a test needs is there."""
    if _ci() and exitstatus == pytest.ExitCode.OK and _skipped(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter, config):
    if _ci() and (skipped := _skipped(config)):
        terminalreporter.write_line(f"CI is set, so {skipped} skipped tests fail the run.", red=True)


# Whole clients and servers mostly wait. They come first, so that other tests use the processors beside them.
_FIRST = ("tests/e2e/agents/", "tests/e2e/", "tests/faults/", "tests/contract/", "tests/reads/")
_AGENTS = _FIRST[0]


def _place(item):
    return next((place for place, folder in enumerate(_FIRST) if item.nodeid.startswith(folder)), len(_FIRST))


def pytest_collection_modifyitems(items):
    items.sort(key=_place)


class _ByFile(LoadFileScheduling):
    """The tests of a file in one process, and those of all agents, because they share servers and agents."""

    def _split_scope(self, nodeid):
        return _AGENTS if nodeid.startswith(_AGENTS) else super()._split_scope(nodeid)


def pytest_xdist_make_scheduler(config, log):
    return _ByFile(config, log)
