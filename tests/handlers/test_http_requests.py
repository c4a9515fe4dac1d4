import gzip
import json
import tracemalloc

import pytest

from domain import memory
from handlers import http_api
from handlers.http.body import MAX_REQUEST_BODY
from tests.handlers import http_client
from tests.handlers.events import http_event
from tests.handlers.invocation import invocation

HELLO = json.dumps({"query": "{ hello }"})
# Compressed with a fixed time, so that every process gives the tests the same ids.
ZIPPED = gzip.compress(HELLO.encode(), mtime=0)
ECHO = {"query": "query($v: jsonb) { echo(value: $v) }", "variables": {"v": "Zoë 🏃"}}


@pytest.fixture
def api(monkeypatch):
    return http_client.install(monkeypatch)


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (json.dumps(ECHO), {}),
        (json.dumps(ECHO, ensure_ascii=False), {}),
        (json.dumps(ECHO, ensure_ascii=False).encode(), {}),
        (json.dumps(ECHO, ensure_ascii=False).encode("utf-8-sig"), {}),
        (gzip.compress(json.dumps(ECHO).encode()), {"content_encoding": "gzip"}),
        (json.dumps(ECHO), {"content_type": 'Application/JSON; charset="UTF-8"'}),
        (json.dumps(ECHO), {"content_type": "application/json;charset=utf8; profile=x"}),
        (json.dumps(ECHO), {"content_encoding": "identity"}),
        (json.dumps({**ECHO, "variables": json.dumps(ECHO["variables"])}), {}),
        (json.dumps({**ECHO, "operationName": "", "extensions": {"any": 1}}), {}),
    ],
)
def test_body_is_read_in_each_encoding(api, body, headers):
    response = api.post_body(body, **headers)
    assert (response.status, response.json) == (200, {"data": {"echo": "Zoë 🏃"}})


def test_header_names_may_be_in_any_case(api):
    event = http_event("POST", body=HELLO)
    event["headers"] = {"Content-Type": "application/json", "Accept": "application/graphql-response+json"}
    assert api.call(event).headers["content-type"].startswith("application/graphql-response+json")


@pytest.mark.parametrize("headers", [{}, None])
def test_post_without_content_type_is_415(api, headers):
    event = http_event("POST", body=HELLO)
    event["headers"] = headers
    assert api.call(event).status == 415


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/graphql",
        "application/x-www-form-urlencoded",
        "application/json; charset=latin-1",
    ],
)
def test_other_content_types_and_charsets_are_415(api, content_type):
    response = api.post_body(HELLO, content_type=content_type)
    assert (response.status, response.codes) == (415, ["BAD_USER_INPUT"])


def test_other_content_encodings_are_415_with_the_accepted_ones(api):
    response = api.post_body(b"\x00", content_encoding="br")
    assert (response.status, response.headers["accept-encoding"]) == (415, "gzip, identity")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (None, "no body"),
        ("", "no body"),
        ("{", "not valid JSON"),
        ("[" * 100_000, "nested more than 200 levels"),
        ("null", "must be a JSON object"),
        ('"{ hello }"', "must be a JSON object"),
        (f"[{HELLO}]", "batches are not supported"),
        ("{}", "`query` must be a string"),
        ('{"query": 1}', "`query` must be a string"),
        ('{"query": "{ hello }", "operationName": 1}', "`operationName` must be a string"),
        ('{"query": "{ hello }", "extensions": []}', "`extensions` must be an object"),
        ('{"query": "{ hello }", "variables": [1]}', "not a list"),
        ('{"query": "{ hello }", "variables": "[1]"}', "not a list"),
        ('{"query": "{ hello }", "variables": 0}', "not a number"),
        (b'{"query": "\xff"}', "not valid UTF-8"),
        ('{"query": "{ hello }"}'.encode("utf-16"), "not valid UTF-8"),
    ],
)
@pytest.mark.parametrize("accept", ["*/*", "application/json", "application/graphql-response+json"])
def test_malformed_request_is_400_with_the_reason(api, body, message, accept):
    response = api.post_body(body, accept=accept)
    assert (response.status, response.codes) == (400, ["BAD_USER_INPUT"])
    assert message in response.message
    assert "data" not in response.json


