"""A world for one test: a tenant of its own, a clock that stands still, and short calls of the use cases."""

import random
import threading
import uuid
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from domain.access.tenants import Tenant
from domain.flow_runs.flow_runs import FlowRun
from domain.flow_runs.states import parse_state
from domain.parts import Part
from domain.task_runs.logs import LogEntry
from domain.work import Work
from operations.context import Context
from operations.flow_runs.cancelling import always
from operations.flow_runs.create_flow_run import CreateFlowRun, create_flow_run
from operations.flow_runs.deleting import continue_deletion
from operations.flow_runs.states import set_flow_run_state
from operations.flows.projects import create_project
from operations.flows.registering import RegisterFlow, register_flow
from operations.flows.removals import finish_removal
from storage.access.secret_files import FileSecrets
from storage.dynamodb.consumption import Consumption
from storage.dynamodb.table import Table
from storage.store import TenantStore
from tests.contract.clients import Interfered

SHARDS = 3
EVERYTHING = (Part.INPUTS, Part.STATE, Part.HISTORY, Part.HEARTBEAT)
# Far ahead of the emulator's clock, so that the emulator deletes no item that expires in a test.
START = datetime(2040, 1, 1, 12, tzinfo=UTC)


class Clock:
    """A clock that moves only when a test calls `advance`."""

    def __init__(self, time: datetime = START) -> None:
        self.time = time

    def __call__(self) -> datetime:
        return self.time

    def advance(self, **span: float) -> None:
        self.time += timedelta(**span)


