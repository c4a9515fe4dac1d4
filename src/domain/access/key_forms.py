"""The texts of API keys: how one is made of random bits, and which texts can be one.

A key is `flowruns_<scope>_` and 49 letters and digits: 256 random bits, then a checksum of all before it. The
beginning tells a finder, and a scanner of secrets, what it is. The checksum refuses a mistyped key without a
look-up.
"""

import re
import zlib
from typing import Final

from domain.access.scopes import Scope

SECRET_BITS: Final = 256
_PREFIX: Final = "flowruns_"
_DIGITS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
# As many digits as 256 bits, and 32 bits, can have in base 62.
_SECRET_DIGITS: Final = 43
_CHECK_DIGITS: Final = 6
_SCOPES: Final = "|".join(scope.value for scope in Scope)
_FORM: Final = re.compile(rf"(flowruns_(?:{_SCOPES})_[0-9A-Za-z]{{43}})([0-9A-Za-z]{{6}})")
# So few tell keys apart in a list, and leave 232 random bits that nobody sees.
_SHOWN_DIGITS: Final = 4
# Keys of releases before there were scopes. They have no checksum, and are still valid.
_FORMER: Final = re.compile(_PREFIX + "[0-9a-f]{64}")


def new_secret(scope: Scope, random_bits: int) -> str:
    """Return a key of 256 random bits for a scope."""
    secret = _base62(random_bits & (1 << SECRET_BITS) - 1, _SECRET_DIGITS)
    body = f"{_PREFIX}{scope.value}_{secret}"
    return body + _checksum(body)


def beginning_of(token: str) -> str:
    """Return what may be shown of a key that `new_secret` made: its prefix and four more characters."""
    return token[: -_SECRET_DIGITS - _CHECK_DIGITS + _SHOWN_DIGITS]


def is_of_our_form(token: str) -> bool:
    """Return True if a token can be a key. No other token needs a look-up."""
    found = _FORM.fullmatch(token)
    if found is not None:
        return _checksum(found[1]) == found[2]
    return _FORMER.fullmatch(token) is not None


def _checksum(body: str) -> str:
    return _base62(zlib.crc32(body.encode()), _CHECK_DIGITS)


def _base62(number: int, width: int) -> str:
    digits = ""
    for _ in range(width):
        number, digit = divmod(number, len(_DIGITS))
        digits = _DIGITS[digit] + digits
    return digits
