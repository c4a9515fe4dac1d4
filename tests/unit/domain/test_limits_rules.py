"""The rules of concurrency limits."""

from datetime import UTC, datetime

import pytest

from domain.concurrency.limits import QUEUED_FOR, LimitKind, limit_id, queued, tags_of, waiting_for
from domain.flow_runs.states import State

NOW = datetime(2040, 1, 1, tzinfo=UTC)
TENANT, OTHER = "2a9c1c6f-7e0a-4c55-8a43-0d9c7b1f3a10", "6e0b5f3c-2f6d-4c1e-9a57-3b1d8f0c7a21"
SCHEDULED = {"type": "Scheduled", "start_time": "2039-12-31T23:59:00+00:00"}
RETRYING = {"type": "Retrying", "run_count": 2, "cached_inputs": {"x": 1}}


def submitted(state):
    return {"type": "Submitted", "state": state}


@pytest.mark.parametrize(
    ("before", "kept"),
    [
        (SCHEDULED, SCHEDULED),
        ({"type": "Pending"}, {"type": "Pending"}),
        (submitted(SCHEDULED), SCHEDULED),
        ({"type": "Queued", "state": submitted({"type": "Queued", "state": RETRYING})}, RETRYING),
        (submitted(None), None),
        ({"type": "Submitted"}, None),
        (submitted(["no state"]), None),
        (submitted({"type": ["Scheduled"]}), None),
        (submitted({"type": "Unknown"}), None),
        (submitted({}), None),
        # From these a runner would go on without asking, or never start.
        ({"type": "Running"}, None),
        (submitted({"type": "Running"}), None),
        ({"type": "Cancelling"}, None),
        ({"type": "Success"}, None),
    ],
    ids=str,
)
def test_who_waits_returns_to_what_it_can_start_from(before, kept):
    state = queued(State(before), LimitKind.TAG, ["db"], NOW)

    assert state.data["state"] == kept
    assert state.due(NOW) == NOW + QUEUED_FOR


def test_a_message_is_short_however_many_limits_are_full():
    names = ["x" * 200, *map(str, range(88))]

    assert waiting_for(LimitKind.LABEL, names) == (
        f"Waits for a free slot: concurrency limit of label '{'x' * 40}' and 88 more."
    )


def test_a_limit_has_an_id_of_its_own_by_tenant_kind_and_name():
    found = {
        limit_id(tenant, kind, name)
        for tenant in (TENANT, OTHER)
        for kind in LimitKind
        for name in ("a", "b")
    }

    assert len(found) == 8
    assert limit_id(TENANT, LimitKind.TAG, "a") in found


def test_tags_are_taken_once_each():
    assert tags_of(State({"type": "Running", "context": {"tags": ["b", "a", "b", 1]}})) == ["a", "b"]
