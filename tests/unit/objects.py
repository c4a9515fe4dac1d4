"""Domain objects with everything that a test doesn't care about filled in."""

from datetime import UTC, datetime
from typing import Any

from domain.flow_runs.flow_runs import FlowRun, RunInputs
from domain.flow_runs.histories import HistoryEntry
from domain.flow_runs.states import State
from domain.flows.flows import Contents, Flow
from domain.flows.serialized import outline
from domain.lazy import Lazy

TENANT = "6e0b5f3c-2f6d-4c1e-9a57-3b1d8f0c7a21"
FLOW = "5d0c2a3e-8f6b-4f57-9a63-1d9c8c1e7a10"
RUN = "0199a3f2-7c10-7d3e-8f4a-3b5c6d7e8f90"
NOW = datetime(2026, 1, 31, 8, tzinfo=UTC)


def flow(serialized: dict[str, Any] | None = None, **more: Any) -> Flow:
    known: dict[str, Any] = {
        "id": FLOW,
        "tenant_id": TENANT,
        "project_id": FLOW,
        "flow_group_id": FLOW,
        "version_group_id": "a group",
        "name": "My Flow Name",
        "version": 1,
        "archived": False,
        "created": NOW,
        "updated": NOW,
        "is_schedule_active": False,
        "task_count": 0,
        "contents": Lazy.of(Contents(outline=outline(serialized or {}, None, None))),
        "settings": {},
    }
    return Flow(**known | more)


def run(*states: dict[str, Any], **more: Any) -> FlowRun:
    history = tuple(
        HistoryEntry(version=version, timestamp=NOW, state=State(state), token=bytes(6))
        for version, state in enumerate(states or ({"type": "Scheduled"},), 1)
    )
    known: dict[str, Any] = {
        "id": RUN,
        "tenant_id": TENANT,
        "flow_id": FLOW,
        "flow_group_id": FLOW,
        "name": "a run",
        "labels": [],
        "version": len(history),
        "created": NOW,
        "updated": NOW,
        "scheduled_start_time": NOW,
        "task_count": 0,
        "auto_scheduled": False,
        "start_time": None,
        "end_time": None,
        "heartbeat": None,
        "inputs": RunInputs(),
        "history": history,
    }
    return FlowRun(**known | more)
