from datetime import timedelta

import pytest

from operations.reads.constraints import allowed, below, bounds, narrows
from tests.unit.objects import NOW

LATER = NOW + timedelta(hours=1)


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (None, None),
        ({}, None),
        ({"name": {"_eq": "a"}}, None),
        ({"id": {"_eq": "a"}}, ["a"]),
        ({"id": {"_eq": None}}, None),
        ({"id": None}, None),
        ({"id": {"_in": ["a", "b", "a"]}}, ["a", "b"]),
        ({"id": {"_in": []}}, []),
        ({"id": {"_in": ["a", "b"], "_eq": "b"}}, ["b"]),
        ({"id": {"_in": ["a"], "_eq": "b"}}, []),
        ({"id": {"_neq": "a", "_nin": ["b"], "_gt": "c"}}, None),
        ({"_and": [{"id": {"_in": ["a", "b"]}}, {}, {"_and": [{"id": {"_in": ["b", "c"]}}]}]}, ["b"]),
        ({"_or": [{"id": {"_eq": "a"}}]}, None),
        ({"_not": {"id": {"_eq": "a"}}}, None),
        ({"flow": {"id": {"_eq": "a"}}}, None),
    ],
    ids=repr,
)
def test_the_only_values_of_a_column_are_known_where_the_filter_demands_them(where, expected):
    assert allowed(where, "id") == expected


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (None, (None, None)),
        ({"created": {"_gt": NOW}}, (NOW, None)),
        ({"created": {"_gte": NOW, "_lt": LATER}}, (NOW, LATER)),
        ({"created": {"_lte": LATER}}, (None, LATER)),
        ({"created": {"_eq": NOW}}, (NOW, NOW)),
        ({"created": {"_gt": None, "_neq": NOW, "_in": [NOW], "_is_null": False}}, (None, None)),
        ({"_and": [{"created": {"_gt": NOW}}, {"created": {"_gt": LATER}}]}, (LATER, None)),
        ({"_and": [{"created": {"_lt": NOW}}, {"created": {"_lt": LATER}}]}, (None, NOW)),
        ({"_or": [{"created": {"_gt": NOW}}], "_not": {"created": {"_lt": NOW}}}, (None, None)),
        ({"updated": {"_gt": NOW}}, (None, None)),
    ],
    ids=lambda value: "",
)
def test_the_times_between_which_a_column_must_lie_are_known(where, expected):
    assert bounds(where, "created") == expected


SAYING = [
    {"name": {"_eq": "a"}},
    {"name": {"_in": ["a", "b"]}},
    {"name": {"_in": []}},
    {"name": {"_is_null": False}},
    {"settings": {"_eq": [1, "x"]}},
    {"settings": {"_contains": {}}},
    {"settings": {"_contains": {"_and": ["x"]}}},
    {"archived": {"_eq": False}},
    {"project": {"name": {"_eq": "a"}}},
    {"_and": [{"name": {"_eq": None}}, {"name": {"_eq": "a"}}]},
    {"_or": [{"name": {"_eq": "a"}}]},
    {"_or": []},
    {"_not": {"name": {"_eq": "a"}}},
]
SILENT = [
    {},
    {"name": None},
    {"name": {"_eq": None}},
    {"name": {}},
    {"name": {"_eq": None, "_in": None}},
    {"project": {"name": {"_eq": None}}},
    {"_and": [{"name": {"_eq": None}}, {"version": {"_eq": None}}, {"project": {"name": {"_eq": None}}}]},
    {"_and": []},
    {"_or": None},
    {"_not": {"name": {"_eq": None}}},
]


@pytest.mark.parametrize("where", SAYING, ids=repr)
def test_a_filter_that_says_something_narrows(where):
    assert narrows(where)
    assert below({"flow": where}, "flow") == {"_and": [where]}


@pytest.mark.parametrize("where", SILENT, ids=repr)
def test_a_filter_that_only_compares_with_null_does_not(where):
    assert not narrows(where)
    assert below({"flow": where}, "flow") is None


def test_what_is_demanded_of_a_related_row_is_put_together():
    one, other = {"name": {"_eq": "a"}}, {"archived": {"_eq": False}}

    found = below({"flow": one, "_and": [{"flow": other}, {"flow": {}}, {"_or": [{"flow": {}}]}]}, "flow")

    assert found == {"_and": [one, other]}
