from datetime import timedelta

import pytest

from domain.errors import IdempotencyKeyReused
from domain.flow_runs.idempotency import older_digest
from domain.flow_runs.occurrences import Occurrence
from operations.flow_runs import create_flow_run
from tests.contract.factories import START


@pytest.fixture
def flow_id(world):
    return world.register({"name": "Flow", "parameters": [{"name": "x", "required": False, "default": 1}]})


def test_creations_without_a_key_at_one_instant_make_a_run_each(world, flow_id):
    assert len({world.create(flow_id) for _ in range(3)}) == 3
    assert len(world.items("run")) == 3
    assert world.items("key") == []


def test_creation_with_a_key_stores_run_and_key_together(world, flow_id):
    run_id = world.create(flow_id, idempotency_key="k")

    (key,) = world.items("key")
    assert key["run_id"]["S"] == run_id
    assert [item["pk"]["S"].endswith(run_id) for item in world.items("run")] == [True]
    assert world.key_end() == START + timedelta(hours=24)


def test_repeat_returns_the_first_run_and_creates_nothing(world, flow_id):
    first = world.create(flow_id, idempotency_key="k", parameters={"x": 2}, context={"a": 1})
    before = world.items()

    assert world.create(flow_id, idempotency_key="k", parameters={"x": 2}, context={"a": 1}) == first
    assert world.items() == before


def test_repeat_moves_the_end_of_the_key_to_24_hours_later(world, flow_id):
    world.create(flow_id, idempotency_key="k")
    world.clock.advance(hours=7, minutes=11)

    world.create(flow_id, idempotency_key="k")

    assert world.key_end() == START + timedelta(hours=31, minutes=11)


def test_repeat_with_a_slow_clock_does_not_move_the_end_back(world, flow_id):
    first = world.create(flow_id, idempotency_key="k")
    world.clock.advance(hours=-1)

    assert world.create(flow_id, idempotency_key="k") == first
    assert world.key_end() == START + timedelta(hours=24)


def test_repeat_costs_a_refused_transaction_and_one_update(world, flow_id):
    world.create(flow_id, idempotency_key="k")
    counted, client = world.interfered()
    world.clock.advance(hours=1)

    counted.create(flow_id, idempotency_key="k")

    assert client.calls == ["batch_get_item", "transact_write_items", "update_item"]


@pytest.mark.parametrize(
    "changed", [{"parameters": {"x": 3}}, {"parameters": {}}, {"context": {"a": 2}}, {"context": {}}], ids=str
)
def test_repeat_with_other_inputs_is_refused_and_writes_nothing(world, flow_id, changed):
    inputs = {"parameters": {"x": 2}, "context": {"a": 1}}
    first = world.create(flow_id, idempotency_key="k", **inputs)
    before = world.items()
    world.clock.advance(hours=1)

    with pytest.raises(IdempotencyKeyReused, match=first) as raised:
        world.create(flow_id, idempotency_key="k", **{**inputs, **changed})

    assert raised.value.extensions == {"code": "IDEMPOTENCY_KEY_REUSED", "flow_run_id": first}
    assert world.items() == before


@pytest.mark.parametrize("given", [{}, {"parameters": {"x": 2}}, {"context": {"a": 1}}], ids=str)
def test_repeat_without_inputs_returns_the_first_run(world, flow_id, given):
    first = world.create(flow_id, idempotency_key="k", parameters={"x": 2}, context={"a": 1})

    assert world.create(flow_id, idempotency_key="k", **given) == first


def test_repeat_may_spell_a_number_differently(world, flow_id):
    first = world.create(flow_id, idempotency_key="k", parameters={"x": [1.0]}, context={"a": 100})

    assert world.create(flow_id, idempotency_key="k", parameters={"x": [1]}, context={"a": 1e2}) == first


