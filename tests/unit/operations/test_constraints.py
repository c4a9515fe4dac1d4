from datetime import timedelta

import pytest

from operations.reads.entities.registry import ENTITIES
from operations.reads.where.constraints import MAX_ALTERNATIVES, allowed, alternatives, below, bounds, leads
from operations.reads.where.settling import settle_filter
from tests.unit.objects import NOW

LATER = NOW + timedelta(hours=1)


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (None, None),
        ({}, None),
        ({"name": {"_eq": "a"}}, None),
        ({"id": {"_eq": "a"}}, ["a"]),
        ({"id": {"_in": ["a", "b", "a"]}}, ["a", "b"]),
        ({"id": {"_in": []}}, []),
        ({"id": {"_like": "a b"}}, ["a b"]),
        ({"id": {"_like": "a", "_in": ["a", "b"]}}, ["a"]),
        ({"id": {"_like": "a%"}}, None),
        ({"id": {"_like": "a_"}}, None),
        ({"id": {"_like": "a\\b"}}, None),
        ({"id": {"_ilike": "a", "_nlike": "a"}}, None),
        ({"id": {"_in": ["a", "b"], "_eq": "b"}}, ["b"]),
        ({"id": {"_in": ["a"], "_eq": "b"}}, []),
        ({"id": {"_neq": "a", "_nin": ["b"], "_gt": "c"}}, None),
        ({"_and": [{"id": {"_in": ["a", "b"]}}, {}, {"_and": [{"id": {"_in": ["b", "c"]}}]}]}, ["b"]),
        ({"_or": []}, []),
        ({"_or": [{"id": {"_eq": "a"}}]}, ["a"]),
        ({"_or": [{"id": {"_eq": "a"}}, {"id": {"_in": ["b", "a"]}, "name": {"_eq": "x"}}]}, ["a", "b"]),
        ({"_or": [{"id": {"_eq": "a"}}, {"name": {"_eq": "x"}}]}, None),
        ({"_or": [{"id": {"_eq": "a"}}, {"id": {"_eq": "b"}}], "id": {"_in": ["b", "c"]}}, ["b"]),
        ({"_or": [{"_and": [{"id": {"_eq": "a"}}, {"_or": [{"id": {"_eq": "b"}}]}]}]}, []),
        (
            {"_and": [{"_or": [{"id": {"_eq": "a"}}, {"id": {"_eq": "b"}}]}, {"flow": {"name": {}}}]},
            ["a", "b"],
        ),
        ({"_and": [{"_or": [{"id": {"_eq": "a"}}, {"_and": [{"id": {"_in": ["b"]}}]}]}]}, ["a", "b"]),
        ({"_and": [{"id": {"_in": ["a", "b"]}}, {"_or": [{"id": {"_eq": "b"}}, {"_or": []}]}]}, ["b"]),
        ({"_not": {"id": {"_eq": "a"}}}, None),
        ({"flow": {"id": {"_eq": "a"}}}, None),
    ],
    ids=repr,
)
def test_allowed_values_come_from_eq_in_and_alternatives_that_all_name_some(where, expected):
    assert allowed(where, "id") == expected


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (None, (None, None)),
        ({"created": {"_gt": NOW}}, (NOW, None)),
        ({"created": {"_gte": NOW, "_lt": LATER}}, (NOW, LATER)),
        ({"created": {"_lte": LATER}}, (None, LATER)),
        ({"created": {"_eq": NOW}}, (NOW, NOW)),
        ({"created": {"_neq": NOW, "_in": [NOW], "_is_null": False}}, (None, None)),
        ({"_and": [{"created": {"_gt": NOW}}, {"created": {"_gt": LATER}}]}, (LATER, None)),
        ({"_and": [{"created": {"_lt": NOW}}, {"created": {"_lt": LATER}}]}, (None, NOW)),
        ({"_or": [{"created": {"_gt": NOW}}], "_not": {"created": {"_lt": NOW}}}, (None, None)),
        ({"updated": {"_gt": NOW}}, (None, None)),
    ],
    ids=lambda value: "",
)
def test_bounds_are_the_earliest_and_latest_time_that_a_filter_allows(where, expected):
    assert bounds(where, "created") == expected


