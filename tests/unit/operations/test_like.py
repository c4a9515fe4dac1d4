import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from operations.reads.where.like import matches

few = st.text("ab%_\\", max_size=7)


def naive(text: str, pattern: str) -> bool:
    """LIKE by its definition, trying everything."""
    if not pattern:
        return not text
    if pattern[0] == "%":
        return any(naive(text[start:], pattern[1:]) for start in range(len(text) + 1))
    if pattern[0] == "\\" and len(pattern) > 1:
        return text[:1] == pattern[1] and naive(text[1:], pattern[2:])
    return bool(text) and pattern[0] in ("_", text[0]) and naive(text[1:], pattern[1:])


@given(few, few)
def test_a_pattern_means_what_sql_says(text, pattern):
    assert matches(text, pattern) is naive(text, pattern)


@given(few, few)
def test_case_counts_unless_it_is_asked_not_to(text, pattern):
    assert matches(text.upper(), pattern, any_case=True) is naive(text, pattern)


@given(st.text(max_size=20))
def test_a_text_matches_itself_with_everything_escaped(text):
    assert matches(text, "".join(f"\\{character}" for character in text))
    assert matches(text, "%")


@pytest.mark.parametrize("text", ["a.c", "a*c", "(a)", "[a]", "a\nb", "👋"])
def test_no_other_character_is_special(text):
    assert matches(text, text)
    assert not matches("abc", text)


def test_percent_and_underscore_cover_line_ends_too():
    assert matches("a\nb", "a_b")
    assert matches("a\n\n\nb", "a%b")


def test_a_hostile_pattern_takes_no_time():
    began = time.perf_counter()

    assert not matches("a" * 20_000, "%a" * 2_000 + "b")
    assert time.perf_counter() - began < 2
