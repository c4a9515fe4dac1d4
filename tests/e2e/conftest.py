import pytest

from tests.e2e.server_process import running_server


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """The product as `make run` starts it, with data of its own; `.url` is where it listens."""
    with running_server(tmp_path_factory.mktemp("server")) as running:
        yield running
