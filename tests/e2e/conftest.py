import pytest

from tests.e2e.server_process import running_server


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """Return a server that runs as `make run` starts it, with an empty data folder."""
    with running_server(tmp_path_factory.mktemp("server")) as running:
        yield running
