from dataclasses import replace
from datetime import timedelta
from itertools import cycle, islice

import pytest

from domain.errors import NotFound, PayloadTooLarge, VersionLockingError
from domain.flow_runs.flow_runs import FlowRun
from domain.parts import Part
from tests.contract.factories import EVERYTHING, START, incompressible, item_size

UNKNOWN = "018f0000-0000-7000-8000-000000000000"

CORE_STATE = {
    "type": "Running",
    "message": "Running flow.",
    "_result": {"type": "NoResultType", "__version__": "0.8.1"},
    "context": {"tags": ["a", "b"]},
    "__version__": "0.8.1",
}


@pytest.mark.dynoxide_only
def test_200_states_are_read_in_order_unchanged_and_without_version_gaps(world):
    # Given
    run_id = world.new_run()
    kinds = islice(cycle(["Submitted", "Running", "Retrying", "Failed"]), 200)
    states = [{**CORE_STATE, "type": kind, "message": f"state {n}"} for n, kind in enumerate(kinds)]

    # When
    for version, state in enumerate(states, 1):
        assert world.set(run_id, state, version if version % 3 else None).version == version + 1
        world.clock.advance(seconds=1)

    # Then
    run = world.run(run_id)
    assert run.version == 201
    assert [entry.version for entry in run.history] == list(range(1, 202))
    assert [entry.state.data for entry in run.history[1:]] == states
    assert [entry.timestamp for entry in run.history[1:]] == [
        START + timedelta(seconds=n) for n in range(200)
    ]
    assert item_size(world.item(run_id)) < 2_500
    assert len(world.partition(run_id)) == 1 + 16


@pytest.mark.dynoxide_only
def test_run_item_stays_below_its_bound_with_the_largest_inline_parts(world):
    # Given the largest inline parts
    worst = world.new_run(parameters={"x": incompressible(800)}, flow_run_name="🦊" * 200)

    # When
    for n in range(40):
        size = (400, 600, 5_000)[n % 3]
        state = {
            "type": "Scheduled",
            "message": incompressible(size, seed=n),
            "start_time": "2041-01-01T00:00:00Z",
        }
        world.set(worst, state)
        assert item_size(world.item(worst)) < 11_000

    # Then
    assert len(world.run(worst).history) == 41


@pytest.mark.dynoxide_only
@pytest.mark.parametrize("size", [5_000, 300_000])
def test_large_states_are_read_unchanged_among_old_ones_too(world, size):
    # Given
    run_id = world.new_run()
    large = [
        {
            "type": "Success",
            "message": "done",
            "_result": {"type": "JSONResult", "value": incompressible(size, n)},
        }
        for n in range(4)
    ]
    states = [large[0], *["Running"] * 15, large[1], *["Running"] * 12, large[2], "Running", large[3]]

    # When
    for version, state in enumerate(states, 1):
        world.set(run_id, state, version)

    # Then
    expected = [{"type": state} if isinstance(state, str) else state for state in states]
    run = world.run(run_id)
    assert [entry.state.data for entry in run.history[1:]] == expected
    assert [entry.version for entry in run.history] == list(range(1, len(states) + 2))
    assert item_size(world.item(run_id)) < 2_500


def test_current_state_is_read_whole_if_only_it_is_requested(world):
    run_id = world.new_run()
    state = {"type": "Failed", "message": incompressible(20_000), "x": [1, {"y": None}]}
    world.set(run_id, state, 1)

    (run,) = world.store.flow_runs.get([run_id], {"state"}, consistent=True)

    assert run.state.data == state


def test_texts_of_every_kind_are_read_unchanged_in_states_and_parameters(world):
    strange = {
        "emoji 🦊": "🦊\u200d🦊",
        "\ud800": "half \udfff",
        "#a#": "#",
        "": "\n\r\t\0\x1f",
        "big": 2**80,
        "f": 1e-300,
    }
    run_id = world.new_run(parameters=strange, context={"strange": strange})
    state = {"type": "Running", "message": "\ud800 🦊\n", "context": strange}
    world.set(run_id, state, 1)

    run = world.run(run_id)

    assert run.state.data == state
    assert list(run.state.data["context"]) == list(strange)
    assert (run.inputs.parameters, run.inputs.context) == (strange, {"strange": strange})


@pytest.mark.parametrize("size", [200, 4_000, 100_000, 370_000])
def test_parameters_of_every_size_that_fits_are_read_unchanged(world, size):
    parameters = {"x": incompressible(size)}

    run_id = world.new_run(parameters=parameters, idempotency_key="k")

    assert world.run(run_id).inputs.parameters == parameters
    assert item_size(world.item(run_id)) < 2_000


def test_too_large_parameters_are_refused_and_nothing_is_written(world):
    flow_id = world.register()
    before = world.items()

    for key in (None, "k"):
        with pytest.raises(PayloadTooLarge, match="parameters"):
            world.create(flow_id, parameters={"x": incompressible(500_000)}, idempotency_key=key)

    assert world.items() == before


@pytest.mark.parametrize("version", [1, None])
@pytest.mark.parametrize("message", [incompressible(500_000), "x" * 1_000_001], ids=["dense", "long"])
def test_too_large_state_is_refused_and_nothing_is_written(world, version, message):
    run_id = world.new_run()
    before = world.items()

    with pytest.raises(PayloadTooLarge):
        world.set(run_id, {"type": "Running", "message": message}, version)

    assert world.items() == before


def test_start_time_with_a_long_spelling_leaves_the_run_item_small(world):
    run_id = world.new_run()
    digits = "".join(str(ord(character) % 10) for character in incompressible(500_000))
    state = {"type": "Scheduled", "start_time": f"2041-01-01T00:00:00.{digits}"}

    world.set(run_id, state, 1)

    assert world.run(run_id).state.data == state
    assert item_size(world.item(run_id)) < 2_000


