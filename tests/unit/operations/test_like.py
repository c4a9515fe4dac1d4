import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from operations.reads.where.like import matches

few = st.text("ab%_\\", max_size=7)


def matches_plainly(text: str, pattern: str) -> bool:
    """Match by the definition of LIKE, trying every possibility."""
    if not pattern:
        return not text
    if pattern[0] == "%":
        return any(matches_plainly(text[start:], pattern[1:]) for start in range(len(text) + 1))
    if pattern[0] == "\\" and len(pattern) > 1:
        return text[:1] == pattern[1] and matches_plainly(text[1:], pattern[2:])
    return bool(text) and pattern[0] in ("_", text[0]) and matches_plainly(text[1:], pattern[1:])


@given(few, few)
def test_like_matches_as_the_definition_of_sql(text, pattern):
    assert matches(text, pattern) is matches_plainly(text, pattern)


@given(few, few)
def test_like_of_any_case_ignores_case(text, pattern):
    assert matches(text.upper(), pattern, any_case=True) is matches_plainly(text, pattern)


@given(st.text(max_size=20))
def test_text_is_like_itself_with_every_character_escaped(text):
    assert matches(text, "".join(f"\\{character}" for character in text))
    assert matches(text, "%")


@pytest.mark.parametrize("text", ["a.c", "a*c", "(a)", "[a]", "a\nb", "👋"])
def test_only_percent_underscore_and_backslash_are_special(text):
    assert matches(text, text)
    assert not matches("abc", text)


def test_percent_and_underscore_match_line_ends():
    assert matches("a\nb", "a_b")
    assert matches("a\n\n\nb", "a%b")


def test_pattern_of_many_percent_signs_takes_little_time():
    began = time.perf_counter()

    assert not matches("a" * 20_000, "%a" * 2_000 + "b")
    assert time.perf_counter() - began < 2
