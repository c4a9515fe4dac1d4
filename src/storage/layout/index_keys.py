"""The partitions of the indexes. Each begins with its tenant; docs/data-model.md shows them in one table."""

import hashlib
from typing import Final

# In index by_status the status of all runs that wait for their start. As a sort key it is that of the marker
# of a flow run whose task runs wait.
WAITING: Final = "waiting"
# The status under which earlier releases listed waiting runs.
FORMERLY_WAITING: Final = "queue"


class IndexKeys:
    """The partitions of the indexes in which one tenant's items are listed, and the shards of its lists."""

    __slots__ = ()

    tenant: str
    shards: int

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

    def key_values(self) -> str:
        """Index by_tenant: the tenant's key-values by key."""
        return f"{self.tenant}#key-values"

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

    def limits(self, kind: str) -> str:
        """Index by_tenant: the tenant's limits of one kind by id."""
        return f"{self.tenant}#limits#{kind}"

    def counted_limits(self) -> str:
        """Index planned: limits whose Running runs are still being counted, by id."""
        return f"{self.tenant}#counting"

    def api_keys(self, kind: str) -> str:
        """Index by_tenant: the tenant's API keys of one kind by id."""
        return f"{self.tenant}#api-keys#{kind}"

    def flows(self) -> str:
        """Index by_tenant: the tenant's flows by name and version."""
        return f"{self.tenant}#flows"

    def project_flows(self, project_id: str) -> str:
        """Index by_flow: a project's flows by name and version."""
        return f"{self.tenant}#project#{project_id}"

    def projects(self) -> str:
        """Index by_tenant: the tenant's projects by name."""
        return f"{self.tenant}#projects"

    def tenants(self) -> str:
        """Index by_tenant: the other tenants of the deployment by slug. This one is the home tenant."""
        return f"{self.tenant}#tenants"
