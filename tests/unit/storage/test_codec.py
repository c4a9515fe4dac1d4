import json

import pytest
from hypothesis import given

from domain.errors import PayloadTooLarge
from storage.layout.codec import MAX_UNPACKED, pack, unpack
from tests.unit.json_values import objects, values

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
def test_every_json_value_comes_back_as_it_was(value):
    assert unpack(pack(value)) == value


@given(objects)
def test_the_order_of_keys_comes_back_too(value):
    assert list(unpack(pack(value))) == list(value)


def test_numbers_of_any_size_come_back():
    numbers = [10**400, -(2**63), 1e308, 5e-324, 0.1, -0.0, 1.0, 1]

    assert json.dumps(unpack(pack(numbers))) == json.dumps(numbers)


def test_a_state_as_core_sends_it_takes_a_third_of_its_text():
    assert len(pack(CORE_STATE)) < len(json.dumps(CORE_STATE)) / 3


def test_what_was_packed_by_an_earlier_release_is_still_read():
    packed = "01abc66e15c118c2e26672bd8f35b28d81916d018d6c4323631353337864e3351c91ca6a01"

    assert unpack(bytes.fromhex(packed)) == CORE_STATE


def test_the_first_byte_names_the_dictionary():
    with pytest.raises(KeyError):
        unpack(b"\x63" + pack({"a": 1})[1:])


def test_more_than_can_be_read_back_is_never_packed():
    with pytest.raises(PayloadTooLarge, match=r"64,000,00"):
        pack("x" * MAX_UNPACKED)
