"""What lists draw on the budget of a request: in proportion to rows, conditions, terms and values."""

import sys
from types import SimpleNamespace
from typing import Any

import pytest

from domain.errors import BadUserInput
from domain.flow_runs.flow_runs import RunInputs
from domain.work import Work
from operations.reads.aggregates import Aggregate
from operations.reads.arguments import MAX_LEVELS, MAX_PARTS, MAX_TERMS, MAX_TEXT, MAX_VALUES, Arguments
from operations.reads.entities.registry import ENTITIES
from operations.reads.rows import Row
from operations.reads.where.constraints import allowed, demands
from operations.reads.where.filters import compile_filter, filter_of_owner
from operations.reads.where.ordering import distinct, sort
from operations.reads.where.terms import Term, parse_order
from tests.unit.operations.rows import FLOW_RUN, row, row_of_flow

ONE = {"name": {"_eq": "x"}}
ROWS = [row(row_of_flow("f"), name=f"run {number}") for number in range(100)]


def drawn(where, rows=ROWS):
    """Return the units that the comparison of rows with a filter draws."""
    work = Work.unlimited()
    compiled = compile_filter(FLOW_RUN, where, work)
    before = work.units
    compiled.passed(rows, work)
    return work.units - before


def nested(name, levels, leaf):
    for _ in range(levels):
        leaf = {name: leaf}
    return leaf


