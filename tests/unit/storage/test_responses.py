"""Answers of DynamoDB read by us must be what botocore would have read."""

import json
from functools import cache
from typing import Any

import pytest
from botocore.awsrequest import HeadersDict
from botocore.exceptions import HTTPClientError
from botocore.parsers import JSONParser
from botocore.session import Session

from storage.dynamodb.responses import read_response

HEADERS = {"x-amzn-RequestId": "AN1TVRK9RU3S", "content-type": "application/x-amz-json-1.0"}
ITEM = {
    "pk": {"S": 'a "B" and é'},
    "n": {"N": "-1.50"},
    "b": {"B": "AAEC/w=="},
    "empty": {"B": ""},
    "none": {"NULL": True},
    "yes": {"BOOL": True},
    "list": {"L": [{"B": "aGk="}, {"M": {"deep": {"B": "aGk="}}}, {"L": []}]},
    # Names that are those of types: their values are objects, which no binary's is.
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
ANSWERS: dict[str, list[dict[str, Any]]] = {
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
CASES = [pytest.param(name, answer, id=name) for name, answers in ANSWERS.items() for answer in answers]


@cache
def output(operation):
    return Session().get_service_model("dynamodb").operation_model(operation).output_shape


def response(body, status=200):
    return {"status_code": status, "headers": HeadersDict(HEADERS), "body": body, "context": {}}


@pytest.mark.parametrize(("operation", "answer"), CASES)
def test_an_answer_is_read_as_botocore_reads_it(operation, answer):
    body = json.dumps(answer).encode()

    ours = read_response(200, HeadersDict(HEADERS), body)

    theirs = JSONParser().parse(response(body), output(operation))
    theirs["ResponseMetadata"].pop("HTTPHeaders")
    assert ours == theirs


def test_an_empty_body_is_an_answer_without_members():
    assert set(read_response(200, {}, b"")) == {"ResponseMetadata"}


@pytest.mark.parametrize("body", [b"<html>a proxy's greeting</html>", b"[]", b"3"])
def test_what_is_no_answer_leaves_open_what_happened(body):
    with pytest.raises(HTTPClientError, match="no response of DynamoDB"):
        read_response(200, {}, body)
