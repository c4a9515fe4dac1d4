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

# The types of the one variable in clients' documents.
DECLARED = """
    createFlowFromCompressedStringInput createFlowInput createFlowRunInput createProjectInput
    setFlowRunStatesInput setFlowRunStateInput archiveFlowInput
    cancel_flow_run_input create_flow_from_compressed_string_input create_flow_input create_flow_run_input
    create_project_input register_edges_input register_tasks_input set_flow_run_name_input
    set_flow_run_states_input set_flow_run_state_input set_schedule_active_input archive_flow_input
    set_flow_run_labels_input delete_flow_run_input update_flow_run_heartbeat_input
""".split()  # noqa: SIM905 - easier to read than quoted words


def test_schema_equals_the_committed_snapshot():
    hint = "after a wanted change: scripts/print-schema > tests/unit/graphql_api/schema.graphql"

    assert print_schema(lexicographic_sort_schema(SCHEMA)) + "\n" == COMMITTED.read_text("utf-8"), hint


def test_schema_is_valid():
    # `build_schema` marks the schema as valid, and `validate_schema` believes the mark.
    unmarked = GraphQLSchema(**SCHEMA.to_kwargs() | {"assume_valid": False})

    assert validate_schema(unmarked) == []


@pytest.mark.parametrize("name", DECLARED)
def test_schema_has_every_input_type_that_clients_declare(name):
    assert isinstance(SCHEMA.type_map.get(name), GraphQLInputObjectType)


def test_every_query_mutation_and_column_has_a_description():
    """Payloads, filters and aggregates need no description, because their names say enough."""
    names = ["Query", "Mutation", "tenant", "project", "flow", "flow_group", "flow_run", "flow_run_state"]
    types = [SCHEMA.type_map[name] for name in names]

    bare = [
        f"{kind.name}.{field}"
        for kind in types
        if isinstance(kind, GraphQLObjectType)
        for field, definition in kind.fields.items()
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
    # The counts may be refused for a project, and a page that asks for more with them still gets the rest.
    assert {name: kind for name, kind in lists.items() if not re.fullmatch(r"\[\w+!\]!", kind)} == {
        "Query.flow_run_counts": "[flow_run_counts!]",
        # Null says that a caller is not limited to projects.
        **{f"{name}.projects": "[UUID!]" for name in ("auth_info", "authInfo")},
    }


def test_every_mutation_is_nullable_so_that_its_error_leaves_the_data_of_others():
    assert [name for name, kind in output_types().items() if re.match("Mutation.*!$", f"{name} {kind}")] == []
