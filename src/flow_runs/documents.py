"""The GraphQL documents that the client sends. Values are always variables, never part of the text."""

from typing import Final


def _mutation(name: str, payload: str) -> str:
    """Return the document of a mutation. Each mutation takes one `input`, whose type is named after it."""
    return f"mutation($input: {name}_input!) {{ {name}(input: $input) {{ {payload} }} }}"


CREATE_PROJECT: Final = _mutation("create_project", "id")
CREATE_FLOW: Final = _mutation("create_flow", "id")
CREATE_FLOW_COMPRESSED: Final = _mutation("create_flow_from_compressed_string", "id")
CREATE_API_KEY: Final = _mutation("create_api_key", "id key")
ROTATE_API_KEY: Final = _mutation("rotate_api_key", "id key expires_at former_expires_at")
DELETE_API_KEY: Final = _mutation("delete_api_key", "success")
DELETE_API_TOKEN: Final = _mutation("delete_api_token", "success")
ARCHIVE_FLOW: Final = _mutation("archive_flow", "id")
CREATE_FLOW_RUN: Final = _mutation("create_flow_run", "id")
SET_FLOW_RUN_STATE: Final = _mutation("set_flow_run_state", "id flow_run { version state }")
CANCEL_FLOW_RUN: Final = _mutation("cancel_flow_run", "state")
_CHANGED_RUNS: Final = (
    "matched changed flow_run_ids skipped { reason count } failed { flow_run_id code message } "
    "read_units write_units as_of continuation"
)
CANCEL_FLOW_RUNS: Final = _mutation("cancel_flow_runs", _CHANGED_RUNS)
DELETE_FLOW_RUNS: Final = _mutation("delete_flow_runs", _CHANGED_RUNS)
SET_STATE_OF_FLOW_RUNS: Final = _mutation("set_state_of_flow_runs", _CHANGED_RUNS)
RESTART_FLOW_RUN: Final = _mutation("restart_flow_run", "version left")
SET_FLOW_RUN_NAME: Final = _mutation("set_flow_run_name", "success")
SET_FLOW_RUN_LABELS: Final = _mutation("set_flow_run_labels", "success")
DELETE_FLOW_RUN: Final = _mutation("delete_flow_run", "success")

_FLOW_RUN_FIELDS: Final = (
    "id name flow_id version state state_message serialized_state parameters context labels run_config "
    "idempotency_key auto_scheduled scheduled_start_time start_time end_time duration heartbeat created "
    "updated flow { id name version project { id name } }"
)

_FLOW_FIELDS: Final = "id name version archived parameters created flow_group_id project { id name }"

_API_KEY_FIELDS: Final = (
    "id name projects beginning owner made_by made_by_key_id created used expires_at ends_soon successor_id"
)
API_KEYS: Final = (
    f"{{ auth_api_key {{ {_API_KEY_FIELDS} scope }} api_token {{ {_API_KEY_FIELDS} permits }} }}"
)

