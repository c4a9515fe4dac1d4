"""Queries of a key that is limited to projects: what is in others is as if it did not exist."""

import json
from datetime import timedelta
from typing import Any

import pytest

from domain.access.callers import Caller
from domain.access.scopes import Scope
from domain.ids import member_id
from operations.reads.entities.registry import ENTITIES
from operations.reads.ways import SEEN_BY_ALL
from operations.task_runs.logs import write_logs
from tests.contract.factories import log_entry
from tests.contract.houses import SCHEMA, House, open_house, selection, unknown

LISTED = sorted(name for name, entity in ENTITIES.items() if entity.plan is not None)


@pytest.fixture
def house(world) -> House:
    return open_house(world)


def test_every_list_and_every_relation_shows_own_rows_alone(house):
    for name in LISTED:
        columns = selection(SCHEMA.type_map[name], 2)  # type: ignore[arg-type]
        response = house.send(f"{{ {name}(limit: 50) {{ {columns} }} }}")

        assert house.seen_in(response) == set(), name
        if "data" in response and response["data"] and name not in ("task_run_artifact", "log"):
            rows = response["data"][name]
            assert bool(rows) is (name in SEEN_BY_ALL or name in OWN_ROWS), name


# The entities of which the caller's project has rows.
OWN_ROWS = {
    *("project", "flow_group", "flow", "task"),
    *("flow_run", "flow_run_state", "task_run", "task_run_state"),
}


def test_aggregates_count_own_rows_alone(house):
    counts = {
        name: house.send(f"{{ {name}_aggregate{where} {{ aggregate {{ count }} nodes {{ __typename }} }} }}")
        for name, where in [(name, "") for name in sorted(OWN_ROWS | {"key_value", "secret", "schedule"})]
    }

    found = {name: one["data"][f"{name}_aggregate"]["aggregate"]["count"] for name, one in counts.items()}
    assert found == {
        "project": 1,
        "flow_group": 1,
        "flow": 1,
        "task": 3,
        "flow_run": 2,
        "flow_run_state": 3,
        "task_run": 6,
        "task_run_state": 7,
        "key_value": 0,
        "secret": 0,
        "schedule": 0,
    }


def test_caller_without_any_project_sees_no_row_of_one(house):
    caller = Caller(name="nothing", scope=Scope.ADMIN, projects=frozenset())
    first = (house.world.clock() - timedelta(hours=2)).isoformat()

    for name in LISTED:
        text = f"{{ {name}(limit: 50) {{ __typename }} {name}_aggregate {{ aggregate {{ count }} }} }}"
        response = house.send(text, caller=caller)
        if "errors" not in response:
            assert bool(response["data"][name]) is (name in SEEN_BY_ALL), name
            count = response["data"][f"{name}_aggregate"]["aggregate"]["count"]
            assert count == len(response["data"][name])
    counted = f"""{{ flow_run_counts(from: "{first}", bucket: HOUR) {{ runs }} queue_depth {{ due }}
        flow_runs_of_key(idempotency_key: "known") {{ rows {{ id }} looked_at is_end }} }}"""
    data = house.send(counted, caller=caller)["data"]
    assert {hour["runs"] for hour in data["flow_run_counts"]} == {0}
    assert data["queue_depth"] == {"due": 0}
    assert data["flow_runs_of_key"] == {"rows": [], "looked_at": 0, "is_end": True}


def test_lists_of_the_tenant_have_own_rows_alone(house):
    count = "{ aggregate { count } }"
    text = f"""{{ tenant {{ projects_aggregate {count} flow_groups_aggregate {count} flows_aggregate {count}
        flow_runs_aggregate {count} runs: flow_runs(limit: 3) {{ id }}
        failed: flow_runs_aggregate(where: {{state: {{_eq: "Failed"}}}}) {count} }} }}"""

    (found,) = house.send(text)["data"]["tenant"]

    assert sorted(run["id"] for run in found.pop("runs")) == sorted([house.own.run_id, house.own.waiting_id])
    assert {name: one["aggregate"]["count"] for name, one in found.items()} == {
        "projects_aggregate": 1,
        "flow_groups_aggregate": 1,
        "flows_aggregate": 1,
        "flow_runs_aggregate": 2,
        "failed": 0,
    }


