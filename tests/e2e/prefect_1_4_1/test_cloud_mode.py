"""The unmodified Prefect Core 1.4.1 as a client of a cloud: logins, API keys, secrets, key-values."""

import hashlib
import re

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
def cloud(guarded, tmp_path_factory):
    """Return a function that makes a client with a home of its own and additional settings."""

    def client(**settings):
        place = {"PREFECT__BACKEND": "cloud", "PREFECT__CLOUD__API": guarded.url}
        secrets = {"PREFECT__CLOUD__USE_LOCAL_SECRETS": "false"}
        return prefect_core("1.4.1", tmp_path_factory.mktemp("home"), place | secrets | settings)

    return client


@pytest.fixture(scope="module")
def user(cloud):
    """Return a client whose user has logged in by command."""
    core = cloud()
    core.output("auth", "login", "--key", TOKEN)
    return core


@pytest.fixture(scope="module")
def found(cloud):
    return cloud(PREFECT__CLOUD__API_KEY=TOKEN).script("cloud_calls.py")


class TestKeys:
    def test_login_by_command_is_stored_and_selects_the_tenant(self, user):
        assert "default" in user.output("auth", "list-tenants")
        assert DEFAULT_TENANT_ID in user.output("auth", "switch-tenants", "--slug", "default")

    def test_key_is_made_used_listed_and_revoked(self, cloud, user):
        # Given a key that a user has created
        key = user.output(
            "auth", "create-key", "--name", "for CI", "--expire", "2100-01-01", "--quiet"
        ).strip()
        (listed,) = [row for row in rows(user.output("auth", "list-keys")) if row.startswith("for CI")]
        assert "2100-01-01" in listed
        (key_id,) = re.findall(r"[0-9a-f-]{36}", listed)
        # Then a client with the key is served
        owner = cloud(PREFECT__CLOUD__API_KEY=key)
        assert owner.output("get", "flows").startswith("NAME")
        # Until the key is revoked
        user.output("auth", "revoke-key", "--id", key_id)
        refused = owner.command("get", "flows")
        assert refused.returncode == 1
        assert "UNAUTHENTICATED" in refused.stdout or "AuthorizationError" in refused.stdout

    def test_wrong_key_cannot_log_in(self, cloud):
        refused = cloud().command("auth", "login", "--key", "flowruns_" + 64 * "0")
        assert refused.returncode == 1
        assert "Unauthorized" in refused.stdout


class TestKeyValueCommands:
    def test_value_is_set_got_listed_and_deleted(self, user):
        user.output("kv", "set", "by command", "a value")
        assert "'by command' has value 'a value'" in user.output("kv", "get", "by command")
        assert "by command" in user.output("kv", "list").splitlines()
        user.output("kv", "delete", "by command")
        assert user.command("kv", "get", "by command").returncode == 1


class TestSecrets:
    def test_secret_is_read_as_it_was_set(self, found):
        assert found["secret"] == {"user": "me", "password": "{{ s3cret }}"}
        assert found["number"] == 42
        assert found["exists"] == [True, False]

    def test_missing_secret_is_a_key_error(self, found):
        assert found["missing"]["error"] == "KeyError"

    def test_too_large_secret_is_refused_without_its_value_in_the_error(self, found):
        assert found["too_large"]["error"] == "ClientError"
        assert "PAYLOAD_TOO_LARGE" in found["too_large"]["text"]
        assert "confidential" not in found["too_large"]["text"]

    def test_secret_is_read_by_a_task_of_a_flow(self, found):
        assert found["in_a_flow"] == {"state": "Success", "user": "me"}

    def test_file_of_secrets_is_readable_by_its_owner_alone(self, guarded, found):
        assert (guarded.data / "secrets.json").stat().st_mode & 0o777 == 0o600


class TestKeyValues:
    def test_key_set_again_is_the_same_pair_with_another_value(self, found):
        assert len(set(found["set_twice"])) == 1
        assert found["value"] == {"day": 2}
        assert "progress" in found["keys"]

    def test_deleted_key_is_gone(self, found):
        assert found["deleted"] is True
        assert found["deleted_again"]["error"] == "ValueError"


def test_client_knows_its_tenant(found):
    assert found["tenant_id"] == DEFAULT_TENANT_ID
