"""Isolation of tenants: every root field, relation and mutation of the schema, with what is another tenant's.

All of it is taken from the schema and from the scenarios of mutations, so a new field or mutation joins by
itself. What is another tenant's must be as what does not exist: the same texts, calls and units.
"""

import json
from typing import Any

import pytest
from graphql import get_named_type, is_object_type

from domain.ids import owner_of
from tests.contract.mutation_stage import UUID, WRITES, mutations
from tests.contract.neighbours import DEPTH, QUERIES, Neighbours, selection, unknown, without
from tests.contract.sites import Site, scenarios
from tests.contract.test_interrupted import given_like

pytestmark = pytest.mark.dynoxide_only
LISTS = sorted(name for name in QUERIES if f"{name}_aggregate" in QUERIES)
# Lists of which the first tenant has no row.
EMPTY = {"audit_entry", "edge", "occurrence", "secret"}
BY_ID = sorted(name for name in QUERIES if name.endswith("_by_pk"))
# Fields without rows: of nobody, of the caller, of the tenant as a whole, or by names and ids in arguments.
OTHERS = sorted(set(QUERIES) - set(LISTS) - set(BY_ID) - {f"{name}_aggregate" for name in LISTS})


@pytest.fixture(scope="module")
def neighbours(database: Any) -> Any:
    """Yield two tenants in one table, and check at the end that the second is as it was, byte for byte."""
    with database() as (client, table_name):
        found = Neighbours(client, table_name)
        yield found
        assert found.theirs.own_items() == found.before


def fields_of(name: str) -> Any:
    kind: Any = get_named_type(QUERIES[name].type)
    return kind.fields


def needed(name: str, site: Site) -> dict[str, Any]:
    """Return the filter without which a list is refused, because it would be one of the whole tenant."""
    if name in ("task_run", "task_run_state", "task_run_artifact", "log"):
        column = "flow_run_id" if "flow_run_id" in fields_of(name) else "task_run_id"
        return {column: {"_eq": site.running_id if column == "flow_run_id" else site.task_run_id}}
    return {}


def ids_of_entity(neighbours: Neighbours, name: str) -> list[str]:
    """Return ids of rows of the other tenant."""
    if "id" not in fields_of(name):
        return sorted(neighbours.their_ids)[:3]
    query = f"query($where: {name}_bool_exp) {{ {name}(where: $where) {{ id }} }}"
    rows, _ = neighbours.theirs.ask(query, where=needed(name, neighbours.their_site))
    return [row["id"] for row in rows["data"][name]]


def test_walk_covers_each_root_field_of_the_schema():
    assert len(LISTS) > 20
    assert len(BY_ID) > 10
    walked = {*LISTS, *(f"{name}_aggregate" for name in LISTS), *BY_ID, *OTHERS}
    assert walked == set(QUERIES)


@pytest.mark.parametrize("name", LISTS)
def test_list_shows_nothing_of_another_tenant_in_any_relation(neighbours, name):
    shown = selection(get_named_type(QUERIES[name].type), DEPTH)
    query = f"query($where: {name}_bool_exp) {{ {name}(where: $where, limit: 20) {{ {shown} }} }}"

    result, _ = neighbours.mine.ask(query, where=needed(name, neighbours.my_site))

    assert "errors" not in result, result["errors"]
    assert neighbours.their_ids & set(UUID.findall(json.dumps(result, default=str))) == set()
    assert bool(result["data"][name]) is (name not in EMPTY)
    # The same list of the other tenant would show its ids, so the walk can see them.
    other, _ = neighbours.theirs.ask(query, where=needed(name, neighbours.their_site))
    shown_there = neighbours.their_ids & set(UUID.findall(json.dumps(other, default=str)))
    assert bool(shown_there) is (name not in EMPTY)


@pytest.mark.parametrize("name", LISTS)
def test_list_by_the_id_of_another_tenants_row_is_as_for_an_unknown_id(neighbours, name):
    query = f"""query($where: {name}_bool_exp) {{
        {name}(where: $where) {{ __typename }}
        {name}_aggregate(where: $where) {{ aggregate {{ count }} }}
    }}"""
    column = "id" if "id" in fields_of(name) else "tenant_id"
    asked_for = [(column, each) for each in ids_of_entity(neighbours, name)[:4]]
    asked_for += [(column, wanted["_eq"]) for column, wanted in needed(name, neighbours.their_site).items()]
    if "tenant_id" in fields_of(name):
        asked_for.append(("tenant_id", neighbours.theirs.tenant_id))
    for column, identifier in asked_for:
        asked = [
            neighbours.mine.ask(query, where={column: {"_eq": each}})
            for each in (identifier, unknown(identifier))
        ]

        assert without(asked[0], identifier) == without(asked[1], unknown(identifier))
        data = asked[0][0].get("data")
        assert data is None or (data[name], data[f"{name}_aggregate"]["aggregate"]["count"]) == ([], 0)


