"""The check of an operation against the table of permissions, before anything is executed."""

from functools import partial
from typing import Any, Final

from graphql import GraphQLField

from domain.access.callers import Caller
from domain.access.scopes import Scope, least
from domain.errors import Forbidden
from graphql_api.info import Info
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


def minding_projects(field: GraphQLField) -> GraphQLField:
    """Return a field whose arguments name things, so that limited callers learn of their projects alone."""
    resolve = field.resolve
    if resolve is None:
        raise LookupError("The field has no resolver.")

    def resolve_within(root: None, info: Info, **arguments: Any) -> Any:
        if info.context.caller.projects is None:
            return resolve(root, info, **arguments)
        # Few callers are limited to some projects.
        from graphql_api.permissions.projects import resolve_field_within  # noqa: PLC0415

        return resolve_field_within(info.context, arguments, partial(resolve, root, info))

    field.resolve = resolve_within
    return field


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
