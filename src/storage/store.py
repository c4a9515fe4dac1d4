"""Everything that is stored, for one tenant."""

from storage.access.api_keys import ApiKeys
from storage.access.key_values import KeyValues
from storage.agents.agent_configs import AgentConfigs
from storage.agents.agents import Agents
from storage.concurrency.concurrency_limits import ConcurrencyLimits
from storage.dynamodb.table import Table
from storage.flow_runs.flow_runs import FlowRuns
from storage.flow_runs.run_lists import RunLists
from storage.flows.flow_groups import FlowGroups
from storage.flows.flow_moves import FlowMoves
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


class Store:
    """The stores of one tenant over one table; `shards` may grow over the years, never shrink.

    `is_current` is False while there may be data in the form of an earlier release.
    """

    def __init__(self, table: Table, tenant_id: str, shards: int, *, is_current: bool = True) -> None:
        keys = Keys(tenant_id, shards)
        self.is_current = is_current
        self.formats = Formats(table, keys)
        self.parallel = table.parallel
        self.projects = Projects(table, keys)
        self.flows = Flows(table, keys)
        self.flow_groups = FlowGroups(table, keys)
        self.flow_moves = FlowMoves(table, keys)
        self.flow_runs = FlowRuns(table, keys)
        self.task_runs = TaskRuns(table, keys)
        self.mapped_children = MappedChildren(table, keys)
        self.key_values = KeyValues(table, keys)
        self.logs = Logs(table, keys)
        self.artifacts = Artifacts(table, keys)
        self.run_lists = RunLists(table, keys, is_current=is_current)
        self.heartbeats = Heartbeats(table, keys)
        self.recovery_cursor = CursorRecord(table, keys)
        self.follow_ups = FollowUps(table, keys)
        self.removals = Removals(table, keys)
        self.queue = Queue(table, keys, is_current=is_current)
        self.waiting_markers = WaitingMarkers(table, keys)
        self.agents = Agents(table, keys)
        self.agent_configs = AgentConfigs(table, keys)
        self.limits = ConcurrencyLimits(table, keys)
        self.api_keys = ApiKeys(table, keys)
