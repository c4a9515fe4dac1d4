import unicodedata
from unittest.mock import Mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import BadUserInput
from domain.names import MAX_NAME_LENGTH, check_name, fitted_name


@pytest.mark.parametrize(
    "text",
    [
        *(
            "a",
            "My Flow Name",
            "Hello, World!",
            " padded ",
            "a/b#c%",
            "Straße",
            "日次\u3000処理",
            "non\u00a0breaking",
        ),
        *("👋", "\N{WOMAN}\N{ZERO WIDTH JOINER}\N{PERSONAL COMPUTER}", "x" * MAX_NAME_LENGTH),
    ],
)
def test_name_in_any_language_is_returned_unchanged(text):
    assert check_name(text, "name") == text


@pytest.mark.parametrize("text", ["", " ", "\u3000", "\t\n", None, 5, [], True], ids=repr)
def test_blank_name_or_other_type_is_refused(text):
    with pytest.raises(BadUserInput, match=r"^flow_run_name must not be empty"):
        check_name(text, "flow_run_name")


@pytest.mark.parametrize(
    "text", ["a\nb", "a\x00", "a\x1fb", "a\x7f", "a\x85b", "a\u2028b", "a\ud800"], ids=repr
)
def test_name_with_control_character_or_surrogate_is_refused(text):
    with pytest.raises(BadUserInput, match=r"^name must not contain control characters"):
        check_name(text, "name")


def test_long_name_is_refused_with_both_lengths_in_the_message():
    with pytest.raises(BadUserInput, match=r"^name has 201 characters; at most 200 "):
        check_name("x" * 201, "name")


FULL = "x" * (MAX_NAME_LENGTH - 1)


class TestFittedNames:
    """Names of runs that runners make from their data."""

    @pytest.mark.parametrize(
        ("text", "kept"),
        [
            ("run of 3", "run of 3"),
            (" padded ", " padded "),
            ("SELECT 1\nFROM t", "SELECT 1 FROM t"),
            ("a\r\n\tb\x00c\x7fd\x85e\u2028f\u2029g", "a   b c d e f g"),
            ("caf\udce9", "caf\ufffd"),
            ("\ud83d", "\ufffd"),
            ("日次\u3000処理", "日次\u3000処理"),
            ("y" * 494, "y" * MAX_NAME_LENGTH),
            (" " * 300 + "late", "late"),
            ("early" + "\n" * 300, "early"),
            (FULL + "👋", FULL + "👋"),
            (FULL + "👋👋", FULL + "👋"),
            (FULL + "e\u0301", FULL),
            (FULL + "\N{WOMAN}\N{ZERO WIDTH JOINER}\N{PERSONAL COMPUTER}", FULL),
            (FULL[:-1] + "\N{WOMAN}\N{ZERO WIDTH JOINER}\N{PERSONAL COMPUTER}", FULL[:-1]),
            (FULL + "\N{WAVING HAND SIGN}\N{EMOJI MODIFIER FITZPATRICK TYPE-4}", FULL),
            ("e" + "\u0301" * 300, "e" + "\u0301" * (MAX_NAME_LENGTH - 1)),
        ],
        ids=lambda text: repr(text)[-24:],
    )
    def test_fitted_name_is_cut_and_cleaned(self, text, kept):
        assert fitted_name(text, "name") == kept

    @pytest.mark.parametrize("before", ["", " " * 100_000])
    def test_little_more_of_a_long_text_is_looked_at_than_fits(self, before, monkeypatch):
        look_up = Mock(wraps=unicodedata.category)
        monkeypatch.setattr(unicodedata, "category", look_up)

        assert fitted_name(before + "x" * 100_000, "name") == "x" * MAX_NAME_LENGTH
        assert 0 < look_up.call_count < 20_000

    @pytest.mark.parametrize("text", [" ", "\n", "\u3000\t", "\x00", "\n" * 300], ids=repr)
    def test_fitted_name_of_blanks_is_the_sign_for_a_blank(self, text):
        assert fitted_name(text, "name") == "\N{OPEN BOX}"

    def test_fitted_name_without_character_is_refused(self):
        with pytest.raises(BadUserInput, match=r"^name must not be empty"):
            fitted_name("", "name")

    @given(st.text(max_size=300))
    def test_fitted_name_of_any_text_passes_the_check_of_names(self, text):
        if not "".join(text.split()).strip("\x00\x1b"):
            return
        try:
            name = fitted_name(text, "name")
        except BadUserInput:
            assert not any(character.isprintable() and not character.isspace() for character in text)
        else:
            assert check_name(name, "name") == name
            assert fitted_name(name, "name") == name
