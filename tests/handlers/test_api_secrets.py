import json

import pytest

from domain.access.secrets import MAX_SECRET_READS
from storage.access.parameters import ParameterSecrets
from tests.handlers.service import CAMEL, SNAKE, both_dialects, code


@both_dialects
def test_secret_is_set_and_read(service, dialect, capsys):
    # Given
    given = {"name": "TOKEN", "value": {"key": "hush-hush"}}
    assert service.mutate(dialect, "set_secret", given, "success") == {"success": True}

    # When
    field = dialect.spell("secret_value")
    found = service.data(f"query($name: String!) {{ {field}(name: $name) }}", {"name": "TOKEN"})

    # Then
    assert found == {field: {"key": "hush-hush"}}
    assert service.data("{ secret_names secret { name } }") == {
        "secret_names": ["TOKEN"],
        "secret": [{"name": "TOKEN"}],
    }
    assert "hush-hush" not in json.dumps(service.items(), default=str)
    assert "hush-hush" not in "".join(capsys.readouterr())
    service.mutate(SNAKE, "delete_secret", {"name": "TOKEN"}, "success")


def test_missing_secret_has_the_message_that_clients_look_for(service):
    error = service.error('{ secret_value(name: "none") }')

    assert code(error) == "NOT_FOUND"
    assert "No value found for the requested key" in error["message"]


@pytest.fixture
def calls(service, monkeypatch):
    """Return the calls of the secret store by all requests of a test."""
    made = []
    call = ParameterSecrets._call

    def recorded(secrets, operation, **arguments):
        made.append(operation)
        return call(secrets, operation, **arguments)

    monkeypatch.setattr(ParameterSecrets, "_call", recorded)
    return made


def aliased(fields):
    named = (f"f{number}: {field}" for number, field in enumerate(fields))
    return f"{{ {' '.join(named)} }}"


@pytest.mark.parametrize("field", ['secret_value(name: "TOKEN")', "secret_names", "secret { name }"])
def test_same_field_under_many_aliases_is_one_call_of_the_store(service, calls, field):
    service.mutate(SNAKE, "set_secret", {"name": "TOKEN", "value": "v"}, "success")
    calls.clear()

    found = service.data(aliased([field] * 100))

    assert len(found) == 100
    assert len({json.dumps(value) for value in found.values()}) == 1
    assert len(calls) == 1
    service.mutate(SNAKE, "delete_secret", {"name": "TOKEN"}, "success")


def test_many_different_secrets_in_one_request_are_refused_beyond_the_bound(service, calls):
    result = service.send(aliased(f'secret_value(name: "s{number}")' for number in range(100)))

    codes = [error["extensions"]["code"] for error in result["errors"]]
    assert codes == ["NOT_FOUND"] * MAX_SECRET_READS + ["BAD_USER_INPUT"] * (100 - MAX_SECRET_READS)
    assert len(calls) == MAX_SECRET_READS


def test_key_values_are_set_read_and_deleted(service):
    made = service.mutate(SNAKE, "set_key_value", {"key": "k", "value": {"a": 1}}, "id")

    found = service.data('{ key_value(where: {key: {_eq: "k"}}) { id key value } }')["key_value"]
    assert found == [{"id": made["id"], "key": "k", "value": {"a": 1}}]
    gone = service.mutate(CAMEL, "delete_key_value", {"key_value_id": made["id"]}, "success error")
    assert gone == {"success": True, "error": None}
    assert service.data("{ key_value { key } }") == {"key_value": []}