class World:
    """One tenant in a table, with the context that use cases take."""

    def __init__(
        self,
        client: Any,
        table_name: str,
        tenant_id: str,
        clock: Clock,
        *,
        shards: int = SHARDS,
        is_current: bool = True,
    ) -> None:
        self.client, self.table_name, self.tenant_id, self.clock = client, table_name, tenant_id, clock
        self.table = Table(client, table_name)
        self.store = TenantStore(self.table, tenant_id, shards, is_current=is_current)
        self.context = Context(
            self.store,
            Tenant(tenant_id, "Contract", "contract"),
            clock,
            random.SystemRandom().getrandbits,
            FileSecrets(None),
        )

    def through(self, client: Any) -> "World":
        """Return a world with the same tenant and clock, and another client."""
        return World(client, self.table_name, self.tenant_id, self.clock)

    def interfered(self) -> tuple["World", Interfered]:
        """Return a world with the same tenant and clock whose calls can go wrong, and its client."""
        client = Interfered(self.client)
        return self.through(client), client

    def metered(self) -> tuple["World", Consumption]:
        """Return a world with the same tenant and clock, and the capacity that its calls consume."""
        consumption = Consumption()
        world = self.through(self.client)
        world.table = Table(self.client, self.table_name, consumption.add)
        world.store = TenantStore(world.table, self.tenant_id, SHARDS)
        world.context = replace(world.context, store=world.store, cost=consumption.summary, now=self.clock)
        return world, consumption

    def within(self, work: Work) -> "World":
        """Return a world with the same tenant and clock whose requests have this budget."""
        world = self.through(self.client)
        world.table = Table(self.client, self.table_name, budget=work)
        world.store = TenantStore(world.table, self.tenant_id, SHARDS)
        world.context = replace(world.context, store=world.store, work=work)
        return world

    def neighbour(self) -> "World":
        """Return a world with another tenant in the same table."""
        return World(self.client, self.table_name, str(uuid.uuid4()), self.clock)

    def project(self, name: str | None = None, **more: Any) -> str:
        return create_project(self.context, name=name or f"Project {uuid.uuid4()}", **more)

    def register(self, serialized: Any = None, *, project_id: str | None = None, **more: Any) -> str:
        request = RegisterFlow(
            project_id=project_id or self.project(), serialized_flow=serialized or {"name": "Flow"}, **more
        )
        return register_flow(self.context, request)

    def create(self, flow_id: str, **more: Any) -> str:
        return create_flow_run(self.context, CreateFlowRun(flow_id=flow_id, **more))

    def new_run(self, **more: Any) -> str:
        """Create a run of a new flow."""
        return self.create(self.register(), **more)

    def set(self, flow_run_id: str, state: Any, version: int | None = None) -> FlowRun:
        """Set a state. A test gives its JSON, or its type alone."""
        data = {"type": state} if isinstance(state, str) else state
        return set_flow_run_state(self.context, flow_run_id, version, parse_state(data))

    def run(self, flow_run_id: str) -> FlowRun:
        """Read a run with all its parts."""
        (run,) = self.store.flow_runs.get([flow_run_id], EVERYTHING, consistent=True)
        return run

    def exists(self, flow_run_id: str) -> bool:
        return bool(self.store.flow_runs.get([flow_run_id], EVERYTHING, consistent=True))

    def types(self, flow_run_id: str) -> list[str]:
        """Return the types of a run's states. Fail if a version is missing."""
        run = self.run(flow_run_id)
        assert [entry.version for entry in run.history] == list(range(1, run.version + 1))
        return [entry.state.type for entry in run.history]

    def finish_deletions(self) -> None:
        """Finish deletions as recovery does once no request is at work."""
        for _ in range(3):
            due = [follow_up.flow_run_id for follow_up in self.store.follow_ups.due(self.clock.time)]
            for follow_up in self.store.follow_ups.get(due):
                if follow_up.deletes and continue_deletion(self.context, follow_up.flow_run_id):
                    self.store.follow_ups.remove(follow_up)
            for removal in list(self.store.removals.due(self.clock.time + timedelta(seconds=1))):
                finish_removal(self.context, removal, always, Counter())

    def listed(self, status: str) -> list[str]:
        lists = self.store.run_lists
        return list(lists.ids(lists.in_status(status), descending=False))

    def items(self, sk: str | None = None) -> list[Any]:
        """Return the tenant's items as they are stored: all, or those with a sort key."""
        found: list[Any] = []
        start: Any = {}
        while start is not None:
            page = self.client.scan(
                TableName=self.table_name,
                ConsistentRead=True,
                FilterExpression="begins_with(pk, :tenant)",
                ExpressionAttributeValues={":tenant": {"S": self.tenant_id}},
                **start,
            )
            found += page["Items"]
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]} if "LastEvaluatedKey" in page else None
        return [item for item in found if sk is None or item["sk"]["S"] == sk]

    def item(self, flow_run_id: str, sk: str = "run") -> Any:
        """Return one item of a run's partition."""
        (found,) = [item for item in self.partition(flow_run_id) if item["sk"]["S"] == sk]
        return found

    def partition(self, flow_run_id: str) -> list[Any]:
        """Return the items of a run's partition."""
        return self.partition_of(f"#run#{flow_run_id}")

    def partition_of(self, name: str) -> list[Any]:
        """Return the items of a partition, which is named without the tenant."""
        return self.table.query_all(
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": f"{self.tenant_id}{name}"}},
            ConsistentRead=True,
        )

    def key_end(self) -> datetime:
        """Return the end of the only idempotency key."""
        (item,) = self.items("key")
        return datetime.fromtimestamp(int(item["expires"]["N"]), UTC)


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Make calls at once, each in a thread. Return the result of each call, or the error that it raised."""
    start = threading.Barrier(len(calls))

    def made(call: Callable[[], Any]) -> Any:
        start.wait()
        try:
            return call()
        except Exception as error:  # noqa: BLE001
            return error

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(made, calls))


def log_entry(flow_run_id: str, seconds: float = 0.0, message: str = "Said.", **more: Any) -> LogEntry:
    """Return a log entry of a flow run, so many seconds after START."""
    known = {
        "flow_run_id": flow_run_id,
        "task_run_id": None,
        "timestamp": START + timedelta(seconds=seconds),
        "name": "prefect",
        "level": "INFO",
        "message": message,
        "info": None,
    }
    return LogEntry(**known | more)


def incompressible(length: int, seed: int = 1) -> str:
    """Return a text that DEFLATE can hardly shorten, because it has no repeats."""
    alphabet = "".join(map(chr, range(0x21, 0x7F)))
    return "".join(random.Random(seed).choices(alphabet, k=length))  # noqa: S311


def item_size(item: Any) -> int:
    """Return about the size that DynamoDB counts for an item: the bytes of its names and values."""
    return sum(len(name.encode()) + _value_size(value) for name, value in item.items())


def _value_size(value: Any) -> int:
    ((kind, content),) = value.items()
    match kind:
        case "S":
            return len(content.encode())
        case "L":
            return 3 + sum(1 + _value_size(element) for element in content)
        case "B" | "N":
            return len(content)
        case _:
            return 1
