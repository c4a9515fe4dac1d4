"""The targets of a mutation for the audit trail: what its input names, never what it says of that."""

from collections.abc import Iterator
from typing import Final

from domain.access.callers import Caller
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
# The mutations of many flow runs, and their inputs that are told if they are true.
_OF_MANY_RUNS: Final = frozenset({"cancel_flow_runs", "delete_flow_runs", "set_state_of_flow_runs"})
_FLAGS: Final = ("dry_run", "all")
# The caller's own.
_LEFT_OUT: Final = frozenset({"tenant_id", "user_id"})


def targets_of(mutation: str, given: MutationInput, caller: Caller) -> Iterator[str]:
    """Yield the names and ids in the input of a mutation, or what stands for one that may be left out."""
    values = given.given_values()
    name = values.get(_NAMES.get(mutation, ""))
    if isinstance(name, str):
        yield name
    if mutation in _OF_MANY_RUNS:
        yield from _of_many_runs(given)
    if mutation == "rotate_api_key" and values.get("key_id") is None and caller.key_id is not None:
        yield caller.key_id
    yield from _ids(given)


def _of_many_runs(given: MutationInput) -> Iterator[str]:
    # Hardly any request changes many runs.
    from graphql_api.mutations.filter_targets import targets_of_filter

    values = given.given_values()
    yield from (flag for flag in _FLAGS if values.get(flag))
    yield from targets_of_filter("flow_run", values.get("where") or {})


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
