from collections.abc import Iterator

import pytest

from handlers import http_api
from tests.handlers.budgets import BUDGET, Budgets
from tests.handlers.service import Service, service_in_memory


@pytest.fixture(scope="module")
def service_of_module() -> Iterator[Service]:
    with service_in_memory() as service:
        yield service


@pytest.fixture
def service(service_of_module: Service) -> Service:
    """Return a service in which nothing is stored yet."""
    service_of_module.forget_everything()
    return service_of_module


@pytest.fixture
def budgets(monkeypatch: pytest.MonkeyPatch) -> Budgets:
    """Give the requests of a test a small budget. Return the budgets that they get."""
    found = Budgets(BUDGET)
    monkeypatch.setattr(http_api, "Work", found)
    return found
