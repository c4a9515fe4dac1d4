"""For each release of Prefect Core: a server, the flows registered there, and a local agent at work."""

from contextlib import contextmanager

import pytest

from tests.e2e.agents.agent_process import running_agent
from tests.e2e.agents.site import FLOWS_SCRIPT, Site, server_errors
from tests.e2e.prefect_client import prefect_core
from tests.e2e.server_process import running_server

LIMITED = "at most two"
# Who comes too late is told so; nothing else that a client sends may be refused.
EXPECTED_ERRORS = {"VERSION_LOCKING_ERROR"}
# What clients and agents are told: where the server is, and to beat, look and ask more often than by default,
# so that nobody waits for half a minute. Nothing else of them is changed.
_SETTINGS = {
    "0.8.1": {
        "PREFECT__CLOUD__API": "{url}",
        "PREFECT__CLOUD__AGENT__AUTH_TOKEN": "any",
        # Each task ends with the sleep between two looks at the clock: of this length, or of a second.
        "PREFECT__CLOUD__HEARTBEAT_INTERVAL": "0.5",
        "PREFECT__CLOUD__QUEUE_INTERVAL": "1.0",
        "PREFECT__CLOUD__LOGGING_HEARTBEAT": "1",
    },
    "1.4.1": {
        "PREFECT__BACKEND": "server",
        "PREFECT__SERVER__ENDPOINT": "{url}",
        "PREFECT__CLOUD__HEARTBEAT_INTERVAL": "1.0",
        # The default, a process, goes on beating for a runner that was killed without its machine.
        "PREFECT__CLOUD__HEARTBEAT_MODE": "thread",
        "PREFECT__CLOUD__CHECK_CANCELLATION_INTERVAL": "1.0",
        "PREFECT__CLOUD__QUEUE_INTERVAL": "1.0",
        "PREFECT__CLOUD__LOGGING_HEARTBEAT": "1",
    },
}
# What none of them knows it doesn't look at.
_SETTINGS |= {"0.12.6": _SETTINGS["1.4.1"], "0.15.13": _SETTINGS["1.4.1"]}
BEGUN = ("Second try", "Later", "Mapped", "Cached", "Waiting", "Odd logs", "Odd failure", "Too much")
RELEASES = ("0.8.1", "1.4.1")


@contextmanager
def open_site(release, home, begun, script=FLOWS_SCRIPT, **server_environment):
    """Runs that need nobody are begun at once: most of a runner's seconds go into importing Prefect."""
    prefect_core(release, home, {})  # skips before the server is started
    with running_server(home, POWERTOOLS_LOG_LEVEL="INFO", **server_environment) as server:
        settings = {name: value.format(url=server.url) for name, value in _SETTINGS[release].items()}
        core = prefect_core(release, home, settings)
        site = Site(core=core, server=server, flows=core.script_at(script))
        with running_agent(core, "--label", LIMITED) as site.agent:
            site.begun = {flow: site.create_run(flow) for flow in begun}
            yield site
        misunderstood = server_errors(server) - EXPECTED_ERRORS
        assert not misunderstood, f"requests of clients were refused: {misunderstood}"


@pytest.fixture(scope="session", params=RELEASES)
def site(request, tmp_path_factory):
    with open_site(request.param, tmp_path_factory.mktemp(f"agents-{request.param}"), BEGUN) as site:
        yield site
