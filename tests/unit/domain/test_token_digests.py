"""The setting of the accepted tokens: anything but digests is refused, so no mistake lets everybody in."""

import pytest

from domain.access.token_digests import parse_digests
from domain.errors import BadUserInput

ONE, TWO = "0123456789abcdef" * 4, "ab" * 32


def test_no_text_is_no_digest():
    assert parse_digests("S", "") == frozenset()


@pytest.mark.parametrize(
    "text",
    [f"{ONE},{TWO}", f" {ONE} ,\t{TWO}\r\n", f"{ONE.upper()},{TWO},{ONE}"],
    ids=["list", "blanks", "case"],
)
def test_digests_are_read_whatever_their_case_and_the_blanks_around_them(text):
    assert parse_digests("S", text) == {ONE, TWO}


@pytest.mark.parametrize(
    "text",
    [
        *(" ", ",", ", ,", "\t", f"{ONE},", f",{ONE}", f"{ONE},,{TWO}", f"{ONE} {TWO}", f"{ONE};{TWO}"),
        *("a plain token", ONE[:-1], ONE + "0", ONE[:-1] + "g", f"0x{ONE}", f"sha256:{ONE}", f'"{ONE}"'),
        *(
            "é",
            "é" * 64,
            "\u0661" * 64,
            "\uff41" * 64,
            ONE[:-1] + "\udc80",
            f"\u00a0{ONE}",
            f"{ONE[:32]}\n{ONE[32:]}",
        ),
        f"{ONE},a plain token",
    ],
)
def test_text_that_is_no_list_of_digests_is_refused_without_showing_it(text):
    with pytest.raises(BadUserInput, match="S must be SHA-256 digests") as refused:
        parse_digests("S", text)
    assert "plain token" not in refused.value.message
    assert refused.value.message.isascii()


def test_refusal_names_the_entry():
    with pytest.raises(BadUserInput, match="number 2 of 3 is none"):
        parse_digests("S", f"{ONE},no digest,{TWO}")
