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
