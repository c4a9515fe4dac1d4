from datetime import timedelta

import pytest

from domain.flow_runs.flow_runs import RunInputs
from domain.json_types import JsonObject
from domain.parts import Part
from domain.work import Work
from operations.reads.arguments import Arguments
from operations.reads.compiling import compile_list
from operations.reads.entities.registry import ENTITIES
from operations.reads.where.ordering import sort
from operations.reads.where.terms import Term, parse_order
from tests.unit.objects import NOW
from tests.unit.operations.rows import first_of_each, names, row, row_of_flow

EARLY, LATE = NOW, NOW + timedelta(hours=1)
STARTED = [row(name="early", start_time=EARLY), row(name="never"), row(name="late", start_time=LATE)]


@pytest.mark.parametrize(
    ("direction", "expected"),
    [
        ("asc", ["early", "late", "never"]),
        ("asc_nulls_last", ["early", "late", "never"]),
        ("asc_nulls_first", ["never", "early", "late"]),
        ("desc", ["never", "late", "early"]),
        ("desc_nulls_first", ["never", "late", "early"]),
        ("desc_nulls_last", ["late", "early", "never"]),
    ],
)
def test_nulls_come_last_ascending_and_first_descending_by_default(direction, expected):
    assert names([{"start_time": direction}], STARTED) == expected


def test_first_key_of_an_order_counts_most_in_one_object_or_several():
    rows = [row(name="b", version=1), row(name="a", version=2), row(name="a", version=1)]

    def sorted_by(*order_by):
        return [(found.value.name, found.value.version) for found in _sorted(list(order_by), rows)]

    by_name = [("a", 2), ("a", 1), ("b", 1)]
    by_version = [("a", 2), ("a", 1), ("b", 1)]
    assert sorted_by({"name": "asc", "version": "desc"}) == by_name
    assert sorted_by({"name": "asc"}, {"version": "desc"}) == by_name
    assert sorted_by({"version": "desc", "name": "asc"}) == by_version
    assert sorted_by({"version": "asc", "name": "desc"}) == [("b", 1), ("a", 1), ("a", 2)]


def test_equal_rows_stay_in_their_order():
    rows = [row(name=name) for name in "dbac"]

    assert names([{"version": "desc"}], rows) == names([{"version": "asc"}], rows) == ["d", "b", "a", "c"]


def test_column_of_a_related_row_sorts_and_a_missing_row_is_null():
    rows = [row(row_of_flow("b"), name="of b"), row(None, name="of none"), row(row_of_flow("a"), name="of a")]

    assert names([{"flow": {"name": "asc"}}], rows) == ["of a", "of b", "of none"]
    assert names([{"flow": {"name": "desc"}}], rows) == ["of none", "of b", "of a"]


def test_json_columns_of_any_value_have_an_order():
    parameters: dict[str, JsonObject] = {"z": {"b": 1}, "y": {"a": [1]}, "x": {"a": None}, "w": {}}
    rows = [row(name=name, inputs=RunInputs(parameters=value)) for name, value in parameters.items()]

    assert sorted(names([{"parameters": "asc"}], rows)) == ["w", "x", "y", "z"]
    assert names([{"parameters": "desc"}], rows) == names([{"parameters": "asc"}], rows)[::-1]


def test_null_in_an_order_is_no_term():
    assert parse_order([{"name": None, "version": "desc", "flow": {"name": None}}, {}]) == [
        Term(("version",), descending=True, nulls_first=True)
    ]


def test_need_of_order_has_columns_and_relations_at_any_depth():
    order_by = [{"parameters": "asc", "flow": {"project": {"name": "asc"}}}]

    need = compile_list(ENTITIES["flow_run"], Arguments(order_by=order_by), Work.unlimited(), None).need

    assert need.parts(ENTITIES["flow_run"]) == {Part.INPUTS}
    assert need.relation("flow").relation("project").columns == {"name"}


def test_distinct_keeps_the_first_row_for_each_value():
    rows = [
        row(name="a", version=1),
        row(name="b", version=1),
        row(name="c", version=2),
        row(name="d", version=1),
    ]

    assert first_of_each(["version"], rows) == ["a", "c"]
    assert first_of_each(["version", "name"], rows) == ["a", "b", "c", "d"]
    assert first_of_each(["start_time"], rows) == ["a"]


def _sorted(order_by, rows):
    return sort(ENTITIES["flow_run"], rows, parse_order(order_by), Work.unlimited())