@pytest.mark.parametrize("body", ["not base64!", "e30", "é"])
def test_invalid_base64_body_is_400(api, body):
    event = http_event("POST", headers={"content-type": "application/json"}, body=body)
    event["isBase64Encoded"] = True
    response = api.call(event)
    assert (response.status, response.codes) == (400, ["BAD_USER_INPUT"])


@pytest.mark.parametrize("body", [b"no gzip", ZIPPED[:-3], ZIPPED + b"rest"], ids=["none", "cut", "more"])
def test_invalid_gzip_body_is_400(api, body):
    assert api.post_body(body, content_encoding="gzip").status == 400


def test_body_above_the_limit_is_413(api):
    body = HELLO + " " * (MAX_REQUEST_BODY - len(HELLO))
    assert api.post_body(body).status == 200
    response = api.post_body(body + " ")
    assert (response.status, response.codes) == (413, ["PAYLOAD_TOO_LARGE"])
    assert f"{MAX_REQUEST_BODY:,}" in response.message


def test_body_above_the_limit_after_decompression_is_413(api):
    bomb = gzip.compress(HELLO.encode() + b" " * 4 * MAX_REQUEST_BODY)
    assert len(bomb) < MAX_REQUEST_BODY
    assert api.post_body(bomb, content_encoding="gzip").status == 413


@pytest.mark.parametrize("body", ["a" * 10_000_000, b"a" * 7_000_000], ids=["text", "base64"])
def test_body_above_the_limit_is_refused_without_a_copy_or_a_turn(monkeypatch, api, body):
    monkeypatch.setattr(memory, "PATIENCE", 0)
    other = memory.Memory(turn=http_api._LARGE)
    other.admit(memory.LIGHT + 1)
    assert api.post_body(body).status == 413
    other.end()


EMOJI = json.dumps({"query": "{ hello }", "variables": {"v": "🦊" + "a" * 6_000_000}}, ensure_ascii=False)


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (gzip.compress(EMOJI.encode(), mtime=0), {"content-encoding": "gzip"}),
        (EMOJI.encode(), {}),
        (EMOJI, {}),
        (HELLO + " " * 5_000_000, {}),
    ],
    ids=["gzip", "base64", "text", "blanks"],
)
def test_large_body_waits_for_its_turn_before_it_is_unpacked_or_copied(monkeypatch, api, body, headers):
    monkeypatch.setattr(memory, "PATIENCE", 0)
    other = memory.Memory(turn=http_api._LARGE)
    other.admit(memory.LIGHT + 1)
    event = http_event(headers={"content-type": "application/json", **headers}, body=body)
    tracemalloc.start()
    try:
        refused = http_api.handler(event, invocation())
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
        other.end()

    assert refused["statusCode"] == 503
    assert json.loads(refused["body"])["errors"][0]["extensions"]["code"] == "API_ERROR"
    assert most < 1_500_000
    assert api.call(event).status == 200


def test_body_that_is_unpacked_in_two_parts_is_whole(api):
    for length in range(374_970, 375_040):
        body = HELLO + " " * (length - len(HELLO))
        assert api.post_body(gzip.compress(body.encode(), 1), content_encoding="gzip").status == 200


def test_body_with_many_numbers_that_cannot_be_kept_is_400(api):
    body = '{"query": "{ hello }", "variables": {"v": [' + "1e999," * 900_000 + "0]}}"
    response = api.post_body(gzip.compress(body.encode()), content_encoding="gzip")
    assert (response.status, response.codes) == (400, ["BAD_USER_INPUT"])
    assert "more than 100 numbers that cannot be kept, such as 1e999" in response.message


@pytest.mark.parametrize(
    "query_string",
    [
        "",
        "query=",
        "variables=%7B%7D",
        "query=%FF",
        "query=%7Bhello%7D&variables=x",
        "query=%7Bhello%7D&extensions=x",
        "query=%7Bhello%7D&extensions=%5B%5D",
        "query=%7Bhello%7D" + "&a=1" * 20,
    ],
)
def test_bad_parameters_of_a_get_are_400(api, query_string):
    response = api.request(query_string=query_string)
    assert response.status == 400
    assert response.message


def test_empty_parameters_of_a_get_count_as_absent(api):
    response = api.request(query_string="query=%7Bhello%7D&variables=&extensions=&operationName=")
    assert response.json == {"data": {"hello": "👋 hello"}}
