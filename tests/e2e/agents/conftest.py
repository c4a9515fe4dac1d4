"""A server with registered flows and a running local agent, for every release of Prefect Core.

The server demands tokens. The agent and its runners have a key of scope `runner`, so that a site passes only
if such a key may do all that they do.
"""

from contextlib import contextmanager
from hashlib import sha256

import pytest

from tests.e2e.agents.agent_process import running_agent
from tests.e2e.agents.site import FLOWS_SCRIPT, Site, server_errors
from tests.e2e.prefect_client import OPERATOR, prefect_core
from tests.e2e.server_process import running_server

LIMITED = "at most two"
# Of all that a client sends, the server may refuse only a stale version, and stop when the client has left.
# Agents of 0.8.1 also execute a run whose claim was refused, so that its second runner may begin a task after
# the first has ended the run.
EXPECTED_ERRORS = {"VERSION_LOCKING_ERROR", "CLIENT_LEFT"}
EXPECTED_OF_SECOND_RUNNERS = {"BAD_USER_INPUT": {"setTaskRunStates", "setFlowRunStates"}}
# The claim of a run that is skipped fails.
EXPECTED_OF_CLAIMS = {"BAD_USER_INPUT": {"set_flow_run_states"}}
# The settings of clients and agents: the server's address, and shorter intervals than by default for
# heartbeats and polls, so that no test waits for half a minute. Nothing else is changed.
_SETTINGS = {
    "0.8.1": {
        "PREFECT__CLOUD__API": "{url}",
        # Each task ends with a sleep of this length, or of a second.
        "PREFECT__CLOUD__HEARTBEAT_INTERVAL": "0.5",
        "PREFECT__CLOUD__QUEUE_INTERVAL": "1.0",
        "PREFECT__CLOUD__LOGGING_HEARTBEAT": "1",
    },
    "1.4.1": {
        "PREFECT__BACKEND": "server",
        "PREFECT__SERVER__ENDPOINT": "{url}",
        "PREFECT__CLOUD__HEARTBEAT_INTERVAL": "1.0",
        # By default a process sends heartbeats. It goes on when the runner alone is killed.
        "PREFECT__CLOUD__HEARTBEAT_MODE": "thread",
        "PREFECT__CLOUD__CHECK_CANCELLATION_INTERVAL": "1.0",
        "PREFECT__CLOUD__QUEUE_INTERVAL": "1.0",
        "PREFECT__CLOUD__LOGGING_HEARTBEAT": "1",
    },
}
# A release ignores settings that it does not know.
_SETTINGS |= {"0.12.6": _SETTINGS["1.4.1"], "0.15.13": _SETTINGS["1.4.1"]}
# The settings that hold the token or key of a release's clients, and of its agents.
_OF_TOKENS = ("PREFECT__CLOUD__AUTH_TOKEN", "PREFECT__CLOUD__AGENT__AUTH_TOKEN")
_OF_KEYS = ("PREFECT__CLOUD__API_KEY",)
_SECRETS = {"0.8.1": _OF_TOKENS, "0.12.6": _OF_TOKENS, "0.15.13": _OF_KEYS, "1.4.1": _OF_KEYS}
BEGUN = ("Second try", "Later", "Mapped", "Cached", "Waiting", "Odd logs", "Odd failure", "Too much")
RELEASES = ("0.8.1", "1.4.1")


@contextmanager
def open_site(release, home, begun, script=FLOWS_SCRIPT, **server_environment):
    """Open a site, and create the runs of the flows `begun` at once, because a runner imports for seconds."""
    prefect_core(release, home, {})  # skips before the server is started
    demands = {"AUTH_TOKEN_SHA256": sha256(OPERATOR.encode()).hexdigest()}
    with running_server(home, POWERTOOLS_LOG_LEVEL="INFO", **demands | server_environment) as server:
        settings = {name: value.format(url=server.url) for name, value in _SETTINGS[release].items()}
        core = prefect_core(release, home, settings | dict.fromkeys(_SECRETS[release], OPERATOR))
        site = Site(core=core, server=server, flows=core.script_at(script))
        site.mutate("set_secret", "success", name="LOGIN", value="known")
        own = dict.fromkeys(_SECRETS[release], site.runner_key())
        with running_agent(core, "--label", LIMITED, **own) as site.agent:
            site.begun = {flow: site.create_run(flow) for flow in begun}
            yield site
        expected = EXPECTED_OF_SECOND_RUNNERS if site.is_camel else EXPECTED_OF_CLAIMS
        misunderstood = {
            code: fields
            for code, fields in server_errors(server).items()
            if code not in EXPECTED_ERRORS and not fields <= expected.get(code, set())
        }
        assert not misunderstood, f"requests of clients were refused: {misunderstood}"


@pytest.fixture(scope="session", params=RELEASES)
def site(request, tmp_path_factory):
    with open_site(request.param, tmp_path_factory.mktemp(f"agents-{request.param}"), BEGUN) as site:
        yield site
