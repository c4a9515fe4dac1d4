import string

import pytest

from domain.access.key_forms import is_of_our_form, new_secret
from domain.access.scopes import Scope

BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
KEY = new_secret(Scope.USER, 0xA5 << 240)
FORMER = "flowruns_" + "0a" * 32


def number(digits):
    value = 0
    for digit in digits:
        value = value * 62 + BASE62.index(digit)
    return value


@pytest.mark.parametrize("scope", Scope)
@pytest.mark.parametrize("bits", [0, 1, (1 << 256) - 1], ids=["none", "one", "all"])
def test_key_names_its_scope_and_has_all_bits(scope, bits):
    key = new_secret(scope, bits)
    beginning, secret = key[:-49], key[-49:-6]

    assert beginning == f"flowruns_{scope.value}_"
    assert number(secret) == bits
    assert is_of_our_form(key)


@pytest.mark.parametrize("place", range(len(KEY)))
def test_key_with_one_wrong_character_is_refused(place):
    for wrong in BASE62 + "_":
        if wrong != KEY[place]:
            assert not is_of_our_form(KEY[:place] + wrong + KEY[place + 1 :])


@pytest.mark.parametrize("place", range(len(KEY) - 1))
def test_key_with_two_characters_exchanged_is_refused(place):
    exchanged = KEY[:place] + KEY[place + 1] + KEY[place] + KEY[place + 2 :]

    assert exchanged == KEY or not is_of_our_form(exchanged)


def test_key_of_an_earlier_release_is_still_one():
    assert is_of_our_form(FORMER)


OTHERS = [
    *("", "flowruns_", KEY[:-1], KEY + "0", KEY + "\n", " " + KEY, KEY.upper(), "é" * len(KEY)),
    *(KEY.replace("user", "admin"), KEY.replace("user", "root")),
    *(FORMER[:-1], FORMER.upper(), FORMER + "\n"),
]


@pytest.mark.parametrize("token", OTHERS, ids=repr)
def test_other_text_is_no_key(token):
    assert not is_of_our_form(token)
