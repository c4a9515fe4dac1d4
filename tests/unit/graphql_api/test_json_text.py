import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphql_api.language import json_text

finite = st.floats(allow_nan=False, allow_infinity=False)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | finite | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(values, st.booleans())
def test_every_json_value_is_read_unchanged(value, ascii_only):
    assert json_text.loads(json.dumps(value, ensure_ascii=ascii_only)) == value


def test_deepest_allowed_nesting_is_read_and_one_more_level_is_refused():
    deepest = json_text.MAX_NESTING
    json_text.loads("[" * deepest + "]" * deepest)
    with pytest.raises(ValueError, match="more than 200 levels"):
        json_text.loads("[" * (deepest + 1) + "]" * (deepest + 1))


def test_brackets_side_by_side_or_in_strings_are_not_nesting():
    wide: list[Any] = [[], {}] * 300
    assert json_text.loads(json.dumps(wide)) == wide
    text = '"[{' * 300
    assert json_text.loads(json.dumps([text])) == [text]


def test_escaped_pair_is_one_character_and_half_a_pair_is_refused():
    assert json_text.loads(r'"\ud83d\udc4b"') == "👋"
    with pytest.raises(ValueError, match=r"it.a\[0\]: .*lone surrogate"):
        json_text.loads(r'{"a": ["\ud83d"]}')
    assert json_text.loads_as_it_is(r'{"a": ["\ud83d"]}') == {"a": ["\ud83d"]}


@pytest.mark.parametrize("text", ["NaN", "[Infinity]", '{"a": -Infinity}', "1e400", "9" * 5000])
def test_number_that_json_or_python_cannot_hold_is_refused(text):
    with pytest.raises(ValueError, match=r"not a JSON number"):
        json_text.loads(text)
    json_text.loads_as_it_is(text)
