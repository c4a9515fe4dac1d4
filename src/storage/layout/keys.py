"""The keys of all items. Each begins with its tenant; docs/data-model.md shows them in one table."""

import hashlib
from dataclasses import dataclass
from typing import Final

from storage.dynamodb.items import Item

RUN: Final = "run"
DETAILS: Final = "details"
HEARTBEAT: Final = "heartbeat"
CURSOR: Final = "cursor"
FOLLOW_UP: Final = "follow-up"
# In index by_status the status of all runs that wait for their start. As a sort key it is that of the marker
# of a flow run whose task runs wait.
WAITING: Final = "waiting"
# The status under which earlier releases listed waiting runs.
FORMERLY_WAITING: Final = "queue"
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
class Keys:
    """The keys of one tenant's items. `shards` is the number of partitions of each list of runs.

    A method that names an index returns a partition of that index; the others return partitions of the table.
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

    def cached_task_runs(self, shard: int) -> str:
        """Index by_tenant: task runs with cached results, by the time of that state."""
        return f"{self.tenant}#cached#{shard}"

    def cached_of_task(self, task_id: str, shard: int) -> str:
        """Index by_flow: task runs of one task with cached results."""
        return f"{self.tenant}#cached#{task_id}#{shard}"

    def cached_under(self, cache_key: str, shard: int) -> str:
        """Index by_status: task runs of all tasks with cached results under one cache key."""
        name = hashlib.sha256(cache_key.encode("utf-8", "surrogatepass")).hexdigest()[:40]
        return f"{self.tenant}#cache-key#{name}#{shard}"

    def key_value(self, key_value_id: str) -> str:
        """Return the partition of a key-value."""
        return f"{self.tenant}#key-value#{key_value_id}"

    def key_values(self) -> str:
        """Index by_tenant: the tenant's key-values by key."""
        return f"{self.tenant}#key-values"

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

    def shard_of(self, flow_run_id: str) -> int:
        """Return the shard of a flow run and its task runs, taken from the random digits of its id."""
        return int(flow_run_id[-12:-4], 16) % self.shards

    def tenant_runs(self, shard: int) -> str:
        """Index by_tenant: the tenant's runs by creation."""
        return f"{self.tenant}#{shard}"

    def group_runs(self, flow_group_id: str, shard: int) -> str:
        """Index by_flow: the runs of a flow's versions by creation."""
        return f"{self.tenant}#{flow_group_id}#{shard}"

    def status_runs(self, status: str, shard: int) -> str:
        """Index by_status: waiting runs by labels and start; running and unsuccessful runs by id."""
        return f"{self.tenant}#{status}#{shard}"

    def walk(self, labels: str) -> str:
        """Return the partition of the position in the waiting runs of agents with these labels."""
        return f"{self.tenant}#walk#{hashlib.sha256(labels.encode()).hexdigest()[:40]}"

    def planned_runs(self, shard: int) -> str:
        """Index planned: runs with another start than their creation, by creation."""
        return f"{self.tenant}#planned#{shard}"

    def named_runs(self, name: str, shard: int) -> str:
        """Index by_name: runs with a name that was given to them, by creation.

        The name is hashed, because it may be long and odd. It is sharded, because a tenant may give one name
        to all its runs.
        """
        digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:40]
        return f"{self.tenant}#name#{digest}#{shard}"

    def late_runs(self, shard: int) -> str:
        """Index ended_late: runs that ended long after their creation, by the time of the last state."""
        return f"{self.tenant}#late#{shard}"

    def follow_ups(self, shard: int) -> str:
        """Index planned: markers of runs that need a follow-up, by the time of the marker."""
        return f"{self.tenant}#follow-up#{shard}"

    def schedules(self, shard: int) -> str:
        """Index planned: the records of schedules, by the time at which each needs work."""
        return f"{self.tenant}#schedules#{shard}"

    def occurrences(self, flow_group_id: str) -> str:
        """Return the partition of the occurrences of a group's schedule that did not run."""
        return f"{self.tenant}#occurrences#{flow_group_id}"

    def backfill(self, backfill_id: str) -> str:
        """Return the partition of a backfill: its progress and its plan."""
        return f"{self.tenant}#backfill#{backfill_id}"

    def backfilled(self, flow_group_id: str) -> str:
        """Return the partition of the occurrences of a group's schedule of which backfills have made runs."""
        return f"{self.tenant}#backfilled#{flow_group_id}"

    def backfills(self) -> str:
        """Index by_tenant: all backfills. Index planned: those that have work left, by its time."""
        return f"{self.tenant}#backfills"

    def all_occurrences(self, shard: int) -> str:
        """Index by_tenant: the tenant's occurrences that did not run, by the time when they were due."""
        return f"{self.tenant}#occurrences#{shard}"

    def removals(self) -> str:
        """Index planned: flows and projects that were just deleted, by the time of the deletion."""
        return f"{self.tenant}#removals"

    def is_waiting(self, partition: str) -> bool:
        """Return True for a partition of index by_status that lists waiting runs, of any shard."""
        return partition.startswith(f"{self.tenant}#{WAITING}#")

    def waiting_task_runs(self, flow_run_id: str) -> str:
        """Index by_status: the waiting task runs of one flow run, by start."""
        return f"{self.tenant}#waiting-task-runs#{flow_run_id}"

    def agents(self) -> str:
        """Index by_tenant: the tenant's agents by id."""
        return f"{self.tenant}#agents"

    def agent_configs(self) -> str:
        """Index by_tenant: the tenant's agent configs by id."""
        return f"{self.tenant}#agent-configs"

    def limit(self, kind: str, limit_id: str) -> str:
        """Return the partition of a concurrency limit of a kind. Its id is made of its name."""
        return f"{self.tenant}#limit#{kind}#{limit_id}"

    def limits(self, kind: str) -> str:
        """Index by_tenant: the tenant's limits of one kind by id."""
        return f"{self.tenant}#limits#{kind}"

    def counted_limits(self) -> str:
        """Index planned: limits whose Running runs are still being counted, by id."""
        return f"{self.tenant}#counting"

    def api_key(self, api_key_id: str) -> str:
        """Return the partition of an API key. Its id is made of its digest."""
        return f"{self.tenant}#api-key#{api_key_id}"

    def api_keys(self, kind: str) -> str:
        """Index by_tenant: the tenant's API keys of one kind by id."""
        return f"{self.tenant}#api-keys#{kind}"

    def tenant_of_deployment(self, tenant_id: str) -> str:
        """Return the partition of another tenant of the deployment. This one is the home tenant."""
        return f"{self.tenant}#tenant#{tenant_id}"

    def tenants(self) -> str:
        """Index by_tenant: the other tenants of the deployment by slug. This one is the home tenant."""
        return f"{self.tenant}#tenants"

    def flows(self) -> str:
        """Index by_tenant: the tenant's flows by name and version."""
        return f"{self.tenant}#flows"

    def project_flows(self, project_id: str) -> str:
        """Index by_flow: a project's flows by name and version."""
        return f"{self.tenant}#project#{project_id}"

    def projects(self) -> str:
        """Index by_tenant: the tenant's projects by name."""
        return f"{self.tenant}#projects"


def flow_order(name: str, version: int) -> str:
    """Return the sort key of a flow in the indexes: by name, then by version."""
    return f"{name}{SEPARATOR}{version:08d}"
