"""The quick client takes only environments in which botocore would send the same requests."""

import json

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.session import Session

from domain.errors import BadUserInput
from storage.dynamodb.botocores_client import botocores_client
from storage.dynamodb.quick_client import quick_client
from tests.unit.socket_server import ANSWER, response, served

KEYS = {"AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "secret"}
FUNCTION = {**KEYS, "AWS_SESSION_TOKEN": "token", "AWS_LAMBDA_FUNCTION_NAME": "graphql"}


def quick(_monkeypatch, environ):
    return quick_client(environ, unused)


def theirs(monkeypatch, environ):
    for bundle in ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE"):
        monkeypatch.delenv(bundle, raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    return botocores_client(region_name="eu-west-1")


REGIONS = [
    region
    for partition in Session().get_available_partitions()
    for region in Session().get_available_regions("dynamodb", partition, allow_non_regional=False)
]


def unused():
    raise AssertionError("botocore's client was made")


def made_client(environ, other=unused):
    client = quick_client(environ, other)
    assert client is not None
    return client


def url_of(environ):
    client = quick_client(environ, unused)
    return client and client._calls._scope.url


@pytest.mark.parametrize("region", REGIONS)
def test_endpoint_of_a_region_is_that_of_botocore_or_left_to_botocore(region, monkeypatch):
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.delenv("AWS_ENDPOINT_URL_DYNAMODB", raising=False)
    theirs = boto3.client(
        "dynamodb", region_name=region, aws_access_key_id="x", aws_secret_access_key="x"
    ).meta.endpoint_url

    ours = url_of({**FUNCTION, "AWS_REGION": region})

    assert ours in (None, f"{theirs}/")
    assert (ours is None) == (not theirs.endswith(".amazonaws.com") or "-gov-" in region)


def test_quick_client_knows_most_regions():
    known = [region for region in REGIONS if url_of({**FUNCTION, "AWS_REGION": region})]

    assert len(known) >= 25
    assert {"us-east-1", "eu-central-2", "il-central-1", "mx-central-1"} <= set(known)


def test_endpoint_of_the_environment_is_used_as_it_is():
    environ = {**KEYS, "AWS_REGION": "us-east-1", "AWS_ENDPOINT_URL_DYNAMODB": "http://127.0.0.1:8000"}

    assert url_of(environ) == "http://127.0.0.1:8000"


@pytest.mark.parametrize(
    "change",
    [
        {"AWS_REGION": ""},
        {"AWS_REGION": "cn-north-1"},
        {"AWS_REGION": "us-gov-west-1"},
        {"AWS_REGION": "xx-new-7"},
        {"AWS_ACCESS_KEY_ID": ""},
        {"AWS_SECRET_ACCESS_KEY": ""},
        {"AWS_ENDPOINT_URL": "http://elsewhere"},
        {"AWS_PROFILE": "mine"},
        {"AWS_USE_FIPS_ENDPOINT": "true"},
        {"https_proxy": "http://proxy"},
        {"AWS_ENDPOINT_URL_DYNAMODB": "http://127.0.0.1:8000/behind/a/proxy"},
        {"AWS_ENDPOINT_URL_DYNAMODB": "http://127.0.0.1:8000//"},
        {"AWS_ENDPOINT_URL_DYNAMODB": "http://127.0.0.1:8000/?a=b"},
        {"AWS_ENDPOINT_URL_DYNAMODB": "http://user:secret@127.0.0.1:8000/"},
        {"AWS_ENDPOINT_URL_DYNAMODB": "http://127.0.0.1:65536/"},
        {"AWS_ENDPOINT_URL_DYNAMODB": "http://Example.com/"},
        {"AWS_ENDPOINT_URL_DYNAMODB": "127.0.0.1:8000"},
        {"AWS_ENDPOINT_URL_DYNAMODB": "http://127.0.0.1:8000/\n"},
    ],
    ids=str,
)
def test_environment_that_is_not_known_for_sure_is_left_to_botocore(change):
    assert url_of({**FUNCTION, "AWS_REGION": "eu-west-1"}) is not None
    assert url_of({**FUNCTION, "AWS_REGION": "eu-west-1", **change}) is None


def test_credentials_outside_of_a_function_are_left_to_botocore():
    assert url_of({**KEYS, "AWS_REGION": "eu-west-1"}) is None


def test_call_is_signed_with_the_credentials_of_the_environment():
    with served(ANSWER, ANSWER) as (server, _):
        url = f"http://127.0.0.1:{server.port}"
        client = made_client({**FUNCTION, "AWS_REGION": "eu-west-1", "AWS_ENDPOINT_URL_DYNAMODB": url})
        for _ in range(2):
            assert set(client.get_item(TableName="t", Key={"pk": {"S": "a"}})) == {"ResponseMetadata"}
        client.close()

    (head, body), _ = server.requests
    assert "Credential=AKID/" in head
    assert "X-Amz-Security-Token: token" in head
    assert "X-Amz-Target: DynamoDB_20120810.GetItem" in head
    assert json.loads(body) == {"TableName": "t", "Key": {"pk": {"S": "a"}}}


@pytest.mark.parametrize("name", ["AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE"])
def test_quick_client_trusts_the_certificates_of_the_environment(name, tls, certificate):
    with served(ANSWER, tls=tls) as (server, _):
        url = f"https://127.0.0.1:{server.port}"
        environ = {
            **KEYS,
            "AWS_REGION": "eu-west-1",
            "AWS_ENDPOINT_URL_DYNAMODB": url,
            name: str(certificate),
        }
        client = made_client(environ)
        assert set(client.get_item(TableName="t", Key={"pk": {"S": "a"}})) == {"ResponseMetadata"}
        client.close()


UNUSABLE = {
    "a folder": "Is a directory",
    "nothing": "No such file",
    "garbage": "no certificates",
    "empty": "no cert",
}


@pytest.mark.parametrize("make", [quick, theirs])
@pytest.mark.parametrize("name", ["AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE"])
@pytest.mark.parametrize("kind", UNUSABLE)
def test_certificates_that_cannot_be_used_are_refused_before_a_call(name, kind, make, tmp_path, monkeypatch):
    file = tmp_path / "bundle"
    match kind:
        case "a folder":
            file.mkdir()
        case "garbage":
            file.write_bytes(bytes(range(256)))
        case "empty":
            file.touch()

    with pytest.raises(BadUserInput) as raised:
        make(monkeypatch, {**FUNCTION, "AWS_REGION": "eu-west-1", name: str(file)})

    assert str(file) in raised.value.message
    assert UNUSABLE[kind] in raised.value.message
    assert "\n" not in raised.value.message


def test_refusal_is_a_client_error_of_botocore():
    refused = b'{"__type": "x#ConditionalCheckFailedException", "message": "no"}'
    with served(response(refused, "400 Bad Request")) as (server, _):
        url = f"http://127.0.0.1:{server.port}"
        client = made_client({**KEYS, "AWS_REGION": "eu-west-1", "AWS_ENDPOINT_URL_DYNAMODB": url})
        with pytest.raises(ClientError) as raised:
            client.put_item(TableName="t", Item={"pk": {"S": "a"}})
        client.close()

    assert raised.value.response["Error"]["Code"] == "ConditionalCheckFailedException"


def test_rare_operations_are_those_of_botocores_client_made_once():
    made = []

    class Other:
        exceptions = "theirs"

        def delete_table(self, **arguments):
            return arguments

    def other():
        made.append(1)
        return Other()

    client = made_client({**FUNCTION, "AWS_REGION": "eu-west-1"}, other)

    assert client.delete_table(TableName="t") == {"TableName": "t"}
    assert client.exceptions == "theirs"
    assert made == [1]
