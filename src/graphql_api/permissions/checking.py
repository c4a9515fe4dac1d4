"""The check of an operation against the table of permissions, before anything is executed."""

from typing import Final

from domain.access.callers import Caller
from domain.access.scopes import Scope, least
from domain.errors import Forbidden
from graphql_api.language.documents import Operation
from graphql_api.language.uses import Use
from graphql_api.mutations.dialects import camel_case
from graphql_api.permissions.table import PERMISSIONS

_TWINS: Final = {camel_case(name): scopes for name, scopes in PERMISSIONS.items()}
_EVERYBODY: Final = frozenset(Scope)
_AGGREGATE: Final = "_aggregate"


def check_permissions(operation: Operation, caller: Caller) -> None:
    """Raise Forbidden, with the field and the scope that is missing, if the caller may not use a field."""
    if caller.scope is Scope.ADMIN:
        return
    for use in operation.fields:
        scopes = permitted(use)
        if caller.scope not in scopes:
            needed = least(scopes).value
            place = use.field if use.is_root else f"{use.parent}.{use.field}"
            raise Forbidden(
                f"{place} needs a key of scope {needed!r}; this key has scope {caller.scope.value!r}.",
                {"field": place, "needs": needed, "scope": caller.scope.value},
            )


def permitted(use: Use) -> frozenset[Scope]:
    """Return the scopes that may use a field of the schema. Raises LookupError for a root field without any.

    A list below the root needs what the list of the same rows needs at the root, because both show rows that
    nobody has named. One related row is part of the row that was asked for.
    """
    if use.is_root:
        return PERMISSIONS[use.field] if use.field in PERMISSIONS else _TWINS[use.field]
    if use.is_list or use.target.endswith(_AGGREGATE):
        return PERMISSIONS.get(use.target, _EVERYBODY)
    return _EVERYBODY
