"""The plans for states, which are part of the flow runs and task runs that were in them."""

from dataclasses import dataclass
from typing import Final

from domain.flow_runs.flow_runs import FlowRun
from domain.flow_runs.histories import HistoryEntry
from domain.parts import Part
from domain.task_runs.task_runs import TaskRun
from operations.context import Context
from operations.reads.plans.flow_runs.run_plans import plan_flow_runs
from operations.reads.plans.search import Plan, Search
from operations.reads.plans.task_runs.holders import with_holders
from operations.reads.plans.task_runs.task_run_plans import plan_task_runs
from operations.reads.where.constraints import of_owner

# The columns that show a state say if they need it in full.
_TYPES: Final = frozenset({Part.TYPES})


@dataclass(frozen=True, slots=True)
class StateOfRun:
    """An entry of a history with the ids of its run: a flow run, or a task run of that flow run."""

    flow_run_id: str
    run_id: str
    entry: HistoryEntry


def states_of_flow_run(flow_run: FlowRun) -> list[StateOfRun]:
    """Return the states of a flow run that was read with its history."""
    return [StateOfRun(flow_run.id, flow_run.id, entry) for entry in flow_run.history]


def states_of_task_run(task_run: TaskRun) -> list[StateOfRun]:
    """Return the states of a task run that was read with its history."""
    return [StateOfRun(task_run.flow_run_id, task_run.id, entry) for entry in task_run.history]


@with_holders("flow_run_state", "flow_run_id", lambda ids: {"flow_run_id": {"_in": ids}})
def plan_flow_run_states(context: Context, search: Search) -> Plan[StateOfRun]:
    """Find the states of the flow runs that the filter allows."""
    where = of_owner(search.where, "flow_run", "flow_run_id")
    found = plan_flow_runs(context, Search(where, parts=search.parts | _TYPES, consistent=search.consistent))
    batches = ([state for run in runs for state in states_of_flow_run(run)] for runs in found.batches)
    return Plan(f"of flow runs, {found.path}", batches, progress=found.progress)


@with_holders("task_run_state", "task_run_id", lambda ids: {"task_run": {"flow_run_id": {"_in": ids}}})
def plan_task_run_states(context: Context, search: Search) -> Plan[StateOfRun]:
    """Find the states of the task runs that the filter allows."""
    where = of_owner(search.where, "task_run", "task_run_id")
    found = plan_task_runs(context, Search(where, parts=search.parts | _TYPES))
    batches = ([state for run in runs for state in states_of_task_run(run)] for runs in found.batches)
    return Plan(f"of task runs, {found.path}", batches)
