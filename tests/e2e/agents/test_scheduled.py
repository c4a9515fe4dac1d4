"""A flow that an unmodified release registers with a schedule runs by itself, at its second."""

from datetime import datetime, timedelta

from tests.e2e.agents.site import names
from tests.e2e.prefect_client import graphql

_RUNS = """query($id: UUID) {flow_run(where: {flow_id: {_eq: $id}}, limit: 10,
    order_by: {scheduled_start_time: asc}) {id auto_scheduled scheduled_start_time start_time}}"""
# An agent polls each ten seconds at the latest, and a runner imports for seconds.
SOON = timedelta(seconds=100)


def test_occurrences_of_a_schedule_run_by_themselves_each_once(site):
    flow_id = site.flows["By itself"]
    runs = graphql(site.server.url, _RUNS, id=flow_id)["flow_run"]

    assert len(runs) == 2
    for run in runs:
        ended = site.ended(run["id"])
        assert names(ended["states"]) == ["Scheduled", "Submitted", "Running", "Success"]
    # The tick comes each minute, and has looked again at least once.
    runs = graphql(site.server.url, _RUNS, id=flow_id)["flow_run"]
    due = [datetime.fromisoformat(run["scheduled_start_time"]) for run in runs]
    begun = [datetime.fromisoformat(run["start_time"]) for run in runs]
    assert [run["auto_scheduled"] for run in runs] == [True, True]
    assert due[1] - due[0] == timedelta(minutes=1)
    for planned, started in zip(due, begun, strict=True):
        assert timedelta(0) <= started - planned < SOON


def test_commands_of_the_release_show_the_runs(site):
    assert site.core.output("get", "flow-runs", "--flow", "By itself").count("By itself") == 2
