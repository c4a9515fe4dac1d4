"""Changes of flows and projects, as clients of both eras write them."""

import pytest

from tests.handlers.service import SNAKE, both_dialects, code

NOWHERE = "018f0000-0000-7000-8000-000000000000"


def flow_by_pk(service, flow_id, selection):
    return service.data(f'{{ flow_by_pk(id: "{flow_id}") {{ {selection} }} }}')["flow_by_pk"]


@both_dialects
def test_flow_is_archived_and_unarchived_in_both_dialects(service, dialect):
    flow_id = service.flow()

    for mutation, archived in (("archive_flow", True), ("unarchive_flow", False)):
        given = {"flow_id": flow_id}
        payload = service.mutate(dialect, mutation, given, "id success error flow { archived }")
        expected = {"id": flow_id, "success": True, "error": None, "flow": {"archived": archived}}
        assert payload == expected


@both_dialects
def test_flow_is_moved_and_an_unknown_project_refused(service, dialect):
    flow_id, project_id = service.flow(), service.project()

    given = {"flow_id": flow_id, "project_id": project_id}
    assert service.mutate(dialect, "update_flow_project", given, "id flow { project { id } }") == {
        "id": flow_id,
        "flow": {"project": {"id": project_id}},
    }
    error = service.refuse(dialect, "update_flow_project", given | {"project_id": NOWHERE})
    assert (code(error), NOWHERE in error["message"]) == ("NOT_FOUND", True)


@both_dialects
@pytest.mark.parametrize("noun", ["flow", "project"])
def test_second_deletion_of_a_flow_or_project_has_no_success(service, dialect, noun):
    project_id = service.project()
    flow_id = service.flow(project_id=project_id)
    run_id = service.run(flow_id)
    given = {f"{noun}_id": flow_id if noun == "flow" else project_id}

    first, second = (service.mutate(dialect, f"delete_{noun}", given, "success error") for _ in range(2))

    assert first == {"success": True, "error": None}
    assert second["success"] is False
    assert next(iter(given.values())) in second["error"]
    assert service.read(run_id, "id") is None
    assert flow_by_pk(service, flow_id, "id") is None


@both_dialects
def test_schedule_is_switched_on_and_off(service, dialect):
    flow_id = service.flow({"schedule": {"clocks": []}})

    for active in (True, False):
        given = {"flow_id": flow_id, "set_active": active}
        assert service.mutate(dialect, "set_flow_schedule_state", given, "success")["success"]
        assert flow_by_pk(service, flow_id, "is_schedule_active") == {"is_schedule_active": active}
    given = {"flow_id": service.flow(), "set_active": True}
    payload = service.mutate(dialect, "set_flow_schedule_state", given, "success error")
    assert payload == {"success": False, "error": "The flow has no schedule."}


def test_schedule_is_switched_off_by_set_schedule_inactive(service):
    flow_id = service.flow({"schedule": {"clocks": []}}, set_schedule_active=True)

    assert service.mutate(SNAKE, "set_schedule_inactive", {"flow_id": flow_id}, "success")["success"]

    assert flow_by_pk(service, flow_id, "is_schedule_active") == {"is_schedule_active": False}


@both_dialects
def test_project_is_renamed_and_described(service, dialect):
    project_id = service.project()

    for column, value in (("name", "new"), ("description", "about"), ("description", None)):
        given = {"project_id": project_id, column: value}
        selection = f"id success error project {{ {column} }}"
        payload = service.mutate(dialect, f"set_project_{column}", given, selection)
        expected = {"id": project_id, "success": True, "error": None, "project": {column: value}}
        assert payload == expected
    given = {"project_id": NOWHERE, "name": "x"}
    payload = service.mutate(dialect, "set_project_name", given, "success error project { id }")
    assert (payload["success"], NOWHERE in payload["error"]) == (False, True)


def test_creating_the_home_tenant_returns_the_tenant_that_is_there(service):
    (tenant,) = service.data("{ tenant { id settings info } }")["tenant"]
    assert tenant["info"] == {}
    assert set(tenant["settings"].values()) == {None}
    # As `prefect server create-tenant` sends it
    query = "mutation($input: create_tenant_input!) { create_tenant(input: $input) { id } }"

    created = service.data(query, {"input": {"name": "Mine", "slug": "default"}})

    assert created == {"create_tenant": {"id": tenant["id"]}}
    other = service.data(query, {"input": {"name": "Mine", "slug": "mine"}})
    assert other["create_tenant"]["id"] != tenant["id"]
    error = service.error(query, {"input": {"name": "Mine", "slug": "No Slug"}})
    assert code(error) == "BAD_USER_INPUT"
