"""`flow-runs set-state`, `cancel`, `restart`, `create-project` and `register`."""

import pytest

from tests.unit.client.cli_runner import invoke
from tests.unit.client.client_service import FLOW_ID, LOST, RUN_ID, conflict, refusal, service

DONE = {"set_flow_run_state": {"id": RUN_ID, "flow_run": {"version": 4, "state": "Success"}}}


def test_set_state_sends_the_version_and_prints_the_new_one():
    there = service(DONE)

    result = invoke(there, "set-state", RUN_ID, "Success", "--version", "3", "--message", "It worked!")

    assert (result.exit_code, result.stdout) == (0, "Success (version 4)\n")
    inputs = there.inputs[0]
    assert (inputs["flow_run_id"], inputs["version"]) == (RUN_ID, 3)
    assert (inputs["state"]["type"], inputs["state"]["message"]) == ("Success", "It worked!")


def test_set_state_at_a_stale_version_exits_with_4_and_the_reason():
    there = service(conflict(given=1, current=4))

    result = invoke(there, "set-state", RUN_ID, "Success", "--version", "1")

    assert (result.exit_code, result.stdout, result.stderr) == (4, "", "Error: No.\n")


def test_set_state_without_version_exits_with_2():
    result = invoke(service(), "set-state", RUN_ID, "Success")

    assert result.exit_code == 2
    assert "--version" in result.stderr


def test_cancel_prints_the_state():
    result = invoke(service({"cancel_flow_run": {"state": "Cancelling"}}), "cancel", RUN_ID)

    assert (result.exit_code, result.stdout) == (0, "Cancelling\n")


def test_restart_sends_the_same_request_until_nothing_is_left_and_prints_the_version():
    there = service(
        {"restart_flow_run": {"version": 3, "left": True}},
        {"restart_flow_run": {"version": 4, "left": False}},
    )

    result = invoke(there, "restart", RUN_ID, "--version", "3", "--key", "k")

    assert (result.exit_code, result.stdout) == (0, "Scheduled (version 4)\n")
    assert there.inputs == [{"flow_run_id": RUN_ID, "version": 3, "idempotency_key": "k"}] * 2


def test_restart_without_a_key_has_a_random_one_in_all_its_requests():
    there = service(
        *({"restart_flow_run": {"version": 3, "left": left}} for left in (True, False)),
        {"restart_flow_run": {"version": 5, "left": False}},
    )

    for _ in range(2):
        assert invoke(there, "restart", RUN_ID).exit_code == 0

    first, second, another = (inputs["idempotency_key"] for inputs in there.inputs)
    assert first == second != another


def test_restart_at_a_stale_version_exits_with_4_and_the_reason():
    result = invoke(service(conflict(given=1, current=4)), "restart", RUN_ID, "--version", "1")

    assert (result.exit_code, result.stdout, result.stderr) == (4, "", "Error: No.\n")


def test_create_project_prints_the_id():
    there = service({"create_project": {"id": "p"}})

    result = invoke(there, "create-project", "Hello, World!", "--description", "first")

    assert (result.exit_code, result.stdout) == (0, "p\n")
    assert there.inputs == [{"name": "Hello, World!", "description": "first"}]


def test_create_project_with_lost_response_warns_that_it_may_exist():
    result = invoke(service(LOST), "create-project", "P")

    assert result.exit_code == 5
    assert result.stderr.endswith("did not respond in time. It may have been carried out all the same.\n")


@pytest.mark.parametrize("from_stdin", [False, True])
def test_register_reads_the_flow_from_a_file_or_stdin(tmp_path, from_stdin):
    # Given
    text = '{"name": "My Flow Name"}'
    file = tmp_path / "flow.json"
    file.write_text(text)
    there = service({"project": [{"id": "p"}]}, {"create_flow": {"id": FLOW_ID}})

    # When
    source = "-" if from_stdin else str(file)
    result = invoke(there, "register", source, "--project", "Hello, World!", "--key", "k", stdin=text)

    # Then
    assert (result.exit_code, result.stdout) == (0, f"{FLOW_ID}\n")
    inputs = there.inputs[0]
    assert inputs["serialized_flow"] == {"name": "My Flow Name"}
    assert (inputs["project_id"], inputs["idempotency_key"]) == ("p", "k")


def test_register_in_an_unknown_project_exits_with_3(tmp_path):
    file = tmp_path / "flow.json"
    file.write_text('{"name": "x"}')

    assert invoke(service({"project": []}), "register", str(file), "-p", "Nope").exit_code == 3


def test_register_of_a_refused_flow_exits_with_2(tmp_path):
    file = tmp_path / "flow.json"
    file.write_text("{}")
    there = service(
        {"project": [{"id": "p"}]}, refusal("BAD_USER_INPUT", "serialized_flow.name must not be empty.")
    )

    result = invoke(there, "register", str(file), "-p", "P")

    assert (result.exit_code, result.stderr) == (2, "Error: serialized_flow.name must not be empty.\n")