def test_rows_of_others_are_found_by_no_id_and_by_no_column(house):
    tried = 0
    of_columns = {
        "flow_run_id": {house.site.running_id, house.site.waiting_id},
        "task_run_id": {house.site.task_run_id},
        "flow_id": {house.site.flow_id, house.site.lone_flow_id},
        "flow_group_id": {house.site.group_id},
        "project_id": {house.site.project_id},
        "task_id": {member_id(house.site.flow_id, 1)},
    }
    of_ids = {
        "project": {house.site.project_id},
        "flow_group": {house.site.group_id},
        "flow": {house.site.flow_id},
        "task": {member_id(house.site.flow_id, 1)},
        "flow_run": {house.site.running_id},
        "task_run": {house.site.task_run_id},
        "task_run_artifact": {house.site.artifact_id},
        "schedule": {house.site.group_id},
        "backfill": {house.site.backfill_id},
        "key_value": {house.site.key_value_id},
        "task_tag_limit": {house.site.tag_limit_id},
        "flow_concurrency_limit": {house.site.limit_id},
        "auth_api_key": {house.site.api_key_id},
        "api_token": {house.site.token_id},
    }
    for name in LISTED:
        entity = ENTITIES[name]
        columns = selection(SCHEMA.type_map[name], 1)  # type: ignore[arg-type]
        wanted = [("id", one) for one in of_ids.get(name, ())]
        wanted += [(column, one) for column in entity.columns for one in of_columns.get(column, ())]
        for column, one in wanted:
            where = f'{{{column}: {{_eq: "{one}"}}}}'
            text = f"""{{ {name}(where: {where}) {{ {columns} }}
                {name}_aggregate(where: {where}) {{ aggregate {{ count }} }} }}"""
            if column == "id":
                text = f'{text[:-1]} {name}_by_pk(id: "{one}") {{ {columns} }} }}'
            found, expected = house.send(text), house.send(unknown(text, set()))
            assert found == json.loads(json.dumps(expected).replace(unknown(one, set()), one)), text
            tried += 1
    assert tried > 30


def test_queries_that_are_no_lists_tell_nothing_of_others(house):
    site, world = house.site, house.world
    first = (world.clock() - timedelta(hours=3)).isoformat()
    questions = [
        f'{{ get_task_run_info(task_run_id: "{site.task_run_id}") {{ id version state serialized_state }} }}',
        f'{{ mapped_children(task_run_id: "{site.task_run_id}") {{ state_counts }} }}',
        f'{{ schedule_preview(flow_group_id: "{site.group_id}", limit: 2) {{ time }} }}',
        f"""{{ log_portion(where: {{flow_run_id: {{_eq: "{site.running_id}"}}}}) {{
            rows {{ id }} is_end looked_at }} }}""",
        f"""{{ utility_downstream_tasks(args: {{start_task_ids: ["{member_id(site.flow_id, 1)}"]}}) {{
            depth task {{ id }} }} }}""",
        *(
            f"""{{ flow_run_counts(from: "{first}", bucket: HOUR, {which}) {{ runs live waiting }} }}"""
            for which in (f'project_id: "{site.project_id}"', f'flow_group_id: "{site.group_id}"')
        ),
    ]
    for text in questions:
        found, expected = house.send(text), house.send(unknown(text, set()))
        assert unknown(json.dumps(found), set()) == json.dumps(expected), text

    counted = (
        f'{{ flow_run_counts(from: "{first}", bucket: HOUR) {{ runs }} queue_depth {{ due }} secret_names }}'
    )
    data = house.send(counted)["data"]
    assert sum(hour["runs"] for hour in data["flow_run_counts"]) == 2
    assert data["queue_depth"] == {"due": 1}
    assert data["secret_names"] == []


def test_filter_on_a_relation_tells_nothing_of_others(house):
    def rows(where: str) -> Any:
        return house.send(f"{{ tenant(where: {where}) {{ id }} }}")["data"]["tenant"]

    assert rows('{projects: {name: {_eq: "Own"}}}')
    assert rows('{projects: {name: {_eq: "A"}}}') == []
    assert rows('{_not: {projects: {name: {_neq: "Own"}}}}')
    assert rows(f'{{flow_runs: {{id: {{_eq: "{house.site.running_id}"}}}}}}') == []
    assert rows(f'{{flows: {{flow_runs: {{id: {{_eq: "{house.own.run_id}"}}}}}}}}')


def test_log_entry_that_names_a_task_run_of_others_does_not_show_it(house):
    entry = log_entry(house.own.run_id, 5, "strange", task_run_id=house.site.task_run_id)
    write_logs(house.world.context, [entry])
    text = f"""{{ log(where: {{flow_run_id: {{_eq: "{house.own.run_id}"}}, message: {{_eq: "strange"}}}}) {{
        message flow_run {{ id }} task_run {{ state }} }}
        log_aggregate(where: {{flow_run_id: {{_eq: "{house.own.run_id}"}},
        task_run: {{state: {{_like: "%"}}}}}}) {{ aggregate {{ count }} }} }}"""

    found = house.send(text)["data"]

    assert found["log"] == [{"message": "strange", "flow_run": {"id": house.own.run_id}, "task_run": None}]
    assert found["log_aggregate"]["aggregate"]["count"] == 0
