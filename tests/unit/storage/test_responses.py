"""Responses of DynamoDB are read as botocore would read them."""

import json
from functools import cache
from typing import Any
from zlib import crc32

import pytest
from botocore.awsrequest import HeadersDict
from botocore.exceptions import HTTPClientError
from botocore.parsers import JSONParser
from botocore.session import Session

from storage.dynamodb.responses import read_response

HEADERS = {"x-amzn-RequestId": "AN1TVRK9RU3S", "content-type": "application/x-amz-json-1.0"}


def headers(body):
    return HeadersDict({**HEADERS, "x-amz-crc32": str(crc32(body))})


ITEM = {
    "pk": {"S": 'a "B" and é'},
    "n": {"N": "-1.50"},
    "b": {"B": "AAEC/w=="},
    "empty": {"B": ""},
    "none": {"NULL": True},
    "yes": {"BOOL": True},
    "list": {"L": [{"B": "aGk="}, {"M": {"deep": {"B": "aGk="}}}, {"L": []}]},
    # Attributes with the names of types: their values are objects, those of binaries are text.
    "B": {"S": "named B"},
    "map": {"M": {"B": {"S": "aGk="}}},
    "other": {"M": {"BS": {"L": [{"S": "aGk="}]}}},
    "sets": {"M": {"ss": {"SS": ["a"]}, "ns": {"NS": ["1"]}, "bs": {"BS": ["aGk=", "AA=="]}}},
}
CONSUMED = {
    "TableName": "t",
    "CapacityUnits": 1.5,
    "Table": {"CapacityUnits": 1.0},
    "GlobalSecondaryIndexes": {"by_tenant": {"CapacityUnits": 0.5}},
}
RESPONSES: dict[str, list[dict[str, Any]]] = {
    "GetItem": [{}, {"Item": ITEM, "ConsumedCapacity": CONSUMED}],
    "BatchGetItem": [
        {"Responses": {"t": [ITEM, ITEM]}, "UnprocessedKeys": {}, "ConsumedCapacity": [CONSUMED]},
        {
            "Responses": {},
            "UnprocessedKeys": {"t": {"Keys": [{"pk": {"B": "aGk="}}], "ConsistentRead": True}},
        },
    ],
    "Query": [
        {"Items": [ITEM], "Count": 1, "ScannedCount": 1, "LastEvaluatedKey": {"pk": {"S": "a"}}},
        {"Items": [], "Count": 0, "ScannedCount": 0, "LastEvaluatedKey": None},
    ],
    "PutItem": [{}, {"ConsumedCapacity": CONSUMED}],
    "UpdateItem": [{"Attributes": ITEM}],
    "DeleteItem": [{"Attributes": ITEM}],
    "TransactWriteItems": [{"ConsumedCapacity": [CONSUMED]}],
}
CASES = [pytest.param(name, body, id=name) for name, bodies in RESPONSES.items() for body in bodies]


@cache
def output(operation):
    return Session().get_service_model("dynamodb").operation_model(operation).output_shape


def response(body, status=200):
    return {"status_code": status, "headers": HeadersDict(HEADERS), "body": body, "context": {}}


@pytest.mark.parametrize(("operation", "members"), CASES)
def test_response_is_read_as_botocore_reads_it(operation, members):
    body = json.dumps(members).encode()

    ours = read_response(200, headers(body), body)

    theirs = JSONParser().parse(response(body), output(operation))
    theirs["ResponseMetadata"].pop("HTTPHeaders")
    assert ours == theirs


@pytest.mark.parametrize("body", [b"", b"<html>a proxy's greeting</html>", b"[]", b"3"])
def test_body_that_is_no_response_is_an_http_client_error(body):
    with pytest.raises(HTTPClientError, match="no response of DynamoDB"):
        read_response(200, headers(body), body)


def test_success_without_a_checksum_is_an_http_client_error():
    with pytest.raises(HTTPClientError, match="it has no checksum"):
        read_response(200, {}, b"{}")


@pytest.mark.parametrize("status", [101, 201, 204, 206, 302, 304, 407])
def test_status_that_dynamodb_does_not_use_is_an_http_client_error(status):
    with pytest.raises(HTTPClientError, match=f"it has the status {status}"):
        read_response(status, headers(b"{}"), b"{}")


def test_error_of_a_server_is_one_without_a_checksum_and_without_json():
    assert read_response(502, {}, b"<html>")["Error"] == {"Code": "502", "Message": ""}
