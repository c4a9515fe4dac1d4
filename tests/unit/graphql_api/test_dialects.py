from types import SimpleNamespace
from typing import Any

import pytest
from graphql import (
    ExecutionResult,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInt,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLString,
    get_named_type,
    graphql_sync,
    is_non_null_type,
)

from domain.access.callers import OPERATOR
from domain.work import Work
from graphql_api.mutations.dialects import Mutation, camel_case, mutation_fields
from graphql_api.mutations.inputs import (
    INTEGER,
    JSON_VALUE,
    TEXT,
    MutationInput,
    list_of,
    optional,
    required,
    required_in_camel_case,
)
from graphql_api.schema import build_schema

SCHEMA = build_schema()


def fields_of_mutation_type(schema: GraphQLSchema) -> dict[str, GraphQLField]:
    assert schema.mutation_type is not None
    return dict(schema.mutation_type.fields)


MUTATIONS = fields_of_mutation_type(SCHEMA)
# Only `flow.register` of 0.15.5 and later sends the first two. The camelCase dialect has another mutation for
# schedules, no mutation for tenants, and no flow groups.
ONLY_LATER = {
    *("register_tasks", "register_edges", "set_schedule_active", "set_schedule_inactive"),
    *("create_tenant", "set_tenant_limits"),
    *(
        f"set_flow_group_{setting}"
        for setting in ("description", "labels", "run_config", "default_parameters", "schedule")
    ),
    "delete_flow_group_schedule",
    *("set_schedule_rules", "pause_schedule", "resume_schedule", "trigger_schedule"),
    *("create_backfill", "stop_backfill", "continue_backfill", "clear_late_runs"),
    "rotate_api_key",
}


def input_type(field: GraphQLField) -> GraphQLInputObjectType:
    found = get_named_type(field.args["input"].type)
    assert isinstance(found, GraphQLInputObjectType)
    return found


TWINS = sorted(name for name in MUTATIONS if "_" in name and name not in ONLY_LATER)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("create_flow_run", "createFlowRun"),
        ("create_flow_from_compressed_string", "createFlowFromCompressedString"),
        ("create_api_token", "createAPIToken"),
        ("name", "name"),
        ("id", "id"),
    ],
)
def test_camel_case_name_is_derived(name, expected):
    assert camel_case(name) == expected


def test_mutations_are_those_of_both_dialects_and_of_the_later_alone():
    assert set(MUTATIONS) == set(TWINS) | set(map(camel_case, TWINS)) | ONLY_LATER


@pytest.mark.parametrize("name", TWINS)
def test_twins_have_equal_inputs_of_declared_types_and_one_payload(name):
    snake, camel = MUTATIONS[name], MUTATIONS[camel_case(name)]

    assert [*snake.args] == [*camel.args] == ["input"]
    assert str(snake.args["input"].type) == f"{name}_input!"
    assert str(camel.args["input"].type) == f"{camel_case(name)}Input!"
    assert snake.type is camel.type
    assert [camel_case(field) for field in input_type(snake).fields] == [*input_type(camel).fields]


@pytest.mark.parametrize("name", TWINS)
def test_twins_require_the_same_inputs_except_version(name):
    snake, camel = input_type(MUTATIONS[name]), input_type(MUTATIONS[camel_case(name)])

    different = [
        field
        for field in snake.fields
        if is_non_null_type(snake.fields[field].type)
        is not is_non_null_type(camel.fields[camel_case(field)].type)
    ]
    assert different == (["version"] if name == "set_flow_run_state" else [])


@pytest.mark.parametrize("runs", ["Flow", "Task"])
def test_version_is_required_only_by_the_camel_case_mutation_of_one_run(runs):
    def version_of(name: str) -> str:
        return str(get_named_type(input_type(MUTATIONS[name]).fields["states"].type).fields["version"].type)

    assert str(input_type(MUTATIONS["setFlowRunState"]).fields["version"].type) == "Int!"
    assert version_of(f"set{runs}RunStates") == "Int"
    assert version_of(f"set_{runs.lower()}_run_states") == "Int"


