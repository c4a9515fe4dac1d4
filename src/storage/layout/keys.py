"""The keys of all items. Each begins with its tenant; docs/data-model.md shows them in one table."""

import hashlib
from dataclasses import dataclass
from typing import Final

from storage.dynamodb.items import Item
from storage.layout.index_keys import IndexKeys

RUN: Final = "run"
DETAILS: Final = "details"
HEARTBEAT: Final = "heartbeat"
CURSOR: Final = "cursor"
FOLLOW_UP: Final = "follow-up"
FORMAT: Final = "format"
TOUCHED: Final = "touched#"
# TASK_RUN and MAPPED begin alike, so that one query finds all task runs of a flow run; with a longer prefix
# it finds those of unmapped tasks alone.
ANY_TASK_RUN: Final = "task"
TASK_RUN: Final = "task#"
MAPPED: Final = "taskmap#"
MAP_CHILD: Final = "map"
CHILDREN: Final = "children#"
TASKS: Final = "tasks"
LOG: Final = "log#"
ARTIFACT: Final = "artifact"
API_KEY: Final = "api-key"
KEY_VALUE: Final = "key-value"
FLOW: Final = "flow"
GROUP: Final = "group"
SCHEDULE: Final = "schedule"
OVERLAP: Final = "overlap"
BACKFILL: Final = "backfill"
PLAN: Final = "plan"
PROJECT: Final = "project"
KEY: Final = "key"
AGENT: Final = "agent"
AGENT_CONFIG: Final = "agent-config"
LIMIT: Final = "limit"
TENANT: Final = "tenant"
TENANTS: Final = "tenants"

# Separates a name from the rest of a sort key. Names are printable, so none contains it, and it sorts before
# all their characters.
SEPARATOR: Final = "\x1f"


def task_run_sk(number: int, map_index: int) -> str:
    """Return the sort key of a task run in its flow run's partition; index -1 is that of an unmapped task."""
    return f"{TASK_RUN}{number:04x}" if map_index < 0 else f"{MAPPED}{number:04x}#{map_index:07d}"


def children_sk(number: int, block: int) -> str:
    """Return the sort key of the note of a block of a mapped task's children in a flow run's partition."""
    return f"{CHILDREN}{number:04x}#{block:05x}"


def artifact_sk(task_run_id: str, artifact_id: str) -> str:
    """Return the sort key of an artifact in its flow run's partition: by task run, then by creation."""
    return f"{ARTIFACT}#{task_run_id}#{artifact_id}"


def heartbeat_sk(sk: str) -> str:
    """Return the sort key of the heartbeat of the flow run or task run with the sort key `sk`."""
    return HEARTBEAT if sk == RUN else f"{HEARTBEAT}#{sk}"


def key(pk: str, sk: str) -> Item:
    """Return the primary key of an item in the form of DynamoDB's low-level API."""
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def key_of(item: Item) -> Item:
    """Return the primary key of an item or of an entry of an index."""
    return {"pk": item["pk"], "sk": item["sk"]}


