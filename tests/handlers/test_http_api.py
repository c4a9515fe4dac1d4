import pytest

from domain.errors import ApiError
from tests.handlers import http_client
from tests.handlers.events import REQUEST_ID


@pytest.fixture
def api(monkeypatch):
    return http_client.install(monkeypatch)


@pytest.mark.parametrize(
    "path", ["/graphql", "/graphql/", "/", "", "/graphql/alpha", "/graphql/alpha/", "//graphql//alpha"]
)
def test_each_path_of_a_release_of_core_serves_graphql(api, path):
    response = api.post("{ hello }", path=path)
    assert (response.status, response.json) == (200, {"data": {"hello": "👋 hello"}})


def test_stage_is_no_part_of_the_path(api):
    assert api.post("{ hello }", path="/prod/graphql", stage="prod").status == 200
    assert api.post("{ hello }", path="/prod/graphql").status == 404


def test_get_takes_a_query_with_variables_and_extensions(api):
    response = api.request(
        query_string="query=query+Q($id:uuid!)%7Bby_id(id:$id)%7D&operationName=Q&extensions=%7B%7D"
        "&variables=%7B%22id%22%3A%222a9c1c6f-7e0a-4c55-8a43-0d9c7b1f3a10%22%7D"
    )
    assert response.json == {"data": {"by_id": "2a9c1c6f-7e0a-4c55-8a43-0d9c7b1f3a10"}}


@pytest.mark.parametrize("accept", ["application/graphql-response+json", "application/json", "*/*"])
def test_mutation_by_get_is_refused(api, accept):
    response = api.request(query_string="query=mutation%7Bwrite(text:%22x%22)%7D", headers={"accept": accept})
    assert (response.status, response.headers["allow"]) == (405, "POST")
    assert api.writes == []


def test_head_has_the_headers_of_get_without_a_body(api):
    response = api.request("HEAD", query_string="query=%7Bhello%7D")
    assert (response.status, response.raw) == (200, b"")
    assert response.headers["content-type"] == "application/json; charset=utf-8"
    assert api.request("HEAD", query_string="query=mutation%7Bwrite(text:%22x%22)%7D").status == 405
    assert api.writes == []


def test_get_at_the_root_names_the_graphql_path(api):
    response = api.request(path="/", headers={"accept": "*/*"})
    assert (response.status, response.json["graphql"]) == (200, "/graphql")


@pytest.mark.parametrize("path", ["/nope", "/graphql/beta", "/favicon.ico"])
def test_unknown_path_is_not_found(api, path):
    response = api.request(path=path)
    assert (response.status, response.codes) == (404, ["NOT_FOUND"])


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/graphql", "GET, HEAD, POST, OPTIONS"),
        ("DELETE", "/", "GET, HEAD, POST, OPTIONS"),
        ("GET", "/graphql/alpha", "POST, OPTIONS"),
        ("POST", "/health", "GET, HEAD, OPTIONS"),
    ],
)
def test_other_method_is_refused_with_the_allowed_ones(api, method, path, allowed):
    response = api.request(method, path)
    assert (response.status, response.headers["allow"]) == (405, allowed)
    assert allowed in response.message


def test_options_names_the_methods_without_a_body(api):
    response = api.request("OPTIONS")
    assert (response.status, response.raw) == (204, b"")
    assert response.headers["allow"] == "GET, HEAD, POST, OPTIONS"


def test_health_is_ok_when_requests_can_be_served(api):
    response = api.request(path="/health")
    assert (response.status, response.json) == (200, {"status": "ok"})


def test_health_is_503_when_the_store_does_not_respond(api):
    api.unhealthy = ConnectionError("secret host")
    response = api.request(path="/health")
    assert (response.status, response.codes) == (503, ["API_ERROR"])
    assert "secret" not in response.message
    assert "secret host" in api.log[0]["exception"]


def test_errors_of_an_execution_come_with_status_200_and_data(api):
    for accept in ("*/*", "application/json", "application/graphql-response+json"):
        response = api.post("{ hello locked }", headers={"accept": accept})
        assert (response.status, response.codes) == (200, ["VERSION_LOCKING_ERROR"])
        assert response.json["data"] == {"hello": "👋 hello", "locked": None}


def test_unexpected_error_is_500_and_logged_with_its_request_id(api):
    api.unusable = RuntimeError("secret detail")
    response = api.post("{ hello }")
    assert (response.status, response.codes) == (500, ["INTERNAL_ERROR"])
    assert REQUEST_ID in response.message
    assert "detail" not in response.message
    assert "secret detail" in api.log[0]["exception"]
    assert api.log[0]["request_id"] == REQUEST_ID


def test_result_that_is_no_json_is_500(api):
    response = api.post("{ echo(value: 1e999) }")
    assert (response.status, response.codes) == (500, ["INTERNAL_ERROR"])


def test_api_error_outside_of_a_resolver_is_503(api):
    api.unusable = ApiError("Throttled.")
    response = api.post("{ hello }")
    assert (response.status, response.codes) == (503, ["API_ERROR"])
