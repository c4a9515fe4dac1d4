"""Our signatures must be those that botocore would have made."""

from datetime import UTC, datetime

import botocore.auth
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest, AWSResponse
from botocore.credentials import Credentials, ReadOnlyCredentials
from botocore.exceptions import NoCredentialsError
from botocore.session import Session

from storage.client import make_client
from storage.signing import add_signature

NOW = datetime(2026, 1, 31, 23, 59, 59, tzinfo=UTC)
KEYS = ReadOnlyCredentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", None)
TEMPORARY = ReadOnlyCredentials("ASIDEXAMPLE", "another secret", "a token + with / signs ==")
URLS = [
    "https://dynamodb.eu-west-1.amazonaws.com/",
    "https://123456789012.ddb.eu-west-1.amazonaws.com",
    "https://dynamodb.cn-north-1.amazonaws.com.cn:443/",
    "http://127.0.0.1:8000/",
    "http://[::1]:8000/",
    "http://localhost:80/behind/a proxy/",
]


def request(url):
    headers = {
        "X-Amz-Target": "DynamoDB_20120810.GetItem",
        "Content-Type": "application/x-amz-json-1.0",
        "User-Agent": "flow-runs",
    }
    return AWSRequest("POST", url, headers, '{"TableName": "é"}'.encode())


@pytest.mark.parametrize("url", URLS)
@pytest.mark.parametrize("credentials", [KEYS, TEMPORARY], ids=["a user's", "a role's"])
def test_a_request_is_signed_as_botocore_signs_it(monkeypatch, url, credentials):
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda: NOW)
    ours, theirs = request(url), request(url)

    SigV4Auth(credentials, "dynamodb", "eu-west-1").add_auth(theirs)
    add_signature(ours, credentials, "eu-west-1", "dynamodb", NOW)

    assert dict(ours.headers.items()) == dict(theirs.headers.items())


def test_what_is_signed_again_has_one_signature():
    one = request(URLS[0])

    for credentials in (TEMPORARY, KEYS):
        add_signature(one, credentials, "eu-west-1", "dynamodb", NOW)

    assert one.headers.get_all("Authorization") == [one.headers["Authorization"]]
    assert one.headers.get_all("X-Amz-Date") == ["20260131T235959Z"]
    assert "X-Amz-Security-Token" not in one.headers
    assert "AKIDEXAMPLE" in one.headers["Authorization"]


class Rotating(Credentials):
    """Those of a role, which are others after a while."""

    def get_frozen_credentials(self):
        self.access_key += "+"
        return super().get_frozen_credentials()


class Network:
    """Answers in place of DynamoDB, and keeps what it was sent."""

    def __init__(self, client):
        self.sent = []
        client.meta.events.register("before-send.dynamodb", self._answer)

    def _answer(self, request, **_):
        self.sent.append(request)
        answer = AWSResponse(request.url, 200, {}, None)
        answer._content = b"{}"
        return answer


@pytest.fixture
def session(monkeypatch):
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_DYNAMODB", "AWS_ACCESS_KEY_ID"):
        monkeypatch.delenv(name, raising=False)
    return Session()


def test_every_call_is_signed_with_the_credentials_of_that_moment_and_by_nobody_else(monkeypatch, session):
    session._credentials = Rotating("AKID", "secret")
    client = make_client(session, region_name="eu-west-1")
    network = Network(client)
    signed_by_botocore = []
    monkeypatch.setattr(SigV4Auth, "add_auth", lambda *_: signed_by_botocore.append(1))

    for _ in range(2):
        client.get_item(TableName="t", Key={"pk": {"S": "a"}})

    found = [each.headers["Authorization"].decode() for each in network.sent]
    assert [text.split("/")[0] for text in found] == [
        "AWS4-HMAC-SHA256 Credential=AKID+",
        "AWS4-HMAC-SHA256 Credential=AKID++",
    ]
    assert all("/eu-west-1/dynamodb/aws4_request" in text for text in found)
    assert signed_by_botocore == []


def test_without_credentials_nothing_is_sent(session):
    session.register_component(
        "credential_provider", type("None", (), {"load_credentials": lambda _: None})()
    )
    client = make_client(session, region_name="eu-west-1")
    network = Network(client)

    with pytest.raises(NoCredentialsError):
        client.get_item(TableName="t", Key={"pk": {"S": "a"}})

    assert network.sent == []
