import io
import json
import re
from typing import Any

import pytest
from aws_lambda_powertools.logging import Logger

from domain.errors import ApiError
from handlers.http.log import LineFormatter
from tests.handlers import http_client
from tests.handlers.events import REQUEST_ID
from tests.unit.graphql_api.toy_schema import _raise
from tests.unit.template import resources

SECRET = "s3cr3t"


@pytest.fixture
def api(monkeypatch):
    return http_client.install(monkeypatch)


def test_request_has_one_log_line_with_its_facts(api):
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
def test_log_line_has_the_codes_of_the_errors(api, query, code):
    api.post(query)
    assert [line["errors"] for line in api.log] == [[code]]


def test_lines_are_those_of_powertools_own_formatter():
    facts = {"request_id": "1", "nothing": None, "price": 1.5, "field": "né"}
    lines: dict[str, list[Any]] = {}
    for name, formatter, extra in (("ours", LineFormatter(), {"facts": facts}), ("theirs", None, facts)):
        stream = io.StringIO()
        log = Logger(service=f"lines-{name}", stream=stream, level="INFO", logger_formatter=formatter)
        for exc_info in (None, (KeyError, KeyError("x"), None)):
            log.info("request", exc_info=exc_info, extra=extra)
        lines[name] = [json.loads(line) for line in stream.getvalue().splitlines()]
    for line in (*lines["ours"], *lines["theirs"]):
        assert line.pop("timestamp")
        assert line.pop("service").startswith("lines-")
    assert lines["ours"] == lines["theirs"]
    assert list(lines["ours"][0]) == list(lines["theirs"][0])


@pytest.mark.parametrize(
    ("message", "arguments", "extra"), [("%s of %s", (1, 2), {}), ("plain", (), {"key": "value"})]
)
def test_line_that_is_written_otherwise_is_that_of_powertools(message, arguments, extra):
    lines = []
    choices: tuple[dict[str, Any], ...] = ({}, {"logger_formatter": LineFormatter()})
    for options in choices:
        stream = io.StringIO()
        Logger(service=f"{message} {len(options)}", stream=stream, **options).info(
            message, *arguments, extra=extra
        )
        lines.append(json.loads(stream.getvalue()))

    assert lines[0]["message"] == message % arguments
    assert [{**line, "timestamp": "", "service": ""} for line in lines] == [
        {**lines[0], "timestamp": "", "service": ""}
    ] * 2


def test_too_large_response_is_logged_with_its_code(api):
    api.post("{ rows(count: 4, length: 1000000) { text } }")
    assert [line["errors"] for line in api.log] == [["PAYLOAD_TOO_LARGE"]]


def test_unexpected_error_has_a_log_line_with_its_traceback(api):
    api.post("{ broken }")
    failure, request = api.log
    assert failure["level"] == "ERROR"
    assert "KeyError: 'secret detail'" in failure["exception"]
    assert "toy_schema.py" in failure["exception"]
    assert (failure["request_id"], failure["field"]) == (REQUEST_ID, "broken")
    assert request["errors"] == ["INTERNAL_ERROR"]


def unanswered(detail):
    error = ApiError("The database could not answer in time; the request may be sent again.")
    error.__cause__ = OSError(detail)
    return error


def test_cause_of_an_api_error_is_logged_once(api, monkeypatch):
    fields = api.executor._schema.query_type.fields
    for name, detail in (("broken", "disk full"), ("locked", "disk full")):
        monkeypatch.setattr(fields[name], "resolve", _raise(unanswered(detail)))

    response = api.post("{ broken locked hello }")

    assert response.codes == ["API_ERROR"] * 2
    assert "disk full" not in str(response.json)
    cause, request = api.log
    assert (cause["message"], cause["level"], cause["cause"]) == ("no answer", "ERROR", "OSError: disk full")
    assert (cause["request_id"], cause["field"]) == (REQUEST_ID, "broken")
    assert request["errors"] == ["API_ERROR"]


def test_cause_of_a_failed_health_check_is_logged(api):
    api.unhealthy = unanswered("disk full")

    response = api.request(path="/health")

    assert (response.status, response.codes) == (503, ["API_ERROR"])
    assert [line["cause"] for line in api.log if line["message"] == "no answer"] == ["OSError: disk full"]
    assert "disk full" not in str(response.json)


def test_health_check_has_no_log_line(api):
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
def test_log_has_no_token_body_or_variable(api, query, known):
    api.accept_only(SECRET if known else "another")
    api.post(query, {"v": SECRET}, headers={"authorization": f"Bearer {SECRET}"})
    assert api.log
    assert SECRET not in api.log_stream.getvalue()


def counts(metric_filter, line):
    """Return True if a metric filter of the template counts a line. Its pattern joins equations by &&."""
    pattern = resources("AWS::Logs::MetricFilter")[metric_filter]["Properties"]["FilterPattern"]
    equations = re.findall(r'\$\.(\w+)(?:\[(\d)\])? = "([^"]+)"', pattern)
    rest = re.sub(r'\$\.\w+(\[\d\])? = "[^"]+"|&&|[{}() ]', "", pattern)
    assert equations
    assert rest == ""
    return all(value in _values(line.get(name), index) for name, index, value in equations)


def _values(found, index):
    return found[int(index) : int(index) + 1] if index and found else [found]


@pytest.mark.parametrize(
    "headers",
    [{}, {"authorization": "Bearer wrong"}, {"authorization": "Basic d3Jvbmc="}, {"accept": "text/html"}],
    ids=["no token", "unknown token", "other scheme", "browser"],
)
def test_refused_token_is_counted(api, headers):
    api.accept_only("right")

    api.post("{ hello }", headers=headers)

    counted = [counts("RefusedTokenCount", line) for line in api.log]
    assert counted == [headers.get("accept") is None]
    assert not any(counts("GraphqlFailureCount", line) for line in api.log)


def test_other_requests_are_not_counted_as_refused_tokens(api):
    api.accept_only("right")
    token = {"authorization": "Bearer right"}

    api.post("{ hello }", headers=token)
    api.post("{ locked }", headers=token)
    api.post_body("{", **token)
    api.post("{ broken }", headers=token)
    api.request(path="/health")

    assert len(api.log) >= 4
    assert not any(counts("RefusedTokenCount", line) for line in api.log)
    assert sum(counts("GraphqlFailureCount", line) for line in api.log) == 1
