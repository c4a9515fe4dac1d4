"""The functions on a table with data of another release."""

from datetime import timedelta

import boto3
import pytest

from domain.errors import ApiError
from domain.formats import CURRENT, OVERLAP, DataTooNew, Format
from handlers import event_bridge, http_api, recovery
from local_server.lambda_context import LambdaContext
from tests.contract.data_files import data_file
from tests.handlers.aws import TABLE, aws_account, event_file
from tests.handlers.events import graphql_event
from tests.handlers.invocation import invocation


@pytest.fixture
def account(monkeypatch):
    """Return an account whose table has no record of the format, as earlier releases leave it."""
    with aws_account(monkeypatch) as account:
        record = {"pk": {"S": f"{account.settings.tenant_id}#format"}, "sk": {"S": "format"}}
        boto3.client("dynamodb").delete_item(TableName=TABLE, Key=record)
        yield account


def deliver():
    return recovery.handler(event_file("recovery"), LambdaContext(aws_request_id="a tick", timeout=60.0))


def test_ticks_migrate_older_data(account, caplog):
    data_file("7f6669b").put_into(boto3.client("dynamodb"), TABLE, is_current=False)

    deliver()
    assert not account.formats.read().is_current
    account.later += OVERLAP + timedelta(seconds=1)
    deliver()

    assert account.formats.read().is_current
    done = [record for record in caplog.records if record.message == "migration"][-1]
    assert (done.form, done.target) == (CURRENT, CURRENT)


def test_item_that_cannot_be_migrated_is_logged(account, caplog):
    client = boto3.client("dynamodb")
    data_file("7f6669b").put_into(client, TABLE, is_current=False)
    run = data_file("7f6669b").names["planned in 48 h"]
    pk = f"{account.settings.tenant_id}#run#{run}"
    client.update_item(
        TableName=TABLE,
        Key={"pk": {"S": pk}, "sk": {"S": "run"}},
        UpdateExpression="SET states = :odd",
        ExpressionAttributeValues={":odd": {"L": [{"B": b"odd"}]}},
    )

    deliver()

    named = [record.partition for record in caplog.records if record.message == "item not migrated"]
    # By each step that looks at it.
    assert set(named) == {pk}


@pytest.fixture
def of_later(account):
    """Return an account whose table has data of a later release."""
    assert account.formats.write(Format(version=CURRENT, target=CURRENT + 1, step=CURRENT), None)


@pytest.mark.usefixtures("of_later")
def test_data_of_a_later_release_is_refused_and_logged(caplog):
    response = http_api.handler(graphql_event("{ hello }"), invocation())

    assert response["statusCode"] == 503
    assert "DATA_TOO_NEW" in response["body"]
    (told,) = [record for record in caplog.records if record.message == "no answer"]
    assert "DataTooNew" in told.facts["cause"]


@pytest.mark.usefixtures("of_later")
def test_event_for_data_of_a_later_release_is_delivered_again():
    with pytest.raises(ApiError):
        event_bridge.handler(event_file("scheduler"), None)
    with pytest.raises(DataTooNew):
        deliver()
