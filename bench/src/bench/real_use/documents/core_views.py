"""The reads of the backend views of Prefect Core, from 0.15 on, and of the tasks that start flows."""

from typing import Final

from bench.real_use.documents.document import Document

_VIEWS: Final = "0.15.13, 1.4.1"
_FLOW: Final = (
    "id settings run_config serialized_flow name archived project { name } core_version storage "
    "flow_group { labels }"
)
_RUN: Final = (
    "id name flow_id serialized_state states { timestamp serialized_state } labels parameters context "
    "updated run_config"
)
_TASK_RUN: Final = "id name task { id slug } map_index serialized_state flow_run_id"


def _logs(run: str, after: str) -> str:
    return (
        f"query {{ flow_run(where: {{id: {{_eq: {run}}}}}) {{ logs(order_by: {{timestamp: asc}}, "
        f"where: {{_and: [{{timestamp: {{_lte: @now}}}}, {after}]}}) {{ timestamp message level }} }} }}"
    )


def _task_runs(where: str, arguments: str = "", selection: str = _TASK_RUN) -> str:
    return f"query {{ task_run(where: {{{where}}}{arguments}) {{ {selection} }} }}"


def _run(run: str) -> str:
    return f"query {{ flow_run(where: {{id: {{_eq: {run}}}}}) {{ {_RUN} }} }}"


_OF_SLUG: Final = 'task: {slug: {_eq: "clean-1"}}, flow_run_id: {_eq: @mapped_run_id}'

CORE_VIEWS: Final = (
    Document(
        "FlowView, by name and project",
        _VIEWS,
        "query { flow(where: {name: {_eq: @flow_name}, archived: {_eq: false}, "
        f"project: {{name: {{_eq: @project_name}}}}}}, order_by: {{created: desc}}) {{ {_FLOW} }} }}",
    ),
    Document(
        "FlowView, by name",
        _VIEWS,
        "query { flow(where: {name: {_eq: @flow_name}, archived: {_eq: false}}, "
        f"order_by: {{created: desc}}) {{ {_FLOW} }} }}",
    ),
    Document("FlowView, by id", _VIEWS, f"query {{ flow(where: {{id: {{_eq: @flow_id}}}}) {{ {_FLOW} }} }}"),
    Document(
        "FlowView, by group",
        _VIEWS,
        f"query {{ flow(where: {{flow_group_id: {{_eq: @rare_group_id}}}}, order_by: {{created: desc}}) "
        f"{{ {_FLOW} }} }}",
    ),
    Document(
        "StartFlowRun: the flow",
        "0.13.19, 0.15.13, 1.4.1",
        "query { flow(where: {name: {_eq: @flow_name}, archived: {_eq: false}, project: {name: {_eq: "
        "@project_name}}}, order_by: {version: desc}, limit: 1) { id } }",
    ),
    Document("FlowRunView", _VIEWS, _run("@run_id")),
    Document("FlowRunView of a mapped task", _VIEWS, _run("@mapped_run_id")),
    Document("FlowRunView: logs", _VIEWS, _logs("@run_id", "{}")),
    Document("FlowRunView: new logs", _VIEWS, _logs("@logged_run_id", "{timestamp: {_gt: @log_time}}")),
    Document("FlowRunView: logs of a long log", _VIEWS, _logs("@logged_run_id", "{}")),
    Document(
        "FlowRunView: task runs",
        _VIEWS,
        _task_runs("map_index: {_eq: -1}, flow_run_id: {_eq: @run_id}"),
    ),
    Document(
        "FlowRunView: task runs of a mapped task",
        _VIEWS,
        _task_runs("map_index: {_eq: -1}, flow_run_id: {_eq: @mapped_run_id}"),
    ),
    Document(
        "FlowRunView: all further task runs",
        _VIEWS,
        _task_runs(
            "flow_run_id: {_eq: @mapped_run_id}, map_index: {_eq: -1}, id: {_nin: @some_task_run_ids}"
        ),
    ),
    Document(
        "FlowRunView: ids of task runs", _VIEWS, _task_runs("flow_run_id: {_eq: @run_id}", selection="id")
    ),
    Document(
        "FlowRunView: ids of mapped task runs",
        _VIEWS,
        _task_runs("flow_run_id: {_eq: @mapped_run_id}", selection="id"),
    ),
    Document("TaskRunView, by id", _VIEWS, _task_runs("id: {_eq: @task_run_id}")),
    Document("TaskRunView, by the id of a child", _VIEWS, _task_runs("id: {_eq: @child_id}")),
    Document("TaskRunView, by slug", _VIEWS, _task_runs(f"{_OF_SLUG}, map_index: {{_eq: -1}}")),
    Document("TaskRunView, of one child", _VIEWS, _task_runs(f"{_OF_SLUG}, map_index: {{_eq: @last_child}}")),
    Document(
        "TaskRunView: results of all children",
        _VIEWS,
        _task_runs(f"{_OF_SLUG}, map_index: {{_neq: -1}}", ", order_by: {map_index: asc}"),
    ),
    Document("TenantView", _VIEWS, "query { tenant(where: {id: {_eq: @tenant_id}}) { id slug name } }"),
    Document("default tenant", _VIEWS, "query { tenant { id slug } }"),
    Document("watching: the agents", _VIEWS, "query { agent { last_queried labels name id } }"),
    Document("kv: all keys", _VIEWS, "query { key_value { key } }"),
    Document("kv: a value", _VIEWS, 'query { key_value(where: {key: {_eq: "watermark"}}) { value } }'),
)
