"""JSON values for property tests: every kind, astral characters and halves of them among the texts."""

from typing import Any

from hypothesis import strategies as st

texts = st.one_of(st.text(max_size=20), st.text('👋é\ud83d\udc4b\x00\n"\\', max_size=8))
values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda below: st.lists(below, max_size=4) | st.dictionaries(texts, below, max_size=4),
    max_leaves=20,
)
objects = st.dictionaries(texts, values, max_size=5)
