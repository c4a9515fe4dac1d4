import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import BadUserInput
from domain.names import MAX_NAME_LENGTH, check_name, random_name


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
def test_names_of_every_language_are_kept_as_they_come(text):
    assert check_name(text, "name") == text


@pytest.mark.parametrize("text", ["", " ", "\u3000", "\t\n", None, 5, [], True], ids=repr)
def test_a_name_must_say_something(text):
    with pytest.raises(BadUserInput, match=r"^flow_run_name must not be empty"):
        check_name(text, "flow_run_name")


@pytest.mark.parametrize(
    "text", ["a\nb", "a\x00", "a\x1fb", "a\x7f", "a\x85b", "a\u2028b", "a\ud800"], ids=repr
)
def test_control_characters_and_halves_of_characters_are_refused(text):
    with pytest.raises(BadUserInput, match=r"^name must not contain control characters"):
        check_name(text, "name")


def test_a_name_too_long_is_refused_with_both_lengths():
    with pytest.raises(BadUserInput, match=r"^name has 201 characters; at most 200 "):
        check_name("x" * 201, "name")


@given(st.integers(0, 2**32 - 1))
def test_any_bits_make_a_name_of_two_words(bits):
    name = random_name(bits)

    assert check_name(name, "name") == name
    assert len(name.split("-")) == 2


def test_many_names_come_up():
    assert len({random_name(bits) for bits in range(10_000)}) > 4_000
