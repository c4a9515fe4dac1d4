"""Plans for states: they stand with the flow runs and task runs that were in them."""

from operations.context import Context
from operations.reads.entities.histories import states_of_flow_run, states_of_task_run
from operations.reads.plans.holders import led_by_ids
from operations.reads.plans.run_plans import plan_flow_runs
from operations.reads.plans.search import Plan, Search
from operations.reads.plans.task_run_plans import plan_task_runs
from operations.reads.rows import Need
from operations.reads.where.constraints import of_owner


@led_by_ids("flow_run_id", lambda ids: {"flow_run_id": {"_in": ids}})
def plan_flow_run_states(context: Context, search: Search) -> Plan:
    """The states of the flow runs that the filter allows."""
    where = of_owner(search.where, "flow_run", "flow_run_id")
    need = Need(relations={"states": Need()})
    found = plan_flow_runs(context, Search(where, (), need, consistent=search.consistent))
    batches = ([state for run in runs for state in states_of_flow_run(run)] for runs in found.batches)
    return Plan(f"of flow runs, {found.path}", batches)


@led_by_ids("task_run_id", lambda ids: {"task_run": {"flow_run_id": {"_in": ids}}})
def plan_task_run_states(context: Context, search: Search) -> Plan:
    """The states of the task runs that the filter allows."""
    where = of_owner(search.where, "task_run", "task_run_id")
    found = plan_task_runs(context, Search(where, (), Need(relations={"states": Need()})))
    batches = ([state for run in runs for state in states_of_task_run(run)] for runs in found.batches)
    return Plan(f"of task runs, {found.path}", batches)
