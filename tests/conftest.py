import os

import pytest
from hypothesis import Phase, settings

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
_FIRST = ("e2e/agents", "e2e", "faults", "contract", "reads")


def _place(item):
    folder = item.path.relative_to(item.config.rootpath / "tests").as_posix()
    return next((place for place, name in enumerate(_FIRST) if folder.startswith(f"{name}/")), len(_FIRST))


def pytest_collection_modifyitems(items):
    items.sort(key=_place)
