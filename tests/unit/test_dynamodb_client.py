"""botocore's client with calls of our own goes where boto3's would."""

import json

import boto3
import pytest

from storage.client import make_client

REGIONS = ["us-east-1", "eu-west-1", "cn-north-1", "us-gov-west-1", "eu-isoe-west-1", "xx-new-7"]


@pytest.fixture(autouse=True)
def account(monkeypatch):
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_DYNAMODB", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")


@pytest.mark.parametrize("region", REGIONS)
def test_a_request_goes_where_boto3_would_send_it_and_is_signed_alike(region, monkeypatch):
    monkeypatch.setenv("AWS_DEFAULT_REGION", region)
    key = {"pk": {"S": "a"}, "sk": {"B": b"\0"}}

    ours, theirs = (sent(client, key) for client in (make_client(), boto3.client("dynamodb")))

    assert ours == theirs


def text(header):
    return header.decode() if isinstance(header, bytes) else header


def sent(client, key):
    """Where a request would go and what it would hold, but for the time and what follows from it."""
    seen = []

    def keep(request, **_):
        scope = text(request.headers["Authorization"]).partition("SignedHeaders=")[0].split("/")
        target = text(request.headers["X-Amz-Target"])
        seen.append((request.url.rstrip("/"), json.loads(request.body), target, "/".join(scope[2:])))
        raise StopIteration

    client.meta.events.register("before-send.dynamodb", keep)
    with pytest.raises(StopIteration):
        client.get_item(TableName="t", Key=key)
    return seen
