"""The descriptions of entities: each entity has its plan, and each relation one way to its rows."""

import pytest

from operations.reads.entities.description import Entity, Relation
from operations.reads.entities.registry import ENTITIES

RELATIONS = {
    f"{entity.name}.{name}": (entity, relation)
    for entity in ENTITIES.values()
    for name, relation in entity.relations.items()
}


def ways(relation: Relation) -> list[str]:
    """Return the names of the ways that a relation gives to its rows."""
    return [
        name
        for name in ("id_column", "owner_column", "contained", "load")
        if getattr(relation, name) is not None
    ]


def test_every_entity_has_a_plan_unless_it_is_reached_in_another_way() -> None:
    without = [entity.name for entity in ENTITIES.values() if entity.plan is None]
    assert without == ["downstream_task", "tenant_membership"]


def test_planner_of_entity_without_plan_is_an_error() -> None:
    with pytest.raises(LookupError, match="reached from other rows"):
        ENTITIES["tenant_membership"].planner()


@pytest.mark.parametrize("entity", ENTITIES.values(), ids=list(ENTITIES))
def test_plans_are_led_and_sorted_by_names_of_the_entity(entity: Entity) -> None:
    assert set(entity.leads) <= entity.columns.keys() | entity.relations.keys()
    assert entity.newest_by is None or entity.newest_by in entity.columns
    assert not entity.by_id or "id" in entity.columns


@pytest.mark.parametrize(("entity", "relation"), RELATIONS.values(), ids=list(RELATIONS))
def test_every_relation_has_one_way_to_its_rows(entity: Entity, relation: Relation) -> None:
    target = ENTITIES[relation.target]
    (way,) = ways(relation)

    if way == "id_column":
        assert not relation.many
        assert relation.id_column in entity.columns
        assert target.plan is not None
    if way == "owner_column":
        assert relation.many
        assert relation.owner_column in target.columns
        assert target.plan is not None


def test_part_of_relation_is_read_only_for_contained_rows() -> None:
    with_part = [name for name, (_, relation) in RELATIONS.items() if relation.part is not None]

    assert with_part
    assert all(ways(RELATIONS[name][1]) == ["contained"] for name in with_part)
