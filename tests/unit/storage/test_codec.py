import json
import random

import pytest
from hypothesis import given

from domain.errors import PayloadTooLarge
from domain.memory import Memory
from domain.sizes import json_text
from storage.layout.codec import MAX_UNPACKED, kept_packed, pack, pack_text, unpack
from tests.contract.factories import incompressible
from tests.unit.json_values import objects, values

NUMBERS = [random.Random(number).random() for number in range(70_000)]  # noqa: S311
CORE_STATE = {
    "context": {"tags": []},
    "message": "Flow run scheduled.",
    "cached_inputs": {},
    "_result": {"__version__": "1.4.1", "type": "NoResultType"},
    "start_time": "2026-01-31T08:00:00.123456+00:00",
    "__version__": "1.4.1",
    "type": "Scheduled",
}


@given(values)
def test_json_value_is_unpacked_as_it_was_packed(value):
    assert unpack(pack(value)) == value


@given(objects)
def test_order_of_keys_is_unpacked_as_it_was_packed(value):
    assert list(unpack(pack(value))) == list(value)


def test_numbers_of_any_size_are_unpacked_as_they_were_packed():
    numbers = [10**400, -(2**63), 1e308, 5e-324, 0.1, -0.0, 1.0, 1]

    assert json.dumps(unpack(pack(numbers))) == json.dumps(numbers)


def test_packed_state_of_core_takes_less_than_a_third_of_its_text():
    assert len(pack(CORE_STATE)) < len(json.dumps(CORE_STATE)) / 3


def test_value_packed_by_an_earlier_release_is_unpacked():
    packed = "01abc66e15c118c2e26672bd8f35b28d81916d018d6c4323631353337864e3351c91ca6a01"

    assert unpack(bytes.fromhex(packed)) == CORE_STATE


def test_value_with_an_unknown_dictionary_is_refused():
    with pytest.raises(KeyError):
        unpack(b"\x63" + pack({"a": 1})[1:])


def test_value_too_large_to_unpack_is_not_packed():
    with pytest.raises(PayloadTooLarge, match=r"64,000,00"):
        pack("x" * MAX_UNPACKED)


@pytest.mark.parametrize(
    ("value", "ratio"),
    [(NUMBERS, 0.6), ([{"slug": f"task-{n}"} for n in range(70_000)], 0.2)],
    ids=["numbers", "tasks"],
)
def test_long_text_is_packed_well_and_unpacked_as_it_was(value, ratio):
    text = json_text(value).encode()

    packed = pack_text(text)

    assert unpack(packed) == value
    assert len(packed) < ratio * len(text)


def test_long_text_that_hardly_repeats_itself_is_packed_lightly_unless_that_is_too_long():
    text = json_text(NUMBERS).encode()
    light = pack_text(text)

    assert len(pack_text(text, most=len(light))) == len(light)
    assert len(pack_text(text, most=len(light) - 1)) < len(light)


def test_packed_bytes_count_several_times_beside_the_text_that_is_unpacked():
    dense, plain = pack(incompressible(100_000)), pack("a" * 100_000)
    work = []
    for packed in (dense, plain):
        memory = Memory()
        assert len(unpack(packed, memory)) == 100_000
        work.append(memory.unpacked)

    assert work[0] > 3.5 * work[1]
    assert work[1] > 100_000 + 500
    memory = Memory()
    kept_packed(dense, memory)
    assert memory.unpacked > 2 * 100_000
