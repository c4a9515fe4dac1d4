"""The description of an entity: its columns, its relations to other entities, and the plan that finds it.

The GraphQL types, the filters, the sort orders and the loading of related rows all come from descriptions. A
column says how to get its value from the domain's object, and which part of the stored entity it needs.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from operator import attrgetter
from typing import Any, Final

from domain.parts import Part
from operations.context import Context
from operations.reads.counts.count import Counting
from operations.reads.plans.search import Planner


class ColumnKind(Enum):
    """The type of a column, by its GraphQL scalar."""

    UUID = "UUID"
    STRING = "String"
    INT = "Int"
    BOOLEAN = "Boolean"
    TIME = "DateTime"
    JSON = "JSON"


# From the objects of many rows to their related objects: one for each row, None, or a list.
Load = Callable[[Context, Sequence[Any]], Sequence[Any]]


@dataclass(frozen=True, slots=True)
class Column:
    """One value of an entity.

    `part` is the part to be read for it beyond the entity's own item. `get` returns None only if the column
    is `nullable`, because the schema promises that to clients.
    """

    kind: ColumnKind
    get: Callable[[Any], Any]
    description: str
    part: Part | None = None
    nullable: bool = False


@dataclass(frozen=True, slots=True)
class Relation:
    """Rows of another entity that belong to a row: one row or none, or `many`. One way to them is given.

    `id_column`: the column of ours that holds the id of the one related row.
    `owner_column`: the column of the target that holds our id; the target's plan finds the rows, with the
    list's own arguments.
    `contained`: the function that takes the related objects out of our object, once `part` of it was read,
    and the parts of the columns that are needed of them.
    `load`: the function that reads the related objects of many rows at once.

    The one row always exists unless the relation is `nullable`: a row that is found by its id may be deleted.
    """

    target: str
    description: str
    many: bool = False
    part: Part | None = None
    nullable: bool = False
    id_column: str | None = None
    owner_column: str | None = None
    contained: Callable[[Any], Any] | None = None
    load: Load | None = None


@dataclass(frozen=True, slots=True)
class Entity:
    """A kind of rows that can be read: as a list with where, order_by and limit, or by id.

    `plan` finds the rows of a list. An entity without a plan has no list: its rows are reached from other
    rows. `leads` are the columns and relations of a filter that lead the plan straight to rows.
    `counting` counts rows without reading all of them; without it an aggregate reads them.
    `newest_by` is the column that sorts a list without an order, newest rows first.
    `by_id` is True if the id of a row alone leads to it.
    """

    name: str
    description: str
    columns: Mapping[str, Column]
    relations: Mapping[str, Relation] = field(default_factory=dict)
    plan: Planner | None = field(kw_only=True)
    counting: Counting | None = None
    leads: Sequence[str] = ()
    newest_by: str | None = None
    by_id: bool = True

    def planner(self) -> Planner:
        """Return the plan of an entity that has one. Raises LookupError for any other."""
        if self.plan is None:
            raise LookupError(f"Rows of {self.name} are reached from other rows alone.")
        return self.plan


def named(name: str) -> Callable[[Any], Any]:
    """Get a column from the attribute of that name."""
    return attrgetter(name)


def _tenant_of_rows(context: Context, records: Sequence[object]) -> Sequence[object]:
    return [context.tenant] * len(records)


UUID, STRING, INT, BOOLEAN, TIME, JSON = (
    ColumnKind.UUID,
    ColumnKind.STRING,
    ColumnKind.INT,
    ColumnKind.BOOLEAN,
    ColumnKind.TIME,
    ColumnKind.JSON,
)

ID: Final = {"id": Column(UUID, named("id"), "The id of the row.")}
TENANT_ID: Final = {"tenant_id": Column(UUID, named("tenant_id"), "The tenant that owns the row.")}
TIMES: Final = {
    "created": Column(TIME, named("created"), "The time of creation."),
    "updated": Column(TIME, named("updated"), "The time of the last change."),
}


def created_by(author: str, what: str, part: Part | None = None) -> dict[str, Column]:
    """Return the columns of who made a row, from the attribute of its author."""
    get = attrgetter(author)

    def name(row: Any) -> str | None:
        found = get(row)
        return None if found is None else str(found.name)

    def key_id(row: Any) -> str | None:
        found = get(row)
        return None if found is None else found.key_id

    return {
        "created_by": Column(STRING, name, f"{what}; null for older rows.", part, nullable=True),
        "created_by_key_id": Column(
            UUID,
            key_id,
            "The API key that was used; null if none was, or for older rows.",
            part,
            nullable=True,
        ),
    }


TO_TENANT: Final = {"tenant": Relation("tenant", "The tenant that owns the row.", load=_tenant_of_rows)}
