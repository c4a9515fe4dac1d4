"""What a request reads is bounded by the memory that it takes, however small it is stored."""

import pytest

from domain.errors import PayloadTooLarge
from domain.flow_runs.states import State
from domain.ids import member_id
from domain.memory import Memory
from domain.parts import Part
from domain.sizes import Bound
from domain.task_runs.logs import LogEntry
from domain.work import Work
from operations.access.secrets import set_key_value
from operations.flow_runs.ending import cancel_flow_run
from operations.flows.extending import add_tasks
from operations.reads.arguments import Arguments
from operations.reads.query import list_rows, row_by_id
from operations.reads.rows import Need
from operations.task_runs.artifacts import create_task_run_artifact
from operations.task_runs.logs import write_logs
from operations.task_runs.task_runs import set_task_run_state
from storage.flow_runs.input_items import has_inputs_item
from storage.layout.keys import RUN, key
from tests.contract.factories import START, incompressible

ZEROS = "0" * 990_000
LISTS: list[object] = [[]] * 50_000
UNBOUNDED = Bound(bytes=10**9, memory=10**12)
INPUTS = Need(columns={"id", "parameters"})


def bounded(world, most=30_000_000, **more):
    return world.within(Work(memory=Memory(most=most, **more)))


@pytest.fixture
def earlier(monkeypatch):
    """Let values be stored as release 0.1.0 stored them: bounded by their packed size alone."""
    for place in ("storage.layout.codec.KEPT_VALUE", "storage.flows.flow_items.KEPT_FLOW"):
        monkeypatch.setattr(place, UNBOUNDED)
    monkeypatch.setattr("storage.flows.flow_writes.KEPT_OUTLINE", UNBOUNDED)
    monkeypatch.setattr("storage.histories.history_items.is_plain", lambda *sizes: True)
    monkeypatch.setattr("storage.flow_runs.input_items.is_small", lambda *sizes: True)


def parameters_of(world, **arguments):
    rows = list_rows(world.context, "flow_run", Arguments(**arguments), INPUTS)
    return [row.value.inputs.parameters for row in rows]


@pytest.mark.dynoxide_only
@pytest.mark.parametrize("value", [ZEROS, LISTS], ids=["zeros", "lists"])
def test_list_stops_at_what_a_request_may_hold_and_a_shorter_one_is_read(world, value):
    flow_id = world.register()
    for _ in range(20):
        world.create(flow_id, parameters={"x": value})
    where = {"flow_id": {"_eq": flow_id}}

    with pytest.raises(PayloadTooLarge, match="30,000,000 bytes of memory") as refused:
        parameters_of(bounded(world), where=where)

    assert refused.value.extensions["limit"] == 30_000_000
    few = parameters_of(bounded(world), where=where, limit=2)
    assert few == [{"x": value}] * 2
    small = bounded(world)
    assert len(list_rows(small.context, "flow_run", Arguments(where=where), Need(columns={"id"}))) == 20
    assert small.context.work.memory.held < 100_000


@pytest.mark.dynoxide_only
def test_rows_that_a_filter_drops_are_not_held(world):
    flow_id = world.register()
    for number in range(40):
        world.create(flow_id, parameters={"n": number, "x": "0" * 100_000})
        world.clock.advance(minutes=1)
    where = {"flow_id": {"_eq": flow_id}, "parameters": {"_contains": {"n": 3}}}
    reader = bounded(world, most=12_000_000)

    assert parameters_of(reader, where=where) == [{"n": 3, "x": "0" * 100_000}]
    memory = reader.context.work.memory
    assert memory.read > 8_000_000
    assert memory.held < 400_000
    with pytest.raises(PayloadTooLarge):
        parameters_of(bounded(world, most_read=4_000_000), where=where)


