from types import SimpleNamespace

import pytest
from graphql import GraphQLField, GraphQLInt, GraphQLObjectType, GraphQLSchema, graphql_sync

from domain.access.callers import OPERATOR
from domain.work import Work
from graphql_api.queries.read_types import ReadTypes
from graphql_api.queries.selections import list_arguments, need_of
from operations.reads.entities.registry import ENTITIES

TYPES = ReadTypes()


class Seen:
    """A schema whose one list records its arguments and what it must read."""

    def __init__(self):
        def resolve(_root, info, **arguments):
            self.need = need_of(info, ENTITIES["flow_run"])
            self.arguments = list_arguments(info, ENTITIES["flow_run"], info.field_nodes[0], arguments)
            return []

        rows = GraphQLField(TYPES.objects["flow_run"], TYPES.list_arguments("flow_run"), resolve)
        query = GraphQLObjectType("Query", {"flow_run": rows, "number": GraphQLField(GraphQLInt)})
        self.schema = GraphQLSchema(query)

    def ask(self, document, variables=None):
        """Send a document. Its result does not matter, because the list reads no rows."""
        context = SimpleNamespace(work=Work.unlimited(), caller=OPERATOR)
        graphql_sync(self.schema, document, variable_values=variables, context_value=context)
        return self


def order(document, variables=None):
    return [list(keys.items()) for keys in Seen().ask(document, variables).arguments.order_by]


class TestOrder:
    @pytest.mark.parametrize(
        ("literal", "expected"),
        [
            ("{version: desc, name: asc}", [[("version", "desc"), ("name", "asc")]]),
            ("{name: asc, version: desc}", [[("name", "asc"), ("version", "desc")]]),
            ("[{version: desc}, {name: asc}]", [[("version", "desc")], [("name", "asc")]]),
            (
                "[{version: desc, id: asc}, {name: asc}]",
                [[("version", "desc"), ("id", "asc")], [("name", "asc")]],
            ),
            ("{flow: {version: desc, name: asc}}", [[("flow", {"version": "desc", "name": "asc"})]]),
            ("null", []),
            ("[]", []),
            ("{}", [[]]),
        ],
    )
    def test_order_by_literal_keeps_the_written_order_of_its_keys(self, literal, expected):
        found = order(f"{{ flow_run(order_by: {literal}) {{ id }} }}")

        assert found == expected
        assert [str(keys) for keys in found] == [str(keys) for keys in expected]

    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            ({"version": "desc", "name": "asc"}, [[("version", "desc"), ("name", "asc")]]),
            (
                [{"version": "desc", "name": "asc"}, {"id": "asc"}],
                [[("version", "desc"), ("name", "asc")], [("id", "asc")]],
            ),
            ({"flow": {"version": "desc", "name": "asc"}}, [[("flow", {"version": "desc", "name": "asc"})]]),
            (None, []),
        ],
        ids=repr,
    )
    def test_order_by_variable_keeps_the_sent_order_of_its_keys(self, value, expected):
        found = order("query($by: [flow_run_order_by!]) { flow_run(order_by: $by) { id } }", {"by": value})

        assert found == expected
        assert [str(keys) for keys in found] == [str(keys) for keys in expected]

    def test_order_by_variable_that_is_absent_means_no_order(self):
        assert order("query($by: [flow_run_order_by!]) { flow_run(order_by: $by) { id } }") == []

    @pytest.mark.parametrize("default", ["{version: desc, name: asc}", "[{version: desc}, {name: asc}]"])
    def test_default_of_an_order_by_variable_keeps_its_written_order(self, default):
        found = order(f"query($by: [flow_run_order_by!] = {default}) {{ flow_run(order_by: $by) {{ id }} }}")

        assert [pair for keys in found for pair in keys] == [("version", "desc"), ("name", "asc")]

    def test_variables_inside_an_order_by_literal_are_read(self):
        document = (
            "query($way: order_by, $more: flow_run_order_by!, $none: order_by)"
            " { flow_run(order_by: [{version: $way, id: $none, created: asc}, $more]) { id } }"
        )

        assert order(document, {"way": "desc", "more": {"name": "asc", "created": "desc"}}) == [
            [("version", "desc"), ("created", "asc")],
            [("name", "asc"), ("created", "desc")],
        ]


def need(document, variables=None):
    return Seen().ask(document, variables).need


def test_columns_and_relations_selected_in_several_ways_are_merged():
    found = need(
        "{ flow_run { id a: name ...on flow_run { state } ...F flow { name } f: flow { project { id } } } }"
        " fragment F on flow_run { parameters flow { version } }"
    )

    assert found.columns == {"id", "name", "state", "parameters"}
    assert found.relation("flow").columns == {"name", "version"}
    assert found.relation("flow").relation("project").columns == {"id"}


def test_field_selected_twice_needs_the_columns_of_both():
    assert need("{ flow_run { id } flow_run { parameters } }").columns == {"id", "parameters"}


@pytest.mark.parametrize(("wanted", "columns"), [(True, {"id", "parameters"}), (False, {"id", "context"})])
def test_field_skipped_by_a_directive_is_not_needed(wanted, columns):
    document = (
        "query($w: Boolean!) { flow_run { id parameters @include(if: $w) ...@skip(if: $w) { context } } }"
    )

    assert need(document, {"w": wanted}).columns == columns


