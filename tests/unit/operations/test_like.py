from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import BadUserInput
from domain.work import Work
from operations.reads.where.like import Pattern

few = st.text("ab%_\\", max_size=7)


def matches(text, pattern, *, any_case=False):
    return Pattern(pattern, "_like", Work.unlimited(), any_case=any_case).matches(text)


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


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        *(("STRASSE", "stra_se"), ("Straße", "STRAßE"), ("STRAẞE", "stra%ße"), ("ŒUVRE", "œ%")),
        *(("ΑΣΑ", "ας%"), ("İzmir", "i_mir"), ("K", "k"), ("ǅ", "ǆ"), ("a\nÉ", "A_é")),
    ],
)
def test_any_case_of_letters_beyond_ascii_is_ignored(text, pattern):
    assert matches(text, pattern, any_case=True)
    assert not matches(text, pattern)


def test_folding_leaves_each_character_in_its_place():
    assert matches("ßßß", "___", any_case=True)
    assert not matches("ß", "ss", any_case=True)
    assert not matches("ß", "__", any_case=True)


MEGABYTE = "a" * 1_000_000


@pytest.mark.parametrize(
    "pattern",
    [
        *("%" + "a" * 9_990 + "b%", "%" + "_" * 9_990 + "b%", "%a" * 4_990 + "b", "%a" * 4_990 + "b%"),
        *("%ab%" * 2_000, "%b" + "a" * 98 + "%", "%" + "é" * 9_000 + "%", "a" * 9_990, "%%%%%"),
    ],
    ids=lambda pattern: pattern[:8],
)
@pytest.mark.parametrize("any_case", [False, True])
def test_hostile_pattern_draws_in_proportion_to_the_text(pattern, any_case):
    drawn = []
    for text in (MEGABYTE, MEGABYTE * 2):
        work = Work.unlimited()
        Pattern(pattern, "_like", work, any_case=any_case).matches(text)
        drawn.append(work.units)

    assert drawn[0] < 30_000
    assert drawn[1] < 2 * drawn[0]


@pytest.mark.parametrize("pattern", ["%a_b%", "%" + "a_" * 4_000 + "b%", "%a_a" + "%_a_c%" * 2])
def test_each_place_at_which_a_piece_is_tried_draws(pattern):
    work = Work(max_units=100_000)

    with pytest.raises(BadUserInput, match="_ilike: this request asks for too many comparisons"):
        Pattern(pattern, "_ilike", work, any_case=True).matches(MEGABYTE)


def test_long_texts_of_letters_that_fold_to_several_draw_before_they_are_folded():
    work = Work(max_units=100_000)

    with pytest.raises(BadUserInput):
        Pattern("%a%", "_ilike", work, any_case=True).matches("ß" * 1_000_000)


def test_compiling_draws_before_the_pattern_is_looked_at():
    with pytest.raises(BadUserInput, match="_nlike"):
        Pattern("%a" * 5_000, "_nlike", Work(max_units=5_000))


def test_piece_that_is_tried_at_many_places_matches_at_the_leftmost():
    assert matches("aaaab-aab", "%a_b%a_b%")
    assert not matches("aaaab-ab", "%a_b%a_b%")
    assert matches("aaxab-axb", "%a_b%")
    assert matches("aacaxbaxb", "a%a_b%axb")


class Counted(str):  # noqa: SLOT000  (the counts are attributes)
    """A text that counts the calls of its searches, and the characters at which they look.

    Python prepares what is searched for each time, and then looks at the text up to where it is found.
    """

    calls = 0
    characters = 0

    def find(self, wanted: str, start: int, end: int) -> int:  # type: ignore[override]
        found = super().find(wanted, start, end)
        self.calls += 1
        self.characters += len(wanted) + (end if found < 0 else found) - start
        return found

    def startswith(self, wanted: str, start: int) -> bool:  # type: ignore[override]
        self.calls += 1
        self.characters += len(wanted)
        return super().startswith(wanted, start)


def fibonacci(length):
    before, word = "a", "ab"
    while len(word) < length:
        before, word = word, word + before
    return word[:length]


TEXTS = {
    "one letter": MEGABYTE,
    "periods": ("a" * 9_998 + "b") * 100,
    "words without a period": fibonacci(1_000_000),
    "short": "a" * 2_400,
}
SHAPES = {
    "anchor, any, end": lambda run: f"%{run}_b%",
    "begin, any, anchor": lambda run: f"%b_{run}%",
    "anchor between": lambda run: f"%b_{run}_b%",
    "two anchors": lambda run: f"%{run[1:]}_{run}b%",
    "no any": lambda run: f"%{run}b%",
    "split by a letter": lambda run: f"%{run}b{run}%",
    "at the end": lambda run: f"%{run}_b",
    "at the beginning": lambda run: f"{run}_b%",
    "many pieces": lambda run: f"%{run}%{run}%{run}_b%",
    "many any": lambda run: f"%{'a_' * min(len(run), 1_000)}b%",
    "of words": lambda run: f"%{fibonacci(len(run))}_b%",
}


@pytest.mark.parametrize("length", [1, 6, 100, 1_200, 3_200])
@pytest.mark.parametrize("text", TEXTS.values(), ids=list(TEXTS))
def test_units_follow_the_calls_and_characters_of_any_pattern(text, length):
    for name, shape in SHAPES.items():
        counted, work = Counted(text), Work(max_units=20_000)
        pattern = Pattern(shape("a" * length), "_like", Work.unlimited())
        pattern._work = work
        with suppress(BadUserInput):
            pattern.matches(counted)

        looked_at = 0.3 * counted.calls + 0.003 * counted.characters
        assert looked_at <= 2 * work.units + 100, name
        if name != "many any":  # each further text draws, though the first of them may differ
            assert work.units <= 5 * looked_at + 0.006 * len(text) + 3_000, name
