"""The size checks of values."""

import pytest

from domain.errors import PayloadTooLarge
from domain.sizes import check_json_size, check_json_text, check_packed_size, json_bytes, json_size


@pytest.mark.parametrize(
    ("value", "size"),
    [({"a": [1, 2]}, 11), ("ä", 4), ("\N{GRINNING FACE}", 6), ("\ud800", 5), (None, 4)],
    ids=["object-without-blanks", "two-bytes", "four-bytes", "half-a-character", "null"],
)
def test_json_size_counts_bytes_of_utf_8(value, size):
    assert json_size(value) == len(json_bytes(value)) == size


def test_value_of_the_largest_size_is_returned():
    value = {"key": "four"}

    assert check_json_size(value, "value", json_size(value)) is value
    assert check_json_text('"four"', "value", 6) == '"four"'
    assert check_packed_size(b"four", "value", 4) == b"four"


def test_value_above_the_bound_is_refused_without_quoting_it():
    with pytest.raises(PayloadTooLarge) as caught:
        check_json_size("secret" * 200, "settings", 1_000)
    assert caught.value.message == "settings has 1,202 bytes of JSON; at most 1,000 can be kept."

    with pytest.raises(PayloadTooLarge, match=r"^value has 6 bytes of JSON; at most 5 can be kept\.$"):
        check_json_text('"four"', "value", 5)


def test_packed_value_above_the_bound_is_refused_with_advice():
    with pytest.raises(PayloadTooLarge) as caught:
        check_packed_size(b"four", "The state", 3, "Keep it short.")
    assert caught.value.message == (
        "The state has 4 bytes when compressed; at most 3 can be kept. Keep it short."
    )
