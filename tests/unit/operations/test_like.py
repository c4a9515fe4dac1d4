from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from operations.reads.where import like
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


class CountedPattern:
    """A compiled pattern that notes the spans of the text at which it looks."""

    def __init__(self, pattern, spans):
        self._pattern, self._spans = pattern, spans

    def search(self, text, start):
        found = self._pattern.search(text, start)
        self._spans.append((start, found.end() if found else len(text)))
        return found

    def match(self, text):
        self._spans.append((0, 0))
        return self._pattern.match(text)

    def fullmatch(self, text, start=0):
        self._spans.append((start, len(text)))
        return self._pattern.fullmatch(text, start)


@pytest.mark.parametrize("pattern", ["%a" * 2_000 + "b", "%a" * 2_000 + "b%", "%ab%" * 2_000])
def test_hostile_pattern_looks_at_each_character_at_most_twice(monkeypatch, pattern):
    text = "a" * 20_000
    spans: list[tuple[int, int]] = []
    pieces = like._compile(pattern, any_case=False)
    counted = [
        SimpleNamespace(length=piece.length, pattern=CountedPattern(piece.pattern, spans)) for piece in pieces
    ]
    monkeypatch.setattr(like, "_compile", lambda *_: counted)

    assert not matches(text, pattern)

    assert 1 < len(spans) <= len(pieces)
    assert sum(end - start for start, end in spans) <= 2 * len(text)
