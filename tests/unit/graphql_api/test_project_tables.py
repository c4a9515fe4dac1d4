"""The tables for keys that are limited to projects, compared with the whole schema and all entities."""

from typing import Any

import pytest
from graphql import (
    GraphQLField,
    GraphQLInputObjectType,
    get_named_type,
    is_input_object_type,
)

from domain.access.callers import Caller
from domain.access.scopes import Scope
from domain.errors import Forbidden
from graphql_api.mutations.dialects import camel_case
from graphql_api.permissions.filters import check_filter
from graphql_api.permissions.subjects import MINDFUL, OF_LOGS, PLAIN, REGISTERING, SUBJECTS, TENANT_WIDE
from graphql_api.schema import build_schema
from operations.reads.entities.registry import ENTITIES
from operations.reads.ways import KEYS, SEEN_BY_ALL, SEEN_BY_NONE, WAYS, asked, condition, limited
from operations.reads.where.constraints import allowed
from operations.reads.where.settling import settle_filter

SCHEMA = build_schema()
assert SCHEMA.query_type is not None
assert SCHEMA.mutation_type is not None
TWINS = {camel_case(name) for name in SCHEMA.mutation_type.fields if camel_case(name) != name}
MUTATIONS: dict[str, GraphQLField] = {
    name: field for name, field in SCHEMA.mutation_type.fields.items() if name not in TWINS
}
# The fields of Query that are no list of an entity, and how each minds the projects of its caller. It tells
# of nothing else, it looks at names with the table of subjects, or it has a rule of its own.
OTHER_QUERIES = {
    **dict.fromkeys(("hello", "api", "auth_info", "authInfo"), "tells of the caller"),
    **dict.fromkeys(("schedule_preview", "mapped_children", "get_task_run_info"), "looks at names"),
    **dict.fromkeys(("log_portion", "utility_downstream_tasks", "flow_runs_of_key"), "a list"),
    **dict.fromkeys(("flow_run_counts", "queue_depth", "secret_names", "tenant_usage"), "a rule of its own"),
    **dict.fromkeys(("secret_value", "secretValue"), "runs of each project need secrets"),
}


def input_fields(kind: GraphQLInputObjectType) -> set[str]:
    """Return the names of the fields of an input, and of the objects in it that mutations declare."""
    names = set()
    for name, field in kind.fields.items():
        names.add(name)
        below = get_named_type(field.type)
        if is_input_object_type(below) and not below.name.endswith("_bool_exp"):
            names |= input_fields(below)
    return names


def fields_of(mutation: str) -> set[str]:
    return input_fields(get_named_type(MUTATIONS[mutation].args["input"].type))  # type: ignore[arg-type]


def test_each_entity_has_one_way_to_its_project():
    tables: list[Any] = [WAYS, SEEN_BY_ALL, SEEN_BY_NONE, KEYS]
    names = [name for table in tables for name in table]

    assert sorted(names) == sorted(ENTITIES)
    for name, (*relations, column) in WAYS.items():
        entity = ENTITIES[name]
        for relation in relations:
            assert not entity.relations[relation].many
            entity = ENTITIES[entity.relations[relation].target]
            # The way of a related row is the rest of the way, so that one look at it is enough.
            assert entity.name in WAYS
        assert column in entity.columns
        assert len(relations) < 1 or WAYS[ENTITIES[name].relations[relations[0]].target] == (
            *relations[1:],
            column,
        )


def test_each_input_field_names_something_or_nothing():
    names = {name for mutation in MUTATIONS for name in fields_of(mutation)}

    assert names - PLAIN - set(SUBJECTS) == set()
    assert PLAIN & set(SUBJECTS) == set()
    assert (PLAIN | set(SUBJECTS)) - names == set()


def test_each_mutation_names_something_or_says_why_not():
    naming = {mutation for mutation in MUTATIONS if fields_of(mutation) & set(SUBJECTS)}

    assert set(MUTATIONS) - naming - TENANT_WIDE - MINDFUL == set()
    assert naming & TENANT_WIDE == set()
    assert naming & MINDFUL == set()
    assert set(MUTATIONS) >= (TENANT_WIDE | MINDFUL | REGISTERING | OF_LOGS)


def test_each_field_of_query_is_a_list_of_an_entity_or_says_how_it_minds_projects():
    assert SCHEMA.query_type is not None
    of_entities = {
        name + suffix
        for name, entity in ENTITIES.items()
        if entity.plan is not None
        for suffix in ("", "_aggregate", "_by_pk")
    }

    assert set(SCHEMA.query_type.fields) - of_entities == set(OTHER_QUERIES)


@pytest.mark.parametrize("name", sorted({*WAYS, *KEYS}))
def test_condition_of_an_entity_is_a_filter_that_planning_finds_again(name):
    entity, projects = ENTITIES[name], frozenset({"b", "a"})
    own = {"id": {"_eq": "x"}} if "id" in entity.columns else {}
    settled = settle_filter(entity, limited(name, own, projects))

    assert asked(name, settled, projects) == {"_and": [own] if own else []}
    assert settled["_and"][0] == condition(name, projects)
    assert limited(name, own, None) == own


def test_what_no_limited_caller_sees_is_not_even_looked_up():
    for name in SEEN_BY_NONE:
        settled = settle_filter(ENTITIES[name], limited(name, None, frozenset({"a"})))
        assert [allowed(settled, column) for column in ENTITIES[name].columns] == [
            [] for _ in ENTITIES[name].columns
        ]


@pytest.mark.parametrize(
    ("entity", "where"),
    [
        ("tenant", {"projects": {"name": {"_eq": "x"}}}),
        ("tenant", {"projects": {}}),
        ("tenant", {"_or": [{"_not": {"_and": [{"flows": {"name": {"_like": "a%"}}}]}}]}),
        ("flow_run", {"flow": {"project": {"flows": {"archived": {"_eq": True}}}}}),
        ("flow_run", {"tenant": {"flow_groups": {"name": {"_eq": "x"}}}}),
        ("flow_run", {"logs": {"message": {"_like": "%secret%"}}}),
    ],
)
def test_runner_learns_nothing_by_a_filter_on_what_it_may_not_list(entity, where):
    runner = Caller(name="r", scope=Scope.RUNNER)

    with pytest.raises(Forbidden) as raised:
        check_filter(runner, ENTITIES[entity], where)

    assert raised.value.extensions["needs"] == "read"
    for scope in (Scope.ADMIN, Scope.USER, Scope.READ):
        check_filter(Caller(name="c", scope=scope), ENTITIES[entity], where)


@pytest.mark.parametrize(
    "where",
    [
        None,
        {"id": {"_in": ["x"]}, "_or": None},
        {"task_runs": {"state_start_time": {"_lte": "x"}}, "flow": {"name": {"_eq": "x"}}},
        {"flow": {"project": {"name": {"_eq": "x"}}}, "task_runs": None},
    ],
)
def test_runner_filters_runs_by_what_it_reads_of_them(where):
    check_filter(Caller(name="r", scope=Scope.RUNNER), ENTITIES["flow_run"], where)
