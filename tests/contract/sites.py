"""A tenant with one entity of each kind, and the inputs of each mutation of the schema for this tenant."""

import gzip
import json
from base64 import b64encode
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from domain.access.api_keys import KeyKind
from domain.access.secrets import key_value_id
from domain.concurrency.limits import LimitKind
from domain.flow_runs.states import State
from domain.ids import member_id
from domain.schedules.runs.backfills import BackfillRequest
from operations.access.api_keys import WantedKey, create_api_key
from operations.concurrency.limits import update_limit
from operations.flow_runs.states import update_heartbeat
from operations.flows import flow_groups
from operations.queue.agents import create_agent_config, register_agent
from operations.schedules.backfilling import create_backfill, stop_backfill
from operations.task_runs.artifacts import create_task_run_artifact
from operations.task_runs.logs import write_logs
from operations.task_runs.task_runs import (
    get_or_create_task_run,
    set_task_run_state,
    update_task_run_heartbeat,
)
from tests.contract.factories import World, incompressible, log_entry

LARGE = incompressible(700)
FLOW = {
    "name": "Flow",
    "schedule": {"clocks": [{"type": "IntervalClock", "interval": 2 * 86_400 * 10**6}]},
    "parameters": [{"name": "x", "default": LARGE}],
    "tasks": [{"slug": f"{name}-1", "name": name} for name in "abc"],
}
COMPRESSED = b64encode(gzip.compress(json.dumps({**FLOW, "name": "Packed"}).encode())).decode()
Given = dict[str, Any]


class Site:
    """The entities of a tenant: versions of a flow under two names, another project, runs in all stages."""

    def __init__(self, world: World) -> None:
        self.world, context = world, world.context
        self.project_id, self.other_project_id, self.doomed_id = (world.project(name) for name in "ABC")
        update_limit(context, LimitKind.LABEL, "gpu", 9, what="name")
        self.limit_id = update_limit(context, LimitKind.LABEL, "cpu", 1, what="name")
        self.tag_limit_id = update_limit(context, LimitKind.TAG, "db", 9, what="tag")
        same = {"project_id": self.project_id, "version_group_id": "group"}
        self.old_flow_id = world.register({**FLOW, "name": "Old name"}, **same)
        world.create(self.old_flow_id)
        self.flow_id = world.register(FLOW, **same, idempotency_key="same", set_schedule_active=True)
        (flow,) = world.store.flows.get([self.flow_id])
        self.group_id = flow.flow_group_id
        flow_groups.set_labels(context, self.group_id, ["gpu"])
        now = world.clock()
        past = BackfillRequest(
            flow_group_id=self.group_id, first=now - timedelta(days=19), last=now - timedelta(days=11)
        )
        self.backfill_id, self.stopped_backfill_id = (
            create_backfill(context, past, key).id for key in ("goes on", "is stopped")
        )
        stop_backfill(context, self.stopped_backfill_id)
        self.lone_flow_id = world.register({**FLOW, "name": "Lone"}, project_id=self.project_id)
        self.waiting_id = world.create(self.flow_id, idempotency_key="known")
        self.running_id = self._running(self.flow_id)
        self.failed_id = self._failed(self.lone_flow_id)
        world.register({**FLOW, "name": "Other"}, project_id=self.doomed_id)
        world.create(world.register({**FLOW, "name": "Doomed"}, project_id=self.doomed_id))
        self.config_id = create_agent_config(context, "config", {"a": 1})
        self.agent_id = register_agent(
            context, agent_type="LocalAgent", name="a", labels=[], agent_config_id=None
        )
        self.api_key_id, self.token_id = (
            create_api_key(context, WantedKey(kind=kind, name="key"))[0] for kind in KeyKind
        )
        self.key_value_id = key_value_id(world.tenant_id, "known")
        world.store.key_values.put("known", 1, world.clock())

    def _running(self, flow_id: str) -> str:
        """Create a run with everything that a run can have; later states move older ones out of its item."""
        context, run_id = self.world.context, self.world.create(flow_id, parameters={"x": LARGE + LARGE})
        for version in range(1, 16):
            self.world.set(run_id, {"type": "Running", "message": LARGE if version == 3 else ""}, version)
        for index in range(2):
            child = get_or_create_task_run(context, run_id, member_id(flow_id, 1), index).id
            set_task_run_state(context, child, None, State({"type": "Running", "context": {"tags": ["db"]}}))
        get_or_create_task_run(context, run_id, member_id(flow_id, 2), 5)
        task_run_id = member_id(run_id, 3)
        set_task_run_state(context, task_run_id, None, State({"type": "Retrying", "message": LARGE}))
        artifact_id = create_task_run_artifact(context, task_run_id, "link", {"link": "https://example.com"})
        write_logs(context, [log_entry(run_id), log_entry(run_id, 90)])
        update_heartbeat(context, run_id)
        update_task_run_heartbeat(context, task_run_id)
        self.artifact_id, self.task_run_id = artifact_id, task_run_id
        return run_id

    def _failed(self, flow_id: str) -> str:
        """Create a failed run, of which a task has succeeded, one has failed and one child of two."""
        context, run_id = self.world.context, self.world.create(flow_id)
        self.world.set(run_id, "Running", 1)
        for number, state in ((1, "Success"), (2, "Failed"), (3, "Mapped")):
            set_task_run_state(context, member_id(run_id, number), None, State({"type": state}))
        for index, state in enumerate(("Success", "Failed")):
            child = get_or_create_task_run(context, run_id, member_id(flow_id, 3), index).id
            set_task_run_state(context, child, None, State({"type": state}))
        self.world.set(run_id, "Failed", 2)
        return run_id


