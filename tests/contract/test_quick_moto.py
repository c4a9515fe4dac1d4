"""The quicker moto gives the responses, and leaves the items, that moto alone does."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.contract.conftest import fresh_table, moto

KEY = {"pk": {"S": "p"}, "sk": {"S": "s"}}
OTHER = {"pk": {"S": "p"}, "sk": {"S": "other"}}
ITEM = {
    **KEY,
    "num": {"N": "12.50"},
    "bin": {"B": b"\x00\xff"},
    "truth": {"BOOL": True},
    "void": {"NULL": True},
    "words": {"SS": ["a", "b"]},
    "nums": {"NS": ["1", "2"]},
    "parts": {"L": [{"S": ""}, {"B": b"b"}, {"L": [{"N": "1"}]}, {"M": {"x": {"L": []}}}]},
    "tree": {"M": {"parts": {"L": [{"BOOL": False}]}, "tree": {"M": {}}}},
}


@contextmanager
def table_of(*, quick: bool) -> Iterator[tuple[Any, str]]:
    with moto(quick=quick) as client, fresh_table(client) as table:
        yield table


def without_ids(response: dict[str, Any]) -> dict[str, Any]:
    """Leave out what differs between any two calls."""
    return {name: value for name, value in response.items() if name != "ResponseMetadata"}


def refusal(call: Any, **arguments: Any) -> dict[str, Any]:
    with pytest.raises(ClientError) as refused:
        call(**arguments)
    response: dict[str, Any] = dict(refused.value.response)
    return without_ids(response)


def conversation(client: Any, name: str) -> list[dict[str, Any]]:
    """Make calls of each kind, and return the responses."""
    told = [
        client.put_item(TableName=name, Item=ITEM),
        client.get_item(TableName=name, Key=KEY),
        client.update_item(
            TableName=name,
            Key=KEY,
            UpdateExpression="SET #parts = list_append(#parts, :more), num = num + :one REMOVE words",
            ExpressionAttributeNames={"#parts": "parts"},
            ExpressionAttributeValues={":more": {"L": [{"B": b"m"}]}, ":one": {"N": "1"}},
            ReturnValues="ALL_NEW",
            ReturnConsumedCapacity="TOTAL",
        ),
        client.query(
            TableName=name,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :s)",
            ExpressionAttributeValues={":pk": {"S": "p"}, ":s": {"S": "s"}},
        ),
        client.batch_get_item(RequestItems={name: {"Keys": [KEY, OTHER]}}),
        client.scan(TableName=name, Limit=1),
        client.describe_table(TableName=name)["Table"]["KeySchema"][0],
    ]
    refused = refusal(
        client.update_item,
        TableName=name,
        Key=KEY,
        UpdateExpression="SET truth = :no",
        ConditionExpression="attribute_not_exists(pk)",
        ExpressionAttributeValues={":no": {"BOOL": False}},
        ReturnValuesOnConditionCheckFailure="ALL_OLD",
    )
    return [*map(without_ids, told), refused, refusal(client.get_item, TableName="none", Key=KEY)]


def test_responses_are_those_of_moto_alone():
    said = []
    for quick in (True, False):
        with table_of(quick=quick) as (client, name):
            said.append([repr(response).replace(name, "table") for response in conversation(client, name)])

    assert said[0] == said[1]
    assert "12.50" in said[0][1]


@pytest.mark.parametrize("quick", [True, False])
def test_a_transaction_that_fails_changes_nothing(quick):
    added = {"pk": {"S": "new"}, "sk": {"S": "s"}}
    with table_of(quick=quick) as (client, name):
        client.put_item(TableName=name, Item=ITEM)
        client.put_item(TableName=name, Item=OTHER)
        before = client.scan(TableName=name)["Items"]
        actions = [
            {
                "Update": {
                    "TableName": name,
                    "Key": KEY,
                    "UpdateExpression": "SET tree.parts[0] = :x, num = :x REMOVE bin",
                    "ExpressionAttributeValues": {":x": {"N": "7"}},
                }
            },
            {"Delete": {"TableName": name, "Key": OTHER}},
            {"Put": {"TableName": name, "Item": added}},
            {
                "ConditionCheck": {
                    "TableName": name,
                    "Key": {"pk": {"S": "none"}, "sk": {"S": "s"}},
                    "ConditionExpression": "attribute_exists(pk)",
                }
            },
        ]

        refused = refusal(client.transact_write_items, TransactItems=actions)

        assert [reason["Code"] for reason in refused["CancellationReasons"]] == [
            *["None"] * 3,
            "ConditionalCheckFailed",
        ]
        assert client.scan(TableName=name)["Items"] == before
        client.transact_write_items(TransactItems=actions[:3])
        found = {item["sk"]["S"]: item for item in client.scan(TableName=name)["Items"]}
        assert set(found) == {"s"}
