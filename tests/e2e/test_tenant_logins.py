"""Unmodified releases of Prefect Core with a key that opens two tenants: log in, list, switch, make keys."""

import hashlib
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e import plain_http
from tests.e2e.prefect_client import OPERATOR, PrefectCore, prefect_core, rows
from tests.e2e.server_process import running_server
from wiring import DEFAULT_TENANT_ID as HOME

UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"


class Guarded:
    """A server that demands keys, with a second tenant and a key that opens both."""

    def __init__(self, url: str) -> None:
        self.url = url
        made = self.send('mutation { create_tenant(input: {name: "Second", slug: "second"}) { id } }')
        self.second: str = made["create_tenant"]["id"]
        made = self.send(
            """mutation($tenants: [UUID!]) {
                create_api_key(input: {name: "both", scope: admin, tenants: $tenants}) { key }
            }""",
            tenants=[HOME, self.second],
        )
        self.key: str = made["create_api_key"]["key"]

    def send(self, query: str, tenant_id: str | None = None, **variables: Any) -> Any:
        headers = {"authorization": f"Bearer {OPERATOR}"}
        headers |= {} if tenant_id is None else {"x-prefect-tenant-id": tenant_id}
        body = {"query": query, "variables": variables}
        result = plain_http.post(f"{self.url}/graphql", json=body, headers=headers, timeout=30).json()
        assert "errors" not in result, result
        return result["data"]

    def projects(self, tenant_id: str) -> list[str]:
        return [row["name"] for row in self.send("{ project { name } }", tenant_id)["project"]]


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    digest = hashlib.sha256(OPERATOR.encode()).hexdigest()
    with running_server(tmp_path_factory.mktemp("guarded"), AUTH_TOKEN_SHA256=digest) as server:
        yield Guarded(server.url)


@pytest.fixture(params=["0.8.1", "0.15.13", "1.4.1"])
def user(request: pytest.FixtureRequest, guarded: Guarded, tmp_path: Any) -> PrefectCore:
    """Return a release whose user has logged in with the key."""
    backend = {} if request.param == "0.8.1" else {"PREFECT__BACKEND": "cloud"}
    core = prefect_core(request.param, tmp_path, {"PREFECT__CLOUD__API": guarded.url, **backend})
    option = "--token" if request.param == "0.8.1" else "--key"
    core.output("auth", "login", option, guarded.key)
    return core


def test_user_of_a_release_switches_between_two_tenants(user: PrefectCore, guarded: Guarded) -> None:
    # Given a login, which is for the first tenant of the key
    listed = user.output("auth", "list-tenants")
    assert HOME in listed
    assert guarded.second in listed
    # When the user switches to the other tenant and works there
    user.output("auth", "switch-tenants", "--slug", "second")
    name = f"made by {user.release}"
    user.output("create", "project", name)
    # Then what was made is there, and nowhere else
    assert name in guarded.projects(guarded.second)
    assert name not in guarded.projects(HOME)
    assert name in user.output("get", "projects")
    user.output("auth", "switch-tenants", "--id", HOME)
    assert name not in user.output("get", "projects")


TOKENS = "api_token", ("create-token", "-n", "made"), "list-tokens", "revoke-token"
KEYS = "auth_api_key", ("create-key", "--name", "made", "--quiet"), "list-keys", "revoke-key"


@pytest.mark.parametrize(
    ("user", "commands"),
    [("0.8.1", TOKENS), ("0.15.13", TOKENS), ("0.15.13", KEYS), ("1.4.1", KEYS)],
    indirect=["user"],
    ids=["0.8.1 token", "0.15.13 token", "0.15.13 key", "1.4.1 key"],
)
def test_keys_of_a_tenant_are_made_listed_and_revoked_there(
    user: PrefectCore, commands: Any, guarded: Guarded
) -> None:
    entity, make, show, revoke = commands
    user.output("auth", "switch-tenants", "--slug", "second")

    if entity == "api_token":
        make += ("-r", "RUNNER") if user.release == "0.8.1" else ("-s", "RUNNER")
    key = user.output("auth", *make).strip().splitlines()[-1]
    (row,) = [row for row in rows(user.output("auth", show)) if row.split()[0] == "made"]
    (key_id,) = re.findall(UUID, row)

    assert {"id": key_id} in guarded.send(f"{{ {entity} {{ id }} }}", guarded.second)[entity]
    assert {"id": key_id} not in guarded.send(f"{{ {entity} {{ id }} }}", HOME)[entity]
    answer = plain_http.post(
        f"{guarded.url}/graphql",
        json={"query": "{ auth_info { tenant_id } tenant { id } }"},
        headers={"authorization": f"Bearer {key}"},
        timeout=30,
    ).json()
    assert answer["data"] == {"auth_info": {"tenant_id": guarded.second}, "tenant": [{"id": guarded.second}]}
    user.output("auth", revoke, "--id", key_id)
    assert guarded.send(f"{{ {entity} {{ id }} }}", guarded.second)[entity] == []


@pytest.mark.parametrize(
    ("release", "backend", "way"),
    [
        ("0.8.1", "", "token"),
        ("1.4.1", "server", "token"),
        ("1.4.1", "server", "variable"),
        ("1.4.1", "cloud", "token"),
        ("1.4.1", "cloud", "variable"),
    ],
)
def test_client_names_a_tenant_in_its_environment(
    release: str, backend: str, way: str, guarded: Guarded, tmp_path: Any
) -> None:
    address = "PREFECT__SERVER__ENDPOINT" if backend == "server" else "PREFECT__CLOUD__API"
    secret = "PREFECT__CLOUD__API_KEY" if backend else "PREFECT__CLOUD__AUTH_TOKEN"
    settings = {address: guarded.url} | ({"PREFECT__BACKEND": backend} if backend else {})
    if way == "token":
        settings |= {secret: f"{guarded.key}~{guarded.second}"}
    else:
        settings |= {secret: guarded.key, "PREFECT__CLOUD__TENANT_ID": guarded.second}
    core = prefect_core(release, tmp_path, settings)

    name = f"of {release} {backend} by {way}"
    core.output("create", "project", name)

    assert name in guarded.projects(guarded.second)
    assert name not in guarded.projects(HOME)
