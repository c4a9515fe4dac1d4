"""`flow-runs keys` and its commands, and the calls of the client behind them."""

import json

import pytest

from flow_runs import BadUserInputError, NotFoundError
from tests.unit.client.cli_runner import invoke
from tests.unit.client.client_service import LOST, refusal, service

KEY_ID = "6f1f0000-0000-5000-8000-000000000001"
SUCCESSOR_ID = "6f1f0000-0000-5000-8000-000000000002"
SECRET = "flowruns_runner_4bXz"
CREATED = {"create_api_key": {"id": KEY_ID, "key": SECRET}}
ROTATED = {
    "rotate_api_key": {
        "id": SUCCESSOR_ID,
        "key": SECRET,
        "expires_at": None,
        "former_expires_at": "2026-02-01T08:00:00+00:00",
    }
}


def row(**changes):
    return {
        "id": KEY_ID,
        "name": "agents",
        "scope": "runner",
        "permits": "runner",
        "projects": None,
        "beginning": "flowruns_runner_4bXz",
        "owner": "team",
        "made_by": "operator",
        "made_by_key_id": None,
        "created": "2026-01-31T08:00:00+00:00",
        "used": None,
        "expires_at": None,
        "ends_soon": False,
        "successor_id": None,
        **changes,
    }


def test_list_shows_keys_and_tokens_newest_first():
    token = row(id=SUCCESSOR_ID, name="token", created="2026-02-01T08:00:00+00:00")
    there = service({"auth_api_key": [row()], "api_token": [token]})

    result = invoke(there, "keys", "list")

    header, *lines = [line.split("\t") for line in result.stdout.splitlines()]
    assert header == ["ID", "NAME", "SCOPE", "PROJECTS", "BEGINNING", "OWNER", "MADE BY", "USED", "ENDS"]
    assert [line[1] for line in lines] == ["token", "agents"]
    assert lines[1][2:] == ["runner", "all", "flowruns_runner_4bXz", "team", "operator", "never", "never"]
    assert result.stderr == ""


def test_list_warns_of_keys_that_end_soon_and_have_no_successor():
    ending = {"expires_at": "2026-02-01T08:00:00+00:00", "ends_soon": True}
    keys = [row(**ending), row(id=SUCCESSOR_ID, **ending, successor_id=KEY_ID)]
    result = invoke(service({"auth_api_key": keys, "api_token": []}), "keys", "list")

    assert f"1 key ends within two weeks: flow-runs keys rotate {KEY_ID}" in result.stderr
    assert result.stdout.count("(soon)") == 2


def test_list_tells_how_many_projects_a_key_is_limited_to_and_that_it_was_rotated():
    keys = [row(), row(projects=["p"], successor_id=SUCCESSOR_ID), row(projects=[])]
    result = invoke(service({"auth_api_key": keys, "api_token": []}), "keys", "list")

    _, *lines = [line.split("\t") for line in result.stdout.splitlines()]
    assert [line[3] for line in lines] == ["all", "1", "0"]
    assert [line[-1] for line in lines] == ["never", "never (rotated)", "never"]


def test_scope_of_a_token_is_told_in_the_words_of_keys():
    token = row(scope="TENANT", permits="admin")
    del (key := row())["permits"]
    there = service({"auth_api_key": [key], "api_token": [token]})

    assert [found.scope for found in there.client().list_api_keys()] == ["runner", "admin"]


def test_list_as_json_is_one_list():
    result = invoke(service({"auth_api_key": [row()], "api_token": []}), "keys", "list", "--json")
    (found,) = json.loads(result.stdout)
    assert found["made_by_key_id"] is None
    assert (found["id"], found["kind"], found["ends_soon"]) == (KEY_ID, "key", False)


def test_create_prints_the_key_alone_on_stdout():
    there = service(CREATED)
    result = invoke(there, "keys", "create", "agents", "--scope", "runner", "--expires", "2030-01-01")

    assert result.stdout == f"{SECRET}\n"
    assert KEY_ID in result.stderr
    (given,) = there.inputs
    assert (given["name"], given["scope"], given["projects"]) == ("agents", "runner", None)
    assert given["expires_at"] == "2030-01-01T00:00:00+00:00"


def test_create_looks_up_projects_by_name():
    there = service({"project": [{"id": "p"}]}, CREATED)
    result = invoke(there, "keys", "create", "agents", "-p", "Reports", "--json")
    assert json.loads(result.stdout) == {"id": KEY_ID, "key": SECRET}
    assert there.inputs[-1]["projects"] == ["p"]


def test_creation_whose_response_is_lost_is_not_sent_again():
    there = service(LOST)
    result = invoke(there, "keys", "create", "agents")
    assert result.exit_code == 5
    assert "may have been carried out" in result.stderr


def test_rotation_whose_response_is_lost_is_sent_again_under_one_key():
    there = service(LOST, ROTATED)
    result = invoke(there, "keys", "rotate", KEY_ID, "--overlap", "2h")

    assert result.stdout == f"{SECRET}\n"
    first, second = there.inputs
    assert first == second
    assert first["idempotency_key"]
    assert (first["key_id"], first["overlap"]) == (KEY_ID, 7_200)


def test_rotation_without_a_key_rotates_the_own_one():
    there = service(ROTATED)
    result = invoke(there, "keys", "rotate", "--key", "once", "--json")
    assert json.loads(result.stdout)["former_expires_at"] == "2026-02-01T08:00:00+00:00"
    assert there.inputs == [{"key_id": None, "overlap": None, "idempotency_key": "once"}]


@pytest.mark.parametrize("overlap", ["31d", "soon"])
def test_unusable_overlap_is_refused_before_anything_is_sent(overlap):
    there = service()
    assert invoke(there, "keys", "rotate", KEY_ID, "--overlap", overlap).exit_code == 2
    assert there.requests == []


def test_delete_finds_keys_and_tokens():
    deleted, missing = {"delete_api_key": {"success": True}}, {"delete_api_key": {"success": False}}
    assert invoke(service(deleted), "keys", "delete", KEY_ID).exit_code == 0
    assert (
        invoke(service(missing, {"delete_api_token": {"success": True}}), "keys", "delete", KEY_ID).exit_code
        == 0
    )
    with pytest.raises(NotFoundError):
        service(missing, {"delete_api_token": {"success": False}}).client().delete_api_key(KEY_ID)


def test_secrets_are_in_no_text_of_an_object():
    there = service(CREATED, ROTATED, refusal("BAD_USER_INPUT", "It was rotated already."))
    client = there.client()
    assert SECRET not in repr((client.create_api_key("k"), client.rotate_api_key(KEY_ID)))
    with pytest.raises(BadUserInputError, match="rotated already"):
        client.rotate_api_key(KEY_ID)
