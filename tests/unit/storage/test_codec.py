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
