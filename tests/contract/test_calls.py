"""What each use case asks of DynamoDB, in the order it asks."""

import ast
import re
from pathlib import Path

import pytest

from domain.parts import Part
from operations.flow_runs.states import get_flow_run
from tests.contract.factories import EVERYTHING, SHARDS

SRC = Path(__file__).resolve().parents[2] / "src"
CORE_STATE = {
    "type": "Submitted",
    "message": "Submitted for execution",
    "state": None,
    "__version__": "1.4.1",
}


# A migration reads what no index leads to; the others are what it calls.
SCANS = {
    Path("storage/migrations/left_behind.py"),
    Path("storage/dynamodb/table.py"),
    Path("storage/dynamodb/item_calls.py"),
}


def test_nothing_but_a_migration_scans_the_table():
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


def test_a_creation_reads_the_flow_and_writes_once(world, flow_id):
    counted, client = world.interfered()

    counted.create(flow_id, **creation())

    assert client.calls == ["batch_get_item", "put_item"]


def test_a_creation_with_a_key_reads_the_flow_and_writes_once(world, flow_id):
    counted, client = world.interfered()

    counted.create(flow_id, **creation(idempotency_key="k"))

    assert client.calls == ["batch_get_item", "transact_write_items"]


@pytest.mark.parametrize(("version", "reads"), [(1, []), (None, ["get_item"])])
def test_a_state_change_writes_once_and_reads_only_for_want_of_a_version(world, flow_id, version, reads):
    run_id = world.create(flow_id, **creation())
    counted, client = world.interfered()

    counted.set(run_id, {**CORE_STATE, "type": "Submitted"}, version)

    assert client.calls == [*reads, "update_item"]


@pytest.mark.parametrize(("labels", "reads"), [([], ["get_item"]), (["gpu"], ["get_item", "batch_get_item"])])
def test_a_run_that_is_to_be_running_is_read_first_and_the_limits_of_its_labels(
    world, flow_id, labels, reads
):
    run_id = world.create(flow_id, **creation(labels=labels))
    counted, client = world.interfered()

    counted.set(run_id, {**CORE_STATE, "type": "Running"}, 1)

    assert client.calls == [*reads, "update_item"]


def test_a_run_is_read_with_all_its_states_by_one_call(world, flow_id):
    run_id = world.create(flow_id, **creation(idempotency_key="k"))
    for version, kind in enumerate(["Submitted", "Running", "Success"], 1):
        world.set(run_id, {**CORE_STATE, "type": kind}, version)
    counted, client = world.interfered()

    (run,) = counted.store.flow_runs.get([run_id], (Part.INPUTS, Part.STATE, Part.HISTORY), consistent=True)
    get_flow_run(counted.context, run_id)

    assert len(run.history) == 4
    assert run.inputs.parameters == {"x": "y" * 200}
    assert client.calls == ["get_item", "get_item"]


def test_a_hundred_runs_with_everything_are_read_by_two_calls(world, flow_id):
    ids = [world.create(flow_id, **creation()) for _ in range(50)]
    counted, client = world.interfered()

    counted.store.flow_runs.get(ids, EVERYTHING, consistent=False)

    assert client.calls == ["batch_get_item", "batch_get_item"]


def test_an_idle_queue_is_polled_by_one_query_a_shard_however_many_runs_have_ended(world, flow_id):
    for _ in range(20):
        world.set(world.create(flow_id), "Success", 1)
    counted, client = world.interfered()

    assert counted.listed("waiting") == []
    assert client.calls == ["query"] * SHARDS


def test_a_heartbeat_is_one_write(world, flow_id):
    run_id = world.create(flow_id, **creation())
    counted, client = world.interfered()

    counted.store.flow_runs.heartbeat(run_id, world.clock())

    assert client.calls == ["put_item"]
