"""All the stores of one tenant."""

from functools import cached_property
from typing import TYPE_CHECKING

from storage.access.api_keys import ApiKeys
from storage.access.key_values import KeyValues
from storage.agents.agent_configs import AgentConfigs
from storage.agents.agents import Agents
from storage.concurrency.concurrency_limits import ConcurrencyLimits
from storage.dynamodb.table import Table
from storage.flow_runs.flow_runs import FlowRuns
from storage.flow_runs.run_lists import RunLists
from storage.flow_runs.run_totals import RunTotals
from storage.flows.flow_groups import FlowGroups
from storage.flows.flow_lists import FlowLists
from storage.flows.flows import Flows
from storage.flows.projects import Projects
from storage.flows.removals import Removals
from storage.formats import Formats
from storage.layout.keys import Keys
from storage.logs.logs import Logs
from storage.queue.queue import Queue
from storage.queue.waiting_markers import WaitingMarkers
from storage.recovery.cursor import CursorRecord
from storage.recovery.follow_ups import FollowUps
from storage.recovery.heartbeats import Heartbeats
from storage.task_runs.artifacts import Artifacts
from storage.task_runs.mapped_children import MappedChildren
from storage.task_runs.task_runs import TaskRuns

if TYPE_CHECKING:
    from storage.access.audit_trail import AuditTrail
    from storage.access.rates import Rates
    from storage.access.tenants import Tenants
    from storage.access.usage import Usage
    from storage.flow_runs.run_tallies import RunTallies
    from storage.flows.flow_moves import FlowMoves
    from storage.schedules.backfills import Backfills
    from storage.schedules.occurrences import Occurrences
    from storage.schedules.schedules import Schedules
    from storage.schedules.turns import Turns


class TenantStore:
    """The stores of one tenant over one table. `shards` may grow over the years, but never shrink.

    `is_current` is False while some data may have the form of an earlier release. Each store is made when it
    is first used, because each request makes a TenantStore and uses few of its parts. API keys and tenants
    are those of the deployment, and kept in the place of its home tenant.
    """

    def __init__(
        self,
        table: Table,
        tenant_id: str,
        shards: int,
        *,
        is_current: bool = True,
        home_id: str | None = None,
    ) -> None:
        self._table = table
        self._keys = Keys(tenant_id, shards)
        self._home_keys = Keys(home_id or tenant_id, shards)
        self.is_current = is_current
        self.parallel = table.parallel

    def of_tenant(self, tenant_id: str, *, is_current: bool) -> "TenantStore":
        """Return the stores of another tenant of the deployment, whose calls count for the same request."""
        home = self._home_keys
        return TenantStore(self._table, tenant_id, home.shards, is_current=is_current, home_id=home.tenant)

    @cached_property
    def formats(self) -> Formats:
        return Formats(self._table, self._keys)

    @cached_property
    def projects(self) -> Projects:
        return Projects(self._table, self._keys)

    @cached_property
    def flows(self) -> Flows:
        return Flows(self._table, self._keys)

    @cached_property
    def flow_lists(self) -> FlowLists:
        return FlowLists(self._table, self._keys)

    @cached_property
    def flow_groups(self) -> FlowGroups:
        return FlowGroups(self._table, self._keys)

    @cached_property
    def flow_moves(self) -> "FlowMoves":
        # Hardly any request moves a flow.
        from storage.flows.flow_moves import FlowMoves  # noqa: PLC0415

        return FlowMoves(self._table, self._keys)

    @cached_property
    def flow_runs(self) -> FlowRuns:
        return FlowRuns(self._table, self._keys)

    @cached_property
    def task_runs(self) -> TaskRuns:
        return TaskRuns(self._table, self._keys)

    @cached_property
    def mapped_children(self) -> MappedChildren:
        return MappedChildren(self._table, self._keys)

    @cached_property
    def key_values(self) -> KeyValues:
        return KeyValues(self._table, self._keys)

    @cached_property
    def logs(self) -> Logs:
        return Logs(self._table, self._keys)

    @cached_property
    def artifacts(self) -> Artifacts:
        return Artifacts(self._table, self._keys)

    @cached_property
    def run_lists(self) -> RunLists:
        return RunLists(self._table, self._keys, is_current=self.is_current)

    @cached_property
    def run_totals(self) -> RunTotals:
        return RunTotals(self._table, self._keys)

    @cached_property
    def run_tallies(self) -> "RunTallies":
        # Hardly any request needs them.
        from storage.flow_runs.run_tallies import RunTallies  # noqa: PLC0415

        return RunTallies(self._table, self._keys)

    @cached_property
    def heartbeats(self) -> Heartbeats:
        return Heartbeats(self._table, self._keys)

    @cached_property
    def recovery_cursor(self) -> CursorRecord:
        return CursorRecord(self._table, self._keys)

    @cached_property
    def follow_ups(self) -> FollowUps:
        return FollowUps(self._table, self._keys)

    @cached_property
    def removals(self) -> Removals:
        return Removals(self._table, self._keys)

    @cached_property
    def schedules(self) -> "Schedules":
        # Hardly any request needs them.
        from storage.schedules.schedules import Schedules  # noqa: PLC0415

        return Schedules(self._table, self._keys)

    @cached_property
    def backfills(self) -> "Backfills":
        from storage.schedules.backfills import Backfills  # noqa: PLC0415

        return Backfills(self._table, self._keys)

    @cached_property
    def occurrences(self) -> "Occurrences":
        from storage.schedules.occurrences import Occurrences  # noqa: PLC0415

        return Occurrences(self._table, self._keys)

    @cached_property
    def turns(self) -> "Turns":
        from storage.schedules.turns import Turns  # noqa: PLC0415

        return Turns(self._table, self._keys)

    @cached_property
    def queue(self) -> Queue:
        return Queue(self._table, self._keys, is_current=self.is_current)

    @cached_property
    def waiting_markers(self) -> WaitingMarkers:
        return WaitingMarkers(self._table, self._keys)

    @cached_property
    def agents(self) -> Agents:
        return Agents(self._table, self._keys)

    @cached_property
    def agent_configs(self) -> AgentConfigs:
        return AgentConfigs(self._table, self._keys)

    @cached_property
    def limits(self) -> ConcurrencyLimits:
        return ConcurrencyLimits(self._table, self._keys)

    @cached_property
    def audit_trail(self) -> "AuditTrail":
        # Few requests change what is audited.
        from storage.access.audit_trail import AuditTrail  # noqa: PLC0415

        return AuditTrail(self._table, self._keys)

    @cached_property
    def api_keys(self) -> ApiKeys:
        return ApiKeys(self._table, self._home_keys, self._keys.tenant)

    @cached_property
    def rates(self) -> "Rates":
        # Only tenants with a budget need them.
        from storage.access.rates import Rates  # noqa: PLC0415

        return Rates(self._table, self._keys)

    @cached_property
    def usage(self) -> "Usage":
        from storage.access.usage import Usage  # noqa: PLC0415

        return Usage(self._table, self._keys)

    @cached_property
    def tenants(self) -> "Tenants":
        # Few requests need them.
        from storage.access.tenants import Tenants  # noqa: PLC0415

        return Tenants(self._table, self._home_keys)
