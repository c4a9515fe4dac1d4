"""Every client of DynamoDB gives the table the same results and the same errors."""

import os
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from botocore.exceptions import ClientError

import wiring
from domain.errors import BadUserInput
from local_server.table import create_table, table_definition, ttl_attribute
from storage.dynamodb.quick_client import QuickClient
from storage.dynamodb.refusals import Refused
from storage.dynamodb.table import Table
from tests.contract import clients

TEMPLATE = Path(__file__).resolve().parents[2] / "template.yaml"
LOCAL = {
    "AWS_REGION": "eu-west-1",
    "AWS_DEFAULT_REGION": "eu-west-1",
    "AWS_ACCESS_KEY_ID": "contract",
    "AWS_SECRET_ACCESS_KEY": "contract",
    "AWS_ENDPOINT_URL_DYNAMODB": "http://127.0.0.1:1",
}


def of_the_switch(endpoint_url: str) -> Any:
    """Return the client of a server that was started with the switch."""
    environ = {**LOCAL, "AWS_ENDPOINT_URL_DYNAMODB": endpoint_url, "FLOW_RUNS_CLIENT": wiring.BOTOCORE}
    with patch.dict(os.environ, environ):
        return wiring.dynamodb_client()


CLIENTS: dict[str, Callable[[Any], Any]] = {
    "of a function": clients.of_a_function,
    "botocore's own": clients.botocores_own,
    "of the switch": of_the_switch,
}
ABSENT = {"ConditionExpression": "attribute_not_exists(pk)"}
PRESENT = {"ConditionExpression": "attribute_exists(pk)"}


@pytest.fixture(scope="module", params=CLIENTS.values(), ids=list(CLIENTS))
def client(request, dynoxide_url):
    client = request.param(dynoxide_url)
    yield client
    client.close()  # botocore leaves its connections open, for a later test to stumble over


@pytest.fixture(scope="module")
def table(client):
    """Return a table on dynoxide: moto responds within a session, where no client of a function gets."""
    name = f"clients-{uuid.uuid4()}"
    create_table(client, table_definition(TEMPLATE, name), ttl_attribute(TEMPLATE))
    yield Table(client, name)
    client.delete_table(TableName=name)


def key(name):
    return {"pk": {"S": name}, "sk": {"S": "item"}}


def test_items_come_back_as_they_were_written(table):
    values = {
        "text": {"S": "é\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16")},
        "number": {"N": "12345678901234567890"},
        "binary": {"B": bytes(range(256))},
        "binaries": {"BS": [b"a"]},
        "list": {"L": [{"M": {"B": {"B": b"x"}, "none": {"NULL": True}}}, {"BOOL": False}]},
    }
    items = [{**key(name), **values} for name in "abc"]
    for item in items:
        table.put(Item=item)

    assert table.get(key("a")) == items[0]
    assert table.get(key("unknown")) is None
    found = table.batch_get([key(name) for name in "abcd"], consistent=True)
    assert sorted(found, key=lambda item: item["pk"]["S"]) == items


def test_query_count_and_scan_agree_page_by_page(table):
    pk = {"S": "pages"}
    for number in range(5):
        table.put(Item={"pk": pk, "sk": {"S": str(number)}})
    query = {"KeyConditionExpression": "pk = :pk", "ExpressionAttributeValues": {":pk": pk}, "Limit": 2}

    pages = list(table.pages(**query))

    assert [item["sk"]["S"] for page in pages for item in page.items] == list("01234")
    assert pages[0].next_key == {"pk": pk, "sk": {"S": "1"}}
    assert table.count(**query) == (2, 2, {"pk": pk, "sk": {"S": "1"}})
    scan = {"FilterExpression": "pk = :pk", "ExpressionAttributeValues": {":pk": pk}, "Limit": 10_000}
    assert len(table.scan(**scan).items) == 5


def test_update_returns_the_item_and_a_refusal_brings_it(table):
    where = key("updated")
    update = {
        "Key": where,
        "UpdateExpression": "SET amount = :one",
        "ExpressionAttributeValues": {":one": {"N": "1"}},
    }

    assert table.update(**update) == {**where, "amount": {"N": "1"}}
    with pytest.raises(Refused) as present:
        table.put(Item=where, **ABSENT)
    with pytest.raises(Refused) as absent:
        table.put(Item=key("other"), **PRESENT)

    assert present.value.items == ({**where, "amount": {"N": "1"}},)
    assert absent.value.items == ({},)


def test_delete_of_an_existing_item_is_true_once(table):
    where = key("deleted")
    table.put(Item=where)

    assert table.delete_existing(Key=where, **PRESENT)
    assert not table.delete_existing(Key=where, **PRESENT)


def test_transaction_is_all_or_nothing_and_names_what_stood_in_the_way(table):
    first, second = key("first"), key("second")
    table.transact([{"Put": {"Item": first, **ABSENT}}])

    with pytest.raises(Refused) as refused:
        table.transact([{"Put": {"Item": second, **ABSENT}}, {"Put": {"Item": first, **ABSENT}}])

    assert refused.value.items == (None, first)
    assert table.get(second) is None


def test_mistake_in_a_call_is_a_client_error_with_its_code(table):
    with pytest.raises(ClientError) as raised:
        table.query(KeyConditionExpression="nonsense")

    assert raised.value.response["Error"]["Code"] == "ValidationException"


def test_switch_chooses_botocores_client(monkeypatch):
    for name, value in LOCAL.items():
        monkeypatch.setenv(name, value)

    monkeypatch.delenv("FLOW_RUNS_CLIENT", raising=False)
    assert type(wiring.dynamodb_client()) is QuickClient

    monkeypatch.setenv("FLOW_RUNS_CLIENT", "botocore")
    chosen = wiring.dynamodb_client()
    assert type(chosen).__module__ == "botocore.client"
    assert chosen.meta.config.retries["total_max_attempts"] == 1


def test_switch_refuses_other_values(monkeypatch):
    monkeypatch.setenv("FLOW_RUNS_CLIENT", "boto3")

    with pytest.raises(BadUserInput, match="FLOW_RUNS_CLIENT must be 'botocore' or not set"):
        wiring.dynamodb_client()
