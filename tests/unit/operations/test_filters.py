from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.flow_runs.flow_runs import RunInputs
from domain.parts import Part
from domain.work import Work
from operations.reads.entities.registry import ENTITIES
from operations.reads.plans.task_runs.state_plans import StateOfRun
from operations.reads.rows import Row
from operations.reads.where.comparisons import OPERATORS
from operations.reads.where.filters import compile_filter, filter_of_owner
from tests.unit.objects import NOW
from tests.unit.operations.rows import FLOW_RUN, row, row_of_flow, truth

TRUE, FALSE, UNKNOWN = {"version": {"_eq": 1}}, {"version": {"_eq": 2}}, {"start_time": {"_eq": NOW}}


def test_absent_or_empty_filter_lets_every_row_through():
    assert truth(None, row()) is True
    assert truth({}, row()) is True


@pytest.mark.parametrize("operator", sorted(OPERATORS))
def test_comparison_with_null_is_no_condition(operator):
    assert truth({"name": {operator: None}}, row()) is True
    assert truth({"start_time": {operator: None}}, row()) is True


@pytest.mark.parametrize(
    "where", [{"name": None}, {"_and": None}, {"_or": None}, {"_not": None}, {"flow": None}]
)
def test_clause_that_is_null_is_no_condition(where):
    assert truth(where, row()) is True
    assert truth({**where, **FALSE}, row()) is False


def test_filter_of_old_clients_without_name_and_project_matches_every_row():
    nothing = {"flow": {"_and": [{"name": {"_eq": None}}, {"version": {"_eq": None}}]}}

    assert truth(nothing, row(row_of_flow("x"))) is True


def test_all_clauses_and_all_comparisons_of_a_column_must_hold():
    assert truth({"version": {"_gte": 1, "_lt": 2}, "name": {"_eq": "a run"}}, row()) is True
    assert truth({"version": {"_gte": 1, "_lt": 1}, "name": {"_eq": "a run"}}, row()) is False
    assert truth({"version": {"_gte": 1}, "name": {"_eq": "another"}}, row()) is False


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ({"_and": []}, True),
        ({"_or": []}, False),
        ({"_and": [{}]}, True),
        ({"_or": [{}]}, True),
        ({"_or": [FALSE, {}]}, True),
        ({"_and": [TRUE, {}]}, True),
        ({"_not": {}}, False),
    ],
    ids=repr,
)
def test_empty_and_holds_and_empty_or_does_not(where, expected):
    assert truth(where, row()) is expected


NO_KEY = {"_and": [{"name": {"_eq": None}}, {"name": {"_is_null": False}}]}  # what 0.10 to 0.12 send
NULLS = [
    {"name": None},
    {"name": {"_eq": None}},
    {"name": {"_neq": None}},
    {"name": {"_in": None, "_gt": None}},
    {"name": {}},
    {"_and": [{"name": {"_eq": None}}, {}, {"version": {"_eq": None}}]},
    {"_not": {"name": {"_eq": None}}},
    {"_not": {"_not": {"name": {"_eq": None}}}},
    {"_or": [{"name": {"_eq": None}}]},
    {"_not": {"_or": [{"name": {"_eq": None}}, {"version": None}]}},
    {"flow": None},
    {"flow": {"name": {"_eq": None}}},
    {"flow": {"project": {"name": {"_eq": None}}}},
    {"flow": {"_or": [{"name": {"_eq": None}}]}},
    {"states": {"state": {"_eq": None}}},
    {"name": {"_eq": None, "_is_null": False}},
    NO_KEY,
    {"_and": [NO_KEY, NO_KEY]},
    {"name": {"_eq": None}, "_and": [{"name": {"_is_null": True}}]},
    {"name": {}, "_and": [{"name": {"_is_null": False}}]},
]


@pytest.mark.parametrize("alternative", NULLS, ids=repr)
class TestAlternativeThatComparesWithNullAlone:
    def of_x(self):
        found = row(row_of_flow("x"))
        found.related["states"] = [Row(StateOfRun("x", "x", entry)) for entry in found.value.history]
        return found

    def test_alternative_with_null_alone_lets_no_row_through(self, alternative):
        assert truth({"_or": [alternative]}, self.of_x()) is False
        assert truth({"_or": [alternative, alternative]}, self.of_x()) is False

    def test_alternative_with_null_alone_leaves_the_other_alternatives(self, alternative):
        assert truth({"_or": [alternative, FALSE]}, self.of_x()) is False
        assert truth({"_or": [TRUE, alternative]}, self.of_x()) is True

    def test_alternative_with_null_alone_never_means_every_row_at_any_depth(self, alternative):
        for nested in (
            {"_and": [{"_or": [alternative]}]},
            {"_or": [{"_or": [alternative]}, FALSE]},
            {"_or": [{"_and": [{"_or": [alternative]}]}]},
        ):
            assert truth(nested, self.of_x()) is False
        assert truth({"_not": {"_or": [alternative]}}, self.of_x()) is False


