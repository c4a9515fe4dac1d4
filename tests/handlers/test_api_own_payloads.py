"""Payloads show the caller's own change, even if another request changes the run before they are made."""

import pytest

from storage.dynamodb.table import Table
from tests.handlers.service import both_dialects, code

LARGE = "".join(chr(0x4E00 + number * 7 % 20_000) for number in range(1_500))
SELECTION = (
    "id version status flow_run { id name version state state_message serialized_state updated end_time "
    "parameters heartbeat flow { name } states(order_by: {version: asc}) { version state } }"
)


@pytest.fixture
def followed(service, monkeypatch):
    """Let another request change the run right after the next write of a state."""

    def follow(flow_run_id, kind):
        def hook(name):
            written = getattr(Table, name)

            def write(self, *arguments, **more):
                result = written(self, *arguments, **more)
                monkeypatch.undo()
                service.set_state(flow_run_id, {"type": kind}, None)
                return result

            return write

        for name in ("update", "transact"):
            monkeypatch.setattr(Table, name, hook(name))

    return follow


@both_dialects
@pytest.mark.parametrize("message", ["Mine.", LARGE], ids=["small", "large"])
@pytest.mark.parametrize("mutation", ["set_flow_run_state", "set_flow_run_states"])
def test_payload_shows_the_callers_own_change(service, followed, dialect, mutation, message):
    # Given
    run_id = service.run(parameters={"x": 1})
    change = {"flow_run_id": run_id, "version": 1, "state": {"type": "Failed", "message": message}}
    followed(run_id, "Scheduled")

    # When
    if mutation == "set_flow_run_state":
        told = service.mutate(dialect, mutation, change, SELECTION)
    else:
        (told,) = service.mutate(dialect, mutation, {"states": [change]}, f"states {{ {SELECTION} }}")[
            "states"
        ]

    # Then
    run = told["flow_run"]
    assert (told["version"], told["status"]) == (2, "SUCCESS")
    assert (run["version"], run["state"], run["state_message"]) == (2, "Failed", message)
    assert run["serialized_state"] == change["state"]
    assert run["end_time"] == run["updated"]
    assert (run["parameters"], run["flow"]["name"]) == ({"x": 1}, "My Flow Name")
    assert [(entry["version"], entry["state"]) for entry in run["states"]] == [
        (1, "Scheduled"),
        (2, "Failed"),
    ]
    assert service.read(run_id, "version state") == {"version": 3, "state": "Scheduled"}
    refused = service.refuse(dialect, "set_flow_run_state", {**change, "version": told["version"]})
    assert code(refused) == "VERSION_LOCKING_ERROR"


@both_dialects
def test_payload_of_a_cancellation_shows_the_cancelled_run(service, followed, dialect):
    run_id = service.run()
    followed(run_id, "Scheduled")

    told = service.mutate(
        dialect, "cancel_flow_run", {"flow_run_id": run_id}, "id state flow_run { version state name }"
    )

    assert (told["state"], told["flow_run"]["state"], told["flow_run"]["version"]) == (
        "Cancelled",
        "Cancelled",
        2,
    )


@both_dialects
def test_payload_with_only_an_id_and_a_nested_list_has_the_list(service, dialect):
    run_id = service.run()
    change = {"flow_run_id": run_id, "version": 1, "state": {"type": "Running"}}
    selection = "flow_run { id logs { message } logs_aggregate { aggregate { count } } }"

    payload = service.mutate(dialect, "set_flow_run_state", change, selection)

    assert payload["flow_run"] == {"id": run_id, "logs": [], "logs_aggregate": {"aggregate": {"count": 0}}}
