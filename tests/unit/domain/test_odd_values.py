import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import BadUserInput
from domain.odd_values import check_plain, is_plain, mended

texts = st.text() | st.text("a\ud800\udfff\udcff", max_size=5)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
)


@given(values)
def test_whatever_is_mended_can_be_kept_and_what_was_plain_stays(value):
    done = mended(value)

    json.dumps(done, ensure_ascii=False, allow_nan=False).encode()
    assert is_plain(done)
    assert not is_plain(value) or done is value


@given(values)
def test_just_what_is_not_plain_is_refused_by_name(value):
    if is_plain(value):
        check_plain(value, "input")
    else:
        with pytest.raises(BadUserInput, match=r"^input"):
            check_plain(value, "input")


def test_what_is_odd_is_named_by_its_place():
    for value, place in (
        ({"a": [{"b": math.nan}]}, "input.a[0].b: NaN is not a JSON number."),
        ({"a": [1, -math.inf]}, "input.a[1]: -Infinity is not a JSON number."),
        ({"\ud800": 1}, "input.\ufffd (the key): half a character"),
    ):
        with pytest.raises(BadUserInput) as refused:
            check_plain(value, "input")
        assert refused.value.message.startswith(place)


def test_what_is_nested_too_deep_is_neither_plain_nor_a_crash():
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    assert not is_plain(deep)
