"""The GraphQL documents that the client sends. Values are always variables, never part of the text."""

from typing import Final


def _mutation(name: str, payload: str) -> str:
    """Return the document of a mutation. Each mutation takes one `input`, whose type is named after it."""
    return f"mutation($input: {name}_input!) {{ {name}(input: $input) {{ {payload} }} }}"


CREATE_PROJECT: Final = _mutation("create_project", "id")
CREATE_FLOW: Final = _mutation("create_flow", "id")
CREATE_FLOW_COMPRESSED: Final = _mutation("create_flow_from_compressed_string", "id")
ARCHIVE_FLOW: Final = _mutation("archive_flow", "id")
CREATE_FLOW_RUN: Final = _mutation("create_flow_run", "id")
SET_FLOW_RUN_STATE: Final = _mutation("set_flow_run_state", "id flow_run { version state }")
CANCEL_FLOW_RUN: Final = _mutation("cancel_flow_run", "state")
SET_FLOW_RUN_NAME: Final = _mutation("set_flow_run_name", "success")
SET_FLOW_RUN_LABELS: Final = _mutation("set_flow_run_labels", "success")
DELETE_FLOW_RUN: Final = _mutation("delete_flow_run", "success")

_FLOW_RUN_FIELDS: Final = (
    "id name flow_id version state state_message serialized_state parameters context labels run_config "
    "idempotency_key auto_scheduled scheduled_start_time start_time end_time duration heartbeat created "
    "updated flow { id name version project { id name } }"
)

_FLOW_FIELDS: Final = "id name version archived parameters created project { id name }"

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