FLOW_RUN: Final = f"query($id: UUID!) {{ flow_run_by_pk(id: $id) {{ {_FLOW_RUN_FIELDS} }} }}"
FLOW_RUN_STATE: Final = (
    "query($id: UUID!) { flow_run_by_pk(id: $id) { state state_message serialized_state } }"
)
FLOW_RUN_STATES: Final = (
    "query($id: UUID!) { flow_run_by_pk(id: $id) { "
    "states(order_by: {version: asc}) { version timestamp state message serialized_state } } }"
)
FLOW_RUN_LOGS: Final = (
    "query($id: UUID!, $where: log_bool_exp!, $limit: Int!) { flow_run_by_pk(id: $id) { state "
    "logs(where: $where, order_by: {timestamp: asc}, limit: $limit) "
    "{ id timestamp level message name task_run_id task_run { map_index task { name } } } } }"
)
FLOW_RUNS: Final = (
    "query($where: flow_run_bool_exp!, $limit: Int!) { flow_run(where: $where, order_by: {created: desc}, "
    f"limit: $limit) {{ {_FLOW_RUN_FIELDS} }} }}"
)
FLOW_RUNS_OF_KEY: Final = (
    "query($key: String!, $after: String) { flow_runs_of_key(idempotency_key: $key, after: $after) "
    f"{{ rows {{ {_FLOW_RUN_FIELDS} }} next }} }}"
)
FLOWS: Final = (
    "query($where: flow_bool_exp!, $limit: Int!) { flow(where: $where, order_by: "
    "[{project: {name: asc}}, {name: asc}, {version: desc}], limit: $limit) "
    f"{{ {_FLOW_FIELDS} }} }}"
)
PROJECTS: Final = (
    "{ project(order_by: {name: asc}) { id name description created "
    "flows_aggregate(distinct_on: name) { aggregate { count } } } }"
)
AGENTS: Final = (
    "{ agent(order_by: [{last_queried: desc_nulls_last}, {created: desc}]) "
    "{ id name type labels core_version agent_config_id last_queried created } }"
)
_SCHEDULE_FIELDS: Final = (
    "flow_group_id flow_id name is_active schedule rules pause next_run failures fault "
    "flow { version project { id name } }"
)
_SKIPPED_FIELDS: Final = (
    "id flow_group_id scheduled_time reason message flow_run_id decided schedule { name }"
)
SET_SCHEDULE_RULES: Final = _mutation("set_schedule_rules", "success")
SET_FLOW_GROUP_SCHEDULE: Final = _mutation("set_flow_group_schedule", "success")
SET_SCHEDULE_STATE: Final = _mutation("set_flow_schedule_state", "success")
PAUSE_SCHEDULE: Final = _mutation("pause_schedule", "success")
RESUME_SCHEDULE: Final = _mutation("resume_schedule", "success")
CLEAR_LATE_RUNS: Final = _mutation("clear_late_runs", "count left")
TRIGGER_SCHEDULE: Final = _mutation("trigger_schedule", "id")
CREATE_BACKFILL: Final = _mutation("create_backfill", "id status count made write_units first_time last_time")
STOP_BACKFILL: Final = _mutation("stop_backfill", "success")
CONTINUE_BACKFILL: Final = _mutation("continue_backfill", "success")
FLOW_GROUP: Final = (
    "query($id: UUID!) { flow_by_pk(id: $id) { flow_group_id } flow_group_by_pk(id: $id) { id } }"
)
SCHEDULE: Final = f"query($id: UUID!) {{ schedule_by_pk(id: $id) {{ {_SCHEDULE_FIELDS} }} }}"
SCHEDULES: Final = (
    "query($where: schedule_bool_exp!, $limit: Int!) "
    "{ schedule(where: $where, order_by: {name: asc}, limit: $limit) "
    f"{{ {_SCHEDULE_FIELDS} }} }}"
)
SKIPPED: Final = (
    "query($where: occurrence_bool_exp!, $limit: Int!) "
    "{ occurrence(where: $where, order_by: {scheduled_time: desc}, limit: $limit) "
    f"{{ {_SKIPPED_FIELDS} }} }}"
)
BACKFILLS: Final = (
    "query($where: backfill_bool_exp!, $limit: Int!) "
    "{ backfill(where: $where, order_by: {created: desc}, limit: $limit) "
    "{ id flow_group_id created status first last at_once count taken made unfinished fault "
    "schedule { name } } }"
)
SCHEDULE_PREVIEW: Final = (
    "query($flow_group_id: UUID, $schedule: JSON, $rules: JSON, $after: DateTime, $limit: Int) "
    "{ schedule_preview(flow_group_id: $flow_group_id, schedule: $schedule, rules: $rules, after: $after, "
    "limit: $limit) { time local_time time_zone clock reason remark } }"
)
PROJECT: Final = "query($name: String!) { project(where: {name: {_eq: $name}}, limit: 1) { id } }"


def flow_list(*, in_project: bool) -> str:
    """Return the query of the newest unarchived flows of a `$name`, if `in_project` those of a `$project`."""
    variables, where = "$name: String!", "name: {_eq: $name}, archived: {_eq: false}"
    if in_project:
        variables += ", $project: String!"
        where += ", project: {name: {_eq: $project}}"
    return (
        f"query({variables}) {{ flow(where: {{{where}}}, order_by: {{version: desc}}, limit: 20) "
        f"{{ {_FLOW_FIELDS} }} }}"
    )
