import pytest

from domain.ids import member_id
from tests.handlers.service import CAMEL, SNAKE, both_dialects, code

TASKS = {"tasks": [{"slug": "add-1", "name": "add", "cache_key": "shared"}, {"slug": "load-1"}]}
UNKNOWN = "018f0000-0000-7000-8000-000000000000"
RUNNING, SUCCESS = {"type": "Running", "message": "Starting."}, {"type": "Success", "message": "It worked!"}
CACHED = {"type": "Cached", "cached_result_expiration": "2041-01-01T00:00:00+00:00"}


@pytest.fixture
def flow_id(service):
    return service.flow(TASKS)


@pytest.fixture
def run_id(service, flow_id):
    run_id = service.run(flow_id)
    service.set_state(run_id, RUNNING)
    return run_id


def set_states(service, dialect, *states):
    given = {
        "states": [dict(zip(("task_run_id", "version", "state"), entry, strict=True)) for entry in states]
    }
    selection = "states { id status message version }"
    return service.mutate(dialect, "set_task_run_states", given, selection)["states"]


def find(service, flow_id, run_id, number=1, map_index=-1):
    given = {"flow_run_id": run_id, "task_id": member_id(flow_id, number), "map_index": map_index}
    return service.mutate(SNAKE, "get_or_create_task_run_info", given, "id version state serialized_state")


@both_dialects
def test_task_run_is_found_and_its_state_set(service, flow_id, run_id, dialect):
    # Given
    selection = "task_run { id version serialized_state task { slug } }"
    given = {"flow_run_id": run_id, "task_id": member_id(flow_id, 1), "map_index": 0}
    found = service.mutate(dialect, "get_or_create_task_run", given, selection)["task_run"]
    assert found["version"] == 1
    assert found["task"] == {"slug": "add-1"}
    assert found["serialized_state"] == {"type": "Pending", "message": "Task run created"}

    # When
    (first,) = set_states(service, dialect, (found["id"], 1, RUNNING))
    (second,) = set_states(service, dialect, (found["id"], 2, SUCCESS))

    # Then
    assert first == {"id": found["id"], "status": "SUCCESS", "message": None, "version": 2}
    assert second["version"] == 3
    read = service.data(
        "query($id: UUID!) { task_run_by_pk(id: $id) { state map_index flow_run { id } states { state } } }",
        {"id": found["id"]},
    )["task_run_by_pk"]
    assert read == {
        "state": "Success",
        "map_index": 0,
        "flow_run": {"id": run_id},
        "states": [{"state": name} for name in ("Pending", "Running", "Success")],
    }


@both_dialects
def test_null_version_accepts_the_current_one(service, flow_id, run_id, dialect):
    task_run_id = find(service, flow_id, run_id)["id"]

    (first,) = set_states(service, dialect, (task_run_id, None, RUNNING))
    (second,) = set_states(service, dialect, (task_run_id, None, SUCCESS))

    assert (first["version"], second["version"]) == (2, 3)


def test_run_lists_all_its_task_runs_before_any_has_begun(service, run_id):
    document = (
        f'query {{ flow_run_by_pk(id: "{run_id}") {{ task_runs(where: {{ map_index: {{ _eq: -1 }} }}) '
        "{ id task { id slug } version serialized_state } } }"
    )

    found = service.data(document)["flow_run_by_pk"]["task_runs"]

    assert [task_run["task"]["slug"] for task_run in found] == ["add-1", "load-1"]
    assert [task_run["id"] for task_run in found] == [member_id(run_id, 1), member_id(run_id, 2)]
    assert {task_run["version"] for task_run in found} == {1}


@both_dialects
def test_stale_version_is_refused_with_the_current_one(service, flow_id, run_id, dialect):
    task_run_id = find(service, flow_id, run_id)["id"]
    set_states(service, dialect, (task_run_id, 1, RUNNING))

    given = {"states": [{"task_run_id": task_run_id, "version": 1, "state": SUCCESS}]}
    error = service.refuse(dialect, "set_task_run_states", given, "states { id }")

    assert code(error) == "VERSION_LOCKING_ERROR"
    assert error["extensions"]["task_run_id"] == task_run_id
    assert error["extensions"]["current_version"] == 2
    info = service.data(
        f'query {{ get_task_run_info(task_run_id: "{task_run_id}") {{ version serialized_state }} }}'
    )
    assert info == {"get_task_run_info": {"version": 2, "serialized_state": RUNNING}}


