"""A tenant with one of everything, on which tests try the mutations of the schema one by one."""

import json
import random
import re
import uuid
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import cache
from types import SimpleNamespace

from domain.errors import FlowRunsError
from domain.flow_runs.flow_runs import FlowRun
from domain.recovery.rules import RecoverySettings
from domain.task_runs.task_runs import TaskRun
from graphql_api.schema import build_schema
from operations.recovery.tick import Bounds, tick
from operations.schedules.tick import keep_up_all
from storage.histories.history_items import decode_entry
from storage.layout.codec import unpack
from storage.store import TenantStore
from tests.contract.factories import Clock, World
from tests.contract.mortals import Killed, Mortal, in_order
from tests.contract.sites import Site

# A repeat of these mutations creates another object, or holds a version that has passed.
# So the first one must have done everything or nothing, or recovery or the repeat must complete it.
ONCE = {
    "create_agent_config",
    "create_api_key",
    "create_api_token",
    "create_flow",
    "create_flow_from_compressed_string",
    "create_flow_run",
    "create_project",
    "create_task_run_artifact",
    "rotate_api_key",
    "set_flow_run_state",
    "set_flow_run_states",
    "set_task_run_states",
    "trigger_schedule",
}
AT_ONCE = RecoverySettings(heartbeat_timeout=timedelta(0))
WRITES = {"put_item", "update_item", "delete_item", "transact_write_items"}
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@cache
def mutations():
    """Return the mutations in snake_case; the camelCase ones are derived from them."""
    mutation_type = build_schema().mutation_type
    assert mutation_type is not None
    fields = mutation_type.fields
    return {name: field.resolve for name, field in fields.items() if name == name.lower()}


class Stage:
    def __init__(self, client, table_name):
        self.world = World(client, table_name, str(uuid.uuid4()), Clock())
        self.world.store = TenantStore(self.world.table, self.world.tenant_id, 1)
        self.site = Site(seeded(self.world, "before"))
        self.before = self.items()
        self.known = set(UUID.findall(str(list(self.before.values()))))

    def items(self):
        return {(item["pk"]["S"], item["sk"]["S"]): item for item in self.world.items()}

    def set_back(self):
        """Restore the tenant to its first state."""
        now = self.items()
        changed = [item for place, item in self.before.items() if now.get(place) != item]
        added = [item for place, item in now.items() if place not in self.before]
        for item in changed:
            self.world.table.put(Item=item)
        for item in added:
            self.world.table.delete(Key={"pk": item["pk"], "sk": item["sk"]})

    def shows(self):
        """Return the items of the table without tokens and ids, which each try draws anew.

        Follow-ups with nothing to do are left out, because they stay for a minute.
        """
        return sorted(self._shown(item) for item in self.items().values() if not _does_nothing(item))

    def _shown(self, item):
        item = dict(item)
        if "states" in item:
            entries = [decode_entry(raw["B"], 1) for raw in item["states"]["L"]]
            item["states"] = [(entry.timestamp, entry.state.data) for entry in entries]
        if item["sk"]["S"] == "schedule":
            times = () if "made" in item else ("changed", "until", "since")  # the last follows from them
            item = {name: value for name, value in item.items() if name not in ("revision", "tick", *times)}
            item["made"] = unpack(item["made"]["B"]) if "made" in item else []
        if item["sk"]["S"] == "backfill":
            # A tick looks at it in between, or not, and stops it if its flow is gone.
            moved = {"revision", "tick", "order", "planned_shard"} | (
                {"fault", "status"} if "fault" in item else set()
            )
            item = {name: value for name, value in item.items() if name not in moved}
        if item["sk"]["S"] == "run" and "name_shard" not in item:
            item["name"] = "made up of the id"
        if item["sk"]["S"].startswith("state#"):
            item |= {"sk": "state#", "state": unpack(item["state"]["B"])}
        return self.without_new_ids(json.dumps(item, sort_keys=True, default=repr))

    def without_new_ids(self, text):
        return UUID.sub(lambda found: found[0] if found[0] in self.known else "new", text)


def _does_nothing(item):
    return item["sk"]["S"] == "follow-up" and "deletes" not in item


def seeded(world, seed):
    world.context = replace(
        world.context,
        store=world.store,
        random_bits=random.Random(seed).getrandbits,  # noqa: S311
    )
    return world


def attempt(stage, name, given, *, dies_at=None, seed="first", backwards=False):
    """Make a mutation in a process that is killed after one of its calls; return the names of the calls."""
    client = Mortal(stage.world.client, dies_at, unheard=True)
    with suppress(Killed):
        outcome(stage, name, given, client, seed=seed, backwards=backwards)
    return client.calls


def outcome(stage, name, given, client, *, seed="first", backwards=False):
    """Make a mutation through a client. Return its payload, or its error, as text without new ids.

    An error is a valid response: a second creation, or a version that has passed.
    """
    process = seeded(in_order(stage.world, client, shards=1, backwards=backwards), seed)
    try:
        found = _told(mutations()[name](None, SimpleNamespace(context=process.context), input=given))
    except FlowRunsError as error:
        found = error
    return stage.without_new_ids(repr(found))


def _told(payload):
    """Return a payload without the parts of a run that its item may or may not bring."""
    if isinstance(payload, dict):
        return {name: _told(value) for name, value in payload.items()}
    if isinstance(payload, list):
        return [_told(value) for value in payload]
    if isinstance(payload, FlowRun | TaskRun):
        return payload.id, payload.version, payload.state.data
    return payload


def finish(stage):
    """Run the ticks of recovery until the heartbeat timeout has passed."""
    world = seeded(stage.world, "recovery")
    world.finish_deletions()
    summary = tick(world.context, AT_ONCE, Bounds(lambda: 60.0))
    assert not summary.faults
    assert not keep_up_all(world.context, lambda: 60.0).faults