@pytest.mark.parametrize(
    ("alternative", "expected"),
    [
        ({"version": {"_eq": 1}, "name": {"_eq": None}}, True),
        ({"version": {"_eq": 2}, "name": {"_eq": None}}, False),
        ({"name": {"_is_null": False}}, True),
        ({"name": {"_is_null": False}, "version": {"_eq": None}}, True),
        ({"flow": {}}, True),
        ({"flow": {"name": {"_eq": "x"}, "project": {"name": {"_eq": None}}}}, False),  # of no project
        ({"_and": [NO_KEY, TRUE]}, True),
        ({"name": {"_in": []}}, False),
        ({"name": {"_nin": []}}, True),
        ({"_not": {"version": {"_eq": 2}, "name": {"_eq": None}}}, True),
    ],
    ids=repr,
)
def test_alternative_keeps_its_conditions_beside_a_comparison_with_null(alternative, expected):
    assert truth({"_or": [alternative]}, row(row_of_flow("x"))) is expected


LOGIC = {True: TRUE, False: FALSE, None: UNKNOWN}


@pytest.mark.parametrize("one", LOGIC, ids=str)
@pytest.mark.parametrize("other", LOGIC, ids=str)
def test_and_and_or_have_three_values_as_in_sql(one, other):
    both, either = (
        truth({"_and": [LOGIC[one], LOGIC[other]]}, row()),
        truth({"_or": [LOGIC[one], LOGIC[other]]}, row()),
    )

    values = (one, other)
    assert both is (False if False in values else None if None in values else True)
    assert either is (True if True in values else None if None in values else False)


@pytest.mark.parametrize(("value", "opposite"), [(True, False), (False, True), (None, None)], ids=str)
def test_not_of_unknown_is_unknown(value, opposite):
    assert truth({"_not": LOGIC[value]}, row()) is opposite


OPERANDS = {"_in": [NOW], "_nin": [NOW]}


@pytest.mark.parametrize("operator", ["_eq", "_neq", "_gt", "_gte", "_lt", "_lte", "_in", "_nin"])
def test_comparison_of_a_null_column_is_unknown(operator):
    assert truth({"start_time": {operator: OPERANDS.get(operator, NOW)}}, row()) is None


def test_is_null_is_never_unknown():
    assert truth({"start_time": {"_is_null": True}}, row()) is True
    assert truth({"start_time": {"_is_null": False}}, row()) is False
    assert truth({"start_time": {"_is_null": True}}, row(start_time=NOW)) is False
    assert truth({"start_time": {"_is_null": False}}, row(start_time=NOW)) is True


@pytest.mark.parametrize("given_row", [row(), row(start_time=NOW)], ids=["null", "not null"])
def test_in_no_values_is_false_and_not_in_no_values_is_true_even_for_null(given_row):
    assert truth({"start_time": {"_in": []}}, given_row) is False
    assert truth({"start_time": {"_nin": []}}, given_row) is True


@given(st.integers(-3, 3), st.integers(-3, 3))
def test_integers_compare_as_numbers(value, operand):
    def holds(operator):
        return truth({"version": {operator: operand}}, row(version=value))

    assert holds("_eq") is (value == operand)
    assert holds("_neq") is (value != operand)
    assert holds("_gt") is (value > operand)
    assert holds("_gte") is (value >= operand)
    assert holds("_lt") is (value < operand)
    assert holds("_lte") is (value <= operand)


def test_times_of_different_zones_compare_as_instants():
    elsewhere = datetime(2026, 1, 31, 9, tzinfo=UTC) - timedelta(hours=1)

    assert truth({"created": {"_eq": elsewhere}}, row()) is True
    assert truth({"created": {"_gt": elsewhere}}, row()) is False
    assert truth({"created": {"_in": [elsewhere]}}, row()) is True