def _state(kind: str, version: int | None, message: str = "") -> Given:
    return {"state": {"type": kind, "message": message}, "version": version}


def scenarios(site: Site) -> Iterator[tuple[str, Given]]:
    """Return inputs for each mutation by its snake_case name, which make it do all that it can."""
    for part in (
        _of_projects,
        _of_flows,
        _of_flow_groups,
        _of_flow_runs,
        _of_task_runs,
        _of_agents,
        _of_others,
    ):
        yield from part(site)


def _of_projects(site: Site) -> Iterator[tuple[str, Given]]:
    yield "create_tenant", {"name": "Contract", "slug": "contract"}
    yield "create_tenant", {"name": "New", "slug": "new", "requests_per_minute": 9}
    yield (
        "set_tenant_limits",
        {"slug": "new", "requests_per_minute": 9, "log_retention_days": 9, "stored_flows": 9},
    )
    yield "create_project", {"name": "New", "description": "new"}
    yield "set_project_name", {"project_id": site.project_id, "name": "Renamed"}
    yield "set_project_description", {"project_id": site.project_id, "description": "changed"}
    yield "delete_project", {"project_id": site.doomed_id}


def _of_flows(site: Site) -> Iterator[tuple[str, Given]]:
    flow = {"flow_id": site.flow_id}
    lone = site.lone_flow_id
    for name in ("New", "Lone", "Old name"):
        yield "create_flow", {"project_id": site.project_id, "serialized_flow": {**FLOW, "name": name}}
    yield (
        "create_flow",
        {"project_id": site.other_project_id, "serialized_flow": FLOW, "version_group_id": "group"},
    )
    yield "create_flow", {"serialized_flow": {**FLOW, "name": "Without a project"}}
    yield "create_flow_from_compressed_string", {"project_id": site.project_id, "serialized_flow": COMPRESSED}
    yield "archive_flow", flow
    yield "register_tasks", {**flow, "serialized_tasks": [{"slug": "new-1"}]}
    yield "register_edges", {**flow, "serialized_edges": [{"upstream_task": "a-1", "downstream_task": "b-1"}]}
    yield "set_schedule_active", {"flow_id": lone}
    yield "set_schedule_inactive", flow
    yield "set_flow_schedule_state", {**flow, "set_active": False}
    yield "unarchive_flow", {"flow_id": site.old_flow_id}
    yield "update_flow_project", {**flow, "project_id": site.other_project_id}
    for flow_id in (site.flow_id, site.old_flow_id, lone):
        yield "delete_flow", {"flow_id": flow_id}


