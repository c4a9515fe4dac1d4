"""Secrets on AWS (moto), in a file and in memory: one contract for all."""

import stat

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from domain.access.secrets import MAX_NAME_BYTES, check_secret_name
from domain.errors import ApiError, BadUserInput, NotFound, PayloadTooLarge
from operations.access.secrets import delete_secret, secret_value, set_secret
from storage.access.parameters import ParameterSecrets
from storage.access.secret_files import FileSecrets
from tests.contract.factories import at_once

NAMES = ["AWS_CREDENTIALS", "with blanks / and $igns", "日本", "a" * 200]


def ssm():
    return boto3.client("ssm", region_name="eu-west-1", aws_access_key_id="x", aws_secret_access_key="x")


@pytest.fixture(params=["parameters", "file", "memory"])
def secrets(request, tmp_path):
    if request.param == "parameters":
        with mock_aws():
            client = ssm()
            yield ParameterSecrets(lambda: client, "/flow-runs/secrets")
    else:
        yield FileSecrets(tmp_path / "secrets.json" if request.param == "file" else None)


@pytest.mark.parametrize("name", NAMES)
def test_secret_is_read_as_it_was_stored_and_gone_once_deleted(secrets, name):
    assert secrets.get(name) is None
    secrets.put(name, '{"a": "b"}')
    secrets.put(name, '"other"')

    assert secrets.get(name) == '"other"'
    assert secrets.names() == [name]
    assert secrets.delete(name)
    assert not secrets.delete(name)
    assert (secrets.get(name), secrets.names()) == (None, [])


def test_names_of_many_secrets_are_listed_in_order(secrets):
    for number in range(25):
        secrets.put(f"secret-{number:02}", "1")

    assert secrets.names() == [f"secret-{number:02}" for number in range(25)]


def test_secrets_stored_at_once_are_all_kept(secrets):
    at_once(*[lambda number=number: secrets.put(f"secret-{number}", "1") for number in range(12)])

    assert len(secrets.names()) == 12


def test_file_of_secrets_has_mode_0600_and_outlives_the_process(tmp_path):
    path = tmp_path / "secrets.json"
    FileSecrets(path).put("a", "1")

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert FileSecrets(path).get("a") == "1"
    assert [file.name for file in tmp_path.iterdir()] == ["secrets.json"]


def test_secret_on_aws_is_encrypted_and_errors_do_not_reveal_it():
    with mock_aws():
        client = ssm()
        ParameterSecrets(lambda: client, "/a/secrets").put("n", "the value")
        (parameter,) = client.describe_parameters()["Parameters"]
        assert parameter["Type"] == "SecureString"

    class Refusing:
        def put_parameter(self, **arguments):
            raise ClientError(
                {"Error": {"Code": "ThrottlingException", "Message": str(arguments)}}, "PutParameter"
            )

    with pytest.raises(ApiError, match="ThrottlingException") as refused:
        ParameterSecrets(Refusing, "/a/secrets").put("n", "the value")
    assert "the value" not in repr(refused.value)
    assert refused.value.__cause__ is None


@pytest.mark.parametrize("value", ["text", 1, {"a": [None, True]}, [], False])
def test_any_json_value_may_be_a_secret(world, value):
    set_secret(world.context, "name", value)

    assert secret_value(world.context, "name") == value
    assert all("name" not in str(item) for item in world.items())


@pytest.mark.parametrize("value", ["{{ name }}", "{{{{{", {"{{ssm:x}}": {"a": {"b": {}}}}], ids=str)
def test_stored_text_has_no_reference_that_aws_would_resolve(world, value):
    set_secret(world.context, "name", value)

    assert "{{" not in world.context.secrets.get("name")
    assert secret_value(world.context, "name") == value


@pytest.mark.parametrize(
    "call", [secret_value, delete_secret, lambda context, name: set_secret(context, name, 1)]
)
def test_secret_with_a_name_too_long_for_a_parameter_is_refused(world, call):
    with pytest.raises(BadUserInput, match="name has 800 bytes"):
        call(world.context, "\U0001f600" * 200)


def test_longest_name_of_a_secret_fits_a_parameter_in_any_stack():
    names = []

    class Taking:
        def get_parameter(self, **arguments):
            names.append(arguments["Name"])
            return {"Parameter": {"Value": ""}}

    longest = "\U0001f600" * (MAX_NAME_BYTES // 4)
    # A stack's name has up to 128 characters; the ARN before a parameter's name counts as well.
    ParameterSecrets(Taking, f"/{'s' * 128}/secrets").get(check_secret_name(longest))

    assert len("arn:aws-us-gov:ssm:us-gov-east-1:111122223333:parameter" + names[0]) <= 1011


def test_secret_set_to_null_is_deleted(world):
    set_secret(world.context, "name", "x")
    set_secret(world.context, "name", None)

    with pytest.raises(NotFound, match="No value found for the requested key"):
        secret_value(world.context, "name")


def test_too_large_secret_is_refused_without_revealing_it(world):
    with pytest.raises(PayloadTooLarge) as refused:
        set_secret(world.context, "name", "secret" * 1_000)

    assert "secretsecret" not in refused.value.message
    assert world.context.secrets.names() == []
