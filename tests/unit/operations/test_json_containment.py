import pytest
from hypothesis import given

from domain.errors import BadUserInput
from domain.work import Work
from operations.reads.where.json_containment import JsonComparisons
from tests.unit.json_values import values

json = JsonComparisons("_contains", Work.unlimited())
contains, equal = json.contains, json.equal


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


NUMBERS = list(range(1_000))


@pytest.mark.parametrize(
    ("value", "part", "least"),
    [
        ({"v": NUMBERS}, {"v": [-1]}, 1_000),
        ({"v": NUMBERS}, {"v": NUMBERS}, 500_000),
        (NUMBERS, 999, 1_000),
        (NUMBERS, NUMBERS, 500_000),
        ([NUMBERS] * 10, [[*NUMBERS, -1]], 5_000_000),
        ([{"a": 1}] * 1_000, [{"a": 1, "b": 2}], 1_000),
        ({str(number): number for number in NUMBERS}, {str(number): number for number in NUMBERS}, 1_000),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_each_value_that_is_compared_draws(value, part, least):
    work = Work.unlimited()

    JsonComparisons("_contains", work).contains(value, part)

    assert least <= work.units < 1.2 * least + 2_000


def test_comparison_stops_when_the_budget_is_used_up():
    work = Work(max_units=10_000)

    with pytest.raises(BadUserInput, match=r"^_contains: this request asks for too many comparisons"):
        JsonComparisons("_contains", work).contains([1] * 300_000, [2])

    assert work.units <= 10_001


@pytest.mark.parametrize(("one", "drawn"), [([0] * 1_000, 1_001), ({str(n): n for n in NUMBERS}, 1_101)])
def test_equal_draws_for_each_value(one, drawn):
    work = Work.unlimited()

    assert JsonComparisons("_eq", work).equal(one, one)

    assert work.units == pytest.approx(drawn)


def test_key_is_looked_up_in_an_object_for_less_than_in_an_array():
    work = Work.unlimited()
    found = JsonComparisons("_has_key", work)

    assert found.has_key({"a": 1}, "a")
    assert work.units == 1
    assert not found.has_key(["b"] * 1_000, "a")
    assert work.units == pytest.approx(52)
