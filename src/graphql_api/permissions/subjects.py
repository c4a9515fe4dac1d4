"""The inputs that name things, and the mutations that concern the whole tenant: tables for limited keys.

Each input field of the schema stands in one of the tables, and so does each mutation whose inputs name
nothing. A test compares the tables with the schema.
"""

from collections.abc import Mapping
from typing import Final

from operations.access.subjects import Subject

# Input fields and arguments, by their names in snake_case, and the kinds of things that they name.
SUBJECTS: Final[Mapping[str, Subject]] = {
    "project_id": Subject.PROJECT,
    "flow_id": Subject.FLOW,
    "flow_group_id": Subject.FLOW_GROUP,
    "version_group_id": Subject.VERSION_GROUP,
    "backfill_id": Subject.BACKFILL,
    "flow_run_id": Subject.FLOW_RUN,
    # Another name of `flow_run_id` in `set_flow_run_state`.
    "id": Subject.FLOW_RUN,
    "task_run_id": Subject.TASK_RUN,
    "task_run_artifact_id": Subject.ARTIFACT,
    "key_id": Subject.API_KEY,
    "token_id": Subject.API_KEY,
}

# What all projects share. A key that is limited to some of them changes nothing of it.
TENANT_WIDE: Final = frozenset(
    (
        *("create_project", "create_tenant", "set_tenant_limits"),
        *("delete_agent", "create_agent_config", "update_agent_config", "delete_agent_config"),
        *("set_secret", "delete_secret", "set_key_value", "delete_key_value"),
        *("update_task_tag_limit", "delete_task_tag_limit"),
        *("update_flow_concurrency_limit", "delete_flow_concurrency_limit"),
    )
)

# Mutations that name nothing of a project, and that mind the projects by themselves or do not have to.
MINDFUL: Final = frozenset(
    (
        *("get_runs_in_queue", "register_agent"),
        *("cancel_flow_runs", "delete_flow_runs", "set_state_of_flow_runs"),
        *("create_api_key", "create_api_token", "switch_tenant", "refresh_token"),
    )
)

# Mutations that make a version of the flow that they name, or a flow.
REGISTERING: Final = frozenset(("create_flow", "create_flow_from_compressed_string"))

# Input fields that name nothing of a project: values, and ids of what the tenant shares. A log entry belongs
# to its flow run, whatever task run it names; a task to the flow of the flow run that is named beside it.
PLAIN: Final = frozenset(
    (
        *("tenant_id", "user_id", "agent_id", "agent_config_id", "key_value_id", "limit_id", "task_id"),
        *("access_token", "expires_at", "owner", "projects", "tenants", "role", "scope", "slug"),
        *("requests_per_minute", "log_retention_days", "stored_flows"),
        *(
            "name",
            "flow_run_name",
            "description",
            "tag",
            "key",
            "value",
            "type",
            "note",
            "by",
            "kind",
            "data",
        ),
        *("serialized_flow", "serialized_tasks", "serialized_edges", "settings", "set_schedule_active"),
        *("set_active", "labels", "run_config", "default_parameters", "parameters", "context"),
        *("idempotency_key", "scheduled_start_time", "version", "state", "states", "message", "map_index"),
        *("before", "logs", "timestamp", "level", "info"),
        *("cron_clocks", "interval_clocks", "timezone", "parameter_defaults", "cron", "interval"),
        *("overlap", "late_after", "catch_up", "catch_up_window", "pause_after_failures", "spread"),
        *("excluded_dates", "max_runs", "until", "clock", "first", "last", "at_once", "direction", "repeat"),
        *("where", "all", "limit", "dry_run", "continuation", "as_of", "live"),
    )
)
# Mutations of log entries, whose `task_run_id` says only where an entry comes from.
OF_LOGS: Final = frozenset(("write_run_log", "write_run_logs"))
