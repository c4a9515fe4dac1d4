"""Lookups of flows and flow groups."""

from domain.errors import NotFound
from domain.flows.flows import Flow, FlowGroup
from operations.context import Context


def get_flow(context: Context, flow_id: str) -> Flow:
    """Return a flow, read consistently. Raises NotFound."""
    flows = context.store.flows.get([flow_id])
    if not flows:
        raise NotFound(f"There is no flow {flow_id}.")
    return flows[0]


def group_of(context: Context, flow: Flow) -> FlowGroup:
    """Return the group of a flow, read consistently.

    Raises NotFound if the group is gone, because it is deleted with the last of its versions.
    """
    group = context.store.flows.group(flow.flow_group_id)
    if group is None:
        raise NotFound(f"There is no flow {flow.id}.")
    return group


def group_named(context: Context, project_id: str, name: str) -> FlowGroup | None:
    """Return the group of the newest flow of this name in a project.

    A name may lead to a group in another project, because it stayed behind when that group moved. Such a name
    counts as free.
    """
    flows = context.store.flows
    version_group_id = flows.version_group_named(project_id, name)
    group = None if version_group_id is None else flows.group(flows.group_id(version_group_id))
    return group if group is not None and group.project_id == project_id else None


def find_flow_id(context: Context, *, flow_name: str, project_name: str) -> str:
    """Return the id of a flow's version that is not archived, by the names of flow and project.

    Raises NotFound.
    """
    project = context.store.projects.named(project_name)
    if project is None:
        raise NotFound(f"There is no project named {project_name!r}.")
    group = group_named(context, project.id, flow_name)
    if group is None:
        raise NotFound(f"There is no flow named {flow_name!r} in project {project_name!r}.")
    return _current_version(group, group.version_group_id)


def current_flow_id(context: Context, version_group_id: str) -> str:
    """Return the id of the version of a version group that is not archived. Raises NotFound."""
    flows = context.store.flows
    return _current_version(flows.group(flows.group_id(version_group_id)), version_group_id)


def _current_version(group: FlowGroup | None, version_group_id: str) -> str:
    if group is None or group.current_flow_id is None:
        raise NotFound(f"Version group {version_group_id[:100]!r} has no flow that is not archived.")
    return group.current_flow_id