@pytest.mark.dynoxide_only
def test_change_is_not_stopped_half_done_for_how_much_it_reads(world):
    flow_id = world.register({"name": "Flow", "tasks": [{"slug": f"t{number}"} for number in range(30)]})
    run_id = world.create(flow_id)
    for number in range(1, 31):
        set_task_run_state(world.context, member_id(run_id, number), None, State({"type": "Pending"}))
    reader = bounded(world, most=20_000, most_read=20_000)

    with reader.context.work.change("field"):
        cancel_flow_run(reader.context, run_id)

    assert reader.context.work.memory.read == 0
    found = world.store.task_runs.of_flow_run(run_id)
    assert {task_run.state.type for batch in found for task_run in batch} == {"Cancelled"}


@pytest.mark.dynoxide_only
def test_history_of_large_states_stops_at_what_a_request_may_hold(world):
    run_id = world.new_run()
    for version in range(1, 9):
        world.set(run_id, {"type": "Running", "message": incompressible(350_000, seed=version)}, version)

    reader = bounded(world, most=3_000_000)
    with pytest.raises(PayloadTooLarge):
        reader.store.flow_runs.get([run_id], (Part.HISTORY,), consistent=True)
    reader = bounded(world, most=20_000_000)
    (run,) = reader.store.flow_runs.get([run_id], (Part.HISTORY,), consistent=True)
    assert len([entry.state.data for entry in run.history]) == 9
    assert 0 <= reader.context.work.memory.held - run.share.size < 30_000


@pytest.mark.dynoxide_only
def test_types_of_states_are_read_without_large_states(world):
    run_id = world.new_run()
    for version in range(1, 21):
        world.set(run_id, {"type": "Running", "message": incompressible(9_000, seed=version)}, version)

    reader = bounded(world, most=50_000)
    (run,) = reader.store.flow_runs.get([run_id], (Part.TYPES,), consistent=True)

    assert [entry.state.type for entry in run.history] == ["Scheduled", *["Running"] * 20]
    assert [entry.version for entry in run.history] == list(range(1, 22))
    assert all(len(entry.state.message or "") <= 100 for entry in run.history)


@pytest.mark.parametrize(
    "message", ["0" * 300_000, "[]," * 30_000, "x" * 5_000], ids=["zeros", "signs", "short"]
)
def test_repetitive_state_and_inputs_stand_not_in_the_item_that_lists_read(world, message):
    run_id = world.create(world.register(), parameters={"x": message})
    world.set(run_id, {"type": "Running", "message": message}, 1)

    item = world.table.get(key(world.store.flow_runs._keys.run(run_id), RUN))
    assert has_inputs_item(item)
    reader = bounded(world)
    (run,) = reader.store.flow_runs.get([run_id], (), consistent=True)
    assert reader.context.work.memory.held < 10_000
    assert run.state.message == message[:100]
    assert world.run(run_id).state.message == message
    assert world.run(run_id).inputs.parameters == {"x": message}


@pytest.mark.dynoxide_only
def test_values_of_an_earlier_release_are_read_one_by_one_and_stop_lists(world, earlier):
    flow_id = world.register({"name": "Flow", "parameters": [{"name": "x", "default": "0" * 5_000_000}]})
    runs = [world.create(flow_id) for _ in range(5)]
    world.set(runs[0], {"type": "Running", "message": "0" * 300_000}, 1)
    where = {"flow_id": {"_eq": flow_id}}

    with pytest.raises(PayloadTooLarge):
        parameters_of(bounded(world), where=where)
    row = row_by_id(bounded(world).context, "flow_run", runs[0], INPUTS)
    assert row is not None
    assert len(row.value.inputs.parameters["x"]) == 5_000_000


