"""The way from the rows of each entity to their project, for callers that are limited to some projects.

Each entity is named here once; a test compares the names with those of all entities. Who is limited sees a
row if its way leads to one of the own projects. Rows that belong to no project are seen by all or by none of
the limited callers.
"""

from collections.abc import Collection, Mapping
from functools import reduce
from typing import Any, Final

from operations.reads.arguments import Where

# The relations to follow, and last the column with the id of the project.
WAYS: Final[Mapping[str, tuple[str, ...]]] = {
    "project": ("id",),
    "flow_group": ("project_id",),
    "flow": ("project_id",),
    "task": ("flow", "project_id"),
    "edge": ("flow", "project_id"),
    "downstream_task": ("task", "flow", "project_id"),
    "flow_run": ("flow", "project_id"),
    "flow_run_state": ("flow_run", "flow", "project_id"),
    "task_run": ("flow_run", "flow", "project_id"),
    "task_run_state": ("task_run", "flow_run", "flow", "project_id"),
    "task_run_artifact": ("task_run", "flow_run", "flow", "project_id"),
    "log": ("flow_run", "flow", "project_id"),
    "schedule": ("flow_group", "project_id"),
    "occurrence": ("flow_group", "project_id"),
    "backfill": ("flow_group", "project_id"),
}
# What callers know of themselves, and who polls the queue: an agent takes runs of any project.
SEEN_BY_ALL: Final = frozenset({"tenant", "user", "tenant_membership", "agent", "agent_config"})
# What is of all projects. A limit tells how many runs of other projects there are, a key-value what their
# tasks have left, the name of a secret what they use, the trail what was done to them.
SEEN_BY_NONE: Final = frozenset(
    {"secret", "key_value", "task_tag_limit", "flow_concurrency_limit", "audit_entry"}
)
# Keys are seen by those who could have made them.
KEYS: Final = frozenset({"auth_api_key", "api_token"})
_NO_ROW: Final[Where] = {"_or": []}


def condition(entity: str, projects: Collection[str]) -> Where | None:
    """Return the filter that the rows of an entity pass which these projects may show; None if all do."""
    if entity in SEEN_BY_ALL:
        return None
    if entity in SEEN_BY_NONE:
        return _NO_ROW
    if entity in KEYS:
        return {"projects": {"_contained_in": sorted(projects)}}
    *relations, column = WAYS[entity]
    own: dict[str, Any] = {column: {"_in": sorted(projects)}}
    return reduce(_below, reversed(relations), own)


def _below(where: dict[str, Any], relation: str) -> dict[str, Any]:
    return {relation: where}


def limited(entity: str, where: Where | None, projects: Collection[str] | None) -> Where | None:
    """Return a filter that also demands the condition of an entity; `projects` is None without a limit."""
    wanted = None if projects is None else condition(entity, projects)
    return where if wanted is None else {"_and": [wanted, where or {}]}


def asked(entity: str, where: Where | None, projects: Collection[str] | None) -> Where | None:
    """Return what a caller has asked for: a settled filter without the condition that `limited` has added."""
    wanted = None if projects is None else condition(entity, projects)
    parts = [] if wanted is None or where is None else where.get("_and", [])
    return {"_and": parts[1:]} if parts and parts[0] == wanted else where