@pytest.mark.parametrize("name", BY_ID)
def test_row_of_another_tenant_is_as_an_unknown_one(neighbours, name):
    entity = name.removesuffix("_by_pk")
    kind = get_named_type(QUERIES[name].type)
    query = f"query($id: UUID!) {{ {name}(id: $id) {{ {selection(kind, 1)} }} }}"
    found = ids_of_entity(neighbours, entity) if entity != "tenant" else [neighbours.theirs.tenant_id]
    for identifier in found[:4]:
        asked = [neighbours.mine.ask(query, id=each) for each in (identifier, unknown(identifier))]

        assert asked[0][0] == {"data": {name: None}}
        assert asked[0] == asked[1]


@pytest.mark.parametrize("name", OTHERS)
def test_other_field_is_the_same_whoever_else_there_is(neighbours, name):
    """Each argument that may be an id gets ids of the other tenant in turn, then unknown ones."""
    field = QUERIES[name]
    target = get_named_type(field.type)
    shown = f"{{ {selection(target, 1)} }}" if is_object_type(target) else ""
    arguments = {key: str(argument.type) for key, argument in field.args.items()}
    declared = ", ".join(f"${key}: {kind}" for key, kind in arguments.items())
    passed = ", ".join(f"{key}: ${key}" for key in arguments)
    query = f"query({declared}) {{ {name}({passed}) {shown} }}" if arguments else f"{{ {name} {shown} }}"
    ids = [neighbours.their_site.flow_id, neighbours.their_site.group_id, neighbours.their_site.running_id]
    ids += [neighbours.their_site.project_id, neighbours.their_site.task_run_id]
    for identifier in ids if arguments else ids[:1]:
        asked = [
            neighbours.mine.ask(
                query, **{key: value(kind, each, neighbours) for key, kind in arguments.items()}
            )
            for each in (identifier, unknown(identifier))
        ]

        assert without(asked[0], identifier) == without(asked[1], unknown(identifier))
        told = set(UUID.findall(json.dumps(asked[0][0], default=str))) - {identifier, owner_of(identifier)}
        assert neighbours.their_ids & told == set()


def value(kind: str, identifier: str, neighbours: Neighbours) -> Any:
    """Return a value for an argument of any type: an id wherever one fits."""
    plain = kind.strip("!")
    made = {
        "UUID": identifier,
        "uuid": identifier,
        "[UUID!]": [identifier],
        "[UUID!]!": [identifier],
        "String": identifier,
        "Int": 1,
        "Boolean": False,
        "JSON": {"id": identifier},
        "DateTime": neighbours.home.clock().isoformat(),
        "timestamptz": neighbours.home.clock().isoformat(),
    }
    return made.get(kind, made.get(plain))


def foreign(mine: Any, theirs: Any) -> list[tuple[str, Any]]:
    """Return the inputs with one id of the other tenant in the place of an own one: each id in turn."""
    text, other = (json.dumps(given, default=str) for given in (mine, theirs))
    own_ids, other_ids = UUID.findall(text), UUID.findall(other)
    assert len(own_ids) == len(other_ids)
    return [
        (other_id, given_like(mine, json.loads(text.replace(own_id, other_id))))
        for own_id, other_id in dict.fromkeys(zip(own_ids, other_ids, strict=True))
    ]


@pytest.mark.parametrize("name", sorted(mutations()))
def test_mutation_with_an_id_of_another_tenant_is_as_with_an_unknown_one(neighbours, name):
    pairs = zip(scenarios(neighbours.my_site), scenarios(neighbours.their_site), strict=True)
    for (scenario, own), (_, other) in pairs:
        for identifier, given in foreign(own, other) if scenario == name else ():
            known = json.loads(json.dumps(given, default=str).replace(identifier, unknown(identifier)))
            results = []
            for asked in (given, given_like(given, known)):
                results.append(neighbours.mine.change(name, asked))
                if WRITES & set(results[-1][1]["made"]):
                    neighbours.set_back()
            told = [without(result, identifier, unknown(identifier)) for result in results]
            assert told[0] == told[1], given
    assert neighbours.theirs.own_items() == neighbours.before


@pytest.mark.parametrize("name", sorted(mutations()))
def test_mutation_of_a_tenant_with_the_same_names_and_keys_leaves_the_other_as_it_was(neighbours, name):
    for scenario, own in scenarios(neighbours.my_site):
        if scenario == name:
            neighbours.mine.change(name, own)
            neighbours.set_back()
    assert neighbours.theirs.own_items() == neighbours.before
