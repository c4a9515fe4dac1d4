"""Changes of many runs by the client: portion after portion, each safe to send again."""

from datetime import UTC, datetime

import pytest

from flow_runs import ApiError, BadUserInputError, ChangedRuns, FailedChange, Portions, RunFilter
from tests.unit.client.client_service import LOST, RUN_ID, refusal, service

AS_OF = "2026-01-31T08:00:00.000001+00:00"


def portion(name="cancel_flow_runs", **more):
    payload = {
        "matched": 0,
        "changed": 0,
        "flow_run_ids": [],
        "skipped": [],
        "failed": [],
        "read_units": None,
        "write_units": None,
        "as_of": AS_OF,
        "continuation": None,
        **more,
    }
    return {name: payload}


def test_all_portions_are_sent_with_the_same_values_and_added_up():
    failed = {"flow_run_id": RUN_ID, "code": "VERSION_LOCKING_ERROR", "message": "No."}
    there = service(
        portion(
            matched=3,
            changed=2,
            skipped=[{"reason": "ended", "count": 1}],
            continuation="a",
            flow_run_ids=["x"],
        ),
        portion(matched=0, continuation="b"),
        portion(
            matched=3,
            changed=1,
            failed=[failed],
            skipped=[{"reason": "ended", "count": 1}, {"reason": "gone", "count": 1}],
        ),
    )
    seen: list[ChangedRuns] = []

    with there.client() as client:
        done = client.cancel_flow_runs(
            RunFilter(flow="Nightly", name="a"),
            message="m",
            portions=Portions(size=3, on_progress=seen.append),
        )

    assert (done.matched, done.changed, dict(done.skipped)) == (6, 3, {"ended": 2, "gone": 1})
    assert done.failed == (FailedChange(**failed),)
    assert done.as_of == datetime(2026, 1, 31, 8, 0, 0, 1, tzinfo=UTC)
    assert [each.changed for each in seen] == [2, 2, 3]
    assert [each.continuation for each in seen] == ["a", "b", None]
    first, *others = there.inputs
    assert first == {
        "where": {"name": {"_eq": "a"}, "flow": {"name": {"_eq": "Nightly"}}},
        "all": False,
        "message": "m",
        "dry_run": False,
        "limit": 3,
        "continuation": None,
    }
    assert others == [{**first, "continuation": "a"}, {**first, "continuation": "b"}]


def test_dry_run_is_one_request():
    there = service(portion("delete_flow_runs", matched=1_000, changed=9, read_units=7, continuation="a"))

    with there.client() as client:
        told = client.delete_flow_runs({"state": {"_eq": "Failed"}}, portions=Portions(dry_run=True))

    assert (told.changed, told.read_units, told.continuation) == (9, 7, "a")
    assert (there.inputs[0]["dry_run"], there.inputs[0]["live"]) == (True, False)


def test_lost_response_is_sent_again():
    there = service(LOST, portion(changed=1))

    with there.client() as client:
        assert client.cancel_flow_runs(everything=True).changed == 1

    assert there.bodies[0] == there.bodies[1]
    assert (there.inputs[0]["where"], there.inputs[0]["all"]) == (None, True)


def test_state_is_set_as_of_the_services_time_so_that_a_repeat_sets_none_twice():
    name = "set_state_of_flow_runs"
    there = service(portion(name), LOST, portion(name, changed=1, continuation="a"), portion(name, changed=1))

    with there.client() as client:
        assert client.set_state_of_flow_runs("Scheduled", {"id": {"_eq": RUN_ID}}).changed == 2

    look, *sent = there.inputs
    assert (look["dry_run"], look["limit"]) == (True, 1)
    assert [each["as_of"] for each in sent] == [AS_OF] * 3
    assert [each["continuation"] for each in sent] == [None, None, "a"]


@pytest.mark.parametrize(
    "portions",
    [Portions(as_of=AS_OF), Portions(continuation="a"), Portions(dry_run=True)],
    ids=["as of", "continued", "dry run"],
)
def test_state_needs_no_further_request_if_its_time_is_known(portions):
    there = service(portion("set_state_of_flow_runs"))

    with there.client() as client:
        client.set_state_of_flow_runs("Failed", everything=True, portions=portions)

    assert there.inputs[0].get("as_of") == portions.as_of


def test_progress_tells_how_a_change_goes_on_that_was_cut_off():
    there = service(portion(changed=5, continuation="a"), *[refusal("API_ERROR")] * 5)
    seen: list[ChangedRuns] = []

    with there.client() as client, pytest.raises(ApiError):
        client.cancel_flow_runs(everything=True, portions=Portions(on_progress=seen.append))

    assert [(each.changed, each.continuation) for each in seen] == [(5, "a")]


def test_refused_filter_is_an_error():
    there = service(refusal("BAD_USER_INPUT"))

    with there.client() as client, pytest.raises(BadUserInputError):
        client.cancel_flow_runs({"flow_id": {"_eq": None}})
