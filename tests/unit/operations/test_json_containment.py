import pytest
from hypothesis import given

from operations.reads.where.json_containment import contains, equal
from tests.unit.json_values import values


# The examples of `@>` in PostgreSQL's manual, and conclusions from them.
@pytest.mark.parametrize(
    ("value", "part"),
    [
        *(("foo", "foo"), ([1, 2, 3], [1, 3]), ([1, 2, 3], [3, 1]), ([1, 2, 3], [1, 2, 2]), ([1, 2, 3], [])),
        *(
            ({"a": {"b": 1}}, {"a": {}}),
            ({"a": 1, "b": 2}, {"b": 2}),
            ({"a": 1}, {}),
            (["foo", "bar"], "bar"),
        ),
        *(
            ([1, 2, [1, 3]], [[1, 3]]),
            ([{"a": 1, "b": 2}], [{"a": 1}]),
            (1, 1.0),
            (None, None),
            ([None], None),
        ),
    ],
    ids=repr,
)
def test_json_value_contains_its_parts(value, part):
    assert contains(value, part)


@pytest.mark.parametrize(
    ("value", "part"),
    [
        *(
            ([1, 2, [1, 3]], [1, 3]),
            ("bar", ["bar"]),
            ({"a": [1]}, {"a": 1}),
            ({"foo": {"bar": "baz"}}, {"bar": "baz"}),
        ),
        *(([1], [True]), (1, True), ({"a": 0}, {"a": False}), ({"a": 1}, {"a": 1, "b": None}), ([[1]], 1)),
        *(({"a": 1}, "a"), ({}, []), ([], {}), ([{"a": 1}], {"a": 1})),
    ],
    ids=repr,
)
def test_json_value_does_not_contain_what_only_resembles_a_part(value, part):
    assert not contains(value, part)


@given(values)
def test_every_json_value_contains_and_equals_itself(value):
    assert contains(value, value)
    assert equal(value, value)


@given(values, values)
def test_equal_json_values_contain_each_other(one, other):
    if equal(one, other):
        assert contains(one, other)
        assert contains(other, one)