def test_task_run_of_a_waiting_flow_run_cannot_run(service, flow_id):
    run_id = service.run(flow_id)
    task_run_id = find(service, flow_id, run_id)["id"]

    given = {"states": [{"task_run_id": task_run_id, "version": 1, "state": RUNNING}]}
    error = service.refuse(SNAKE, "set_task_run_states", given, "states { id }")

    assert code(error) == "BAD_USER_INPUT"
    assert "while its flow run" in error["message"]


@pytest.mark.parametrize(
    ("mutation", "given"),
    [
        ("get_or_create_task_run", {"flow_run_id": UNKNOWN, "task_id": member_id(UNKNOWN, 1)}),
        ("set_task_run_states", {"states": [{"task_run_id": member_id(UNKNOWN, 1), "state": SUCCESS}]}),
    ],
)
def test_unknown_task_run_task_or_flow_run_is_not_found(service, mutation, given):
    assert code(service.refuse(SNAKE, mutation, given)) == "NOT_FOUND"


def test_task_run_is_renamed_and_gets_heartbeats(service, flow_id, run_id):
    task_run_id = find(service, flow_id, run_id)["id"]

    named = service.mutate(
        SNAKE, "set_task_run_name", {"task_run_id": task_run_id, "name": "x"}, "success error"
    )
    beat = service.mutate(CAMEL, "update_task_run_heartbeat", {"task_run_id": task_run_id}, "success")

    assert (named, beat) == ({"success": True, "error": None}, {"success": True})
    read = service.data(f'{{ task_run(where: {{id: {{_eq: "{task_run_id}"}}}}) {{ name heartbeat }} }}')
    assert read["task_run"][0]["name"] == "x"
    assert read["task_run"][0]["heartbeat"] is not None


@both_dialects
@pytest.mark.parametrize(
    ("name", "kept"),
    [("SELECT 1\nFROM t", "SELECT 1 FROM t"), ("v" * 494, "v" * 200), (" \n", "\N{OPEN BOX}"), ("", None)],
    ids=repr,
)
def test_name_of_a_task_run_is_cut_and_cleaned_unless_empty(service, flow_id, run_id, dialect, name, kept):
    given = {"task_run_id": find(service, flow_id, run_id)["id"], "name": name}
    if kept is None:
        assert code(service.refuse(dialect, "set_task_run_name", given)) == "BAD_USER_INPUT"
        return

    assert service.mutate(dialect, "set_task_run_name", given, "success") == {"success": True}
    document = f'{{ task_run(where: {{id: {{_eq: "{given["task_run_id"]}"}}}}) {{ name }} }}'
    assert service.data(document)["task_run"] == [{"name": kept}]


