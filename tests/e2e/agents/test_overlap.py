"""A schedule whose runs must not overlap: an agent that claims the next one does not execute it."""

from tests.e2e.agents.site import task_run
from tests.e2e.agents.test_cancelling import has_process_ended
from tests.e2e.prefect_client import graphql

_GROUP = "query($id: uuid!) {flow_by_pk(id: $id) {flow_group_id}}"
_RUNS = """query($id: uuid) {flow_run(where: {flow_id: {_eq: $id}, auto_scheduled: {_eq: true}}, limit: 10,
    order_by: {scheduled_start_time: asc}) {id state state_message}}"""
_NOTES = """query($id: uuid) {occurrence(where: {flow_group_id: {_eq: $id}}, limit: 10) {
    flow_run_id reason}}"""


def test_run_that_would_overlap_is_skipped_and_never_executed(site):
    # Given two runs of a schedule, of a flow that takes a minute
    flow_id = site.flows["Waiting"]
    group_id = graphql(site.server.url, _GROUP, id=flow_id)["flow_by_pk"]["flow_group_id"]
    call(site, "set_flow_group_schedule", flow_group_id=group_id, interval_clocks=[{"interval": 3_600}])
    call(site, "set_schedule_rules", flow_group_id=group_id, overlap="skip")
    call(site, "set_schedule_active", flow_id=flow_id)
    first, second = (run["id"] for run in graphql(site.server.url, _RUNS, id=flow_id)["flow_run"][:2])
    # When the agent gets the second one while it executes the first one
    let_begin(site, first)
    site.executing(first)
    let_begin(site, second)
    site.ended(second)
    # Then it was skipped, and stays so
    call(site, "set_schedule_inactive", flow_id=flow_id)
    call(site, "set_flow_run_state", "version", flow_run_id=first, state={"type": "Cancelled"})
    site.wait(first, lambda _: has_process_ended(site, first))
    run = next(run for run in graphql(site.server.url, _RUNS, id=flow_id)["flow_run"] if run["id"] == second)
    message = f"Skipped: flow run {first} of the same schedule was not over."
    assert (run["state"], run["state_message"]) == ("Cancelled", message)
    assert not {"Running", "Success"} & {task_run(site.run(second), "wait")["state"]}
    assert graphql(site.server.url, _NOTES, id=group_id)["occurrence"] == [
        {"flow_run_id": second, "reason": "overlap"}
    ]


def let_begin(site, run_id):
    """Schedule a run for now, because the next occurrence of a schedule is a minute away."""
    call(site, "set_flow_run_state", "version", flow_run_id=run_id, state={"type": "Scheduled"})


def call(site, name, selection="success", /, **given):
    """Call a mutation that this release may not have."""
    document = f"mutation($input: {name}_input!) {{{name}(input: $input) {{{selection}}}}}"
    return graphql(site.server.url, document, input=given)[name][selection]
