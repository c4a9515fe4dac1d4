"""Several tenants of one deployment, over HTTP: keys, tokens and headers that say for which a request is."""

import json
import uuid
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest

from domain.access.tenants import tenant_id_of
from handlers import http_api
from tests.handlers.events import graphql_event
from tests.handlers.invocation import invocation
from tests.handlers.service import CAMEL, SNAKE, code
from wiring import DEFAULT_TENANT_ID as HOME

OPERATOR = "the token that the operator gave out"
CREATE_TENANT = "mutation($input: create_tenant_input!) { create_tenant(input: $input) { id } }"
CREATE_KEY = "mutation($input: create_api_key_input!) { create_api_key(input: $input) { key } }"
CREATE_PROJECT = "mutation($input: create_project_input!) { create_project(input: $input) { id } }"
OTHER = tenant_id_of(HOME, "other")


def by(token, tenant_id=None):
    header = {} if tenant_id is None else {"x-prefect-tenant-id": tenant_id}
    return {"authorization": f"Bearer {token}", **header}


@pytest.fixture
def closed(service, monkeypatch):
    """Return a service that demands tokens, with a tenant beside its home tenant."""
    settings = service.account.settings
    digests = frozenset(sha256(token.encode()).hexdigest() for token in (OPERATOR, f"x~{OTHER}"))
    monkeypatch.setattr(service.account._app, "settings", replace(settings, token_digests=digests))
    service.account._app._others.clear()
    given = {"input": {"name": "Other", "slug": "other"}}
    assert service.data(CREATE_TENANT, given, **by(OPERATOR))["create_tenant"]["id"] == OTHER
    return service


def key(service, headers=None, **given):
    made = service.data(CREATE_KEY, {"input": {"name": "k", **given}}, **(headers or by(OPERATOR)))
    return made["create_api_key"]["key"]


def current(service, headers):
    return service.data("{ auth_info { tenant_id } }", **headers)["auth_info"]["tenant_id"]


def refusal(service, headers, query="{ auth_info { tenant_id } }"):
    (error,) = service.send(query, **headers)["errors"]
    return code(error), error["message"]


@contextmanager
def calls_of(service):
    """Yield a list that collects the calls to the table."""
    table, made, patch = service.account._app._dynamodb, [], pytest.MonkeyPatch()
    for name in ("get_item", "batch_get_item", "query", "put_item", "update_item"):
        send = getattr(table, name)

        def note(send=send, name=name, **arguments):
            made.append(name)
            return send(**arguments)

        patch.setattr(table, name, note)
    yield made
    patch.undo()


def test_request_is_for_the_tenant_of_its_key_then_of_its_token_then_of_its_header(closed):
    both = key(closed, tenants=[OTHER, HOME])
    home = key(closed)

    assert current(closed, by(home)) == HOME
    assert current(closed, by(both)) == OTHER
    assert current(closed, by(f"{both}~{HOME}")) == HOME
    assert current(closed, by(f"{both}~{HOME}", OTHER)) == OTHER
    assert current(closed, by(both, f" {HOME.upper()} ")) == HOME
    assert current(closed, by(both, "")) == OTHER


def test_operator_may_use_each_tenant_and_is_at_home_without_a_name(closed):
    assert current(closed, by(OPERATOR)) == HOME
    assert current(closed, by(OPERATOR, OTHER)) == OTHER
    assert current(closed, by(f"{OPERATOR}~{OTHER}")) == OTHER
    # A token of the settings may be any text.
    assert current(closed, by(f"x~{OTHER}")) == HOME


@pytest.mark.parametrize("asked", [OTHER, str(uuid.UUID(int=0)), "nonsense", "x" * 9_000])
def test_tenant_that_a_key_may_not_use_is_forbidden_whether_or_not_it_exists(closed, asked):
    home = key(closed)
    text = f"There is no tenant {asked[:100]} that this caller may use."

    assert refusal(closed, by(home, asked)) == ("FORBIDDEN", text)
    if asked != "nonsense":
        status = closed.send("{ hello }", **by(home, asked), accept="application/graphql-response+json")
        assert [code(error) for error in status["errors"]] == ["FORBIDDEN"]


