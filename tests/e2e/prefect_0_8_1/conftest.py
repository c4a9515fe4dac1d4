"""The unmodified Prefect Core 0.8.1, and the results of the calls in calls.py."""

from typing import Any

import pytest

from tests.e2e.prefect_client import PrefectCore, prefect_core


@pytest.fixture(scope="session")
def core(server, tmp_path_factory) -> PrefectCore:
    return prefect_core("0.8.1", tmp_path_factory.mktemp("core-0.8.1"), {"PREFECT__CLOUD__API": server.url})


@pytest.fixture(scope="session")
def calls(core: PrefectCore) -> dict[str, Any]:
    return core.script("calls.py")


@pytest.fixture(scope="session")
def flows(calls: dict[str, Any]) -> dict[str, Any]:
    flows: dict[str, Any] = calls["flows"]
    return flows


@pytest.fixture(scope="session")
def created(calls: dict[str, Any]) -> dict[str, Any]:
    created: dict[str, Any] = calls["created"]
    return created