SAYING = [
    {"name": {"_eq": "a"}},
    {"name": {"_in": []}},
    {"name": {"_is_null": False}},
    {"settings": {"_contains": {}}},
    {"settings": {"_contains": {"_and": ["x"], "y": None}}},
    {"project": {"name": {"_eq": "a"}}},
    {"_or": [{"name": {"_eq": "a"}}, {"archived": {"_eq": False}}]},
    {"_or": []},
    {"_not": {"name": {"_eq": "a"}}},
]


@pytest.mark.parametrize("where", SAYING, ids=repr)
def test_settled_filter_with_a_condition_on_a_relation_narrows_it(where):
    settled = settle_filter(ENTITIES["flow_run"], {"flow": where})

    assert below(settled, "flow") == {"_and": [settle_filter(ENTITIES["flow"], where)]}


@pytest.mark.parametrize(
    "where",
    [
        {},
        {"name": None},
        {"name": {"_eq": None}},
        {"name": {}},
        {"name": {"_eq": None, "_in": None}},
        {"_and": [{"name": {"_eq": None}}, {"version": {"_eq": None}}, {"_and": [{}]}]},
        {"_or": None},
    ],
    ids=repr,
)
def test_filter_that_compares_with_null_alone_does_not_narrow_a_relation(where):
    assert settle_filter(ENTITIES["flow"], where) == {}
    assert below(settle_filter(ENTITIES["flow_run"], {"flow": where}), "flow") is None


def test_conditions_on_a_relation_are_put_together_from_all_clauses():
    one, other = {"name": {"_eq": "a"}}, {"archived": {"_eq": False}}

    found = below({"flow": one, "_and": [{"flow": other}, {"flow": {}}, {"_or": [{"flow": {}}]}]}, "flow")

    assert found == {"_and": [one, other]}


A, B = {"task_id": {"_eq": "a"}}, {"cache_key": {"_in": ["b", "c"]}}
CACHED, THIRD = {"state": {"_eq": "Cached"}}, {"map_index": {"_eq": 3}}
LED_BY = ("task_id", "cache_key", "flow_run")


def parts(where):
    """Return the clauses of each alternative, with its own clauses last."""
    found = alternatives(where, LED_BY)
    return None if found is None else [alternative["_and"] for alternative in found]


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ({"_or": [A, B]}, [[A], [B]]),
        ({"_or": [A, {"flow_run": {"id": {"_eq": "x"}}}]}, [[A], [{"flow_run": {"id": {"_eq": "x"}}}]]),
        ({"_or": [{**A, **THIRD}, B]}, [[{**A, **THIRD}], [B]]),
        ({**CACHED, "_and": [{"_and": [{"_or": [A, B]}]}]}, [[CACHED, A], [CACHED, B]]),
        (
            {"_and": [{"_or": [A, THIRD]}, {"_or": [A, B]}, CACHED]},
            [[{"_or": [A, THIRD]}, CACHED, A], [{"_or": [A, THIRD]}, CACHED, B]],
        ),
        ({"_or": []}, []),
        ({"_or": [A, THIRD]}, None),
        ({"_or": [A, {}]}, None),
        ({"_or": [A, {"flow_run": {}}]}, None),
        ({"_not": {"_or": [A, B]}}, None),
        ({"_or": [A] * (MAX_ALTERNATIVES + 1)}, None),
        (None, None),
        (A, None),
    ],
    ids=lambda value: "",
)
def test_or_of_filters_that_lead_to_rows_becomes_one_filter_for_each(where, expected):
    assert parts(where) == expected


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ({}, False),
        ({"flow": {}}, False),
        ({"_and": [{"flow": {"_and": [{"project": {}}]}}]}, False),
        ({"flow": {"project": {"name": {"_eq": "Ops"}}}}, True),
        ({"flow": {"_and": [{"project": {}}, {"archived": {"_eq": False}}]}}, True),
        ({"flow": {"_not": {"name": {"_eq": "Load"}}}}, True),
        ({"flow": {"_or": [{"name": {"_eq": "Load"}}]}}, True),
        ({"flow_id": {"_eq": "1"}}, True),
        ({"_not": {"flow_id": {"_eq": "1"}}}, False),
    ],
    ids=str,
)
def test_filter_leads_by_a_relation_only_if_it_asks_something_of_the_related_row(where, expected):
    assert leads(where, ("flow_id", "flow")) is expected
