"""The table of permissions, compared with the whole schema."""

from typing import Any

import pytest
from graphql import GraphQLField, get_named_type, get_nullable_type, is_list_type, is_object_type

from domain.access.callers import Caller
from domain.access.scopes import Scope
from domain.errors import Forbidden
from graphql_api.language.documents import read
from graphql_api.language.uses import Use
from graphql_api.mutations.dialects import camel_case
from graphql_api.permissions import table
from graphql_api.permissions.checking import check_permissions, permitted
from graphql_api.permissions.table import PERMISSIONS
from graphql_api.schema import build_schema

SCHEMA = build_schema()
assert SCHEMA.query_type is not None
assert SCHEMA.mutation_type is not None
ROOTS: dict[str, GraphQLField] = {**SCHEMA.query_type.fields, **SCHEMA.mutation_type.fields}


def operation(text: str) -> Any:
    document = read(SCHEMA, text)
    assert document.errors == ()
    return document.operations[0]


def refusal(text: str, scope: Scope) -> Forbidden | None:
    try:
        check_permissions(operation(text), Caller(name="c", scope=scope))
    except Forbidden as error:
        return error
    return None


def test_table_has_each_root_field_once_and_no_other():
    names = [name for names in table._TABLE.values() for name in names]
    twins = {camel_case(name) for name in names}

    assert len(names) == len(set(names))
    assert set(ROOTS) - set(names) - twins == set(), "name them in src/graphql_api/permissions/table.py"
    assert set(names) - set(ROOTS) == set()


def test_field_without_an_entry_is_refused_even_if_the_schema_has_it():
    with pytest.raises(LookupError):
        permitted(Use("", "a_field_that_somebody_adds", "", is_list=False))


@pytest.mark.parametrize("scope", Scope)
def test_admin_may_use_each_field_and_the_others_less(scope):
    allowed = {name for name, scopes in PERMISSIONS.items() if scope in scopes}

    assert (allowed == set(PERMISSIONS)) is (scope is Scope.ADMIN)
    if scope in (Scope.READ, Scope.RUNNER):
        assert allowed < {name for name, scopes in PERMISSIONS.items() if Scope.USER in scopes}


def test_reader_changes_nothing_but_its_own_key():
    mutations = {name for name in PERMISSIONS if name in SCHEMA.mutation_type.fields}  # type: ignore[union-attr]

    assert {name for name in mutations if Scope.READ in PERMISSIONS[name]} == {
        "switch_tenant",
        "refresh_token",
        "rotate_api_key",
    }


@pytest.mark.parametrize(
    "text",
    [
        "{ tenant { projects { id } } }",
        "{ tenant { id ...T } } fragment T on tenant { flows { id } }",
        "{ tenant { ... on tenant { ... { flow_groups { id } } } } }",
        "{ user { default_membership { tenant { projects { name } } } } }",
        "{ flow_run { flow { project { flows { id } } } } }",
        "{ flow_run { flow { flow_runs_aggregate { aggregate { count } } } } }",
        "{ flow_run { id @skip(if: true) tenant { projects { id } } } }",
        "{ a: hello b: project { id } }",
        "{ ...Q } fragment Q on Query { secret_names }",
        """mutation($project: delete_project_input!) {
            set_flow_run_states(input: {states: []}) { states { id } }
            delete_project(input: $project) { success }
        }""",
    ],
)
def test_runner_reaches_no_list_of_others_by_a_detour(text):
    error = refusal(text, Scope.RUNNER)

    assert error is not None
    assert error.code == "FORBIDDEN"
    assert error.extensions["needs"] in error.message


def test_refusal_names_the_field_the_scope_that_is_missing_and_the_own_one():
    error = refusal("{ flow_run { flow { project { flows { id } } } } }", Scope.RUNNER)

    assert error is not None
    assert error.message == "project.flows needs a key of scope 'read'; this key has scope 'runner'."
    assert error.extensions == {
        "code": "FORBIDDEN",
        "field": "project.flows",
        "needs": "read",
        "scope": "runner",
    }


@pytest.mark.parametrize("scope", Scope)
def test_each_scope_may_ask_for_the_schema_and_for_itself(scope):
    assert refusal("{ __typename __schema { types { name } } hello auth_info { scope } }", scope) is None


def relations() -> list[tuple[str, str, Use]]:
    """Return the lists below the root, with the root field that shows the same rows."""
    found = []
    for kind in SCHEMA.type_map.values():
        if (
            not is_object_type(kind)
            or kind.name.startswith("__")
            or kind in (SCHEMA.query_type, SCHEMA.mutation_type)
        ):
            continue
        for name, field in kind.fields.items():
            target = get_named_type(field.type)
            is_list = is_list_type(get_nullable_type(field.type))
            if (
                is_object_type(target)
                and (is_list or target.name.endswith("_aggregate"))
                and target.name in ROOTS
            ):
                found.append((kind.name, target.name, Use(kind.name, name, target.name, is_list)))
    return found


@pytest.mark.parametrize("scope", Scope)
def test_list_below_the_root_needs_what_the_list_at_the_root_needs(scope):
    lists = relations()

    assert len(lists) > 30
    for _, target, use in lists:
        assert (scope in permitted(use)) is (scope in PERMISSIONS[target]), use
