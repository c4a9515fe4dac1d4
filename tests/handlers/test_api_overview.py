"""The queries of an overview: runs by the hour and the day, the depth of the queue, pages by id."""

import pytest

from tests.handlers.service import code

COUNTS = "runs success failed cancelled ended_otherwise live waiting"


def test_runs_are_counted_by_their_states(service):
    flow_id = service.flow()
    runs = [service.run(flow_id) for _ in range(7)]
    for run_id, state in zip(
        runs, ("Success", "Success", "Failed", "TimedOut", "Skipped", "Running"), strict=False
    ):
        service.set_state(run_id, {"type": state})
    group_id = service.read(runs[0], "flow_group_id")["flow_group_id"]
    created = service.read(runs[0], "created")["created"]

    query = f"""query($from: DateTime!, $group: UUID) {{
        flow_run_counts(from: $from, bucket: DAY, flow_group_id: $group) {{ start end {COUNTS} }}
    }}"""
    found = service.data(query, {"from": created, "group": group_id})["flow_run_counts"]

    first = found[0]  # a second one begins if the test runs over midnight
    assert first["start"][:10] == created[:10]
    assert first["end"] > created
    numbers = {name: sum(row[name] for row in found) for name in COUNTS.split()}
    assert numbers == {
        "runs": 7,
        "success": 2,
        "failed": 2,
        "cancelled": 0,
        "ended_otherwise": 1,
        "live": 1,
        "waiting": 1,
    }


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ('from: "2026-01-01T00:00:00Z", to: "2027-01-01T00:00:00Z", bucket: HOUR', "from"),
        ('from: "2026-01-02T00:00:00Z", to: "2026-01-01T00:00:00Z", bucket: DAY', "to"),
    ],
    ids=["too many hours", "an end before the start"],
)
def test_counts_of_a_time_that_is_none_name_the_argument(service, arguments, field):
    error = service.error(f"{{ flow_run_counts({arguments}) {{ runs }} }}")

    assert code(error) == "BAD_USER_INPUT"
    assert error["extensions"]["field"] == field


def test_queue_depth_shows_what_is_due(service):
    flow_id = service.flow()
    service.run(flow_id)
    service.run(flow_id, scheduled_start_time="2001-01-01T00:00:00Z")
    service.run(flow_id, scheduled_start_time="2199-01-01T00:00:00Z")

    depth = service.data("{ queue_depth(late_after: 600) { due late earliest complete } }")["queue_depth"]

    assert depth == {"due": 2, "late": 1, "earliest": "2001-01-01T00:00:00+00:00", "complete": True}
    assert code(service.error("{ queue_depth(late_after: -1) { due } }")) == "BAD_USER_INPUT"


def test_pages_by_id_go_on_behind_the_last_run(service):
    flow_id = service.flow()
    runs = [service.run(flow_id) for _ in range(5)]
    query = """query($last: UUID!) {
        older: flow_run(where: {id: {_lt: $last}}, order_by: {created: desc}, limit: 2) { id }
        newer: flow_run(where: {id: {_gt: $last}}, order_by: {created: asc}, limit: 2) { id }
    }"""

    found = service.data(query, {"last": runs[2]})

    assert [row["id"] for row in found["older"]] == [runs[1], runs[0]]
    assert [row["id"] for row in found["newer"]] == [runs[3], runs[4]]
