import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import BadUserInput
from domain.odd_values import UnkeptNumber, check_plain, is_plain, is_surely_plain, mended

texts = st.text() | st.text("a\ud800\udfff\udcff", max_size=5)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
)


@given(values)
def test_mended_value_is_plain_and_plain_value_is_unchanged(value):
    done = mended(value)

    json.dumps(done, ensure_ascii=False, allow_nan=False).encode()
    assert is_plain(done)
    assert not is_plain(value) or done is value


@given(values)
def test_only_odd_values_are_refused_with_the_name_of_the_input(value):
    if is_plain(value):
        check_plain(value, "input")
    else:
        with pytest.raises(BadUserInput, match=r"^input"):
            check_plain(value, "input")


def test_odd_value_is_reported_with_its_place():
    for value, place in (
        ({"a": [{"b": math.nan}]}, "input.a[0].b: NaN is not a JSON number."),
        ({"a": [1, -math.inf]}, "input.a[1]: -Infinity is not a JSON number."),
        ({"\ud800": 1}, "input.\ufffd (the key): half a character"),
    ):
        with pytest.raises(BadUserInput) as refused:
            check_plain(value, "input")
        assert refused.value.message.startswith(place)


def test_value_with_too_many_levels_is_not_plain():
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    assert not is_plain(deep)


@pytest.mark.parametrize("value", [["a", {"b": [1.5, None, "中"]}], "", "\u00e9"], ids=repr)
def test_text_of_a_usual_value_is_surely_plain(value):
    assert is_surely_plain(json.dumps(value, ensure_ascii=False))


@pytest.mark.parametrize(
    "value", [float("nan"), -float("inf"), UnkeptNumber("1e999"), "\ud800", {"\udfff": 1}], ids=repr
)
@pytest.mark.parametrize("ascii_only", [True, False])
def test_text_of_an_odd_value_is_not_surely_plain(value, ascii_only):
    assert not is_surely_plain(json.dumps([value], ensure_ascii=ascii_only))
