"""The reads of the command lines of Prefect Core, and of its registration."""

from typing import Final

from bench.real_use.documents.document import Document

_ALL: Final = "0.6.7, 0.8.1, 0.15.13, 1.4.1"
_EARLY: Final = "0.6.7, 0.8.1"
_LATE: Final = "0.15.13, 1.4.1"
_FLOW_FIELDS: Final = "name version project { name } created"
_WHOLE_FLOW: Final = f"{_FLOW_FIELDS} description parameters archived storage environment"
_TASKS: Final = "tasks { name created slug description type max_retries retry_delay mapped }"
_WHOLE_RUN: Final = (
    "name flow { name } created parameters auto_scheduled scheduled_start_time start_time end_time "
    "serialized_state"
)


def _flows(
    name: str, project: str, selection: str, distinct: str = "name", limit: str = "", version: str = "null"
) -> str:
    return (
        f"query {{ flow(where: {{_and: {{name: {{_eq: {name}}}, version: {{_eq: {version}}}, "
        f"project: {{name: {{_eq: {project}}}}}}}}}, order_by: {{name: asc, version: desc}}, "
        f"distinct_on: {distinct}{limit}) {{ {selection} }} }}"
    )


def _runs(flow: str, project: str, selection: str, *, started: bool = False) -> str:
    of_flow = f"flow: {{_and: {{name: {{_eq: {flow}}}, project: {{name: {{_eq: {project}}}}}}}}}"
    where = f"{{_and: {{{of_flow}, start_time: {{_is_null: false}}}}}}" if started else f"{{{of_flow}}}"
    order = "start_time" if started else "created"
    return f"query {{ flow_run(where: {where}, limit: 10, order_by: {{{order}: desc}}) {{ {selection} }} }}"


def _projects(name: str) -> str:
    return (
        f"query {{ project(where: {{_and: {{name: {{_eq: {name}}}}}}}, order_by: {{name: asc}}) "
        "{ name created description flows_aggregate(distinct_on: name) { aggregate { count } } } }"
    )


def _tasks(name: str, flow: str, version: str = "null", project: str = "null") -> str:
    return (
        f"query {{ task(where: {{_and: {{name: {{_eq: {name}}}, flow: {{name: {{_eq: {flow}}}, "
        f"project: {{name: {{_eq: {project}}}}}, version: {{_eq: {version}}}}}}}}}, limit: 10, "
        "order_by: {created: desc}) "
        "{ name created flow { name version } mapped type } }"
    )


def _logs(where: str, selection: str = "timestamp message level") -> str:
    return (
        f"query {{ flow_run(where: {{{where}}}, order_by: {{start_time: desc}}) "
        f"{{ logs(order_by: {{timestamp: asc}}) {{ {selection} }} start_time }} }}"
    )


def _described_run(name: str, flow: str, selection: str = _WHOLE_RUN) -> str:
    return (
        f"query {{ flow_run(where: {{_and: {{name: {{_eq: {name}}}, flow: {{name: {{_eq: {flow}}}}}}}}}) "
        f"{{ {selection} }} }}"
    )


_EARLY_RUN: Final = "flow { name } created state name duration start_time"
_LATE_RUN: Final = "flow { name } id created state name start_time"
_LIMIT: Final = ", limit: 10"

