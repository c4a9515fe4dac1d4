"""The unmodified Prefect Core 0.8.1 where a token is needed: logins, API tokens, secrets."""

import hashlib

import pytest

from tests.e2e.prefect_client import prefect_core, rows
from tests.e2e.server_process import running_server
from wiring import DEFAULT_TENANT_ID

TOKEN = "the operator's token"


@pytest.fixture(scope="module")
def guarded(tmp_path_factory):
    """Yield a server that refuses clients without a token."""
    digest = hashlib.sha256(TOKEN.encode()).hexdigest()
    with running_server(tmp_path_factory.mktemp("guarded"), AUTH_TOKEN_SHA256=digest) as server:
        yield server


@pytest.fixture(scope="module")
def client(guarded, tmp_path_factory):
    """Return a function that makes a client with a home of its own and additional settings."""

    def make(**settings):
        place = {"PREFECT__CLOUD__API": guarded.url, "PREFECT__CLOUD__USE_LOCAL_SECRETS": "false"}
        return prefect_core("0.8.1", tmp_path_factory.mktemp("home"), place | settings)

    return make


@pytest.fixture(scope="module")
def user(client):
    """Return a client whose user has logged in by command."""
    core = client()
    assert "Login successful!" in core.output("auth", "login", "--token", TOKEN)
    return core


@pytest.fixture(scope="module")
def found(client):
    return client(PREFECT__CLOUD__AUTH_TOKEN=TOKEN).script("cloud_calls.py")


class TestTokens:
    def test_login_by_command_is_stored_and_selects_the_tenant(self, user):
        (tenant,) = rows(user.output("auth", "list-tenants"))
        assert DEFAULT_TENANT_ID in tenant
        assert tenant.endswith("*")
        assert "Tenant switched" in user.output("auth", "switch-tenants", "--slug", "default")
        assert user.output("get", "flows").startswith("NAME")

    def test_token_is_made_used_listed_and_revoked(self, client, user):
        token = user.output("auth", "create-token", "-n", "for-a-user", "-r", "USER").strip()
        other = client(PREFECT__CLOUD__AUTH_TOKEN=token)
        assert other.output("get", "flows").startswith("NAME")
        (listed,) = rows(user.output("auth", "list-tokens"))
        name, token_id = listed.split()
        assert name == "for-a-user"
        assert "revoked" in user.output("auth", "revoke-token", "--id", token_id)
        assert other.command("get", "flows").returncode == 1

    def test_wrong_token_cannot_log_in(self, client):
        assert "Error attempting" in client().output("auth", "login", "--token", "wrong")


def test_secret_is_read_as_it_was_set(found):
    assert found["secret"] == found["task"] == {"user": "me"}
    assert "No value found for the requested key" in found["missing"]["text"]


def test_login_goes_on_with_the_token_that_the_client_has(found):
    assert found["logged_in"] is True
    assert found["refreshed"] is True
    assert found["same_token"] is True
    assert found["elsewhere"]["error"] == "ValueError"
