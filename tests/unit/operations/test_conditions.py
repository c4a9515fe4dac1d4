"""A filter that chooses what is changed has no part that is no condition."""

from typing import Any

import pytest

from domain.errors import BadUserInput
from operations.reads.where.conditions import check_conditions

FULL: list[Any] = [
    {"state": {"_eq": "Failed"}},
    {"state": {"_in": []}},
    {"_or": []},
    {"_or": [{"state": {"_eq": "Failed"}}, {"flow": {"project": {"name": {"_eq": "A"}}}}]},
    {"_not": {"state": {"_eq": "Failed"}}},
    {"end_time": {"_is_null": True}},
    {"parameters": {"_eq": {"x": None}}, "labels": {"_contains": ["a"]}},
    {"parameters": {"_eq": {}}},
    {"name": {"_eq": ""}, "version": {"_eq": 0}, "auto_scheduled": {"_eq": False}},
    {"task_runs": {"state": {"_eq": "Failed"}}},
    {"_not": {"_not": {"state": {"_in": []}}}},
    {"_not": {"state": {"_nin": []}}},
    {"name": {"_ilike": "%a%", "_like": "", "_nlike": "%", "_nilike": "_"}},
    {"_not": {"name": {"_like": "%"}}},
]
EMPTY: list[tuple[Any, str]] = [
    ({}, "where is empty"),
    ({"state": None}, "where.state is null"),
    ({"state": {}}, "where.state is empty"),
    ({"state": {"_eq": None}}, "where.state._eq is null"),
    ({"state": {"_eq": "Failed"}, "flow_id": {"_eq": None}}, "where.flow_id._eq is null"),
    ({"state": {"_eq": "Failed", "_neq": None}}, "where.state._neq is null"),
    ({"state": {"_in": None}}, "where.state._in is null"),
    ({"state": {"_nin": []}}, "where.state._nin is empty"),
    ({"labels": {"_contains": []}}, "where.labels._contains is empty"),
    ({"context": {"_contains": {}}}, "where.context._contains is empty"),
    ({"context": {"_has_keys_all": []}}, "where.context._has_keys_all is empty"),
    ({"flow": {}}, "where.flow is empty"),
    ({"flow": {"project": {"name": {"_eq": None}}}}, "where.flow.project.name._eq is null"),
    ({"_and": []}, "where._and is empty"),
    ({"_and": None}, "where._and is null"),
    ({"_and": [{"state": {"_eq": "Failed"}}, {}]}, "where._and is empty"),
    ({"_or": None}, "where._or is null"),
    ({"_or": [{"state": {"_eq": "Failed"}}, {"flow_id": {"_eq": None}}]}, "where._or.flow_id._eq is null"),
    ({"_not": {}}, "where._not is empty"),
    ({"_not": {"id": {"_eq": None}}}, "where._not.id._eq is null"),
    ({"_not": {"state": {"_in": []}}}, "where._not.state._in is empty"),
    ({"_not": {"labels": {"_has_keys_any": []}}}, "where._not.labels._has_keys_any is empty"),
    ({"_not": {"_or": []}}, "where._not._or is empty"),
    ({"_not": {"_and": [{"_or": []}]}}, "where._not._and._or is empty"),
    ({"_not": {"_not": {"state": {"_nin": []}}}}, "where._not._not.state._nin is empty"),
    ({"name": {"_ilike": "%%"}}, "where.name._ilike matches every text"),
    ({"flow": {"name": {"_like": "%"}}}, "where.flow.name._like matches every text"),
    ({"_not": {"name": {"_nilike": "%"}}}, "where._not.name._nilike matches every text"),
]


@pytest.mark.parametrize("where", FULL, ids=str)
def test_filter_of_conditions_is_accepted(where):
    check_conditions(where)


@pytest.mark.parametrize(("where", "fault"), EMPTY, ids=lambda value: str(value)[:40])
def test_part_that_is_no_condition_is_refused_with_its_place(where, fault):
    with pytest.raises(BadUserInput) as refused:
        check_conditions(where)
    assert refused.value.message.startswith(f"{fault}, so it is no condition.")
    assert refused.value.extensions["field"] == "where"


def test_deep_filter_takes_no_recursion():
    where: Any = {"state": {"_eq": "Failed"}}
    for _ in range(1_000):
        where = {"_not": where}

    check_conditions(where)
