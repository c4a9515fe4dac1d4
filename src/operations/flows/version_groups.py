"""The version groups in which flows are registered: found by their names, or made."""

from typing import Final, NamedTuple

from domain.errors import BadUserInput
from domain.flows.flows import FlowGroup
from domain.ids import stable_id
from operations.context import Context

# After so many moves of flows of one name out of a project, the name alone finds no version group.
_MAX_MOVED: Final = 32


class Target(NamedTuple):
    """The version group that a flow is registered in, and its group if there is one.

    A request that names the version group takes the name of the flow from any other group.
    """

    version_group_id: str
    group: FlowGroup | None
    takes_name: bool = False
    stale_holder: str | None = None


def target_of(context: Context, project_id: str, name: str, given: str | None) -> Target:
    """Return the version group of a new version: the given one, or that of the name in the project."""
    flows = context.store.flows
    if given is not None:
        return Target(given, flows.group(flows.group_id(given)), takes_name=True)
    holder = flows.version_group_named(project_id, name)
    group = None if holder is None else flows.group(flows.group_id(holder))
    if holder is not None and group is not None and group.project_id == project_id:
        return Target(holder, group)
    return _new_version_group(context, project_id, name)._replace(stale_holder=holder)


def _new_version_group(context: Context, project_id: str, name: str) -> Target:
    """Return the version group of a new name, the same for every request, so that all of them make one group.

    A group of that name that has moved into another project is skipped.
    """
    flows = context.store.flows
    for number in range(_MAX_MOVED):
        suffix = f"/{number}" if number else ""
        version_group_id = stable_id(project_id, f"version-group/{name}{suffix}")
        group = flows.group(flows.group_id(version_group_id))
        if group is None or group.project_id == project_id:
            return Target(version_group_id, group)
    raise BadUserInput(
        f"Flows named {name!r} were moved out of project {project_id} {_MAX_MOVED} times: "
        f"give a version_group_id."
    )


def empty_group(context: Context, version_group_id: str) -> FlowGroup:
    """Return a group without a version."""
    return FlowGroup(
        id=context.store.flows.group_id(version_group_id),
        tenant_id=context.tenant.id,
        version_group_id=version_group_id,
        project_id="",
        flow_name="",
        version=0,
        current_flow_id=None,
        idempotency_key=None,
    )
