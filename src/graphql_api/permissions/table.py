"""The scopes that may use each root field: one table, which a test compares with the schema.

A mutation stands here by its name in snake_case, and so do fields that have a twin in camelCase. A list that
hangs on a row of another entity, such as `tenant { projects }`, needs what the list of that name needs at the
root. Introspection needs no scope.
"""

from collections.abc import Mapping
from typing import Final

from domain.access.scopes import Scope

_ADMIN: Final = frozenset((Scope.ADMIN,))
_CHANGING: Final = frozenset((Scope.ADMIN, Scope.USER))
_RUNNING: Final = frozenset((Scope.ADMIN, Scope.USER, Scope.RUNNER))
_READING: Final = frozenset((Scope.ADMIN, Scope.USER, Scope.READ))
_EVERYBODY: Final = frozenset(Scope)

_TABLE: Final[Mapping[frozenset[Scope], tuple[str, ...]]] = {
    # What tells callers about themselves, and what unmodified agents and runners read of the runs they run.
    _EVERYBODY: (
        *("hello", "api", "auth_info", "user", "tenant", "tenant_by_pk"),
        *("flow_run", "flow_run_by_pk", "flow_run_state", "flow_run_state_by_pk"),
        *("task_run", "task_run_by_pk", "task_run_state", "task_run_state_by_pk", "mapped_children"),
        *("flow_by_pk", "agent_config", "agent_config_by_pk"),
        *("task_run_artifact", "task_run_artifact_by_pk"),
        *("switch_tenant", "refresh_token"),
        "rotate_api_key",  # its own; the use case asks for an admin for any other
    ),
    # What unmodified agents and runners do: poll, set states, log, and read the secrets of their flows.
    _RUNNING: (
        *("get_runs_in_queue", "register_agent", "get_task_run_info", "secret_value"),
        *("set_flow_run_state", "set_flow_run_states", "set_flow_run_name", "update_flow_run_heartbeat"),
        *("get_or_create_task_run", "get_or_create_task_run_info"),
        *("set_task_run_states", "set_task_run_name", "update_task_run_heartbeat"),
        *("write_run_log", "write_run_logs"),
        *("create_task_run_artifact", "update_task_run_artifact", "delete_task_run_artifact"),
    ),
    _READING: (
        *("tenant_aggregate", "user_aggregate"),
        *("project", "project_aggregate", "project_by_pk"),
        *("flow_group", "flow_group_aggregate", "flow_group_by_pk"),
        *("flow", "flow_aggregate"),
        *("task", "task_aggregate", "task_by_pk", "edge", "edge_aggregate", "utility_downstream_tasks"),
        *("flow_run_aggregate", "flow_run_state_aggregate", "flow_run_counts", "queue_depth"),
        *("flow_runs_of_key",),
        *("task_run_aggregate", "task_run_state_aggregate", "task_run_artifact_aggregate"),
        *("log", "log_aggregate", "log_by_pk", "log_portion"),
        *("schedule", "schedule_aggregate", "schedule_by_pk", "schedule_preview"),
        *("occurrence", "occurrence_aggregate", "backfill", "backfill_aggregate", "backfill_by_pk"),
        *("agent", "agent_aggregate", "agent_by_pk", "agent_config_aggregate"),
        *("secret", "secret_aggregate", "secret_names"),
        *("key_value", "key_value_aggregate", "key_value_by_pk"),
        *("task_tag_limit", "task_tag_limit_aggregate", "task_tag_limit_by_pk"),
        *("flow_concurrency_limit", "flow_concurrency_limit_aggregate", "flow_concurrency_limit_by_pk"),
    ),
    _CHANGING: (
        *("create_project", "delete_project", "set_project_name", "set_project_description"),
        *("create_flow", "create_flow_from_compressed_string", "register_tasks", "register_edges"),
        *("archive_flow", "unarchive_flow", "update_flow_project", "delete_flow"),
        *("enable_flow_heartbeat", "disable_flow_heartbeat"),
        *("enable_flow_lazarus_process", "disable_flow_lazarus_process", "disable_lazarus_for_flow"),
        *("enable_flow_version_lock", "disable_flow_version_lock", "disable_flow_version_locking"),
        *("set_flow_group_description", "set_flow_group_labels", "set_flow_group_run_config"),
        *("set_flow_group_default_parameters", "set_flow_group_schedule", "delete_flow_group_schedule"),
        *("set_flow_schedule_state", "set_schedule_active", "set_schedule_inactive"),
        *("set_schedule_rules", "pause_schedule", "resume_schedule", "trigger_schedule"),
        *("schedule_flow_runs", "create_backfill", "stop_backfill", "continue_backfill", "clear_late_runs"),
        *("create_flow_run", "cancel_flow_run", "restart_flow_run", "delete_flow_run"),
        *("set_flow_run_labels", "cancel_flow_runs", "delete_flow_runs", "set_state_of_flow_runs"),
        *("delete_agent", "create_agent_config", "update_agent_config", "delete_agent_config"),
        *("set_secret", "delete_secret", "set_key_value", "delete_key_value"),
        *("update_task_tag_limit", "delete_task_tag_limit"),
        *("update_flow_concurrency_limit", "delete_flow_concurrency_limit"),
    ),
    _ADMIN: (
        *("auth_api_key", "auth_api_key_aggregate", "auth_api_key_by_pk"),
        *("api_token", "api_token_aggregate", "api_token_by_pk"),
        *("audit_entry", "audit_entry_aggregate", "audit_entry_by_pk"),
        *("create_api_key", "delete_api_key", "create_api_token", "delete_api_token"),
        *("create_tenant", "set_tenant_limits", "tenant_usage"),
    ),
}

PERMISSIONS: Final[Mapping[str, frozenset[Scope]]] = {
    name: scopes for scopes, names in _TABLE.items() for name in names
}

# What runners send all the time has no entry in the audit trail, which would double what it costs. A flow run
# that is created tells by itself who created it. A rotation has an entry, though runners rotate their keys.
_NOT_AUDITED: Final = frozenset(_TABLE[_RUNNING]) | frozenset(_TABLE[_EVERYBODY]) | {"create_flow_run"}


def is_audited(mutation: str) -> bool:
    """Return True if the audit trail has an entry of each such mutation, which is named in snake_case."""
    return mutation == "rotate_api_key" or mutation not in _NOT_AUDITED