def test_key_of_release_0_1_0_accepts_its_repeats_and_refuses_others(world, flow_id, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(create_flow_run, "digest", older_digest)
        first = world.create(flow_id, idempotency_key="k", parameters={"x": 1.0})

    assert world.create(flow_id, idempotency_key="k", parameters={"x": 1.0}) == first
    with pytest.raises(IdempotencyKeyReused):
        world.create(flow_id, idempotency_key="k", parameters={"x": 2.0})


def test_explicit_default_in_a_repeat_is_no_other_input(world, flow_id):
    first = world.create(flow_id, idempotency_key="k")

    assert world.create(flow_id, idempotency_key="k", parameters={"x": 1}) == first


def test_same_key_on_another_flow_makes_another_run(world, flow_id):
    other = world.register({"name": "Other"})

    assert world.create(flow_id, idempotency_key="k") != world.create(other, idempotency_key="k")
    assert len(world.items("key")) == 2


@pytest.mark.parametrize(
    ("one", "other"), [("k", "K"), ("k", "k "), ("\ud800", "\udbff"), ("🦊" * 2048, "🦊" * 2047), ("#", "##")]
)
def test_keys_that_differ_in_one_character_are_different(world, flow_id, one, other):
    first, second = (world.create(flow_id, idempotency_key=key) for key in (one, other))

    assert first != second
    assert world.create(flow_id, idempotency_key=one) == first


def test_expired_key_makes_a_new_run_before_its_item_is_deleted(world, flow_id):
    # Given
    old = world.create(flow_id, idempotency_key="k", parameters={"x": 1})
    world.clock.advance(days=3)
    assert world.items("key") != []

    # When
    new = world.create(flow_id, idempotency_key="k", parameters={"x": 2})

    # Then
    assert new != old
    assert world.exists(old)
    assert world.create(flow_id, idempotency_key="k") == new
    assert world.key_end() == START + timedelta(days=4)


@pytest.mark.parametrize("fraction", [timedelta(0), timedelta(microseconds=1), timedelta(milliseconds=999)])
def test_key_holds_for_24_hours_to_the_microsecond(world, flow_id, fraction):
    world.clock.time += fraction
    first = world.create(flow_id, idempotency_key="k")
    world.clock.time += timedelta(hours=24) - timedelta(microseconds=1)

    assert world.create(flow_id, idempotency_key="k") == first


def test_key_is_free_again_exactly_at_its_end(world, flow_id):
    first = world.create(flow_id, idempotency_key="k")
    world.clock.advance(hours=24)

    assert world.create(flow_id, idempotency_key="k") != first


def test_each_use_holds_the_key_for_another_24_hours(world, flow_id):
    # Given
    first = world.create(flow_id, idempotency_key="k")

    # When / Then
    for _ in range(3):
        world.clock.advance(hours=20)
        assert world.create(flow_id, idempotency_key="k") == first

    # When / Then
    world.clock.advance(hours=24)
    assert world.create(flow_id, idempotency_key="k") != first


def test_key_of_a_deleted_run_makes_no_second_run(world, flow_id):
    first = world.create(flow_id, idempotency_key="k")
    world.store.flow_runs.delete(first)

    assert world.create(flow_id, idempotency_key="k") == first
    assert world.items("run") == []


def test_occurrence_makes_one_run_however_late_it_is_repeated(world, flow_id):
    occurrence = Occurrence("nightly", START)
    first = world.create(flow_id, occurrence=occurrence)
    end = world.key_end()

    for _ in range(5):
        world.clock.advance(days=5)
        assert world.create(flow_id, occurrence=occurrence) == first
    assert world.key_end() == end == START + timedelta(days=60)


def test_occurrence_makes_one_run_across_a_new_version_of_its_flow(world):
    project_id = world.project()
    one, two = (world.register(project_id=project_id) for _ in range(2))
    occurrence = Occurrence("nightly", START)

    first = world.create(two, occurrence=occurrence)

    assert world.create(one, occurrence=occurrence) == first


def test_refused_transaction_leaves_neither_run_nor_key(world, flow_id):
    # Given a run with a part that DynamoDB itself refuses
    faulty, client = world.interfered()
    transact = client._client.transact_write_items

    def with_an_item_that_is_too_large(**arguments):
        arguments["TransactItems"][-1]["Put"]["Item"]["ballast"] = {"B": b"x" * 500_000}
        return transact(**arguments)

    faulty.table._client = type(
        "Client",
        (),
        {
            "transact_write_items": staticmethod(with_an_item_that_is_too_large),
            "batch_get_item": client.batch_get_item,
        },
    )
    before = world.items()

    # When
    with pytest.raises(Exception, match="size"):
        faulty.create(flow_id, idempotency_key="k")

    # Then
    assert world.items() == before
