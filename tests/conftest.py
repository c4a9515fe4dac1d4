import os

import pytest


def _ci():
    return os.environ.get("CI", "").lower() not in {"", "0", "false"}


def _skipped(config):
    return len(config.pluginmanager.get_plugin("terminalreporter").stats.get("skipped", []))


def pytest_sessionfinish(session, exitstatus):
    """In CI everything is there, so a test that skips itself has not been run where it must be."""
    if _ci() and exitstatus == pytest.ExitCode.OK and _skipped(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter, config):
    if _ci() and (skipped := _skipped(config)):
        terminalreporter.write_line(f"CI is set, so {skipped} skipped tests fail the run.", red=True)