def test_flow_of_an_earlier_release_that_nothing_could_hold_is_refused_and_can_be_deleted(world, earlier):
    flow_id = world.register({"name": "Flow", "a": [[]] * 300_000})
    reader = bounded(world)

    for need in (Need(columns={"serialized_flow"}), Need(columns={"id"}, relations={"edges": Need()})):
        with pytest.raises(PayloadTooLarge):
            row_by_id(reader.context, "flow", flow_id, need)
    with pytest.raises(PayloadTooLarge):
        add_tasks(reader.context, flow_id, [{"slug": "t"}])
    assert row_by_id(reader.context, "flow", flow_id, Need(columns={"name"})) is not None


def refusals(world):
    flow_id = world.register()
    run_id = world.create(flow_id)
    values: list[object] = [ZEROS + ZEROS, [[]] * 400_000, [{"": {"": {"": 0}}}] * 20_000]
    for value in values:
        yield lambda value=value: world.create(flow_id, parameters={"x": value})
        yield lambda value=value: world.create(flow_id, context={"x": value})
        yield lambda value=value: world.create(flow_id, run_config={"type": "LocalRun", "x": value})
        yield lambda value=value: world.set(run_id, {"type": "Running", "x": value}, 1)
        yield lambda value=value: world.register({"name": "F", "run_config": {"x": value}})
        yield lambda value=value: world.register(
            {"name": "F", "parameters": [{"name": "x", "default": value}]}
        )
    yield lambda: world.register({"name": "F", "a": [[]] * 2_000_000})
    yield lambda: set_key_value(world.context, "k", [[]] * 4_000)


@pytest.mark.dynoxide_only
def test_value_that_would_take_too_much_memory_is_refused_and_nothing_is_written(world):
    calls = list(refusals(world))
    before = [item for item in world.items() if not item["pk"]["S"].endswith("project")]

    for call in calls:
        with pytest.raises(PayloadTooLarge):
            call()

    kept = {(item["pk"]["S"], item["sk"]["S"]) for item in before}
    new = [item for item in world.items() if (item["pk"]["S"], item["sk"]["S"]) not in kept]
    assert {item["sk"]["S"] for item in new} <= {"project", "project-name"}


def test_finished_state_that_would_take_too_much_memory_is_cut(world):
    run_id = world.new_run()

    world.set(run_id, {"type": "Success", "message": "Done.", "_result": [[]] * 300_000}, 1)

    state = world.run(run_id).state
    assert state.type == "Success"
    assert "Left out: _result" in (state.message or "")


def test_artifact_that_would_take_too_much_memory_is_refused(world):
    flow_id = world.register({"name": "Flow", "tasks": [{"slug": "t"}]})
    task_run_id = member_id(world.create(flow_id), 1)
    with pytest.raises(PayloadTooLarge, match="The artifact's data"):
        create_task_run_artifact(world.context, task_run_id, "link", [[]] * 300_000)


def entry(run_id, **more):
    given = {
        "task_run_id": None,
        "timestamp": START,
        "name": None,
        "level": "INFO",
        "message": "",
        "info": None,
    }
    return LogEntry(flow_run_id=run_id, **(given | more))


def test_info_that_would_take_too_much_memory_is_left_out(world):
    run_id = world.new_run()

    write_logs(
        world.context, [entry(run_id, message="kept", info=[[]] * 100_000), entry(run_id, message="x")]
    )

    (page,) = world.store.logs.read(run_id, (None, None), descending=False, now=START)
    assert [kept.entry.message for kept in page.entries] == ["kept", "x"]
    assert page.entries[0].entry.info == "… (300,001 bytes were left out)"


def test_log_of_long_messages_stops_at_what_a_request_may_hold(world):
    run_id = world.new_run()
    for number in range(12):
        write_logs(world.context, [entry(run_id, message=f"{number}" + "0" * 990_000)])
    where = {"flow_run_id": {"_eq": run_id}}
    need = Need(columns={"message"})

    with pytest.raises(PayloadTooLarge):
        list_rows(bounded(world, most=12_000_000).context, "log", Arguments(where=where), need)
    assert len(list_rows(bounded(world).context, "log", Arguments(where=where), need)) == 12