@pytest.mark.parametrize("asked", [str(uuid.UUID(int=0)), "nonsense", "x" * 9_000])
def test_tenant_that_does_not_exist_is_forbidden_to_operators_as_well(closed, asked):
    before = closed.items()

    assert refusal(closed, by(OPERATOR, asked), CREATE_PROJECT.replace("$input", "$i"))[0] == "FORBIDDEN"
    assert closed.items() == before


def test_token_that_names_a_tenant_which_its_key_does_not_open_is_forbidden(closed):
    assert refusal(closed, by(f"{key(closed)}~{OTHER}"))[0] == "FORBIDDEN"


def test_things_are_kept_in_the_tenant_of_the_request(closed):
    other = key(closed, headers=by(OPERATOR, OTHER), scope="admin")
    for headers in (by(other), by(OPERATOR)):
        closed.data(CREATE_PROJECT, {"input": {"name": "P"}}, **headers)
    secret = "mutation($input: set_secret_input!) { set_secret(input: $input) { success } }"
    closed.data(secret, {"input": {"name": "S", "value": 1}}, **by(other))

    seen = {
        name: closed.data("{ project { tenant_id } secret_names auth_api_key { name } }", **headers)
        for name, headers in {"home": by(OPERATOR), "other": by(OPERATOR, OTHER)}.items()
    }

    assert seen == {
        "home": {"project": [{"tenant_id": HOME}], "secret_names": [], "auth_api_key": []},
        "other": {
            "project": [{"tenant_id": OTHER}],
            "secret_names": ["S"],
            "auth_api_key": [{"name": "k"}],
        },
    }
    closed.data(secret, {"input": {"name": "S", "value": None}}, **by(other))


def test_list_of_tenants_shows_those_that_the_caller_may_use_its_own_first(closed):
    query = "{ tenant { slug } by_slug: tenant(order_by: {slug: asc}) { slug name } }"
    other, both = key(closed, tenants=[OTHER]), key(closed, tenants=[OTHER, HOME])
    found = {
        token: [row["slug"] for row in closed.data(query, **by(token))["tenant"]]
        for token in (OPERATOR, f"{OPERATOR}~{OTHER}", other, both)
    }

    assert found == {
        OPERATOR: ["default", "other"],
        f"{OPERATOR}~{OTHER}": ["other", "default"],
        other: ["other"],
        both: ["other", "default"],
    }
    assert closed.data(query, **by(both))["by_slug"] == [
        {"slug": "default", "name": "Default"},
        {"slug": "other", "name": "Other"},
    ]


def test_tenants_are_found_by_id_and_slug_only_if_the_caller_may_use_them(closed):
    query = """query($id: uuid, $slug: String) {
        tenant(where: {id: {_eq: $id}, slug: {_eq: $slug}}) { id }
        tenant_by_pk(id: "%s") { slug }
    }"""
    other = key(closed, tenants=[OTHER])
    for token, sees_home in ((OPERATOR, True), (other, False)):
        for asked, wanted in (({"id": HOME}, HOME), ({"slug": "default"}, HOME), ({"slug": "other"}, OTHER)):
            found = closed.data(query % HOME, asked, **by(token))
            assert [row["id"] for row in found["tenant"]] == [wanted] * (sees_home or wanted == OTHER)
            assert found["tenant_by_pk"] == ({"slug": "default"} if sees_home else None)
    assert closed.data(query % HOME, {"slug": "unknown"}, **by(OPERATOR))["tenant"] == []


