from collections.abc import Iterator

import pytest
from tests.handlers.service import Service, service_in_memory


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    """One service for all tests of a module: each makes projects and flows of its own."""
    with service_in_memory() as service:
        yield service
