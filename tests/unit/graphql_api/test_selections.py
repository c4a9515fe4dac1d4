import pytest
from graphql import GraphQLField, GraphQLInt, GraphQLObjectType, GraphQLSchema, graphql_sync

from graphql_api.queries.read_types import ReadTypes
from graphql_api.queries.selections import list_arguments, need_of
from operations.reads.entities.registry import ENTITIES

TYPES = ReadTypes()


class Seen:
    """A schema that notes what its one list is asked for."""

    def __init__(self):
        def resolve(_root, info, **arguments):
            self.need = need_of(info, ENTITIES["flow_run"])
            self.arguments = list_arguments(info, info.field_nodes[0], arguments)
            return []

        rows = GraphQLField(TYPES.objects["flow_run"], TYPES.list_arguments("flow_run"), resolve)
        query = GraphQLObjectType("Query", {"flow_run": rows, "number": GraphQLField(GraphQLInt)})
        self.schema = GraphQLSchema(query)

    def ask(self, document, variables=None):
        """The error is only that a list stands where one row is declared: nothing is read here."""
        graphql_sync(self.schema, document, variable_values=variables)
        return self


def order(document, variables=None):
    return [list(each.items()) for each in Seen().ask(document, variables).arguments.order_by]


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
    def test_the_keys_of_a_literal_count_in_the_order_they_are_written(self, literal, expected):
        found = order(f"{{ flow_run(order_by: {literal}) {{ id }} }}")

        assert found == expected
        assert [str(each) for each in found] == [str(each) for each in expected]

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
    def test_the_keys_of_a_variable_count_in_the_order_they_were_sent(self, value, expected):
        found = order("query($by: [flow_run_order_by!]) { flow_run(order_by: $by) { id } }", {"by": value})

        assert found == expected
        assert [str(each) for each in found] == [str(each) for each in expected]

    def test_a_variable_that_was_not_sent_is_no_order(self):
        assert order("query($by: [flow_run_order_by!]) { flow_run(order_by: $by) { id } }") == []

    @pytest.mark.parametrize("default", ["{version: desc, name: asc}", "[{version: desc}, {name: asc}]"])
    def test_a_variables_default_counts_as_it_is_written(self, default):
        found = order(f"query($by: [flow_run_order_by!] = {default}) {{ flow_run(order_by: $by) {{ id }} }}")

        assert [pair for each in found for pair in each] == [("version", "desc"), ("name", "asc")]

    def test_variables_may_stand_inside_of_a_literal(self):
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


def test_columns_and_relations_are_needed_once_however_they_are_selected():
    found = need(
        "{ flow_run { id a: name ...on flow_run { state } ...F flow { name } f: flow { project { id } } } }"
        " fragment F on flow_run { parameters flow { version } }"
    )

    assert found.columns == {"id", "name", "state", "parameters"}
    assert found.relation("flow").columns == {"name", "version"}
    assert found.relation("flow").relation("project").columns == {"id"}


def test_a_field_that_is_asked_for_twice_needs_what_both_select():
    assert need("{ flow_run { id } flow_run { parameters } }").columns == {"id", "parameters"}


@pytest.mark.parametrize(("wanted", "columns"), [(True, {"id", "parameters"}), (False, {"id", "context"})])
def test_what_a_directive_leaves_out_is_not_needed(wanted, columns):
    document = (
        "query($w: Boolean!) { flow_run { id parameters @include(if: $w) ...@skip(if: $w) { context } } }"
    )

    assert need(document, {"w": wanted}).columns == columns


def test_only_what_is_selected_decides_which_parts_are_read():
    entity = ENTITIES["flow_run"]

    assert need("{ flow_run { id name state version labels } }").parts(entity) == set()
    assert need("{ flow_run { serialized_state } }").parts(entity) == {"state"}
    assert need("{ flow_run { context states { id } heartbeat } }").parts(entity) == {
        "inputs",
        "history",
        "heartbeat",
    }
    assert need("{ flow_run { __typename flow { serialized_flow } } }").parts(entity) == set()


def test_the_filter_and_order_of_a_list_that_stands_in_the_row_are_needed_too():
    arguments = '(where: {flow: {name: {_eq: "g"}}}, order_by: {flow: {version: asc}}, distinct_on: type)'

    found = need(f"{{ flow_run {{ flow {{ tasks{arguments} {{ id }} }} }} }}")

    tasks = found.relation("flow").relation("tasks")
    assert tasks.columns == {"id", "type"}
    assert tasks.relation("flow").columns == {"name", "version"}


class TestListsWithAPlanOfTheirOwn:
    def lists(self, fields):
        declared = "($one: Int = 1, $two: Int = 2)"
        used = "flow_run(limit: $one, offset: $two)"
        return need(f"query{declared} {{ {used} {{ flow {{ {fields} }} }} }}").relation("flow").lists

    def test_each_is_needed_with_its_arguments_and_what_is_selected_of_it(self):
        ((wanted, below),) = self.lists(
            'flow_runs(where: {name: {_eq: "n"}}, limit: 3) { id flow { name } }'
        ).items()

        assert (wanted.relation, wanted.aggregate) == ("flow_runs", False)
        assert (wanted.arguments.where, wanted.arguments.limit) == ({"name": {"_eq": "n"}}, 3)
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
    def test_those_that_differ_are_told_apart(self, one, other):
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
    def test_those_that_mean_the_same_are_found_once(self, one, other):
        found = self.lists(f"a: flow_runs{one} {{ id }} b: flow_runs{other} {{ name }}")

        ((_, below),) = found.items()
        assert below.columns == {"id", "name"}


def of_aggregate(fields):
    found = need(f"{{ flow_run {{ flow {{ flow_runs_aggregate {{ {fields} }} }} }} }}")
    ((_, below),) = found.relation("flow").lists.items()
    return below


def test_an_aggregate_needs_no_row_for_a_count_and_columns_for_the_rest():
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


def test_the_other_arguments_are_taken_as_they_are():
    arguments = Seen().ask("{ flow_run(limit: 3, offset: 2, distinct_on: name) { id } }").arguments
    none = (
        Seen().ask("{ flow_run(limit: null, offset: null, distinct_on: null, where: null) { id } }").arguments
    )

    assert (arguments.limit, arguments.offset, arguments.distinct_on) == (3, 2, ["name"])
    assert (none.limit, none.offset, none.distinct_on, none.where) == (None, None, (), None)
