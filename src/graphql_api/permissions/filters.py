"""The check of filters by the table of permissions: a filter tells as much as the list that it looks at."""

from collections.abc import Mapping
from typing import Any

from domain.access.callers import Caller
from domain.access.scopes import Scope, least
from domain.errors import Forbidden
from graphql_api.permissions.table import PERMISSIONS
from operations.reads.entities.description import Entity
from operations.reads.entities.registry import ENTITIES


def check_filter(caller: Caller, entity: Entity, where: Mapping[str, Any] | None) -> None:
    """Raise Forbidden if a filter looks at the rows of a list that the caller may not list.

    Otherwise it would learn, one question at a time, what it may not read.
    """
    if caller.scope is Scope.ADMIN or not where:
        return
    left: list[tuple[Entity, Mapping[str, Any]]] = [(entity, where)]
    while left:
        owner, part = left.pop()
        for name, value in part.items():
            if name in ("_and", "_or"):
                left += [(owner, option) for option in value or ()]
            elif name == "_not":
                left += [(owner, value)] if value else []
            elif name in owner.relations:
                target = ENTITIES[owner.relations[name].target]
                if owner.relations[name].many:
                    _check_list(caller, owner, name, target)
                left += [(target, value)] if value else []


def _check_list(caller: Caller, owner: Entity, relation: str, target: Entity) -> None:
    scopes = PERMISSIONS.get(target.name, frozenset(Scope))
    if caller.scope in scopes:
        return
    needed, place = least(scopes).value, f"{owner.name}.{relation}"
    raise Forbidden(
        f"A filter on {place} needs a key of scope {needed!r}; this key has scope {caller.scope.value!r}.",
        {"field": place, "needs": needed, "scope": caller.scope.value},
    )
