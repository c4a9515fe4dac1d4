"""The calls of use cases to DynamoDB, in their order."""

import ast
import re
from pathlib import Path

import pytest

from domain.parts import Part
from operations.flow_runs.reading import get_flow_run
from tests.contract.factories import EVERYTHING, SHARDS

SRC = Path(__file__).resolve().parents[2] / "src"
CORE_STATE = {
    "type": "Submitted",
    "message": "Submitted for execution",
    "state": None,
    "__version__": "1.4.1",
}


# A migration reads items to which no index leads; the other modules are those that it calls.
SCANS = {
    Path("storage/migrations/left_behind.py"),
    Path("storage/dynamodb/table.py"),
    Path("storage/dynamodb/item_calls.py"),
    Path("storage/dynamodb/expectations.py"),
}


def test_only_a_migration_scans_the_table():
    texts = {path.relative_to(SRC): path.read_text(encoding="utf-8") for path in SRC.rglob("*.py")}
    names = {
        (path, str(getattr(node, "attr", None) or getattr(node, "value", None)))
        for path, text in texts.items()
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Attribute | ast.Constant)
    }

    assert len(texts) > 50
    assert {path for path, name in names if name.lower() in {"scan", "dynamodb:scan"}} == SCANS
    template = (SRC.parent / "template.yaml").read_text(encoding="utf-8")
    before, *after = template.split("dynamodb:Scan")
    assert len(after) == 1
    assert re.findall(r"^  (\w+):$", before, re.MULTILINE)[-1] == "RecoveryRole"


@pytest.fixture
def flow_id(world):
    return world.register({"name": "Flow", "run_config": {"type": "UniversalRun", "labels": ["a", "b"]}})


def creation(**more):
    return {"parameters": {"x": "y" * 200}, "labels": ["a", "b"], **more}


def test_creation_is_one_read_and_one_write(world, flow_id):
    counted, client = world.interfered()

    counted.create(flow_id, **creation())

    assert client.calls == ["batch_get_item", "put_item"]


def test_creation_with_a_key_is_one_read_and_one_transaction(world, flow_id):
    counted, client = world.interfered()

    counted.create(flow_id, **creation(idempotency_key="k"))

    assert client.calls == ["batch_get_item", "transact_write_items"]


@pytest.mark.parametrize(("version", "reads"), [(1, []), (None, ["get_item"])])
def test_state_change_is_one_write_and_without_a_version_one_read_more(world, flow_id, version, reads):
    run_id = world.create(flow_id, **creation())
    counted, client = world.interfered()

    counted.set(run_id, {**CORE_STATE, "type": "Submitted"}, version)

    assert client.calls == [*reads, "update_item"]


@pytest.mark.parametrize(("labels", "reads"), [([], ["get_item"]), (["gpu"], ["get_item", "batch_get_item"])])
def test_change_to_running_reads_the_run_and_the_limits_of_its_labels(world, flow_id, labels, reads):
    run_id = world.create(flow_id, **creation(labels=labels))
    counted, client = world.interfered()

    counted.set(run_id, {**CORE_STATE, "type": "Running"}, 1)

    assert client.calls == [*reads, "update_item"]


def test_run_with_all_its_states_is_read_in_one_call(world, flow_id):
    run_id = world.create(flow_id, **creation(idempotency_key="k"))
    for version, kind in enumerate(["Submitted", "Running", "Success"], 1):
        world.set(run_id, {**CORE_STATE, "type": kind}, version)
    counted, client = world.interfered()

    (run,) = counted.store.flow_runs.get([run_id], (Part.INPUTS, Part.STATE, Part.HISTORY), consistent=True)
    get_flow_run(counted.context, run_id)

    assert len(run.history) == 4
    assert run.inputs.parameters == {"x": "y" * 200}
    assert client.calls == ["get_item", "get_item"]


def test_fifty_runs_with_all_parts_are_read_in_two_calls(world, flow_id):
    ids = [world.create(flow_id, **creation()) for _ in range(50)]
    counted, client = world.interfered()

    counted.store.flow_runs.get(ids, EVERYTHING, consistent=False)

    assert client.calls == ["batch_get_item", "batch_get_item"]


@pytest.mark.dynoxide_only
def test_poll_of_an_idle_queue_is_one_query_a_shard_despite_ended_runs(world, flow_id):
    for _ in range(20):
        world.set(world.create(flow_id), "Success", 1)
    counted, client = world.interfered()

    assert counted.listed("waiting") == []
    assert client.calls == ["query"] * SHARDS


def test_heartbeat_is_one_write(world, flow_id):
    run_id = world.create(flow_id, **creation())
    counted, client = world.interfered()

    counted.store.flow_runs.heartbeat(run_id, world.clock())

    assert client.calls == ["put_item"]
