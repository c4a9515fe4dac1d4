"""The reads of the agents and the runners of Prefect Core."""

from typing import Final

from bench.real_use.documents.document import Document

_ALL: Final = "0.6.7, 0.8.1, 0.13.19, 0.15.13, 1.4.1"
_EARLY: Final = "0.6.7, 0.8.1"
_LATE: Final = "0.13.19, 0.15.13, 1.4.1"
_LAST: Final = "0.15.13, 1.4.1"
_POLL: Final = (
    "mutation($input: get_runs_in_queue_input!) { get_runs_in_queue(input: $input) { flow_run_ids } }"
)
_EARLY_POLL: Final = (
    "mutation($input: getRunsInQueueInput!) { getRunsInQueue(input: $input) { flow_run_ids } }"
)
_TASK_RUNS: Final = (
    "task_runs(where: {map_index: {_eq: -1}}) { id task { id slug } version serialized_state }"
)
_INFO: Final = (
    f"id name flow_id parameters context version scheduled_start_time serialized_state {_TASK_RUNS}"
)


def _metadata(selection: str, flow: str) -> str:
    started = "state_start_time: {_lte: @now}"
    running = f'{{state: {{_eq: "Running"}}, task_runs: {{{started}}}}}'
    return (
        "query { flow_run(where: {id: {_in: @queued_ids}, "
        f'_or: [{{state: {{_eq: "Scheduled"}}}}, {running}]}}) '
        f"{{ id version state serialized_state parameters {selection} "
        f"flow {{ id name environment storage {flow} }} "
        f"task_runs(where: {{{started}}}) {{ id version task_id serialized_state }} }} }}"
    )


def _cached(where: str, arguments: str = "") -> str:
    since = "state_timestamp: {_gte: @half_year_ago}"
    return (
        f'query {{ task_run(where: {{state: {{_eq: "Cached"}}, {where}, {since}}}, '
        f"order_by: {{state_timestamp: desc}}{arguments}) {{ serialized_state }} }}"
    )


def _poll(labels: list[str], **more: str) -> dict[str, object]:
    return {"input": {"tenant_id": "@tenant_id", "before": "@soon", "labels": labels, **more}}


CORE_AGENTS: Final = (
    Document("agent: the tenant", _ALL, "query { tenant { id } }"),
    Document("agent: hello", _LATE, "query { hello }"),
    Document("agent: its token", _EARLY, "query { authInfo { apiTokenScope } }"),
    Document("agent: its tenant", _LAST, "query { auth_info { tenant_id } }"),
    Document("agent: its token, snake_case", "0.15.13", "query { auth_info { api_token_scope } }"),
    Document(
        "agent: its settings",
        _LAST,
        "query { agent_config(where: {id: {_eq: @unknown_id}}) { settings } }",
    ),
    Document("agent: poll", _LATE, _POLL, _poll(["gpu", "prod"])),
    Document("agent: poll without labels", _LATE, _POLL, _poll([])),
    Document("agent: poll in vain", _LATE, _POLL, _poll(["nobody"])),
    Document(
        "agent: poll, camelCase",
        "0.8.1",
        _EARLY_POLL,
        {"input": {"tenantId": "@tenant_id", "before": "@now", "labels": ["prod"]}},
    ),
    Document("agent: the runs to start", _EARLY, _metadata("tenant_id", "")),
    Document(
        "agent: the runs to start, with run configs",
        _LAST,
        _metadata("scheduled_start_time run_config name", "version core_version"),
    ),
    Document(
        "execute cloud-flow",
        _EARLY,
        "query { flow_run(where: {id: {_eq: @run_id}}) { flow { name storage environment } version } }",
    ),
    Document(
        "execute flow-run",
        "1.4.1",
        "query { flow_run(where: {id: {_eq: @run_id}}) { flow { name storage run_config } version } }",
    ),
    Document(
        "environment: the storage of the flow",
        "0.13.19, 0.15.13",
        "query { flow_run(where: {id: {_eq: @run_id}}) { flow { name storage } } }",
    ),
    Document("runner: the run", _EARLY, f"query {{ flow_run_by_pk(id: @run_id) {{ {_INFO} }} }}"),
    Document(
        "runner: the run, with its project",
        _LAST,
        f"query {{ flow_run_by_pk(id: @run_id) {{ {_INFO} flow {{ project {{ name id }} }} }} }}",
    ),
    Document(
        "runner: the run of a mapped task",
        _LAST,
        f"query {{ flow_run_by_pk(id: @mapped_run_id) {{ {_INFO} flow {{ project {{ name id }} }} }} }}",
    ),
    Document(
        "heartbeat, with the state",
        "0.8.1",
        "query { flow_run_by_pk(id: @run_id) { state flow { settings } } }",
    ),
    Document("heartbeat", _LATE, "query { flow_run_by_pk(id: @run_id) { flow { settings } } }"),
    Document("runner: the state", _LAST, "query { flow_run_by_pk(id: @run_id) { serialized_state } }"),
    Document(
        "runner: an unknown run", _LAST, "query { flow_run_by_pk(id: @unknown_id) { serialized_state } }"
    ),
    Document(
        "cached results of a task or key",
        _EARLY,
        _cached("_or: [{cache_key: {_eq: @cache_key}}, {task_id: {_eq: @task_id}}]"),
    ),
    Document(
        "cached results of a task, key null",
        _EARLY,
        _cached("_or: [{cache_key: {_eq: null}}, {task_id: {_eq: @task_id}}]"),
    ),
    Document(
        "cached results of a task or key, key present",
        "0.12.6",
        _cached(
            "_or: [{_and: [{cache_key: {_eq: @cache_key}}, {cache_key: {_is_null: false}}]}, "
            "{task_id: {_eq: @task_id}}]"
        ),
    ),
    Document(
        "cached results of a task, key null, key present",
        "0.12.6",
        _cached(
            "_or: [{_and: [{cache_key: {_eq: null}}, {cache_key: {_is_null: false}}]}, "
            "{task_id: {_eq: @task_id}}]"
        ),
    ),
    Document("cached results of a task", _LATE, _cached("task_id: {_eq: @task_id}", ", limit: 100")),
    Document("cached results of a key", _LATE, _cached("cache_key: {_eq: @cache_key}", ", limit: 100")),
    Document(
        "runner: a task run's state",
        _LAST,
        "query { get_task_run_info(task_run_id: @task_run_id) { id version serialized_state } }",
    ),
    Document(
        "runner: a task run",
        "0.13.19",
        "query { task_run_by_pk(id: @task_run_id) { version serialized_state task { slug } } }",
    ),
    Document(
        "run --execute: the schedule",
        _LAST,
        'query { flow_run(where: {id: {_eq: @waiting_run_id}}) { states(where: {state: {_eq: "Scheduled"}}) '
        "{ start_time created } scheduled_start_time } }",
    ),
    Document(
        "run --execute: waiting task runs",
        _LAST,
        "query { task_run(where: {state_start_time: {_is_null: false}, flow_run_id: {_eq: @mapped_run_id}, "
        'flow_run: {state: {_eq: "Running"}}}) { state_start_time } }',
    ),
    Document(
        "Dask environment: the storage",
        "0.15.13",
        "query { flow(where: {id: {_eq: @flow_id}}) { storage } }",
    ),
)