def test_row_of_another_tenant_has_only_what_tells_its_name(closed):
    closed.data(CREATE_PROJECT, {"input": {"name": "P"}}, **by(OPERATOR, OTHER))
    closed.data(CREATE_PROJECT, {"input": {"name": "Q"}}, **by(OPERATOR))
    query = """{ tenant(order_by: {slug: asc}) {
        projects { name } projects_aggregate { aggregate { count } } flow_runs { id } flows { id }
    } }"""

    home, other = closed.data(query, **by(OPERATOR))["tenant"]

    assert home["projects"] == [{"name": "Q"}]
    assert other == {
        "projects": [],
        "projects_aggregate": {"aggregate": {"count": 0}},
        "flow_runs": [],
        "flows": [],
    }


@pytest.mark.parametrize("dialect", [SNAKE, CAMEL], ids=lambda dialect: dialect.name)
def test_login_of_old_clients_returns_a_token_for_the_tenant(closed, dialect):
    both = key(closed, tenants=[HOME, OTHER])
    names = [dialect.spell(name) for name in ("access_token", "refresh_token")]
    switch = dialect.document("switch_tenant", " ".join(names))
    refresh = dialect.document("refresh_token", " ".join(names))

    def login(token, tenant_id):
        given = {"input": dialect.spelt({"tenant_id": tenant_id})}
        return closed.data(switch, given, **by(token))[dialect.spell("switch_tenant")]

    there = login(both, OTHER)
    refreshed = closed.data(refresh, {"input": {names[0]: "x"}}, **by(there[names[1]]))

    assert list(there.values()) == [f"{both}~{OTHER}"] * 2
    assert current(closed, by(there[names[0]])) == OTHER
    assert refreshed[dialect.spell("refresh_token")] == there
    assert list(login(there[names[0]], HOME).values()) == [both] * 2
    user = closed.data("{ user { default_membership { tenant_id } } }", **by(there[names[0]]))["user"]
    assert user == [{"default_membership": {"tenant_id": OTHER}}]


def test_login_to_a_tenant_that_the_caller_may_not_use_is_forbidden(closed):
    document = SNAKE.document("switch_tenant", "access_token")
    for token, asked in ((key(closed), OTHER), (OPERATOR, str(uuid.UUID(int=0)))):
        (error,) = closed.send(document, {"input": {"tenant_id": asked}}, **by(token))["errors"]
        assert (code(error), error["message"]) == (
            "FORBIDDEN",
            f"There is no tenant {asked} that this caller may use.",
        )


def test_token_of_a_tenant_ends_with_its_key(closed):
    other = key(closed, headers=by(OPERATOR, OTHER), scope="admin")
    token = f"{other}~{OTHER}"
    (listed,) = closed.data("{ auth_api_key { id } }", **by(token))["auth_api_key"]
    document = SNAKE.document("delete_api_key", "success")

    assert closed.data(document, {"input": {"key_id": listed["id"]}}, **by(OPERATOR)) == {
        "delete_api_key": {"success": False}
    }
    assert current(closed, by(token)) == OTHER
    closed.data(document, {"input": {"key_id": listed["id"]}}, **by(token))

    assert refusal(closed, by(token))[0] == "UNAUTHENTICATED"


def test_anonymous_callers_of_an_open_server_switch_tenants_as_well(closed, monkeypatch):
    settings = closed.account.settings
    monkeypatch.setattr(closed.account._app, "settings", replace(settings, token_digests=frozenset()))
    document = SNAKE.document("switch_tenant", "access_token")

    token = closed.data(document, {"input": {"tenant_id": OTHER}})["switch_tenant"]["access_token"]

    assert current(closed, by(token)) == OTHER
    assert current(closed, {"x-prefect-tenant-id": OTHER}) == OTHER


def test_request_of_another_tenant_costs_the_read_of_its_key_and_nothing_else(closed):
    other = key(closed, tenants=[OTHER])
    current(closed, by(other))  # the first request of a process reads the tenant and the form of its data

    with calls_of(closed) as calls:
        current(closed, by(other))

    assert calls == ["get_item"]


