"""What public scripts and dashboards ask for, in our own words: guards, exporters, cleaners, sorted lists."""

from typing import Final

from bench.real_use.documents.document import Document

_ROW: Final = "id name state start_time scheduled_start_time flow { name project { name } }"


def _script(name: str, text: str) -> Document:
    return Document(name, "", f"query {{ {text} }}")


def _sorted(order: str, where: str = "", limit: int = 20) -> str:
    return f"flow_run(where: {{{where}}}, order_by: [{{{order}}}], limit: {limit}) {{ {_ROW} }}"


def _count(where: str) -> str:
    return f"flow_run_aggregate(where: {{{where}}}) {{ aggregate {{ count }} }}"


_PROJECT: Final = "flow: {project_id: {_eq: @project_id}}"
_FLOW: Final = "flow: {name: {_eq: @flow_name}}"
_GROUP: Final = "flow: {flow_group_id: {_eq: @flow_group_id}}"
_LATE: Final = 'state: {_eq: "Scheduled"}, scheduled_start_time: {_lt: @hour_ago}'


def _state(name: str) -> str:
    return f'state: {{_eq: "{name}"}}'


SCRIPTS: Final = (
    _script(
        "guard: another run of this flow",
        f"flow_run(where: {{flow_id: {{_eq: @flow_id}}, id: {{_neq: @mapped_run_id}}, {_state('Running')}}}) "
        "{ id }",
    ),
    _script(
        "guard: by name, any unfinished state",
        f"flow_run(where: {{{_FLOW}, id: {{_neq: @mapped_run_id}}, "
        'state: {_in: ["Running", "Submitted", "Scheduled", "Pending"]}}) { id state }',
    ),
    _script(
        "guard: by group, alternatives",
        f"flow_run(where: {{_and: [{{_or: [{{{_state('Submitted')}}}, {{{_state('Scheduled')}}}, "
        f"{{{_state('Running')}}}]}}, {{flow: {{version_group_id: {{_eq: @version_group_id}}}}}}]}}) "
        "{ id }",
    ),
    _script("guard: a count", _count(f"{_GROUP}, {_state('Running')}")),
    _script("exporter: projects", "project { id name flows_aggregate { aggregate { count } } }"),
    _script(
        "exporter: upcoming of a project",
        _count(f"{_PROJECT}, {_state('Scheduled')}, scheduled_start_time: {{_gt: @now}}"),
    ),
    _script("exporter: late of a project", _count(f"{_PROJECT}, {_LATE}")),
    _script("exporter: Running of a project", _count(f"{_PROJECT}, {_state('Running')}")),
    _script("exporter: Pending of a project", _count(f"{_PROJECT}, {_state('Pending')}")),
    _script("exporter: Failed of a project", _count(f"{_PROJECT}, {_state('Failed')}")),
    _script(
        "exporter: Failed of a project in a day",
        _count(f"{_PROJECT}, {_state('Failed')}, created: {{_gte: @two_days_ago}}"),
    ),
    _script(
        "exporter: Success of a project in a day",
        _count(f"{_PROJECT}, {_state('Success')}, created: {{_gte: @two_days_ago}}"),
    ),
    _script("exporter: all Running", _count(_state("Running"))),
    _script("exporter: all Scheduled", _count(_state("Scheduled"))),
    _script("dashboard: newest by start", _sorted("start_time: desc_nulls_last")),
    _script("dashboard: newest by start, of a flow", _sorted("start_time: desc_nulls_last", _FLOW)),
    _script("dashboard: newest by plan", _sorted("scheduled_start_time: desc")),
    _script("dashboard: newest by end", _sorted("end_time: desc_nulls_last")),
    _script("dashboard: newest by update", _sorted("updated: desc")),
    _script("dashboard: last failures", _sorted("state_timestamp: desc", _state("Failed"))),
    _script("dashboard: late runs", _sorted("scheduled_start_time: asc", _LATE)),
    _script(
        "dashboard: upcoming runs",
        _sorted("scheduled_start_time: asc", f"{_state('Scheduled')}, scheduled_start_time: {{_gt: @now}}"),
    ),
    _script(
        "dashboard: upcoming of a flow",
        _sorted("scheduled_start_time: asc", f"{_FLOW}, {_state('Scheduled')}", 1),
    ),
    _script(
        "dashboard: flows with their last run",
        "flow(where: {archived: {_eq: false}, project: {name: {_eq: @project_name}}}, order_by: {name: asc}) "
        "{ id name flow_runs(order_by: {created: desc}, limit: 1) { id state start_time } }",
    ),
    _script(
        "dashboard: projects with their flows",
        "project(order_by: {name: asc}) { name flows(where: {archived: {_eq: false}}, order_by: {name: asc}) "
        "{ id name version } }",
    ),
    _script(
        "dashboard: last five runs of a flow",
        "flow(where: {id: {_eq: @flow_id}}) { name flow_runs(order_by: {start_time: desc_nulls_last}, "
        "limit: 5) { name state start_time end_time duration } }",
    ),
    _script("current flows", "flow(where: {archived: {_eq: false}}) { id name project { name } }"),
    _script(
        "last start of a group",
        f"flow_run_aggregate(where: {{{_GROUP}}}) {{ aggregate {{ max {{ start_time }} }} }}",
    ),
    _script(
        "last success of a flow", _sorted("end_time: desc_nulls_last", f"{_FLOW}, {_state('Success')}", 1)
    ),
    _script(
        "failures of a flow since yesterday",
        _count(f"{_FLOW}, {_state('Failed')}, start_time: {{_gte: @day_ago}}"),
    ),
    _script(
        "dashboard: started since yesterday",
        "flow_run(where: {start_time: {_gte: @day_ago}}) { id state start_time }",
    ),
    _script(
        "exporter: failures since yesterday, by end",
        _count(f"{_state('Failed')}, end_time: {{_gte: @day_ago}}"),
    ),
    _script(
        "exporter: successes since yesterday, by end",
        _count(f"{_state('Success')}, end_time: {{_gte: @day_ago}}"),
    ),
    _script(
        "exporter: failures of a project since yesterday, by change",
        _count(f"{_PROJECT}, {_state('Failed')}, state_timestamp: {{_gte: @day_ago}}"),
    ),
    _script(
        "report: a flow's runs of an hour, by start",
        f"flow_run(where: {{{_FLOW}, start_time: {{_gte: @half_year_and_hour_ago, _lt: @half_year_ago}}}}) "
        "{ id }",
    ),
    _script("report: the last end", "flow_run_aggregate { aggregate { max { end_time } } }"),
    _script(
        "watchdog: stuck runs",
        _sorted("start_time: asc", f"{_state('Running')}, start_time: {{_lt: @hour_ago}}"),
    ),
    _script(
        "watchdog: Submitted for an hour",
        f"flow_run(where: {{{_state('Submitted')}, state_timestamp: {{_lt: @hour_ago}}}}) {{ id name }}",
    ),
    _script(
        "cleaner: oldest runs",
        "flow_run(where: {created: {_lt: @half_year_ago}}, order_by: {created: asc}, limit: 100) { id }",
    ),
    _script(
        "cleaner: archived versions",
        "flow(where: {archived: {_eq: true}, name: {_eq: @flow_name}}, order_by: {created: asc}, "
        "limit: 100) { id version }",
    ),
    _script("cleaner: late backlog", f"flow_run(where: {{{_LATE}}}, limit: 200) {{ id }}"),
    _script(
        "look-up: by idempotency key", 'flow_run(where: {idempotency_key: {_eq: "order-17"}}) { id state }'
    ),
    _script(
        "look-up: by key and flow",
        f'flow_run(where: {{{_FLOW}, idempotency_key: {{_eq: "order-17"}}}}) {{ id state }}',
    ),
    _script(
        "look-up: names that begin alike",
        'flow_run(where: {name: {_ilike: "nightly%"}}, order_by: {created: desc}, limit: 5) { id name }',
    ),
    _script(
        "downstream: tasks of a flow",
        "flow_by_pk(id: @flow_id) { tasks(order_by: {slug: asc}) { id slug mapped } }",
    ),
    _script(
        "downstream: failed task runs",
        'task_run(where: {flow_run_id: {_eq: @run_id}, state: {_in: ["Failed", "TriggerFailed"]}}) '
        "{ id task { slug } state_message }",
    ),
    _script(
        "downstream: counts of children",
        'task_run_aggregate(where: {flow_run_id: {_eq: @mapped_run_id}, state: {_eq: "Success"}}) '
        "{ aggregate { count } }",
    ),
    _script(
        "downstream: the last success, with results",
        f"flow_run(where: {{{_FLOW}, {_state('Success')}}}, order_by: {{created: desc}}, limit: 1) "
        "{ id task_runs { id state task { slug } } }",
    ),
    _script(
        "report: runs of an hour", _count("created: {_gte: @half_year_and_hour_ago, _lt: @half_year_ago}")
    ),
    _script("report: runs of a flow this week", _count(f"{_FLOW}, created: {{_gte: @week_ago}}")),
    _script("report: all runs", "flow_run_aggregate { aggregate { count } }"),
    _script(
        "downstream: summary of children",
        "mapped_children(task_run_id: @mapped_task_run_id) { min_start_time max_end_time state_counts }",
    ),
    _script(
        "exporter: failures of each flow of a project",
        "project(where: {name: {_eq: @project_name}}) { name flows(where: {archived: {_eq: false}}) { name "
        f"flow_runs_aggregate(where: {{{_state('Failed')}}}) {{ aggregate {{ count }} }} }} }}",
    ),
    _script(
        "exporter: runs of a project in a day, each",
        f"flow_run(where: {{{_PROJECT}, created: {{_gte: @day_ago}}}}) {{ id state flow {{ name }} }}",
    ),
    _script(
        "dashboard: the third page",
        f"flow_run(order_by: {{created: desc}}, limit: 20, offset: 40) {{ {_ROW} }}",
    ),
    _script(
        "dashboard: timeline of a day",
        "flow_run(where: {scheduled_start_time: {_gte: @day_ago, _lte: @now}}, "
        "order_by: {scheduled_start_time: desc}, limit: 100) { id state scheduled_start_time }",
    ),
    _script(
        "dashboard: timeline of a flow",
        f"flow_run(where: {{{_FLOW}, start_time: {{_is_null: false}}}}, order_by: {{start_time: desc}}, "
        "limit: 30) { id state start_time end_time duration }",
    ),
    _script(
        "dashboard: groups",
        "flow_group { id name flows(where: {archived: {_eq: false}}) { id name version } }",
    ),
    _script(
        "cleaner: old failures",
        f"flow_run(where: {{{_state('Failed')}, created: {{_lt: @month_ago}}}}, limit: 100) {{ id }}",
    ),
    _script(
        "cleaner: waiting runs of a flow",
        f"flow_run(where: {{{_GROUP}, {_state('Scheduled')}}}) {{ id version }}",
    ),
    _script(
        "watchdog: silent runs",
        f"flow_run(where: {{{_state('Running')}, heartbeat: {{_lt: @hour_ago}}}}) {{ id heartbeat }}",
    ),
    _script(
        "look-up: by flow and parameters",
        f"flow_run(where: {{{_FLOW}, parameters: {{_contains: {{limit: 1000}}}}}}, "
        "order_by: {created: desc}, limit: 5) { id parameters }",
    ),
    _script(
        "look-up: by flow and name",
        "flow_run(where: {name: {_eq: @mapped_run_name}, flow_id: {_eq: @flow_id}}) { id state }",
    ),
    _script(
        "report: durations of a flow",
        f"flow_run(where: {{{_FLOW}, {_state('Success')}, created: {{_gte: @week_ago}}}}, "
        "order_by: {created: desc}, limit: 50) { start_time duration }",
    ),
)
