from pathlib import Path

import boto3
import pytest
from moto import mock_aws

from local_server.table import TableError, create_table, table_definition, ttl_attribute

TEMPLATE = Path(__file__).parents[3] / "template.yaml"

SMALL = """
Parameters:
  Hash: { Type: String, Default: pk }
Resources:
  Function:
    Type: AWS::Serverless::Function
    Properties: { Handler: !Sub "${Hash}.x", Role: !GetAtt Role.Arn, Name: !If [A, !Ref B, !Join ["", [a]]] }
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: !Sub ${AWS::StackName}-runs
      BillingMode: PAY_PER_REQUEST
      DeletionProtectionEnabled: true
      AttributeDefinitions:
        - { AttributeName: !Ref Hash, AttributeType: S }
        - { AttributeName: !Sub "${Hash}2", AttributeType: S }
      KeySchema: [{ AttributeName: !Ref Hash, KeyType: HASH }]
      GlobalSecondaryIndexes:
        - IndexName: other
          ContributorInsightsSpecification: { Enabled: true }
          KeySchema: [{ AttributeName: !Sub "${Hash}2", KeyType: HASH }]
          Projection: { ProjectionType: KEYS_ONLY }
"""


@pytest.fixture
def small(tmp_path):
    path = tmp_path / "template.yaml"
    path.write_text(SMALL)
    return path


@pytest.fixture
def client():
    with mock_aws():
        yield boto3.client("dynamodb", region_name="us-east-1")


def test_table_of_the_template_can_be_created(client):
    definition = table_definition(TEMPLATE)
    create_table(client, definition, ttl_attribute(TEMPLATE))
    table = client.describe_table(TableName="flow-runs")["Table"]
    assert {key["AttributeName"] for key in table["KeySchema"]} == {"pk", "sk"}
    assert {index["IndexName"] for index in table["GlobalSecondaryIndexes"]} == {
        "by_tenant",
        "by_flow",
        "by_status",
        "planned",
        "by_name",
        "ended_late",
    }
    assert client.describe_time_to_live(TableName="flow-runs")["TimeToLiveDescription"] == {
        "AttributeName": "expires",
        "TimeToLiveStatus": "ENABLED",
    }


def test_definition_has_resolved_references_and_only_arguments_for_requests(small):
    assert table_definition(small, "mine") == {
        "TableName": "mine",
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "pk2", "AttributeType": "S"},
        ],
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        "GlobalSecondaryIndexes": [
            {
                "IndexName": "other",
                "KeySchema": [{"AttributeName": "pk2", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
        ],
    }


def test_template_without_expiry_makes_a_table_without_it(small, client):
    assert ttl_attribute(small) is None
    create_table(client, table_definition(small), None)
    state = client.describe_time_to_live(TableName="flow-runs")["TimeToLiveDescription"]
    assert state["TimeToLiveStatus"] == "DISABLED"


def test_create_table_again_keeps_its_items(client):
    definition = table_definition(TEMPLATE)
    create_table(client, definition, "expires")
    client.put_item(TableName="flow-runs", Item={"pk": {"S": "a"}, "sk": {"S": "b"}})
    create_table(client, definition, "expires")
    assert client.scan(TableName="flow-runs")["Count"] == 1


def test_expiry_that_an_interrupted_start_left_off_is_switched_on(client):
    definition = table_definition(TEMPLATE)
    create_table(client, definition, None)
    create_table(client, definition, "expires")
    state = client.describe_time_to_live(TableName="flow-runs")["TimeToLiveDescription"]
    assert state["TimeToLiveStatus"] == "ENABLED"


def earlier(definition):
    """Return the definition of an earlier template, without the last two indexes."""
    *known, _, _ = definition["GlobalSecondaryIndexes"]
    named = {part["AttributeName"] for keyed in (definition, *known) for part in keyed["KeySchema"]}
    attributes = [part for part in definition["AttributeDefinitions"] if part["AttributeName"] in named]
    return {**definition, "GlobalSecondaryIndexes": known, "AttributeDefinitions": attributes}


def test_create_table_waits_for_each_added_index(client, monkeypatch):
    definition = table_definition(TEMPLATE)
    create_table(client, earlier(definition), None)
    calls = []

    def record_calls(name, *, unready):
        """Record the calls; if `unready`, report the newest index as DynamoDB does for minutes."""
        send = getattr(client, name)

        def call(**arguments):
            calls.append(name)
            response = send(**arguments)
            if unready:
                response["TableDescription"]["GlobalSecondaryIndexes"][-1]["IndexStatus"] = "CREATING"
            return response

        monkeypatch.setattr(client, name, call)

    record_calls("update_table", unready=True)
    record_calls("describe_table", unready=False)
    create_table(client, definition, None)

    assert calls == ["describe_table", *["update_table", "describe_table"] * 2]


def test_table_of_an_earlier_template_gets_its_missing_indexes(client):
    definition = table_definition(TEMPLATE)
    create_table(client, earlier(definition), None)
    client.put_item(TableName="flow-runs", Item={"pk": {"S": "a"}, "sk": {"S": "b"}})

    create_table(client, definition, "expires")

    table = client.describe_table(TableName="flow-runs")["Table"]
    indexes = {index["IndexName"]: index["KeySchema"] for index in table["GlobalSecondaryIndexes"]}
    assert indexes == {
        index["IndexName"]: index["KeySchema"] for index in definition["GlobalSecondaryIndexes"]
    }
    assert client.scan(TableName="flow-runs")["Count"] == 1


def test_table_with_other_keys_is_refused(small, client):
    create_table(client, table_definition(small), None)
    with pytest.raises(TableError, match="other keys or indexes"):
        create_table(client, table_definition(TEMPLATE), None)