class TestCachedResults:
    @pytest.fixture
    def cached(self, service, flow_id, run_id):
        task_run_id = find(service, flow_id, run_id)["id"]
        set_states(service, SNAKE, (task_run_id, 1, CACHED))
        other = find(service, flow_id, run_id, 2)["id"]
        set_states(service, SNAKE, (other, 1, {"type": "Cached", "message": "of another task"}))
        return task_run_id

    @pytest.mark.parametrize("by", ["task_id", "cache_key"])
    def test_release_1_4_finds_cached_results_by_task_or_cache_key(self, service, flow_id, cached, by):
        value = member_id(flow_id, 1) if by == "task_id" else "shared"
        document = (
            'query { task_run(where: { state: { _eq: "Cached" }, state_timestamp: '
            f'{{ _gte: "2020-01-01T00:00:00+00:00" }}, {by}: {{ _eq: "{value}" }} }}, '
            "order_by: { state_timestamp: desc }, limit: 100) { id serialized_state } }"
        )

        assert service.data(document)["task_run"] == [{"id": cached, "serialized_state": CACHED}]

    @pytest.mark.parametrize(
        "no_key",
        [
            "{ cache_key: { _eq: null } }",
            "{ _and: [{ cache_key: { _eq: null } }, { cache_key: { _is_null: false } }] }",
            "{ cache_key: { _eq: $absent } }",
            "{ cache_key: null }",
        ],
        ids=["0.6 to 0.9", "0.10 to 0.12", "a variable", "no comparison"],
    )
    def test_task_without_a_cache_key_finds_its_own_results_alone(self, service, flow_id, cached, no_key):
        variable = "($absent: String)" if "$absent" in no_key else ""
        document = (
            f'query{variable} {{ task_run(where: {{ state: {{ _eq: "Cached" }}, _or: '
            f'[{no_key}, {{ task_id: {{ _eq: "{member_id(flow_id, 1)}" }} }}], state_timestamp: '
            '{ _gte: "2020-01-01T00:00:00+00:00" } }, order_by: { state_timestamp: desc }) { id } }'
        )

        assert service.data(document)["task_run"] == [{"id": cached}]
        assert service.data(document, {"absent": None})["task_run"] == [{"id": cached}]

    def test_shortened_list_is_reported_in_the_extensions(self, service, cached, monkeypatch):
        monkeypatch.setattr("operations.reads.plans.task_runs.task_run_plans.MAX_ROWS", 1)
        monkeypatch.setattr("operations.reads.plans.task_runs.task_run_plans.BATCH", 1)

        result = service.send('query { task_run(where: { state: { _eq: "Cached" } }) { id } }')

        assert len(result["data"]["task_run"]) == 1
        assert result["extensions"]["left_out"] == ["task_run: all cached results but the newest 1."]

    def test_cached_result_with_another_state_is_not_found(self, service, flow_id, cached):
        set_states(service, SNAKE, (cached, None, SUCCESS))

        document = 'query { task_run(where: { state: { _eq: "Cached" } }) { id } }'
        assert cached not in {task_run["id"] for task_run in service.data(document)["task_run"]}


def test_children_of_a_mapped_task_run_are_summed_up(service, flow_id, run_id):
    parent = find(service, flow_id, run_id)["id"]
    for index in range(3):
        child = find(service, flow_id, run_id, 1, index)["id"]
        set_states(service, SNAKE, (child, 1, RUNNING), *([(child, 2, SUCCESS)] if index else []))

    found = service.data(
        f'{{ mapped_children(task_run_id: "{parent}") {{ state_counts min_start_time max_end_time }} }}'
    )["mapped_children"]

    assert found["state_counts"] == {"Running": 1, "Success": 2}
    assert found["min_start_time"] < found["max_end_time"]


def test_list_without_flow_runs_is_refused_with_a_hint(service):
    error = service.error("{ task_run { id } }")

    assert code(error) == "BAD_USER_INPUT"
    assert "flow_run_id" in error["message"]


@both_dialects
def test_logs_of_a_task_run_are_written_and_read(service, run_id, dialect):
    lines = [
        {"flow_run_id": run_id, "timestamp": "2026-01-31T08:00:01+00:00", "level": "INFO", "message": "Two"},
        {"flow_run_id": run_id, "timestamp": "2026-01-31T08:00:00+00:00", "level": "ERROR", "message": None},
    ]
    given = {"logs": [{dialect.spell(name): line[name] for name in line} for line in lines]}
    field = dialect.spell("write_run_logs")
    document = (
        f"mutation($input: {dialect.input_type('write_run_logs')}) {{ {field}(input: $input) {{ success }} }}"
    )
    assert service.data(document, {"input": given})[field] == {"success": True}

    found = service.data(
        f'query {{ flow_run(where: {{ id: {{ _eq: "{run_id}" }} }}) {{ logs(order_by: {{ timestamp: asc }}, '
        'where: { _and: [{ timestamp: { _lte: "2030-01-01T00:00:00+00:00" } }, {}] }) '
        "{ timestamp message level } } }"
    )["flow_run"][0]["logs"]

    assert found == [
        {"timestamp": "2026-01-31T08:00:00+00:00", "message": "", "level": "ERROR"},
        {"timestamp": "2026-01-31T08:00:01+00:00", "message": "Two", "level": "INFO"},
    ]


def test_single_log_instead_of_a_list_is_written_at_any_level(service, run_id):
    one = (
        f'mutation {{ write_run_logs(input: {{ logs: {{ flow_run_id: "{run_id}", message: "x", '
        "level: %s } }) { success } }"
    )

    assert service.data(one % "CRITICAL") == {"write_run_logs": {"success": True}}
    assert service.data(one % "LOUD") == {"write_run_logs": {"success": True}}