def test_polls_of_one_tenant_are_no_hints_for_another(closed):
    app = closed.account._app
    contexts = [app.for_tenant(app.context(), tenant_id) for tenant_id in (HOME, OTHER, OTHER)]

    assert contexts[1].polled is contexts[2].polled
    assert contexts[0].polled is not contexts[1].polled


def test_only_home_admins_create_tenants(closed):
    given = {"input": {"name": "New", "slug": "new"}}
    for token, is_made in (
        (key(closed, tenants=[OTHER], scope="admin"), False),
        (key(closed, scope="user"), False),
        (key(closed, scope="admin"), True),
    ):
        response = closed.send(CREATE_TENANT, given, **by(token))
        assert ("errors" not in response) is is_made
    assert response["data"]["create_tenant"]["id"] == tenant_id_of(HOME, "new")


def test_payloads_show_the_tenant_to_an_admin_whose_key_does_not_open_it(closed):
    admin = by(key(closed, scope="admin"))
    selection = "id tenant { slug name settings projects { id } }"
    in_other = closed.data(CREATE_PROJECT, {"input": {"name": "P"}}, **by(OPERATOR, OTHER))
    assert in_other["create_project"]["id"]

    given = {"input": {"name": "Again", "slug": "other"}}
    made = closed.data(SNAKE.document("create_tenant", selection), given, **admin)["create_tenant"]
    assert (made["tenant"]["slug"], made["tenant"]["name"]) == ("other", "Other")
    assert made["tenant"]["projects"] == []
    limits = {"input": {"slug": "other", "requests_per_minute": 9}}
    document = SNAKE.document("set_tenant_limits", selection)
    changed = closed.data(document, limits, **admin)["set_tenant_limits"]
    expected = {"requests_per_minute": 9, "log_retention_days": None, "stored_flows": None}
    assert changed["tenant"]["settings"] == expected
    # Lists have it no more than before.
    assert closed.data("{ tenant { id } }", **admin)["tenant"] == [{"id": HOME}]


def limit(service, **limits):
    document = SNAKE.document("set_tenant_limits", "id tenant { settings }")
    return service.data(document, {"input": {"slug": "other", **limits}}, **by(OPERATOR))["set_tenant_limits"]


def test_tenant_that_sends_too_much_is_told_to_wait(closed, monkeypatch):
    other = key(closed, tenants=[OTHER])
    limit(closed, requests_per_minute=3)
    closed.account._app._others.clear()
    minute = closed.account.later - timedelta(seconds=datetime.now(UTC).second)
    monkeypatch.setattr(closed.account, "later", minute)

    for _ in range(3):
        assert current(closed, by(other)) == OTHER
    event = graphql_event("{ hello }", headers=by(other))
    response = http_api.handler(event, invocation())

    assert response["statusCode"] == 429
    assert 1 <= int(response["headers"]["retry-after"]) <= 60
    (error,) = json.loads(response["body"])["errors"]
    assert code(error) == "RATE_LIMITED"
    # The other tenants go on.
    assert current(closed, by(OPERATOR)) == HOME


def test_admins_delete_a_leaked_key_that_has_used_up_the_budget(closed, monkeypatch):
    keys = {
        name: key(closed, headers=by(OPERATOR, OTHER), name=name, scope=scope)
        for name, scope in {"admin": "admin", "leaked": "read", "second": "read", "user": "user"}.items()
    }
    listed = closed.data("{ auth_api_key { id name } }", **by(keys["admin"]))["auth_api_key"]
    ids = {row["name"]: row["id"] for row in listed}
    limit(closed, requests_per_minute=3)
    closed.account._app._others.clear()
    minute = closed.account.later - timedelta(seconds=datetime.now(UTC).second)
    monkeypatch.setattr(closed.account, "later", minute)
    for _ in range(5):
        closed.send("{ hello }", **by(keys["leaked"]))
    document = SNAKE.document("delete_api_key", "success")

    for name, headers in {"leaked": by(keys["admin"]), "second": by(OPERATOR, OTHER)}.items():
        deleted = closed.data(document, {"input": {"key_id": ids[name]}}, **headers)
        assert deleted == {"delete_api_key": {"success": True}}
    assert refusal(closed, by(keys["user"]))[0] == "RATE_LIMITED"


