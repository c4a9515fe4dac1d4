"""The targets of a mutation for the audit trail: what its input names, never what it says of that."""

from collections.abc import Iterator
from typing import Final

from graphql_api.mutations.inputs import ID, IDS, MutationInput

# The inputs that name what has no id, or no id yet. Their values are names by which lists show it.
_NAMES: Final = {
    "set_secret": "name",
    "delete_secret": "name",
    "set_key_value": "key",
    "update_task_tag_limit": "tag",
    "update_flow_concurrency_limit": "name",
    "create_project": "name",
    "create_api_key": "name",
    "create_api_token": "name",
    "create_agent_config": "name",
    "create_tenant": "slug",
    "set_tenant_limits": "slug",
}
# The caller's own.
_LEFT_OUT: Final = frozenset({"tenant_id", "user_id"})


def targets_of(mutation: str, given: MutationInput) -> Iterator[str]:
    """Yield the names and ids in the input of a mutation."""
    name = given.given_values().get(_NAMES.get(mutation, ""))
    if isinstance(name, str):
        yield name
    yield from _ids(given)


def _ids(given: MutationInput) -> Iterator[str]:
    for name, value in given.given_values().items():
        kind = given.fields[name].kind
        if value is None or name in _LEFT_OUT:
            continue
        if kind is ID:
            yield value
        elif kind is IDS:
            yield from value
        elif kind.item_class is not None:
            for item in value:
                yield from _ids(item)