class TestArguments:
    @pytest.mark.parametrize(
        "arguments",
        [
            {"where": {"name": {"_in": ["a"] * MAX_VALUES}}},
            {"where": {"parameters": {"_contains": [1] * MAX_VALUES}}},
            {"where": {"_and": [ONE] * MAX_PARTS}},
            {"where": {"_or": [{"_and": [{}] * MAX_PARTS}, {"_not": {"_or": [{}] * MAX_PARTS}}]}},
            {"where": {"name": {"_like": "%" * MAX_TEXT}}},
            {"where": nested("_not", MAX_LEVELS - 2, ONE)},
            {"order_by": [{"name": "asc"}] * MAX_TERMS},
            {"order_by": [{"name": "asc", "flow": {"name": "asc", "version": "asc"}}] * (MAX_TERMS // 3)},
            {"distinct_on": ["name"] * MAX_TERMS},
        ],
        ids=lambda arguments: repr(arguments)[:40],
    )
    def test_longest_arguments_are_possible(self, arguments):
        Arguments(**arguments).check(Work())

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ({"where": {"name": {"_in": ["a"] * (MAX_VALUES + 1)}}}, "^_in has 5,001 values; at most 5,000"),
            ({"where": {"parameters": {"_eq": {"a": [[1] * (MAX_VALUES + 1)]}}}}, "^_eq has 5,001 values"),
            ({"where": {"flow": {"_or": [{}] * (MAX_PARTS + 1)}}}, "^_or has 1,001 values; at most 1,000"),
            ({"where": {"name": {"_nlike": "%" * (MAX_TEXT + 1)}}}, "^_nlike has 10,001 characters; at most"),
            ({"where": {"name": {"_in": ["a" * (MAX_TEXT + 1)]}}}, "^_in has 10,001 characters"),
            (
                {"where": nested("_not", MAX_LEVELS - 1, ONE)},
                "^where is nested too deeply; at most 100 level",
            ),
            ({"order_by": [{"name": "asc"}] * (MAX_TERMS + 1)}, "^order_by has 101 values; at most 100"),
            ({"order_by": [{}] * (MAX_TERMS + 1)}, "^order_by has 101 values"),
            ({"order_by": [{"a": "asc", "b": None}] * 51}, "^order_by has 102 values"),
            ({"distinct_on": ["name"] * (MAX_TERMS + 1)}, "^distinct_on has 101 values"),
        ],
    )
    def test_longer_arguments_are_refused(self, arguments, message):
        with pytest.raises(BadUserInput, match=message):
            Arguments(**arguments).check(Work())

    def test_filter_draws_for_each_of_its_values(self):
        units = []
        for count in (10, 100):
            work = Work.unlimited()
            Arguments(where={"_or": [{"name": {"_in": ["a"] * 10}}] * count}).check(work)
            units.append(work.units)

        assert units[1] == pytest.approx(10 * units[0], rel=0.1)
        assert units[0] > 10 * 10

    def test_filter_is_not_looked_at_beyond_the_budget(self):
        where: Any = {"_and": [{"_and": [{"_and": [{}] * 1_000}] * 1_000}] * 1_000}
        calls = 0

        def profile(_frame, event, _argument):
            nonlocal calls
            calls += event in ("call", "c_call")

        sys.setprofile(profile)
        try:
            with pytest.raises(BadUserInput, match="too many comparisons"):
                Arguments(where=where).check(Work(max_units=10_000))
        finally:
            sys.setprofile(None)

        assert calls < 100_000

    def test_user_names_in_json_do_not_stand_in_for_arguments(self):
        where = {"parameters": {"_contains": {"_and": [1] * (MAX_PARTS + 1)}}}

        Arguments(where=where).check(Work())

    @pytest.mark.parametrize("levels", [1, 49, MAX_LEVELS // 2 - 1])
    @pytest.mark.parametrize("name", ["_and", "_or", "_not", "flow"])
    def test_filter_of_any_possible_depth_is_compiled_and_evaluated(self, name, levels):
        where: Any = ONE
        for _ in range(levels if name != "flow" else 1):
            where = {name: where if name in ("_not", "flow") else [where]}
        Arguments(where=where).check(Work())

        assert compile_filter(FLOW_RUN, where, Work()).matches(ROWS[0]) in (True, False)


class TestFilters:
    @pytest.mark.parametrize(
        ("where", "clauses"),
        [
            (None, 0),
            (ONE, 1),
            ({"name": {"_eq": "x", "_neq": "y"}, "version": {"_gt": 1}}, 3),
            ({"name": {"_in": ["x"] * 1_000}}, 1),
            ({"_or": [ONE] * 50}, 52),
            ({"_not": {"_not": ONE}}, 5),
            ({"flow": {"name": {"_eq": "x"}}}, 2),
        ],
    )
    def test_rows_draw_for_each_clause(self, where, clauses):
        assert drawn(where) == clauses * len(ROWS)
        assert drawn(where, ROWS[:10]) == clauses * 10

    def test_values_of_a_list_are_compared_at_once(self):
        calls = []
        for count in (10, 5_000):
            found = compile_filter(FLOW_RUN, {"name": {"_nin": [f"{n}" for n in range(count)]}}, Work())
            calls.append(0)

            def profile(_frame, event, _argument):
                calls[-1] += event in ("call", "c_call")

            sys.setprofile(profile)
            found.passed(ROWS, Work())
            sys.setprofile(None)

        assert calls[0] == calls[1]

    def test_rows_of_a_related_list_draw_for_each_row_that_has_it(self):
        flow = row_of_flow("f")
        flow.related["tasks"] = [Row(SimpleNamespace(name="t")) for _ in range(50)]
        where = {"flow": {"tasks": {"_or": [{"name": {"_eq": "x"}}, {"name": {"_eq": "y"}}]}}}

        assert drawn(where, [row(flow)] * 100) >= 100 * 50 * 2

    @pytest.mark.parametrize("operator", ["_like", "_nlike", "_ilike", "_nilike"])
    def test_patterns_draw_for_the_characters_of_each_row(self, operator):
        short, long = ([row(name="a" * length)] * 100 for length in (20, 200))
        where = {"name": {operator: "%a_b%"}}

        assert drawn(where, long) > 5 * drawn(where, short) > 100

    def test_json_draws_for_the_values_of_each_row(self):
        rows = [row(inputs=RunInputs(parameters={"v": list(range(1_000))}))] * 10

        assert drawn({"parameters": {"_contains": {"v": [-1]}}}, rows) > 10 * 1_000
        assert drawn({"parameters": {"_in": [{"v": list(range(1_000))}]}}, rows) > 10 * 1_000
        assert drawn({"parameters": {"_has_key": "v"}}, rows) < 10 * 5

    def test_filter_of_an_owner_has_one_clause_more(self):
        compiled = compile_filter(FLOW_RUN, ONE, Work())
        owned = filter_of_owner(FLOW_RUN, compiled, "flow_id", "mine")

        assert (owned.clauses, owned.values) == (compiled.clauses + 1, compiled.values + 1)

    def test_clauses_under_many_and_are_found_in_their_order_without_recursion(self):
        where: Any = {
            "version": {"_gt": 0},
            "_and": [{"id": {"_in": ["a", "b"]}}, {"_and": [{}, {"name": {}}]}],
        }
        for _ in range(3_000):
            where = {"_and": [where, {"id": {"_eq": "b"}}]}

        assert [name for name, _ in demands(where)][:4] == ["version", "id", "name", "id"]
        assert allowed(where, "id") == ["b"]


class TestOrders:
    def test_terms_of_one_column_count_once_the_first_of_them(self):
        order = parse_order(
            [{"name": "desc"}, {"name": "asc", "flow": {"name": "asc"}}, {"flow": {"name": "desc"}}]
        )

        assert order == [Term(("name",), True, True), Term(("flow", "name"), False, False)]

    def test_sorting_draws_for_each_row_and_term(self):
        work, twice = Work.unlimited(), Work.unlimited()
        sort(FLOW_RUN, ROWS, parse_order([{"name": "asc"}]), work)
        sort(FLOW_RUN, ROWS, parse_order([{"name": "asc"}, {"version": "asc"}]), twice)

        assert work.units > len(ROWS)
        assert twice.units == pytest.approx(2 * work.units)

    @pytest.mark.parametrize("columns", [["parameters"], ["name", "parameters"]])
    def test_json_and_texts_draw_for_their_length(self, columns):
        rows = [row(inputs=RunInputs(parameters={"v": "a" * 10_000}))] * 10
        by_order, by_columns = Work.unlimited(), Work.unlimited()
        sort(FLOW_RUN, rows, parse_order([{name: "asc"} for name in columns]), by_order)
        distinct(FLOW_RUN, rows, columns, by_columns)

        assert by_order.units > 10 * 10_000 * 0.03
        assert by_columns.units > 10 * 10_000 * 0.03

    def test_column_that_is_repeated_tells_rows_apart_once(self):
        once, often = Work.unlimited(), Work.unlimited()
        assert distinct(FLOW_RUN, ROWS, ["name"], once) == distinct(FLOW_RUN, ROWS, ["name"] * 50, often)
        assert once.units == often.units

    def test_sorting_stops_when_the_budget_is_used_up(self):
        rows = [row(inputs=RunInputs(parameters={"v": "a" * 100_000}))] * 100
        with pytest.raises(BadUserInput, match=r"^order_by: "):
            sort(FLOW_RUN, rows, parse_order([{"parameters": "asc"}]), Work(max_units=10_000))
        with pytest.raises(BadUserInput, match=r"^distinct_on: "):
            distinct(FLOW_RUN, rows, ["parameters"], Work(max_units=10_000))


class TestAggregates:
    @pytest.mark.parametrize(
        ("figure", "least"),
        [
            (lambda found: found.count(["name", "version"]), 200),
            (lambda found: found.count(["name"], distinct=True), 200),
            (lambda found: found.smallest("name"), 100),
            (lambda found: found.largest("created"), 100),
            (lambda found: found.count(), 0),
        ],
    )
    def test_each_figure_draws_for_its_rows(self, figure, least):
        work = Work.unlimited()
        found = Aggregate(ENTITIES["flow_run"], ROWS, work=work)
        figure(found)
        once = work.units
        figure(found)

        assert work.units == pytest.approx(2 * once)
        assert least <= once < 3 * least + 1

    def test_figures_stop_when_the_budget_is_used_up(self):
        found = Aggregate(ENTITIES["flow_run"], ROWS, work=Work(max_units=250))
        found.smallest("name")
        with pytest.raises(BadUserInput, match=r"^columns: "):
            found.count(["name", "version"])

    def test_counts_of_rows_without_null_are_as_before(self):
        found = Aggregate(ENTITIES["flow_run"], [row(name=name) for name in "aab"])

        assert (found.count(["name"]), found.count(["name"], distinct=True)) == (3, 2)
        assert found.count(["name", "start_time"]) == found.count(["start_time"], distinct=True) == 0
