"""Answers of DynamoDB read by us must be what botocore would have read."""

import json
from functools import cache

import pytest
from botocore.awsrequest import HeadersDict
from botocore.parsers import JSONParser
from botocore.session import Session

from storage.answers import AnswerParser, AnswerParsers

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
ANSWERS = {
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


class Unused:
    def parse(self, *_):
        raise AssertionError("botocore's parser was asked")


@pytest.mark.parametrize(("operation", "answer"), CASES)
def test_an_answer_is_read_as_botocore_reads_it_without_its_walk_over_the_model(operation, answer):
    given = response(json.dumps(answer).encode())

    ours = AnswerParser(Unused()).parse(given, output(operation))

    theirs = JSONParser().parse(given, output(operation))
    theirs["ResponseMetadata"].pop("HTTPHeaders")
    assert ours == theirs


def test_an_empty_body_is_an_answer_without_members():
    assert set(AnswerParser(Unused()).parse(response(b""), output("PutItem"))) == {"ResponseMetadata"}


@pytest.mark.parametrize(
    ("operation", "status", "body"),
    [
        ("GetItem", 400, b'{"__type": "com.amazonaws#ValidationException", "message": "no"}'),
        ("TransactWriteItems", 400, b'{"__type": "x#TransactionCanceledException", "message": "no"}'),
        ("Query", 500, b"<html>Internal Server Error</html>"),
        ("Query", 200, b"<html>a proxy's greeting</html>"),
        ("DescribeTable", 200, b'{"Table": {"TableName": "t", "CreationDateTime": 1769846400.5}}'),
    ],
)
def test_errors_and_other_operations_are_left_to_botocore(operation, status, body):
    given = response(body, status)

    found = AnswerParsers().create_parser("json").parse(given, output(operation))

    assert found == JSONParser().parse(given, output(operation))


def test_another_protocol_gets_the_parser_of_botocore():
    assert not isinstance(AnswerParsers().create_parser("rest-xml"), AnswerParser)
