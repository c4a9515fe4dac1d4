"""Calls of items send what botocore would send, and end as its calls would."""

import json
from types import SimpleNamespace
from typing import Any
from zlib import crc32

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ChecksumError, ClientError, NoCredentialsError
from botocore.session import Session

from storage.dynamodb.session_client import session_client

KEY = {"pk": {"S": "a"}, "sk": {"B": b"\0\xff"}}
CALLS: dict[str, dict[str, Any]] = {
    "get_item": {"TableName": "t", "Key": KEY, "ConsistentRead": True},
    "batch_get_item": {"RequestItems": {"t": {"Keys": [KEY], "ConsistentRead": False}}},
    "query": {
        "TableName": "t",
        "KeyConditionExpression": "pk = :pk",
        "ExpressionAttributeValues": {":pk": {"S": "é"}},
        "Limit": 5,
        "ExclusiveStartKey": KEY,
    },
    "put_item": {"TableName": "t", "Item": {**KEY, "l": {"L": [{"M": {"b": {"B": b""}}}, {"BOOL": True}]}}},
    "update_item": {"TableName": "t", "Key": KEY, "UpdateExpression": "SET a = :a"},
    "delete_item": {"TableName": "t", "Key": KEY, "ReturnValues": "ALL_OLD"},
    "transact_write_items": {
        "TransactItems": [{"Put": {"TableName": "t", "Item": KEY}}],
        "ClientRequestToken": "x",
    },
}

REGIONS = ["us-east-1", "eu-west-1", "cn-north-1", "us-gov-west-1", "eu-isoe-west-1", "xx-new-7"]


class Network:
    """Responds in place of DynamoDB, and records the requests."""

    def __init__(self, client, status=200, body=b"{}", headers=None):
        self.sent = []
        self._response = status, body, headers or {}
        client.meta.events.register("before-send.dynamodb", self._give)

    def _give(self, request, **_):
        self.sent.append(request)
        status, body, headers = self._response
        raw: Any = SimpleNamespace(stream=lambda: [body])
        return AWSResponse(request.url, status, HTTPHeaders.from_dict(headers), raw)


class Rotating(Credentials):
    """The credentials of a role, which change with each call."""

    def get_frozen_credentials(self):
        self.access_key += "+"
        return super().get_frozen_credentials()


def text(value):
    return value.decode() if isinstance(value, bytes) else value


@pytest.fixture(autouse=True)
def account(monkeypatch):
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_DYNAMODB"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")


@pytest.fixture
def client():
    return session_client(region_name="eu-west-1")


@pytest.mark.parametrize("operation", CALLS)
def test_call_sends_what_botocore_would_send(client, operation):
    other = boto3.client("dynamodb", region_name="eu-west-1")
    networks = [Network(one) for one in (client, other)]

    for one in (client, other):
        getattr(one, operation)(**CALLS[operation])

    (ours,), (theirs,) = (network.sent for network in networks)
    assert json.loads(ours.body) == json.loads(theirs.body)
    assert ours.url == theirs.url
    for name in ("X-Amz-Target", "Content-Type"):
        assert text(ours.headers[name]) == text(theirs.headers[name])
    assert ours.headers["User-Agent"] == "flow-runs"


@pytest.mark.parametrize("region", REGIONS)
def test_call_goes_to_the_endpoint_and_has_the_scope_of_botocore(region):
    found = []
    for one in (session_client(region_name=region), boto3.client("dynamodb", region_name=region)):
        network = Network(one)
        one.get_item(**CALLS["get_item"])
        (request,) = network.sent
        scope = text(request.headers["Authorization"]).partition(",")[0].split("/")[2:]
        found.append((request.url.rstrip("/"), scope))

    assert found[0] == found[1]
    assert found[0][1] == [region, "dynamodb", "aws4_request"]


def test_call_is_signed_with_the_credentials_of_the_moment(monkeypatch):
    session = Session()
    monkeypatch.setattr(session, "_credentials", Rotating("AKID", "secret", "token"))
    client = session_client(session, region_name="eu-west-1")
    network = Network(client)

    for _ in range(2):
        client.get_item(**CALLS["get_item"])

    found = [request.headers["Authorization"] for request in network.sent]
    assert [header.split("/")[0] for header in found] == [
        "AWS4-HMAC-SHA256 Credential=AKID+",
        "AWS4-HMAC-SHA256 Credential=AKID++",
    ]
    assert all("/eu-west-1/dynamodb/aws4_request" in header for header in found)
    assert {request.headers["X-Amz-Security-Token"] for request in network.sent} == {"token"}


def test_call_without_credentials_is_not_sent():
    session = Session()
    session.register_component(
        "credential_provider", type("None", (), {"load_credentials": lambda _: None})()
    )
    client = session_client(session, region_name="eu-west-1")
    network = Network(client)

    with pytest.raises(NoCredentialsError):
        client.get_item(**CALLS["get_item"])

    assert network.sent == []


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (400, b'{"__type": "com.amazonaws#ValidationException", "message": "no"}', "ValidationException"),
        (
            400,
            b'{"__type": "x#ConditionalCheckFailedException:http://x/", "Item": {"b": {"B": "AA=="}}}',
            "ConditionalCheckFailedException",
        ),
        (
            400,
            b'{"__type": "TransactionCanceledException", "CancellationReasons": [{"Item": {"b": {}}}]}',
            "TransactionCanceledException",
        ),
        (500, b"<html>Internal Server Error</html>", "500"),
        (503, b"", "503"),
    ],
)
def test_error_is_the_one_that_botocore_would_raise(client, status, body, code):
    errors = []
    for one in (client, boto3_without_retries()):
        Network(one, status, body, {"x-amzn-requestid": "R"})
        with pytest.raises(ClientError) as raised:
            one.query(**CALLS["query"])
        errors.append(raised.value)

    ours, theirs = errors
    assert ours.response["Error"]["Code"] == code
    assert isinstance(ours, ClientError)
    assert ours.operation_name == theirs.operation_name
    assert ours.response.get("Item") == theirs.response.get("Item")
    assert ours.response.get("CancellationReasons") == theirs.response.get("CancellationReasons")
    assert ours.response["ResponseMetadata"]["HTTPStatusCode"] == status
    assert ours.response["ResponseMetadata"]["RequestId"] == "R"


def boto3_without_retries():
    config = Config(retries={"total_max_attempts": 1})
    return boto3.client("dynamodb", region_name="eu-west-1", config=config)


def test_response_with_a_wrong_checksum_is_a_checksum_error(client):
    Network(client, body=b"{}", headers={"x-amz-crc32": str(crc32(b"{ }"))})

    with pytest.raises(ChecksumError):
        client.get_item(**CALLS["get_item"])


def test_other_operations_are_botocores_own(client):
    Network(client, body=b'{"Table": {"TableName": "t", "CreationDateTime": 1769846400.5}}')

    assert client.describe_table(TableName="t")["Table"]["CreationDateTime"].year == 2026


def test_error_that_is_no_object_has_its_status_as_code(client):
    Network(client, 502, b'"text"')

    with pytest.raises(ClientError) as raised:
        client.get_item(**CALLS["get_item"])

    assert raised.value.response["Error"] == {"Code": "502", "Message": ""}
