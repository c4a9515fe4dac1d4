import pytest

from tests.handlers import http_client
from tests.handlers.events import REQUEST_ID

SECRET = "s3cr3t"


@pytest.fixture
def api(monkeypatch):
    return http_client.install(monkeypatch)


def test_each_request_is_one_line_that_says_what_it_was(api):
    api.post("query Which { hello again: hello }", headers={"x-prefect-core-version": "0.8.1"})
    (line,) = api.log
    assert line["message"] == "request"
    assert line["request_id"] == REQUEST_ID
    assert (line["method"], line["path"], line["status"]) == ("POST", "/graphql", 200)
    assert (line["operation_type"], line["operation_name"], line["root_fields"]) == (
        "query",
        "Which",
        ["hello"],
    )
    assert line["client_version"] == "0.8.1"
    assert line["errors"] == []
    assert line["duration_ms"] >= 0
    assert line["response_length"] > 0


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("{ nope }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ locked }", "VERSION_LOCKING_ERROR"),
    ],
)
def test_the_line_has_the_codes_of_the_errors(api, query, code):
    api.post(query)
    assert [line["errors"] for line in api.log] == [[code]]


def test_an_answer_that_was_too_large_is_logged_as_such(api):
    api.post("{ rows(count: 4, length: 1000000) { text } }")
    assert [line["errors"] for line in api.log] == [["PAYLOAD_TOO_LARGE"]]


def test_a_failure_of_ours_has_a_line_of_its_own_with_the_traceback(api):
    api.post("{ broken }")
    failure, request = api.log
    assert failure["level"] == "ERROR"
    assert "KeyError: 'secret detail'" in failure["exception"]
    assert "toy_schema.py" in failure["exception"]
    assert (failure["request_id"], failure["field"]) == (REQUEST_ID, "broken")
    assert request["errors"] == ["INTERNAL_ERROR"]


def test_health_checks_leave_no_line(api):
    api.request(path="/health")
    assert api.log == []


@pytest.mark.parametrize(
    "query",
    [
        f'{{ echo(value: "{SECRET}") }}',
        "query($v: JSON) { echo(value: $v) }",
        "query($v: Int!) { rows(count: $v, length: 1) { id } }",
        f"{{ {SECRET} }}",
        f'{{ "{SECRET}',
        "query($v: JSON) { broken echo(value: $v) }",
    ],
)
@pytest.mark.parametrize("known", [True, False])
def test_no_token_and_nothing_of_a_body_is_ever_in_the_log(api, query, known):
    api.accept_only(SECRET if known else "another")
    api.post(query, {"v": SECRET}, headers={"authorization": f"Bearer {SECRET}"})
    assert api.log
    assert SECRET not in api.log_stream.getvalue()