@pytest.mark.parametrize(
    ("operator", "operand", "expected"),
    [
        *(("_like", "a%", True), ("_like", "A%", False), ("_nlike", "a%", False), ("_nlike", "b%", True)),
        *(("_ilike", "A%", True), ("_nilike", "A%", False), ("_ilike", "%RU_", True), ("_nilike", "b", True)),
    ],
)
def test_like_operators_match_texts_with_patterns(operator, operand, expected):
    assert truth({"name": {operator: operand}}, row()) is expected


@pytest.mark.parametrize(
    ("comparison", "expected"),
    [
        *(({"_contains": ["b"]}, True), ({"_contains": ["c"]}, False), ({"_contains": "a"}, True)),
        *(({"_eq": ["a", "b"]}, True), ({"_eq": ["b", "a"]}, False), ({"_neq": []}, True)),
        *(({"_has_key": "a"}, True), ({"_has_key": "c"}, False), ({"_in": [["a", "b"]]}, True)),
    ],
    ids=repr,
)
def test_json_operators_look_into_a_json_column(comparison, expected):
    assert truth({"labels": comparison}, row(labels=["a", "b"])) is expected


def test_json_true_is_not_the_number_one():
    switched_on = row(inputs=RunInputs(parameters={"a": True}))

    assert truth({"parameters": {"_eq": {"a": 1}}}, switched_on) is False
    assert truth({"parameters": {"_in": [{"a": 1}]}}, switched_on) is False
    assert truth({"parameters": {"_contains": {"a": 1}}}, switched_on) is False
    assert truth({"parameters": {"_contains": {"a": True}}}, switched_on) is True


class TestRelations:
    def test_filter_on_relation_holds_if_the_related_row_matches(self):
        of_x = row(row_of_flow("x"))

        assert truth({"flow": {"name": {"_eq": "x"}}}, of_x) is True
        assert truth({"flow": {"name": {"_eq": "y"}}}, of_x) is False

    def test_filter_on_relation_is_false_without_a_related_row(self):
        assert truth({"flow": {}}, row(None)) is False
        assert truth({"_not": {"flow": {"name": {"_eq": "x"}}}}, row(None)) is True

    def test_filter_on_relation_is_never_unknown(self):
        undescribed = row(row_of_flow("x"))

        assert truth({"flow": {"description": {"_eq": "x"}}}, undescribed) is False
        assert truth({"_not": {"flow": {"description": {"_eq": "x"}}}}, undescribed) is True

    def test_filter_on_list_holds_if_one_related_row_matches(self):
        ran = row(None, {"type": "Scheduled"}, {"type": "Running"})
        ran.related["states"] = []
        states = {"states": {"state": {"_eq": "Running"}}}
        assert truth(states, ran) is False

        ran.related["states"] = [Row(StateOfRun("x", "x", entry)) for entry in ran.value.history]
        assert truth(states, ran) is True
        assert truth({"states": {"state": {"_eq": "Failed"}}}, ran) is False


def test_need_of_filter_has_columns_and_relations_at_any_depth() -> None:
    where = {"_or": [{"parameters": {"_eq": {}}}, {"_not": {"flow": {"project": {"name": {"_eq": "x"}}}}}]}

    need = compile_filter(FLOW_RUN, where, Work.unlimited()).need

    assert need.columns == {"parameters"}
    assert need.relation("flow").relation("project").columns == {"name"}
    assert need.parts(ENTITIES["flow_run"]) == {Part.INPUTS}


def test_filter_of_owner_adds_the_owner_to_the_compiled_filter() -> None:
    named = compile_filter(FLOW_RUN, {"name": {"_eq": "a run"}}, Work.unlimited())
    mine = row(flow_id="mine")

    of_flow = filter_of_owner(FLOW_RUN, named, "flow_id", "mine")

    assert of_flow.where == {"_and": [{"flow_id": {"_eq": "mine"}}, {"name": {"_eq": "a run"}}]}
    assert of_flow.need.columns == {"flow_id", "name"}
    assert named.need.columns == {"name"}
    assert of_flow.matches(mine) is True
    assert of_flow.matches(row(flow_id="another")) is False
    assert of_flow.matches(row(flow_id="mine", name="another")) is False


def test_filter_of_owner_without_conditions_demands_the_owner_alone() -> None:
    everything = compile_filter(FLOW_RUN, None, Work.unlimited())

    assert filter_of_owner(FLOW_RUN, everything, "flow_id", "mine").where == {"flow_id": {"_eq": "mine"}}
