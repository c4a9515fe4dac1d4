"""What a caller sees that is limited to some projects. For any other caller these functions read nothing."""

from collections.abc import Iterable, Sequence

from domain.flow_runs.flow_runs import FlowRun
from domain.flows.flows import Flow
from operations.context import Context


def is_own(context: Context, project_id: str) -> bool:
    """Return True if the caller may see what is in a project."""
    projects = context.caller.projects
    return projects is None or project_id in projects


def own_flows(context: Context, flows: list[Flow]) -> list[Flow]:
    """Return the flows that are in projects of the caller."""
    return flows if context.caller.projects is None else [f for f in flows if is_own(context, f.project_id)]


def own_group_ids(context: Context, group_ids: Sequence[str]) -> list[str]:
    """Return those of some ids that flow groups in projects of the caller have."""
    if context.caller.projects is None:
        return list(group_ids)
    groups = context.store.flows.groups(list(dict.fromkeys(group_ids)), whole=False)
    own = {group.id for group in groups if is_own(context, group.project_id)}
    return [group_id for group_id in group_ids if group_id in own]


def own_runs(context: Context, runs: list[FlowRun]) -> list[FlowRun]:
    """Return the runs of flows that are in projects of the caller."""
    if context.caller.projects is None or not runs:
        return runs
    flow_ids = list(dict.fromkeys(run.flow_id for run in runs))
    own = {flow.id for flow in own_flows(context, context.store.flows.get(flow_ids, with_outlines=False))}
    return [run for run in runs if run.flow_id in own]


def own_run_ids(context: Context, run_ids: Iterable[str]) -> list[str]:
    """Return those of some ids that flow runs of flows in projects of the caller have."""
    ids = list(dict.fromkeys(run_ids))
    if context.caller.projects is None or not ids:
        return ids
    runs = context.store.flow_runs.get(ids, (), consistent=True)
    own = {run.id for run in own_runs(context, list(runs))}
    return [run_id for run_id in ids if run_id in own]
