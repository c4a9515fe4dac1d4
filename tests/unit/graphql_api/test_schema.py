import re
from pathlib import Path

import pytest
from graphql import (
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


def output_types() -> dict[str, str]:
    """Return the type of every field of every object, by `object.field`."""
    objects = [kind for kind in SCHEMA.type_map.values() if isinstance(kind, GraphQLObjectType)]
    return {
        f"{kind.name}.{name}": str(field.type)
        for kind in objects
        if not kind.name.startswith("__")
        for name, field in kind.fields.items()
    }


def test_every_id_of_an_object_is_non_null():
    ids = {name: kind for name, kind in output_types().items() if name.endswith(".id")}

    # The smallest and the largest id of no rows are null.
    nullable = {name for name, kind in ids.items() if kind != "UUID!"}
    assert {name for name in nullable if not re.search("_(min|max)_fields", name)} == set()


def test_every_list_and_every_element_of_a_list_is_non_null():
    lists = {name: kind for name, kind in output_types().items() if "[" in kind}

    assert len(lists) > 40
    assert {name: kind for name, kind in lists.items() if not re.fullmatch(r"\[\w+!\]!", kind)} == {}


def test_every_mutation_is_nullable_so_that_its_error_leaves_the_data_of_others():
    assert [name for name, kind in output_types().items() if re.match("Mutation.*!$", f"{name} {kind}")] == []