CORE_COMMANDS: Final = (
    Document("get flows", _EARLY, _flows("null", "null", _FLOW_FIELDS, limit=_LIMIT)),
    Document("get flows, with ids", _LATE, _flows("null", "null", f"{_FLOW_FIELDS} id", limit=_LIMIT)),
    Document("get flows -n", _ALL, _flows("@flow_name", "null", _FLOW_FIELDS, limit=_LIMIT)),
    Document("get flows -p", _ALL, _flows("null", "@project_name", _FLOW_FIELDS, limit=_LIMIT)),
    Document("get flows --all-versions", _ALL, _flows("null", "null", _FLOW_FIELDS, "null", _LIMIT)),
    Document(
        "get flows -n -p --all-versions",
        _ALL,
        _flows("@flow_name", "@project_name", _FLOW_FIELDS, "null", _LIMIT),
    ),
    Document("get flows -n -v", _ALL, _flows("@flow_name", "null", _FLOW_FIELDS, version="1")),
    Document("get projects", _ALL, _projects("null")),
    Document("get projects -n", _ALL, _projects("@project_name")),
    Document("get flow-runs, with durations", _EARLY, _runs("null", "null", _EARLY_RUN)),
    Document("get flow-runs", _LATE, _runs("null", "null", _LATE_RUN)),
    Document("get flow-runs -f", _ALL, _runs("@flow_name", "null", _LATE_RUN)),
    Document("get flow-runs -p", _ALL, _runs("null", "@project_name", _LATE_RUN)),
    Document("get flow-runs -f -p", _ALL, _runs("@flow_name", "@project_name", _LATE_RUN)),
    Document("get flow-runs -f of a rare flow", _ALL, _runs("@rare_flow_name", "null", _LATE_RUN)),
    Document("get flow-runs --started", _ALL, _runs("null", "null", _LATE_RUN, started=True)),
    Document("get flow-runs -f --started", _ALL, _runs("@flow_name", "null", _LATE_RUN, started=True)),
    Document("get flow-runs -p --started", _ALL, _runs("null", "@project_name", _LATE_RUN, started=True)),
    Document(
        "get flow-runs -f --started of a rare flow",
        _ALL,
        _runs("@rare_flow_name", "null", _LATE_RUN, started=True),
    ),
    Document("get tasks", _ALL, _tasks("null", "null")),
    Document("get tasks -n", _ALL, _tasks('"load"', "null")),
    Document("get tasks -fn", _ALL, _tasks("null", "@flow_name")),
    Document("get tasks -fn -fv", _ALL, _tasks("null", "@flow_name", "2")),
    Document("get tasks -p", _ALL, _tasks("null", "null", project="@project_name")),
    Document("get logs -n", _EARLY, _logs("name: {_eq: @run_name}")),
    Document("get logs -n --info", _EARLY, _logs("name: {_eq: @run_name}", "timestamp info")),
    Document("get logs -n of a common name", _EARLY, _logs("name: {_eq: @common_name}")),
    Document("get logs -n, id null", _LATE, _logs("name: {_eq: @run_name}, id: {_eq: null}")),
    Document("get logs -n of an old run", _LATE, _logs("name: {_eq: @old_run_name}, id: {_eq: null}")),
    Document("get logs --id", _LATE, _logs("name: {_eq: null}, id: {_eq: @run_id}")),
    Document("get logs -n of a long log", _LATE, _logs("name: {_eq: @logged_run_name}, id: {_eq: null}")),
    Document("get logs --id of a long log", _LATE, _logs("name: {_eq: null}, id: {_eq: @logged_run_id}")),
    Document("describe flows -n", _ALL, _flows("@flow_name", "null", _WHOLE_FLOW)),
    Document("describe flows -n -p", _ALL, _flows("@flow_name", "@project_name", _WHOLE_FLOW)),
    Document("describe tasks -n", _ALL, _flows("@flow_name", "null", _TASKS)),
    Document("describe flow-runs -n", _LATE, _described_run("@run_name", "null")),
    Document("describe flow-runs -n of a common name", _LATE, _described_run("@common_name", "null")),
    Document("describe flow-runs -n of a made-up name", _LATE, _described_run("@made_up_name", "null")),
    Document("describe flow-runs -n of an old run", _LATE, _described_run("@old_run_name", "null")),
    Document("describe flow-runs -n -fn of an old run", _LATE, _described_run("@old_run_name", "@flow_name")),
    Document("describe flow-runs -n -fn", _LATE, _described_run("@run_name", "@run_flow_name")),
    Document(
        "describe flow-runs -n, with heartbeats",
        _EARLY,
        _described_run("@run_name", "null", f"{_WHOLE_RUN} duration heartbeat"),
    ),
    Document("run cloud: the flow", "0.6.7, 0.8.1, 0.15.13", _flows("@flow_name", "@project_name", "id")),
    Document(
        "run cloud --watch",
        "0.6.7, 0.8.1, 0.15.13",
        "query { flow_run_by_pk(id: @run_id) { states(order_by: {timestamp: asc}) { state timestamp } } }",
    ),
    Document("run cloud --logs", _EARLY, _logs("id: {_eq: @run_id}")),
    Document(
        "run flow --logs",
        "0.15.13",
        "query { flow_run(where: {id: {_eq: @run_id}}, order_by: {start_time: desc}) "
        "{ logs(order_by: {timestamp: asc}) { timestamp message level } start_time state } }",
    ),
    Document("run cloud --logs: the end", _EARLY, "query { flow_run_by_pk(id: @run_id) { state } }"),
    Document("register: the project", _ALL, "query { project(where: {name: {_eq: @project_name}}) { id } }"),
    Document(
        "prefect register: the last version",
        _LATE,
        "query { flow(where: {_and: {name: {_eq: @flow_name}, project: {id: {_eq: @project_id}}}}, "
        "order_by: {version: desc}, limit: 1) { id version } }",
    ),
    Document("flow.register: the group", _LATE, "query { flow_by_pk(id: @flow_id) { flow_group_id } }"),
    Document("auth list-tenants", _ALL, "query { tenant(order_by: {slug: asc}) { id slug name } }"),
    Document(
        "login_to_tenant",
        "0.6.7, 0.8.1, 0.15.13",
        "query($slug: String, $id: uuid) { tenant(where: {slug: {_eq: $slug}, id: {_eq: $id}}) { id } }",
        {"slug": None, "id": "@tenant_id"},
    ),
    Document(
        "switch_tenant",
        "1.4.1",
        "query($slug: String) { tenant(where: {slug: {_eq: $slug}}) { id } }",
        {"slug": "@tenant_slug"},
    ),
    Document("auth list-tokens", "0.6.7, 0.8.1, 0.15.13", "query { api_token { id name } }"),
    Document(
        "auth login: the memberships",
        "0.6.7, 0.8.1, 0.15.13",
        "query { user { default_membership { tenant_id } } }",
    ),
    Document("the tenant of a user", "0.15.13", "query { user { default_membership { tenant { slug } } } }"),
    Document("auth list-keys", _LATE, "query { auth_api_key { id name expires_at } }"),
    Document(
        "get_task_tag_limit", _ALL, 'query { task_tag_limit(where: {tag: {_eq: "warehouse"}}) { limit } }'
    ),
)
