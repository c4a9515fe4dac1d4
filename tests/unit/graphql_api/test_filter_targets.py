"""The targets that the audit trail tells of a filter: its columns, and the ids for which it asks."""

from typing import Any

import pytest

from graphql_api.mutations.filter_targets import targets_of_filter

A, B = ("018f0000-0000-7000-8000-00000000000a", "018f0000-0000-7000-8000-00000000000b")


@pytest.mark.parametrize(
    ("where", "targets"),
    [
        ({}, []),
        ({"id": {"_eq": A}}, ["where id", A]),
        ({"id": {"_in": [A, B, A]}, "flow_id": {"_eq": B}}, ["where id", "where flow_id", A, B]),
        (
            {"flow": {"project": {"id": {"_eq": A}}, "name": {"_eq": B}}},
            ["where flow.name", "where flow.project.id", A],
        ),
        ({"_or": [{"id": {"_eq": A}}, {"state": {"_eq": "Failed"}}]}, ["where state", "where id", A]),
        ({"_not": {"id": {"_in": [A]}}}, ["where not id"]),
        ({"id": {"_neq": A, "_nin": [B]}}, ["where not id"]),
        ({"_not": {"_not": {"id": {"_eq": A}}}}, ["where id", A]),
        ({"_not": {"id": {"_nin": [A]}}}, ["where id", A]),
        ({"id": {"_gt": A}}, ["where id"]),
        # Values that look like ids are values nevertheless.
        ({"idempotency_key": {"_eq": A}}, ["where idempotency_key"]),
        ({"parameters": {"_contains": {"id": {"_eq": A}}}}, ["where parameters"]),
        ({"id": None, "_and": None, "_not": None, "flow": None}, []),
    ],
)
def test_filter_tells_its_columns_and_the_ids_that_it_chooses(where, targets):
    assert list(targets_of_filter("flow_run", where)) == targets


def test_filter_of_any_depth_is_told():
    where: dict[str, Any] = {"id": {"_eq": A}}
    for _ in range(5_000):
        where = {"_and": [{"flow": {"flow_runs": where}}]}

    column, told = targets_of_filter("flow_run", where)

    assert column.startswith("where flow.flow_runs.flow.")
    assert told == A


def test_filter_of_many_columns_leaves_room_for_ids():
    names = ("name", "state", "created", "version", "labels", "parameters")
    where = {**{name: {"_eq": 1} for name in names}, "id": {"_eq": A}}

    assert list(targets_of_filter("flow_run", where)) == [
        "where name",
        "where state",
        "where created",
        "where and more",
        A,
    ]
