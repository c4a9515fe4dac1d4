from pathlib import Path

import pytest
from graphql import (
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLObjectType,
    GraphQLSchema,
    lexicographic_sort_schema,
    print_schema,
    validate_schema,
)

from graphql_api.schema import build_schema

COMMITTED = Path(__file__).with_name("schema.graphql")
SCHEMA = build_schema()

# The types that clients declare their one variable with.
DECLARED = """
    createFlowFromCompressedStringInput createFlowInput createFlowRunInput createProjectInput
    setFlowRunStatesInput setFlowRunStateInput archiveFlowInput
    cancel_flow_run_input create_flow_from_compressed_string_input create_flow_input create_flow_run_input
    create_project_input register_edges_input register_tasks_input set_flow_run_name_input
    set_flow_run_states_input set_flow_run_state_input set_schedule_active_input archive_flow_input
    set_flow_run_labels_input delete_flow_run_input update_flow_run_heartbeat_input
""".split()  # noqa: SIM905 - easier to read than quoted words


def test_the_schema_is_the_committed_one():
    """After a wanted change: scripts/print-schema > tests/unit/graphql_api/schema.graphql."""
    assert print_schema(lexicographic_sort_schema(SCHEMA)) + "\n" == COMMITTED.read_text("utf-8")


def test_the_schema_is_valid():
    # A process takes that for granted, and so would `validate_schema` with the schema as it is.
    doubted = GraphQLSchema(**SCHEMA.to_kwargs() | {"assume_valid": False})

    assert validate_schema(doubted) == []


def test_a_name_that_graphql_does_not_allow_is_refused_each_time():
    for _ in range(2):
        with pytest.raises(GraphQLError, match="Names must"):
            GraphQLObjectType("a-b", {})


@pytest.mark.parametrize("name", DECLARED)
def test_every_input_type_that_clients_declare_is_there(name):
    assert isinstance(SCHEMA.type_map.get(name), GraphQLInputObjectType)


def test_every_field_of_what_is_read_and_of_mutations_is_described():
    """Payloads, filters and connections speak for themselves; the nouns and verbs do not."""
    names = ["Query", "Mutation", "tenant", "project", "flow", "flow_group", "flow_run", "flow_run_state"]
    types = [SCHEMA.type_map[name] for name in names]

    bare = [
        f"{each.name}.{field}"
        for each in types
        if isinstance(each, GraphQLObjectType)
        for field, definition in each.fields.items()
        if not definition.description
    ]
    assert bare == []
