import pytest

from domain.errors import PayloadTooLarge
from domain.flow_runs.flow_runs import RunInputs
from storage.flow_runs.input_items import decode_inputs, has_inputs_item, put_inputs
from storage.layout.codec import unpack
from storage.layout.keys import DETAILS, key
from tests.data.stories import noise

PK = "t#run#1"
WHOLE = RunInputs(
    parameters={"x": 1}, context={"day": 42}, run_config={"type": "LocalRun"}, idempotency_key="key"
)


def stored(inputs):
    """The run's item, and the overflow items that were put beside it."""
    item = key(PK, "run")
    return item, put_inputs(item, inputs)


@pytest.mark.parametrize(
    "inputs",
    [RunInputs(), WHOLE, RunInputs(parameters={"x": None}), RunInputs(run_config={})],
    ids=["none", "all", "null parameter", "empty run config"],
)
def test_small_inputs_are_read_from_the_runs_own_item(inputs):
    item, overflow = stored(inputs)

    assert overflow == []
    assert not has_inputs_item(item)
    assert decode_inputs(item) == inputs


def test_large_inputs_are_read_from_an_overflow_item():
    inputs = RunInputs(parameters={"x": noise(2_000)})

    item, (overflow,) = stored(inputs)

    assert has_inputs_item(item)
    assert "details" not in item
    assert (overflow["pk"]["S"], overflow["sk"]["S"]) == (PK, DETAILS)
    assert decode_inputs(overflow) == inputs


def test_inputs_like_their_defaults_are_not_stored():
    assert stored(RunInputs(parameters={}, context={}))[0] == key(PK, "run")
    item, _ = stored(RunInputs(parameters={"x": 1}))
    assert unpack(item["details"]["B"]) == {"parameters": {"x": 1}}


def test_inputs_that_fit_no_item_are_refused():
    with pytest.raises(PayloadTooLarge, match="parameters, context and run config"):
        stored(RunInputs(parameters={"x": noise(500_000)}))