@dataclass(frozen=True, slots=True)
class Keys(IndexKeys):
    """The keys of one tenant's items: the partitions of the table, besides those of the indexes.

    `shards` is the number of partitions of each list of runs.
    """

    tenant: str
    shards: int

    def run(self, flow_run_id: str) -> str:
        """Return the partition of a flow run: the run, its task runs and its detail items."""
        return f"{self.tenant}#run#{flow_run_id}"

    def trial(self) -> str:
        """Return the partition of trial writes."""
        return f"{self.tenant}#trial"

    def recovery(self) -> str:
        """Return the partition of recovery's cursor."""
        return f"{self.tenant}#recovery"

    def totals(self) -> str:
        """Return the partition of the totals of runs, and of the marks of hours whose runs have changed."""
        return f"{self.tenant}#totals"

    def tallies(self) -> str:
        """Return the partition of the numbers of runs that are kept while somebody looks at them."""
        return f"{self.tenant}#tallies"

    def format(self) -> str:
        """Return the partition of the record of the form of the tenant's data."""
        return f"{self.tenant}#format"

    def run_id(self, pk: str) -> str:
        """Return the id of the flow run with this partition."""
        return pk.rpartition("#")[2]

    def map_child(self, task_run_id: str) -> str:
        """Return the partition of the pointer from an id to a mapped child."""
        return f"{self.tenant}#map#{task_run_id}"

    def artifact(self, artifact_id: str) -> str:
        """Return the partition of the pointer from an id to an artifact."""
        return f"{self.tenant}#artifact#{artifact_id}"

    def key_value(self, key_value_id: str) -> str:
        """Return the partition of a key-value."""
        return f"{self.tenant}#key-value#{key_value_id}"

    def idempotency(self, scope: str, text: str) -> str:
        """Return the partition of an idempotency key. Its text is hashed, because it may be long and odd."""
        name = hashlib.sha256(f"{scope}{SEPARATOR}{text}".encode("utf-8", "surrogatepass")).hexdigest()
        return f"{self.tenant}#key#{name[:40]}"

    def flow(self, flow_id: str) -> str:
        """Return the partition of a flow: its head and its serialized form."""
        return f"{self.tenant}#flow#{flow_id}"

    def group(self, flow_group_id: str) -> str:
        """Return the partition of a flow group."""
        return f"{self.tenant}#group#{flow_group_id}"

    def project(self, project_id: str) -> str:
        """Return the partition of a project: the project and its flows' names."""
        return f"{self.tenant}#project#{project_id}"

    def project_name(self, name: str) -> str:
        """Return the partition that makes a project's name unique in its tenant."""
        return f"{self.tenant}#project-name#{name}"

    def agent(self, agent_id: str) -> str:
        """Return the partition of an agent."""
        return f"{self.tenant}#agent#{agent_id}"

    def agent_config(self, agent_config_id: str) -> str:
        """Return the partition of an agent config."""
        return f"{self.tenant}#agent-config#{agent_config_id}"

    def walk(self, labels: str) -> str:
        """Return the partition of the position in the waiting runs of agents with these labels."""
        return f"{self.tenant}#walk#{hashlib.sha256(labels.encode()).hexdigest()[:40]}"

    def occurrences(self, flow_group_id: str) -> str:
        """Return the partition of the occurrences of a group's schedule that did not run."""
        return f"{self.tenant}#occurrences#{flow_group_id}"

    def backfill(self, backfill_id: str) -> str:
        """Return the partition of a backfill: its progress and its plan."""
        return f"{self.tenant}#backfill#{backfill_id}"

    def backfilled(self, flow_group_id: str) -> str:
        """Return the partition of the occurrences of a group's schedule of which backfills have made runs."""
        return f"{self.tenant}#backfilled#{flow_group_id}"

    def limit(self, kind: str, limit_id: str) -> str:
        """Return the partition of a concurrency limit of a kind. Its id is made of its name."""
        return f"{self.tenant}#limit#{kind}#{limit_id}"

    def api_key(self, api_key_id: str) -> str:
        """Return the partition of an API key. Its id is made of its digest."""
        return f"{self.tenant}#api-key#{api_key_id}"

    def audit(self, shard: int) -> str:
        """Return the partition of a shard of the audit trail."""
        return f"{self.tenant}#audit#{shard}"

    def rate(self) -> str:
        """Return the partition of the counts of requests by minute."""
        return f"{self.tenant}#rate"

    def flow_count(self) -> str:
        """Return the partition of the count of the versions of flows that the tenant stores."""
        return f"{self.tenant}#flow-count"

    def usage(self) -> str:
        """Return the partition of the counts of use by day."""
        return f"{self.tenant}#usage"

    def tenant_of_deployment(self, tenant_id: str) -> str:
        """Return the partition of another tenant of the deployment. This one is the home tenant."""
        return f"{self.tenant}#tenant#{tenant_id}"


def flow_order(name: str, version: int) -> str:
    """Return the sort key of a flow in the indexes: by name, then by version."""
    return f"{name}{SEPARATOR}{version:08d}"