def test_requests_of_admins_count_for_the_budget(closed, monkeypatch):
    admin, user = (key(closed, headers=by(OPERATOR, OTHER), scope=scope) for scope in ("admin", "user"))
    limit(closed, requests_per_minute=3)
    closed.account._app._others.clear()
    minute = closed.account.later - timedelta(seconds=datetime.now(UTC).second)
    monkeypatch.setattr(closed.account, "later", minute)
    for _ in range(3):
        current(closed, by(admin))

    assert refusal(closed, by(user))[0] == "RATE_LIMITED"


def test_new_limits_are_known_within_a_minute(closed, monkeypatch):
    app = closed.account._app
    context = app.for_tenant(app.context(), OTHER)
    assert context.logs_kept == timedelta(days=30)

    made = limit(closed, log_retention_days=3)

    assert made == {
        "id": OTHER,
        "tenant": {"settings": {"requests_per_minute": None, "log_retention_days": 3, "stored_flows": None}},
    }
    assert app.for_tenant(app.context(), OTHER).logs_kept == timedelta(days=30)
    monkeypatch.setattr(app._others[OTHER], "_read_at", app._others[OTHER]._read_at - 60)
    assert app.for_tenant(app.context(), OTHER).logs_kept == timedelta(days=3)
    assert app.context().logs_kept == timedelta(days=30)


def usage(service, tenant_id, **variables):
    query = "query($days: Int) { tenant_usage(days: $days) { day requests runs read_units write_units } }"
    return service.data(query, variables, **by(OPERATOR, tenant_id))["tenant_usage"]


def test_use_of_a_tenant_is_told_by_day(closed, monkeypatch):
    other = key(closed, tenants=[OTHER])
    project = closed.data(CREATE_PROJECT, {"input": {"name": "P"}}, **by(other))["create_project"]["id"]
    given = {"project_id": project, "serialized_flow": {"name": "F"}}
    made = closed.data(SNAKE.document("create_flow", "id"), {"input": given}, **by(other))["create_flow"]
    for _ in range(2):
        given = {"flow_id": made["id"], "idempotency_key": "k"}
        closed.data(SNAKE.document("create_flow_run", "id"), {"input": given}, **by(other))
    memory = closed.account._app._others[OTHER].usage
    assert usage(closed, OTHER) == []
    monkeypatch.setattr(memory, "_since", memory._since - 60)
    current(closed, by(other))

    (day,) = usage(closed, OTHER)

    assert (day["requests"], day["runs"]) == (5, 1)
    assert day["read_units"] > 4
    assert usage(closed, HOME) == []


def test_key_that_is_limited_to_projects_is_not_told_the_use_of_the_tenant(closed):
    other = key(closed, headers=by(OPERATOR, OTHER), scope="admin")
    project = closed.data(CREATE_PROJECT, {"input": {"name": "P"}}, **by(other))["create_project"]["id"]
    limited = key(closed, headers=by(other), scope="admin", projects=[project])

    (error,) = closed.send("{ tenant_usage { day } }", **by(limited))["errors"]

    assert code(error) == "FORBIDDEN"


@pytest.mark.parametrize("days", [0, 367])
def test_use_of_too_many_days_is_refused(closed, days):
    query = "query($days: Int) { tenant_usage(days: $days) { day } }"
    (error,) = closed.send(query, {"days": days}, **by(OPERATOR))["errors"]
    assert code(error) == "BAD_USER_INPUT"


def test_line_of_a_request_names_its_tenant(closed, caplog):
    current(closed, by(OPERATOR, OTHER))
    current(closed, by(OPERATOR))

    lines = [vars(record)["facts"] for record in caplog.records if record.message == "request"]
    assert [line["tenant_id"] for line in lines][-2:] == [OTHER, HOME]