def _of_flow_groups(site: Site) -> Iterator[tuple[str, Given]]:
    later = site.world.clock() + timedelta(days=1)
    flow = {"flow_id": site.flow_id}
    group = {"flow_group_id": site.group_id}
    for name in ("heartbeat", "lazarus_process", "version_lock"):
        yield f"enable_flow_{name}", flow
        yield f"disable_flow_{name}", flow
    for name in ("disable_lazarus_for_flow", "disable_flow_version_locking"):
        yield name, flow
    yield "set_flow_group_description", {**group, "description": "changed"}
    yield "set_flow_group_labels", {**group, "labels": ["changed"]}
    yield "set_flow_group_run_config", {**group, "run_config": {"type": "UniversalRun", "env": {"X": LARGE}}}
    yield "set_flow_group_default_parameters", {**group, "default_parameters": {"x": 1}}
    yield "set_flow_group_schedule", {**group, "interval_clocks": [{"interval": 100_000}]}
    yield "delete_flow_group_schedule", group
    yield "set_schedule_rules", {**group, "overlap": "skip", "late_after": 3_600, "max_runs": 100}
    yield "pause_schedule", {**group, "until": later, "by": "Ada", "note": LARGE}
    yield "resume_schedule", group
    yield "trigger_schedule", {**group, "idempotency_key": "triggered"}
    yield "trigger_schedule", {**group, "clock": 0}
    yield "clear_late_runs", group
    yield "clear_late_runs", {**flow, "late_after": 60, "dry_run": True}
    yield "schedule_flow_runs", flow
    past = {"first": later - timedelta(days=9), "last": later - timedelta(days=2)}
    yield "create_backfill", {**group, **past, "at_once": 2}
    yield "create_backfill", {**group, **past, "dry_run": True}
    yield "stop_backfill", {"backfill_id": site.backfill_id}
    yield "continue_backfill", {"backfill_id": site.stopped_backfill_id}


def _of_flow_runs(site: Site) -> Iterator[tuple[str, Given]]:
    later = site.world.clock() + timedelta(days=1)
    run = {"flow_run_id": site.running_id}
    flow = {"flow_id": site.flow_id}
    large_state = _state("Failed", None, LARGE)
    for key in ({}, {"idempotency_key": "new"}, {"idempotency_key": "known"}):
        yield "create_flow_run", {**flow, **key, "flow_run_name": "named", "scheduled_start_time": later}
    yield "create_flow_run", {**flow, "parameters": {"x": LARGE + LARGE}}
    yield "set_flow_run_state", {"flow_run_id": site.waiting_id, **_state("Submitted", 1)}
    yield "set_flow_run_state", {**run, **_state("Failed", 16, LARGE)}
    for kind in ("Running", "Cancelled", "Success", "Scheduled"):
        yield "set_flow_run_states", {"states": [{**run, **_state(kind, None)}]}
    # Each item of a list is a change of its own. The changes before a failing one stay.
    yield "set_flow_run_states", {"states": [{**run, **large_state}]}
    yield "cancel_flow_run", run
    yield "cancel_flow_run", {"flow_run_id": site.waiting_id}
    of_flow = {"where": {"flow_id": {"_eq": site.flow_id}}}
    for dry_run in (True, False):
        yield "cancel_flow_runs", {**of_flow, "message": "changed", "dry_run": dry_run}
        yield "delete_flow_runs", {**of_flow, "live": True, "dry_run": dry_run}
        yield "set_state_of_flow_runs", {**of_flow, "state": "Failed", "dry_run": dry_run}
    yield "delete_flow_runs", {**of_flow, "limit": 1}
    yield "set_state_of_flow_runs", {**of_flow, "state": "Scheduled"}
    yield "set_state_of_flow_runs", {**of_flow, "state": "Cancelled", "message": "changed"}
    yield "restart_flow_run", {"flow_run_id": site.failed_id, "idempotency_key": "restart"}
    yield "set_flow_run_name", {**run, "name": "renamed"}
    yield "set_flow_run_labels", {"flow_run_id": site.waiting_id, "labels": ["changed"]}
    yield "delete_flow_run", run
    yield "delete_flow_run", {"flow_run_id": site.waiting_id}
    yield "update_flow_run_heartbeat", run