@pytest.mark.parametrize("stale", [0, 1, 2, 4])
def test_stale_version_changes_nothing_and_the_error_names_the_current_one(world, stale):
    run_id = world.new_run()
    world.set(run_id, "Submitted", 1)
    world.set(run_id, "Running", 2)
    before = world.items()

    with pytest.raises(VersionLockingError, match=f"version {stale} was given") as raised:
        world.set(run_id, "Success", stale)

    assert raised.value.extensions["current_version"] == 3
    assert raised.value.extensions["current_state"] == "Running"
    assert world.items() == before


@pytest.mark.dynoxide_only
@pytest.mark.parametrize("versions", [16, 30])
def test_every_stale_version_of_a_long_history_is_refused(world, versions):
    run_id = world.new_run()
    for version in range(1, versions):
        world.set(run_id, "Running", version)
    before = world.items()

    for stale in [*range(versions), versions + 1]:
        with pytest.raises(VersionLockingError):
            world.set(run_id, "Success", stale)

    assert world.items() == before


@pytest.mark.parametrize("version", [1, None])
def test_state_of_an_unknown_run_is_refused_and_nothing_is_written(world, version):
    before = world.items()

    for message in ("", incompressible(5_000)):
        with pytest.raises(NotFound, match=UNKNOWN):
            world.set(UNKNOWN, {"type": "Running", "message": message}, version)

    assert world.items() == before


@pytest.mark.dynoxide_only
def test_run_that_a_change_returns_equals_the_run_that_is_read(world):
    run_id = world.new_run()
    for version in range(1, 40):
        state = {"type": "Running", "message": incompressible(3_000 if version % 7 == 0 else 10)}
        changed: FlowRun = world.set(run_id, state, version)
        (read,) = world.store.flow_runs.get([run_id], (Part.STATE,), consistent=True)
        assert changed == replace(read, heartbeat=None)


def test_first_running_state_starts_a_run_and_last_ending_state_ends_it(world):
    run_id = world.new_run()

    def times_after(state):
        world.clock.advance(minutes=1)
        world.set(run_id, state)
        run = world.run(run_id)
        minutes = [time and (time - START) // timedelta(minutes=1) for time in (run.start_time, run.end_time)]
        return (*minutes, (run.updated - START) // timedelta(minutes=1))

    assert times_after("Submitted") == (None, None, 1)
    assert times_after("Running") == (2, None, 2)
    assert times_after("Failed") == (2, 3, 3)
    assert times_after("Retrying") == (2, 3, 4)
    assert times_after("Running") == (2, 3, 5)
    assert times_after("Skipped") == (2, 3, 6)
    assert times_after("Success") == (2, 7, 7)


@pytest.mark.parametrize(
    ("kind", "ends"),
    [
        *((kind, True) for kind in ("Success", "Failed", "Cached", "TimedOut", "Looped", "Cancelled")),
        *((kind, False) for kind in ("Skipped", "Mapped", "TriggerFailed", "ValidationFailed", "Finished")),
    ],
)
def test_end_time_is_set_by_the_types_for_which_clients_expect_it(world, kind, ends):
    run_id = world.new_run()

    assert (world.set(run_id, kind, 1).end_time is not None) is ends


def test_new_run_is_scheduled_at_version_1_for_its_requested_start(world):
    start = START + timedelta(days=400)
    flow_id = world.register({"name": "Flow", "run_config": {"type": "UniversalRun", "labels": ["b", "a"]}})

    run = world.run(world.create(flow_id, scheduled_start_time=start, flow_run_name="It's #1 🦊"))

    assert (run.version, run.state.type, run.scheduled_start_time) == (1, "Scheduled", start)
    assert (run.created, run.updated, run.labels, run.name) == (START, START, ["a", "b"], "It's #1 🦊")
    assert (run.start_time, run.end_time, run.heartbeat, run.auto_scheduled) == (None, None, None, False)


def test_new_name_or_labels_change_updated_but_not_version_and_history(world):
    run_id = world.new_run()
    world.clock.advance(minutes=5)

    assert world.store.flow_runs.rename(run_id, "other", world.clock())
    assert world.store.flow_runs.set_labels(run_id, [], world.clock())

    run = world.run(run_id)
    assert (run.name, run.labels, run.version) == ("other", [], 1)
    assert run.updated == START + timedelta(minutes=5)


def test_new_name_or_labels_for_an_unknown_run_are_not_written(world):
    assert not world.store.flow_runs.rename(UNKNOWN, "other", world.clock())
    assert not world.store.flow_runs.set_labels(UNKNOWN, ["a"], world.clock())
    assert world.items() == []


def test_newest_heartbeat_or_state_is_the_heartbeat_of_a_run(world):
    run_id = world.new_run()
    world.set(run_id, "Running", 1)
    world.clock.advance(seconds=30)

    world.store.flow_runs.heartbeat(run_id, world.clock())

    assert world.run(run_id).heartbeat == START + timedelta(seconds=30)
    assert world.run(run_id).version == 2


@pytest.mark.dynoxide_only
def test_runs_are_read_in_the_order_of_their_ids_without_unknown_ones(world):
    flow_id = world.register()
    ids = [world.create(flow_id) for _ in range(130)]

    for consistent in (True, False):
        found = world.store.flow_runs.get([*ids[70:], UNKNOWN, *ids[:70]], (), consistent=consistent)
        assert [run.id for run in found] == ids[70:] + ids[:70]


def test_id_that_is_requested_twice_is_read_once(world):
    run_id = world.new_run()

    (run,) = world.store.flow_runs.get([run_id, run_id], EVERYTHING, consistent=False)

    assert run.id == run_id
