import base64
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local_server.events import build_event

NOW = datetime(2026, 3, 12, 19, 3, 58, 390_000, tzinfo=UTC)


def event(body=b"", **environ):
    request = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/graphql",
        "QUERY_STRING": "",
        "REMOTE_ADDR": "127.0.0.1",
        "SERVER_NAME": "server",
        "SERVER_PORT": "4200",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.url_scheme": "http",
    }
    return build_event(request | environ, body, request_id="the-id", now=NOW)


def body_of(built):
    text = built.get("body", "")
    return base64.b64decode(text) if built["isBase64Encoded"] else text.encode()


def test_minimal_request_has_only_the_keys_of_every_event():
    assert event(HTTP_HOST="localhost:4200", HTTP_USER_AGENT="curl") == {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": "/graphql",
        "rawQueryString": "",
        "headers": {
            "host": "localhost:4200",
            "user-agent": "curl",
            "x-forwarded-for": "127.0.0.1",
            "x-forwarded-port": "4200",
            "x-forwarded-proto": "http",
        },
        "requestContext": {
            "accountId": "000000000000",
            "apiId": "local",
            "domainName": "localhost",
            "domainPrefix": "localhost",
            "http": {
                "method": "POST",
                "path": "/graphql",
                "protocol": "HTTP/1.1",
                "sourceIp": "127.0.0.1",
                "userAgent": "curl",
            },
            "requestId": "the-id",
            "routeKey": "$default",
            "stage": "$default",
            "time": "12/Mar/2026:19:03:58 +0000",
            "timeEpoch": 1773342238390,
        },
        "isBase64Encoded": False,
    }


@pytest.mark.parametrize(
    "media_type",
    [
        "application/json",
        "Application/JSON; charset=utf-8",
        "application/xml",
        "application/javascript",
        "text/csv",
    ],
)
def test_body_of_text_type_is_text(media_type):
    built = event("ä".encode(), CONTENT_TYPE=media_type)
    assert (built["body"], built["isBase64Encoded"]) == ("ä", False)


@pytest.mark.parametrize(
    "media_type", ["", "application/x-www-form-urlencoded", "application/graphql", "image/png"]
)
def test_body_of_other_type_is_base64(media_type):
    built = event(b"a=1", CONTENT_TYPE=media_type)
    assert (built["body"], built["isBase64Encoded"]) == ("YT0x", True)


def test_encoded_body_is_base64_whatever_its_type():
    built = event(b"\x1f\x8b", CONTENT_TYPE="application/json", HTTP_CONTENT_ENCODING="gzip")
    assert (built["body"], built["isBase64Encoded"]) == ("H4s=", True)


def test_long_text_with_other_characters_than_ascii_is_base64_because_it_is_shorter():
    for text, is_base64 in (("a" * 300_000, False), ("é" * 100_000, False), ("🦊" + "a" * 300_000, True)):
        built = event(text.encode(), CONTENT_TYPE="application/json")
        assert built["isBase64Encoded"] == is_base64


def test_text_that_is_not_utf_8_is_base64():
    built = event(b"\xff", CONTENT_TYPE="application/json")
    assert (built["body"], built["isBase64Encoded"]) == ("/w==", True)


def test_repeated_query_parameters_are_joined_but_not_in_the_raw_query():
    built = event(QUERY_STRING="a=1&b=&a=%C3%A4+x")
    assert built["rawQueryString"] == "a=1&b=&a=%C3%A4+x"
    assert built["queryStringParameters"] == {"a": "1,ä x", "b": ""}


def test_cookies_are_moved_out_of_the_headers():
    built = event(HTTP_COOKIE="a=1; b=2;")
    assert built["cookies"] == ["a=1", "b=2"]
    assert "cookie" not in built["headers"]


def test_path_is_decoded_as_utf_8():
    assert event(PATH_INFO="/ä".encode().decode("latin-1"))["rawPath"] == "/ä"


def test_forwarded_for_names_a_proxy_before_this_machine():
    assert event(HTTP_X_FORWARDED_FOR="10.0.0.1")["headers"]["x-forwarded-for"] == "10.0.0.1, 127.0.0.1"


requests = st.fixed_dictionaries(
    {
        "CONTENT_TYPE": st.sampled_from(["", "application/json", "text/plain", "image/png"]),
        "HTTP_CONTENT_ENCODING": st.sampled_from(["", "identity", "gzip"]),
        "HTTP_COOKIE": st.text(st.characters(max_codepoint=255)),
        "HTTP_HOST": st.text(st.characters(max_codepoint=255)),
        "PATH_INFO": st.binary().map(lambda path: path.decode("latin-1")),
        "QUERY_STRING": st.text(st.characters(min_codepoint=33, max_codepoint=126)),
    }
)


@given(body=st.binary(), environ=requests)
def test_any_request_becomes_an_event_of_json_with_its_body(body, environ):
    built = event(body, **environ)
    assert body_of(built) == body
    assert json.loads(json.dumps(built)) == built