def _of_task_runs(site: Site) -> Iterator[tuple[str, Given]]:
    run = {"flow_run_id": site.running_id}
    task_run = {"task_run_id": site.task_run_id}
    for name in ("get_or_create_task_run", "get_or_create_task_run_info"):
        yield name, {**run, "task_id": member_id(site.flow_id, 1), "map_index": 9}
    for kind, version in (("Running", None), ("Success", 2)):
        yield "set_task_run_states", {"states": [{**task_run, **_state(kind, version)}]}
    begins = {"task_run_id": member_id(site.running_id, 2), **_state("Running", 1, LARGE)}
    yield "set_task_run_states", {"states": [begins]}
    yield "set_task_run_name", {**task_run, "name": "renamed"}
    yield "set_task_run_name", {"task_run_id": member_id(site.running_id, 2), "name": "renamed"}
    yield "update_task_run_heartbeat", task_run


def _of_agents(site: Site) -> Iterator[tuple[str, Given]]:
    later = site.world.clock() + timedelta(days=1)
    yield "get_runs_in_queue", {"before": later, "labels": ["gpu"]}
    yield "register_agent", {"type": "LocalAgent", "name": "b", "labels": ["x"]}
    yield "register_agent", {"type": "LocalAgent", "name": "a", "labels": []}
    yield "delete_agent", {"agent_id": site.agent_id}
    yield "create_agent_config", {"name": "new", "settings": {"a": 1}}
    yield "update_agent_config", {"agent_config_id": site.config_id, "name": "changed"}
    yield "delete_agent_config", {"agent_config_id": site.config_id}


def _of_others(site: Site) -> Iterator[tuple[str, Given]]:
    later = site.world.clock() + timedelta(days=1)
    task_run = {"task_run_id": site.task_run_id}
    log = {"flow_run_id": site.running_id, "message": "Said.", "timestamp": site.world.clock()}
    yield "write_run_logs", {"logs": [log, {**log, "flow_run_id": site.waiting_id}]}
    yield "write_run_log", log
    yield "set_secret", {"name": "S", "value": 1}
    yield "delete_secret", {"name": "S"}
    yield "set_key_value", {"key": "new", "value": 1}
    yield "set_key_value", {"key": "known", "value": 2}
    yield "delete_key_value", {"key_value_id": site.key_value_id}
    yield "create_task_run_artifact", {**task_run, "kind": "link", "data": {"link": "https://example.com"}}
    yield "update_task_run_artifact", {"task_run_artifact_id": site.artifact_id, "data": {"a": 1}}
    yield "delete_task_run_artifact", {"task_run_artifact_id": site.artifact_id}
    yield "update_task_tag_limit", {"tag": "new", "limit": 3}
    yield "update_task_tag_limit", {"tag": "db", "limit": 3}
    yield "delete_task_tag_limit", {"limit_id": site.tag_limit_id}
    yield "update_flow_concurrency_limit", {"name": "new", "limit": 3}
    yield "delete_flow_concurrency_limit", {"limit_id": site.limit_id}
    yield "create_api_key", {"name": "new", "expires_at": later}
    yield "rotate_api_key", {"key_id": site.api_key_id, "overlap": 60, "idempotency_key": "once"}
    yield "delete_api_key", {"key_id": site.api_key_id}
    yield "create_api_token", {"name": "new"}
    yield "delete_api_token", {"token_id": site.token_id}
    yield "switch_tenant", {"tenant_id": site.world.tenant_id}
    yield "refresh_token", {"access_token": "x"}
