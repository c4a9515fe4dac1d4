import pytest

from domain.errors import BadUserInput, PayloadTooLarge
from operations.access.secrets import delete_key_value, set_key_value
from operations.reads.arguments import Arguments
from operations.reads.query import list_rows
from operations.reads.rows import Need


def read(world, where=None):
    rows = list_rows(world.context, "key_value", Arguments(where=where), Need())
    return {row.value.key: row.value.value.value for row in rows}


@pytest.mark.parametrize("value", ["x", 1, None, {"a": [1, {"b": None}]}, [], False])
def test_key_value_is_read_by_its_key_as_it_was_set_last(world, value):
    first = set_key_value(world.context, "key", "earlier")
    second = set_key_value(world.context, "key", value)
    set_key_value(world.context, "other", 1)

    assert first == second
    assert read(world, {"key": {"_eq": "key"}}) == {"key": value}
    assert read(world) == {"key": value, "other": 1}


def test_deleted_key_value_is_gone(world):
    identifier = set_key_value(world.context, "key", 1)

    assert delete_key_value(world.context, identifier)
    assert not delete_key_value(world.context, identifier)
    assert read(world) == {}


def test_key_value_that_is_too_large_or_has_a_blank_key_is_refused(world):
    with pytest.raises(PayloadTooLarge, match="at most 10,240"):
        set_key_value(world.context, "key", "x" * 10_239)
    with pytest.raises(BadUserInput, match="key must not be empty"):
        set_key_value(world.context, " ", 1)

    assert world.items() == []


def test_key_value_is_hidden_from_other_tenants(world):
    set_key_value(world.context, "key", 1)

    assert read(world.neighbour()) == {}