def test_selected_columns_decide_which_parts_are_read():
    entity = ENTITIES["flow_run"]

    assert need("{ flow_run { id name state version labels } }").parts(entity) == set()
    assert need("{ flow_run { serialized_state } }").parts(entity) == {"state"}
    wanted = need("{ flow_run { context states { id } heartbeat } }")
    assert wanted.parts(entity) == {"inputs", "types", "heartbeat"}
    assert need("{ flow_run { __typename flow { serialized_flow } } }").parts(entity) == set()


def test_filter_and_order_of_a_list_inside_a_row_are_needed():
    order_by = "[{type: asc}, {flow: {version: asc}}]"
    arguments = f'(where: {{flow: {{name: {{_eq: "g"}}}}}}, order_by: {order_by}, distinct_on: type)'

    found = need(f"{{ flow_run {{ flow {{ tasks{arguments} {{ id }} }} }} }}")

    tasks = found.relation("flow").relation("tasks")
    assert tasks.columns == {"id", "type"}
    assert tasks.relation("flow").columns == {"name", "version"}


class TestListsWithAPlanOfTheirOwn:
    def lists(self, fields):
        declared = "($one: Int = 1, $two: Int = 2)"
        used = "flow_run(limit: $one, offset: $two)"
        return need(f"query{declared} {{ {used} {{ flow {{ {fields} }} }} }}").relation("flow").lists

    def test_nested_list_is_needed_with_its_arguments_and_columns(self):
        ((wanted, below),) = self.lists(
            'flow_runs(where: {name: {_eq: "n"}}, limit: 3) { id flow { name } }'
        ).items()

        assert (wanted.relation, wanted.aggregate) == ("flow_runs", False)
        assert (wanted.listing.arguments.where, wanted.listing.arguments.limit) == ({"name": {"_eq": "n"}}, 3)
        assert below.columns == {"id"}
        assert below.relation("flow").columns == {"name"}

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("", "(limit: 1)"),
            ('(where: {name: {_eq: "a"}})', '(where: {name: {_eq: "b"}})'),
            ("(order_by: {name: asc, id: asc})", "(order_by: {id: asc, name: asc})"),
            ("(limit: $one)", "(limit: $two)"),
            ("_aggregate", ""),
        ],
    )
    def test_nested_lists_with_different_arguments_are_read_separately(self, one, other):
        def field(name, arguments):
            of = "{ aggregate { count } }" if arguments == "_aggregate" else "{ id }"
            return f"{name}: flow_runs{arguments} {of}"

        assert len(self.lists(f"{field('a', one)} {field('b', other)}")) == 2

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("(limit: 1)", "(limit: $one)"),
            ("(order_by: {name: asc})", "(order_by: [{name: asc}])"),
            ("", "(where: null)"),
        ],
    )
    def test_nested_lists_with_equal_arguments_are_read_once(self, one, other):
        found = self.lists(f"a: flow_runs{one} {{ id }} b: flow_runs{other} {{ name }}")

        ((_, below),) = found.items()
        assert below.columns == {"id", "name"}


def of_aggregate(fields):
    found = need(f"{{ flow_run {{ flow {{ flow_runs_aggregate {{ {fields} }} }} }} }}")
    ((_, below),) = found.relation("flow").lists.items()
    return below


def test_count_needs_no_rows_and_other_aggregates_need_columns():
    assert not of_aggregate("aggregate { count }")
    assert of_aggregate("aggregate { count(columns: [start_time], distinct: true) }").columns == {
        "start_time"
    }
    assert of_aggregate("aggregate { min { created __typename } max { name } }").columns == {
        "created",
        "name",
    }
    assert of_aggregate("nodes { __typename }").columns == {"id"}
    assert of_aggregate("nodes { flow { name } }").relation("flow").columns == {"name"}


def test_limit_offset_and_distinct_on_are_taken_unchanged():
    arguments = Seen().ask("{ flow_run(limit: 3, offset: 2, distinct_on: name) { id } }").arguments
    none = (
        Seen().ask("{ flow_run(limit: null, offset: null, distinct_on: null, where: null) { id } }").arguments
    )

    assert (arguments.limit, arguments.offset, arguments.distinct_on) == (3, 2, ["name"])
    assert (none.limit, none.offset, none.distinct_on, none.where) == (None, None, (), None)


def test_width_of_a_list_that_is_selected_twice_counts_both_selections():
    found = need("{ flow_run { states { id version } states { state } } flow_run { states { id message } } }")

    assert found.width == 8
    assert [nested.width for nested in found.fields.values()] == [5]


def test_width_counts_each_field_that_the_response_shows_of_a_row():
    found = need(
        "{ flow_run { id a: id ...F flow { id name } s: states { id } t: states(limit: 2) { id version } } }"
        " fragment F on flow_run { name ... { state } }"
    )

    assert found.width == 12
    assert {path: (nested.width, nested.written) for path, nested in found.fields.items()} == {
        ("flow_run", "s"): (1, 0),
        ("flow_run", "t"): (2, 1),
    }