class RowInput(MutationInput):
    row_id = optional(INTEGER, "")
    any_value = optional(JSON_VALUE, "")


class ThingInput(MutationInput):
    flow_run_id = required(TEXT, "")
    version = required_in_camel_case(INTEGER, "")
    some_rows = optional(list_of(RowInput, 0), "")


class TestOneDefinition:
    def schema(self, seen: list[ThingInput], *, has_twin: bool = True) -> GraphQLSchema:
        payload = GraphQLObjectType("payload", {"id": GraphQLField(GraphQLString)})

        def resolve(_context: object, given: ThingInput) -> dict[str, Any]:
            seen.append(given)
            return {"id": "x"}

        mutation = Mutation("do_a_thing", "", ThingInput, payload, resolve, camel_case=has_twin)
        query = GraphQLObjectType("Query", {"a": GraphQLField(GraphQLInt)})
        return GraphQLSchema(query, GraphQLObjectType("Mutation", mutation_fields((mutation,))))

    def send(self, seen: list[ThingInput], document: str) -> ExecutionResult:
        context = SimpleNamespace(work=Work.unlimited(), audit_kept=None, caller=OPERATOR)
        return graphql_sync(self.schema(seen), document, context_value=context)

    @pytest.mark.parametrize(
        "mutation",
        [
            'do_a_thing(input: {flow_run_id: "r" version: 1 some_rows: [{row_id: 1 any_value: {rowId: 2}}]})',
            'doAThing(input: {flowRunId: "r" version: 1 someRows: [{rowId: 1 anyValue: {rowId: 2}}]})',
        ],
        ids=["snake_case", "camelCase"],
    )
    def test_resolver_gets_the_same_input_in_both_dialects(self, mutation):
        seen: list[ThingInput] = []

        assert self.send(seen, f"mutation {{ {mutation} {{ id }} }}").errors is None

        (given,) = seen
        assert (given.flow_run_id, given.version) == ("r", 1)
        assert given.some_rows is not None
        assert [(row.row_id, row.any_value) for row in given.some_rows] == [(1, {"rowId": 2})]

    @pytest.mark.parametrize("rows", ["", ", some_rows: null"], ids=["absent", "null"])
    def test_absent_input_and_null_input_are_none(self, rows):
        seen: list[ThingInput] = []
        text = f'mutation {{ do_a_thing(input: {{flow_run_id: "r"{rows}}}) {{ id }} }}'

        assert self.send(seen, text).errors is None

        assert (seen[0].version, seen[0].some_rows) == (None, None)

    def test_mutation_without_twin_has_no_name_in_camel_case(self):
        assert [*fields_of_mutation_type(self.schema([], has_twin=False))] == ["do_a_thing"]

    @pytest.mark.parametrize("version", ["", "version: null"], ids=["absent", "null"])
    def test_input_required_in_camel_case_is_refused_when_it_is_absent_or_null(self, version):
        seen: list[ThingInput] = []

        result = graphql_sync(
            self.schema(seen), f'mutation {{ doAThing(input: {{flowRunId: "r" {version}}}) {{ id }} }}'
        )

        assert result.errors is not None
        assert "version" in result.errors[0].message or "non-null" in result.errors[0].message
        assert seen == []


def test_input_class_has_the_fields_of_its_base_before_its_own():
    class LongThingInput(ThingInput):
        length = optional(INTEGER, "")

    assert [*LongThingInput.fields] == ["flow_run_id", "version", "some_rows", "length"]
    assert [*ThingInput.fields] == ["flow_run_id", "version", "some_rows"]


def test_misspelt_input_is_no_attribute():
    with pytest.raises(AttributeError):
        ThingInput({"flow_run_id": "r"}).flow_run  # type: ignore[attr-defined]  # noqa: B018
