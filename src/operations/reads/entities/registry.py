"""All entities that can be read, by name."""

from collections.abc import Mapping
from typing import Final

from operations.reads.entities.agents import AGENT, AGENT_CONFIG
from operations.reads.entities.api_keys import API_TOKEN, AUTH_API_KEY, TENANT_MEMBERSHIP, USER
from operations.reads.entities.artifacts import TASK_RUN_ARTIFACT
from operations.reads.entities.audit import AUDIT_ENTRY
from operations.reads.entities.description import Entity
from operations.reads.entities.flow_runs import FLOW_RUN, FLOW_RUN_STATE
from operations.reads.entities.flows import FLOW, FLOW_GROUP, PROJECT
from operations.reads.entities.limits import FLOW_CONCURRENCY_LIMIT, TASK_TAG_LIMIT
from operations.reads.entities.logs import LOG
from operations.reads.entities.schedules import BACKFILL, OCCURRENCE, SCHEDULE
from operations.reads.entities.secrets import KEY_VALUE, SECRET
from operations.reads.entities.task_runs import TASK_RUN, TASK_RUN_STATE
from operations.reads.entities.tasks import DOWNSTREAM_TASK, EDGE, TASK
from operations.reads.entities.tenants import TENANT

ENTITIES: Final[Mapping[str, Entity]] = {
    entity.name: entity
    for entity in (
        *(TENANT, PROJECT, FLOW_GROUP, FLOW, TASK, EDGE, DOWNSTREAM_TASK),
        *(FLOW_RUN, FLOW_RUN_STATE, TASK_RUN, TASK_RUN_STATE, TASK_RUN_ARTIFACT, LOG),
        *(SCHEDULE, OCCURRENCE, BACKFILL),
        *(AGENT, AGENT_CONFIG),
        *(SECRET, KEY_VALUE),
        *(TASK_TAG_LIMIT, FLOW_CONCURRENCY_LIMIT),
        *(AUDIT_ENTRY, AUTH_API_KEY, API_TOKEN, USER, TENANT_MEMBERSHIP),
    )
}
