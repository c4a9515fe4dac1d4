"""Calls of items send what botocore would send, and end as its calls would."""

import json
from http.client import HTTPMessage
from types import SimpleNamespace
from typing import Any, cast
from zlib import crc32

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.config import Config
from botocore.exceptions import ChecksumError, ClientError, HTTPClientError

from storage.dynamodb.connections import Connections, Response
from storage.dynamodb.item_calls import ITEM_OPERATIONS, ItemCalls
from storage.dynamodb.quick_client import StaticCredentials
from storage.dynamodb.signing import SigningScope

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
# What a response to the call needs.
RESPONSES = {"query": b'{"Items": [], "Count": 0}', "batch_get_item": b'{"Responses": {}}'}
URL = "https://dynamodb.eu-west-1.amazonaws.com/"


class Network:
    """Responds in place of DynamoDB to both clients, and records the requests."""

    def __init__(self, status=200, body=b"{}", headers=None):
        self.sent = []
        self.status, self.body = status, body
        self.headers = {"x-amz-crc32": str(crc32(body))} if headers is None else headers

    def call(self, operation, arguments):
        """Make a call of ours."""
        credentials = StaticCredentials("testing", "testing", "a token")
        connections = cast("Connections", self)
        calls = ItemCalls(SigningScope(URL, "eu-west-1", "dynamodb"), credentials, connections)
        return calls.call(ITEM_OPERATIONS[operation], arguments)

    def call_theirs(self, operation, arguments):
        """Make a call of botocore's client."""
        client = boto3.client(
            "dynamodb",
            region_name="eu-west-1",
            aws_access_key_id="testing",
            aws_secret_access_key="testing",
            aws_session_token="a token",
            config=Config(retries={"total_max_attempts": 1}),
        )
        client.meta.events.register("before-send.dynamodb", self._give)
        return getattr(client, operation)(**arguments)

    def post(self, headers, body):
        self.sent.append(SimpleNamespace(url=URL, headers=dict(headers), body=body))
        message = HTTPMessage()
        for name, value in self.headers.items():
            message[name] = value
        return Response(self.status, message, self.body)

    def _give(self, request, **_):
        self.sent.append(request)
        raw: Any = SimpleNamespace(stream=lambda: [self.body])
        return AWSResponse(request.url, self.status, HTTPHeaders.from_dict(self.headers), raw)


def text(value):
    return value.decode() if isinstance(value, bytes) else value


@pytest.mark.parametrize("operation", CALLS)
def test_call_sends_what_botocore_would_send(operation):
    network = Network(body=RESPONSES.get(operation, b"{}"))

    network.call(operation, CALLS[operation])
    network.call_theirs(operation, CALLS[operation])

    ours, theirs = network.sent
    assert json.loads(ours.body) == json.loads(theirs.body)
    assert ours.url == theirs.url
    for name in ("X-Amz-Target", "Content-Type", "X-Amz-Security-Token"):
        assert text(ours.headers[name]) == text(theirs.headers[name])
    scopes = [text(sent.headers["Authorization"]).partition(",")[0].split("/")[2:] for sent in network.sent]
    assert scopes == [["eu-west-1", "dynamodb", "aws4_request"]] * 2
    assert ours.headers["User-Agent"] == "flow-runs"


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
        (502, b'"text"', "502"),
    ],
)
def test_error_is_the_one_that_botocore_would_raise(status, body, code):
    network = Network(status, body, {"x-amzn-requestid": "R"})

    with pytest.raises(ClientError) as ours:
        network.call("query", CALLS["query"])
    if body == b'"text"':  # botocore stumbles over it
        assert ours.value.response["Error"] == {"Code": "502", "Message": ""}
        return
    with pytest.raises(ClientError) as theirs:
        network.call_theirs("query", CALLS["query"])

    assert ours.value.response["Error"]["Code"] == code
    assert ours.value.operation_name == theirs.value.operation_name
    assert ours.value.response.get("Item") == theirs.value.response.get("Item")
    reasons = [raised.value.response.get("CancellationReasons") for raised in (ours, theirs)]
    assert reasons[0] == reasons[1]
    assert ours.value.response["ResponseMetadata"]["HTTPStatusCode"] == status
    assert ours.value.response["ResponseMetadata"]["RequestId"] == "R"


def test_response_with_a_wrong_checksum_is_a_checksum_error():
    with pytest.raises(ChecksumError):
        Network(headers={"x-amz-crc32": str(crc32(b"{ }"))}).call("get_item", CALLS["get_item"])


def test_refusal_that_is_not_dynamodbs_is_no_client_error():
    with pytest.raises(HTTPClientError, match="it has the status 403"):
        Network(403, b'{"message": "Forbidden"}').call("put_item", CALLS["put_item"])
