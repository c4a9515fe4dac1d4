import pytest
from hypothesis import given
from hypothesis import strategies as st

from local_server.responses import (
    LAMBDA_RESPONSE_LIMIT,
    BadResultError,
    HttpResponse,
    error_response,
    refused,
    to_http,
)

JSON = [("content-type", "application/json")]


def test_result_with_all_keys_becomes_the_same_response():
    result = {
        "statusCode": 201,
        "headers": {"Content-Type": "text/html", "x-number": 1, "x-flag": True},
        "cookies": ["a=1; HttpOnly", "b=2"],
        "body": "ä",
        "isBase64Encoded": False,
    }
    assert to_http(result) == HttpResponse(
        201,
        [
            ("Content-Type", "text/html"),
            ("x-number", "1"),
            ("x-flag", "true"),
            ("set-cookie", "a=1; HttpOnly"),
            ("set-cookie", "b=2"),
        ],
        "ä".encode(),
    )


def test_base64_body_is_decoded():
    assert to_http({"statusCode": 200, "body": "AP8=", "isBase64Encoded": True}).body == b"\x00\xff"


def test_response_without_content_type_is_plain_text():
    assert to_http({"statusCode": 204}) == HttpResponse(
        204, [("content-type", "text/plain;charset=UTF-8")], b""
    )


@pytest.mark.parametrize(
    ("result", "body"),
    [({"a": 1}, b'{"a": 1}'), ([1], b"[1]"), ("text", b"text"), (None, b"null"), ({}, b"{}")],
    ids=["object", "list", "text", "nothing", "empty object"],
)
def test_result_without_status_code_is_the_body_of_a_200(result, body):
    assert to_http(result) == HttpResponse(200, JSON, body)


def test_headers_that_frame_the_message_are_dropped():
    result = {"statusCode": 200, "headers": {"Content-Length": "7", "connection": "close", "x": "y"}}
    assert [name for name, _ in to_http(result).headers] == ["x", "content-type"]


@pytest.mark.parametrize(
    "result",
    [
        pytest.param({"statusCode": 99}, id="status below 200"),
        pytest.param({"statusCode": "ok"}, id="status is a word"),
        pytest.param({"statusCode": None}, id="status is null"),
        pytest.param({"statusCode": 200, "body": {"a": 1}}, id="body is an object"),
        pytest.param({"statusCode": 200, "body": "no base64!", "isBase64Encoded": True}, id="invalid base64"),
        pytest.param({"statusCode": 200, "body": "\ud800"}, id="body with a lone surrogate"),
        pytest.param(
            {"statusCode": 200, "headers": {"x": "a\r\nset-cookie: b"}}, id="line break in a header"
        ),
        pytest.param({"statusCode": 200, "headers": {"x y": "a"}}, id="blank in a header's name"),
        pytest.param({"statusCode": 200, "headers": {"x": "\N{EURO SIGN}"}}, id="header beyond latin-1"),
        pytest.param({"a": {1, 2}}, id="result is not JSON"),
    ],
)
def test_result_that_cannot_be_sent_is_a_bad_result(result):
    with pytest.raises(BadResultError):
        to_http(result)


def test_result_larger_than_lambda_allows_is_a_bad_result():
    # Given bodies of quotes, each of which takes two bytes in the JSON of the result
    def result(length):
        return {"statusCode": 200, "body": '"' * length}

    half = LAMBDA_RESPONSE_LIMIT // 2
    assert len(to_http(result(half - 100)).body) == half - 100
    with pytest.raises(BadResultError, match="exceed"):
        to_http(result(half))


@given(body=st.text(st.characters(exclude_categories=["Cs"])), status=st.integers(200, 599))
def test_any_text_is_sent_unchanged(body, status):
    response = to_http({"statusCode": status, "body": body})
    assert (response.status, response.body.decode()) == (status, body)


@pytest.mark.parametrize("response", [error_response(413, "<b>"), refused(421, "FOREIGN_HOST", "<b>")])
def test_response_without_the_function_is_json_that_no_browser_takes_for_a_page(response):
    assert dict(response.headers) == {
        "content-type": "application/json",
        "x-content-type-options": "nosniff",
    }
