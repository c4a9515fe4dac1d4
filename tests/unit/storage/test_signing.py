"""Our signatures are those of botocore."""

from datetime import UTC, datetime
from unittest.mock import patch

import botocore.auth
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import ReadOnlyCredentials
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.dynamodb.quick_client import quick_client
from storage.dynamodb.signing import SigningScope, signed
from tests.examples import examples

NOW = datetime(2026, 1, 31, 23, 59, 59, tzinfo=UTC)
KEYS = ReadOnlyCredentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", None)
TEMPORARY = ReadOnlyCredentials("ASIDEXAMPLE", "another secret", "a token + with / signs ==")
URLS = [
    "https://dynamodb.eu-west-1.amazonaws.com/",
    "https://123456789012.ddb.eu-west-1.amazonaws.com",
    "https://dynamodb.cn-north-1.amazonaws.com.cn:443/",
    "http://127.0.0.1:8000/",
    "http://[::1]:8000/",
    "http://localhost:80/",
]
HEADERS = {"X-Amz-Target": "DynamoDB_20120810.GetItem", "Content-Type": "application/x-amz-json-1.0"}
BODY = '{"TableName": "é"}'.encode()


@pytest.mark.parametrize("url", URLS)
@pytest.mark.parametrize("credentials", [KEYS, TEMPORARY], ids=["a user's", "a role's"])
def test_request_is_signed_as_botocore_signs_it(monkeypatch, url, credentials):
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda: NOW)
    theirs = AWSRequest("POST", url, dict(HEADERS), BODY)

    SigV4Auth(credentials, "dynamodb", "eu-west-1").add_auth(theirs)
    ours = signed(SigningScope(url, "eu-west-1", "dynamodb"), HEADERS, BODY, credentials, NOW)

    assert ours == dict(theirs.headers.items())
    assert HEADERS.keys() == {"X-Amz-Target", "Content-Type"}


HOSTS = st.sampled_from(
    ["localhost", "a-b.example.com", "dynamodb_local", "127.0.0.1", "[::1]", "A.b", "", "é"]
)
PORTS = st.sampled_from(["", ":", ":0", ":80", ":443", ":8000", ":08000", ":65535", ":65536", ":a"])
PATHS = st.lists(
    st.sampled_from(["/", "a", "..", ".", "%2F", "%20", " ", "é", "~", "+", "?b=c", "#d"]), max_size=4
)


@settings(max_examples=examples(300))
@given(st.sampled_from(["http", "https"]), HOSTS, PORTS, PATHS.map("".join))
def test_endpoint_is_signed_as_botocore_signs_it_or_left_to_botocore(scheme, host, port, path):
    url = f"{scheme}://{host}{port}{path}"
    environ = {
        "AWS_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "a secret",
        "AWS_ENDPOINT_URL_DYNAMODB": url,
    }

    with patch("storage.dynamodb.connections.tls_context"):  # it takes long
        client = quick_client(environ, lambda: None)

    if client is None:
        assert path not in {"", "/"} or host in {"A.b", "", "é"} or port in {":", ":0", ":65536", ":a"}
        return
    theirs = AWSRequest("POST", url, dict(HEADERS), BODY)
    with patch.object(botocore.auth, "get_current_datetime", lambda: NOW):
        SigV4Auth(KEYS, "dynamodb", "eu-west-1").add_auth(theirs)
    assert signed(client._calls._scope, HEADERS, BODY, KEYS, NOW) == dict(theirs.headers.items())


def test_signature_differs_by_url_region_secret_and_day():
    def signature(url=URLS[0], region="eu-west-1", credentials=KEYS, now=NOW):
        made = signed(SigningScope(url, region, "dynamodb"), HEADERS, BODY, credentials, now)
        return made["Authorization"].rpartition("=")[2]

    others = [
        signature(),
        signature(url=URLS[1]),
        signature(region="eu-west-2"),
        signature(credentials=ReadOnlyCredentials(KEYS.access_key, "other", None)),
        signature(now=NOW.replace(day=30)),
    ]
    assert len(set(others)) == len(others)
    assert signature() == others[0]
