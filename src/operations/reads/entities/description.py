"""How an entity that can be read is described: its columns, and its relations to other entities.

The GraphQL types, the filters, the sort orders and the loading of related rows all come from descriptions. A
column says how to get its value from the domain's object, and which part of the stored entity that takes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from operator import attrgetter
from typing import Any, Final

from domain.parts import Part


class Kind(Enum):
    """The type of a column, by its GraphQL scalar."""

    UUID = "UUID"
    STRING = "String"
    INT = "Int"
    BOOLEAN = "Boolean"
    TIME = "DateTime"
    JSON = "JSON"


@dataclass(frozen=True, slots=True)
class Column:
    """One value of an entity.

    `part` is what must be read for it beyond the entity's own item. `get` returns None only if the column is
    `nullable`, because the schema promises that to clients.
    """

    kind: Kind
    get: Callable[[Any], Any]
    description: str
    part: Part | None = None
    nullable: bool = False


@dataclass(frozen=True, slots=True)
class Relation:
    """Rows of another entity that belong to a row: one (or none), or `many`. It says how they are found.

    `column`: the one row of the target whose id stands in this column of ours. `by`: the rows of the target
    whose column of this name is our id, found by the target's plan with the list's own arguments. `inside`:
    what stands in our own object, once `part` of it was read. Without any of them relations.py knows how.
    The one row always exists unless the relation is `nullable`: a row that is found by its id may be deleted.
    """

    target: str
    description: str
    many: bool = False
    part: Part | None = None
    column: str | None = None
    by: str | None = None
    inside: Callable[[Any], Any] | None = None
    nullable: bool = False


@dataclass(frozen=True, slots=True)
class Entity:
    """Something that can be read: as a list with where, order_by and limit, or by id.

    `is_root` lists are fields of Query; others are reached from a row. `by_id` says whether its id alone
    leads to it.
    """

    name: str
    description: str
    columns: Mapping[str, Column]
    relations: Mapping[str, Relation] = field(default_factory=dict)
    is_root: bool = True
    by_id: bool = True


def named(name: str) -> Callable[[Any], Any]:
    """Get a column from the attribute of that name."""
    return attrgetter(name)


UUID, STRING, INT, BOOLEAN, TIME, JSON = Kind.UUID, Kind.STRING, Kind.INT, Kind.BOOLEAN, Kind.TIME, Kind.JSON

ID: Final = {"id": Column(UUID, named("id"), "Its identifier.")}
TENANT_ID: Final = {"tenant_id": Column(UUID, named("tenant_id"), "The tenant it belongs to.")}
TIMES: Final = {
    "created": Column(TIME, named("created"), "When it was made."),
    "updated": Column(TIME, named("updated"), "When it was last changed."),
}
TO_TENANT: Final = {"tenant": Relation("tenant", "The tenant it belongs to.")}
