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


def test_the_table_of_the_template_can_be_made(client):
    definition = table_definition(TEMPLATE)
    create_table(client, definition, ttl_attribute(TEMPLATE))
    table = client.describe_table(TableName="flow-runs")["Table"]
    assert {key["AttributeName"] for key in table["KeySchema"]} == {"pk", "sk"}
    assert {index["IndexName"] for index in table["GlobalSecondaryIndexes"]} == {
        "by_tenant",
        "by_flow",
        "by_status",
        "planned",
    }
    assert client.describe_time_to_live(TableName="flow-runs")["TimeToLiveDescription"] == {
        "AttributeName": "expires",
        "TimeToLiveStatus": "ENABLED",
    }


def test_only_what_decides_how_requests_behave_is_taken_and_references_are_resolved(small):
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


def test_a_template_may_leave_expiry_out(small, client):
    assert ttl_attribute(small) is None
    create_table(client, table_definition(small), None)
    state = client.describe_time_to_live(TableName="flow-runs")["TimeToLiveDescription"]
    assert state["TimeToLiveStatus"] == "DISABLED"


def test_making_the_table_again_changes_nothing_and_keeps_its_items(client):
    definition = table_definition(TEMPLATE)
    create_table(client, definition, "expires")
    client.put_item(TableName="flow-runs", Item={"pk": {"S": "a"}, "sk": {"S": "b"}})
    create_table(client, definition, "expires")
    assert client.scan(TableName="flow-runs")["Count"] == 1


def test_a_start_that_was_killed_before_it_switched_expiry_on_is_mended(client):
    definition = table_definition(TEMPLATE)
    create_table(client, definition, None)
    create_table(client, definition, "expires")
    state = client.describe_time_to_live(TableName="flow-runs")["TimeToLiveDescription"]
    assert state["TimeToLiveStatus"] == "ENABLED"


def earlier(definition):
    """The definition of a template that had two indexes less."""
    *known, _, _ = definition["GlobalSecondaryIndexes"]
    named = {part["AttributeName"] for each in (definition, *known) for part in each["KeySchema"]}
    attributes = [each for each in definition["AttributeDefinitions"] if each["AttributeName"] in named]
    return {**definition, "GlobalSecondaryIndexes": known, "AttributeDefinitions": attributes}


def test_each_index_that_is_added_is_waited_for(client, monkeypatch):
    definition = table_definition(TEMPLATE)
    create_table(client, earlier(definition), None)
    calls = []

    def noted(name, *, unready):
        """Let a call say that the newest index is not ready, as DynamoDB does for minutes."""
        send = getattr(client, name)

        def call(**arguments):
            calls.append(name)
            answer = send(**arguments)
            if unready:
                answer["TableDescription"]["GlobalSecondaryIndexes"][-1]["IndexStatus"] = "CREATING"
            return answer

        monkeypatch.setattr(client, name, call)

    noted("update_table", unready=True)
    noted("describe_table", unready=False)
    create_table(client, definition, None)

    assert calls == ["describe_table", *["update_table", "describe_table"] * 2]


def test_a_table_of_an_earlier_template_gets_the_indexes_that_it_lacks(client):
    definition = table_definition(TEMPLATE)
    create_table(client, earlier(definition), None)
    client.put_item(TableName="flow-runs", Item={"pk": {"S": "a"}, "sk": {"S": "b"}})

    create_table(client, definition, "expires")

    table = client.describe_table(TableName="flow-runs")["Table"]
    indexes = {each["IndexName"]: each["KeySchema"] for each in table["GlobalSecondaryIndexes"]}
    assert indexes == {each["IndexName"]: each["KeySchema"] for each in definition["GlobalSecondaryIndexes"]}
    assert client.scan(TableName="flow-runs")["Count"] == 1


def test_a_table_with_other_keys_is_refused(small, client):
    create_table(client, table_definition(small), None)
    with pytest.raises(TableError, match="other keys or indexes"):
        create_table(client, table_definition(TEMPLATE), None)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Resources: {}", "exactly one AWS::DynamoDB::Table, not 0"),
        (SMALL.replace("AWS::Serverless::Function", "AWS::DynamoDB::Table"), "not 2"),
        ("a: b: c", "not valid YAML"),
        ("", "not 0"),
    ],
    ids=["no table", "two tables", "no YAML", "empty"],
)
def test_a_template_without_one_table_is_refused_by_name(tmp_path, text, message):
    path = tmp_path / "template.yaml"
    path.write_text(text)
    with pytest.raises(TableError, match=message) as caught:
        table_definition(path)
    assert str(path) in str(caught.value)


def test_a_missing_template_is_refused_by_name(tmp_path):
    with pytest.raises(TableError, match="cannot be read: No such file"):
        table_definition(tmp_path / "template.yaml")
