import json

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


def test_key_values_are_set_read_and_deleted(service):
    made = service.mutate(SNAKE, "set_key_value", {"key": "k", "value": {"a": 1}}, "id")

    found = service.data('{ key_value(where: {key: {_eq: "k"}}) { id key value } }')["key_value"]
    assert found == [{"id": made["id"], "key": "k", "value": {"a": 1}}]
    gone = service.mutate(CAMEL, "delete_key_value", {"key_value_id": made["id"]}, "success error")
    assert gone == {"success": True, "error": None}
    assert service.data("{ key_value { key } }") == {"key_value": []}
