"""The rules of names: which names are refused, and how the name of a run is made to fit."""

import unicodedata
from typing import Final

from domain.errors import BadUserInput

MAX_NAME_LENGTH: Final = 200

# Control characters, line and paragraph separators, and surrogates. Joiners and wide blanks are allowed,
# because emoji and names in many languages contain them.
_UNUSABLE: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})


def check_name(text: object, what: str) -> str:
    """Return the name unchanged. Raises BadUserInput if it is blank, too long or has control characters.

    `what` is the name of the input, for the message.
    """
    if not isinstance(text, str) or not text.strip():
        raise BadUserInput(f"{what} must not be empty.")
    if len(text) > MAX_NAME_LENGTH:
        raise BadUserInput(f"{what} has {len(text)} characters; at most {MAX_NAME_LENGTH} are allowed.")
    # A printable text has none of them, and tells it without a look at each character.
    if not text.isprintable() and any(unicodedata.category(sign) in _UNUSABLE for sign in text):
        raise BadUserInput(f"{what} must not contain control characters.")
    return text


def is_possible_name(text: str) -> bool:
    """Return False for a text that is too long to be the name of anything."""
    return len(text) <= MAX_NAME_LENGTH


def fitted_name(text: str, what: str) -> str:
    """Return the name of a run in a form that can be stored.

    A name is fitted and not refused, because a runner makes it from the data of the run, and cannot mend it.
    Control characters and line ends become blanks, surrogates become U+FFFD. A name of more than
    MAX_NAME_LENGTH characters is cut, if possible not between a character and a combining one. A name of
    blanks only becomes the sign for a blank. Raises BadUserInput if the name has no character.
    """
    begin = text if len(text) <= _MOST_READ else text.strip()[:_MOST_READ]
    fitted = "".join(_REPLACED.get(unicodedata.category(character), character) for character in begin)
    if text and not fitted.strip():
        return _A_BLANK
    if len(fitted) > MAX_NAME_LENGTH:
        fitted = _cut(fitted.strip())
    return check_name(fitted, what)


_REPLACED: Final = {
    category: "\N{REPLACEMENT CHARACTER}" if category == "Cs" else " " for category in _UNUSABLE
}
_A_BLANK: Final = "\N{OPEN BOX}"
# Each character is looked up, so no more of a longer text is read: the name is cut long before.
_MOST_READ: Final = 10_000
_JOINER: Final = "\N{ZERO WIDTH JOINER}"
# Real sequences of combined characters are shorter. A text that is made longer may be cut anywhere.
_LONGEST_SEQUENCE: Final = 32


def _cut(text: str) -> str:
    for end in range(MAX_NAME_LENGTH, MAX_NAME_LENGTH - _LONGEST_SEQUENCE, -1):
        if end >= len(text) or not _belong_together(text[end - 1], text[end]):
            return text[:end]
    return text[:MAX_NAME_LENGTH]


def _belong_together(character: str, following: str) -> bool:
    is_mark = unicodedata.category(following).startswith("M")
    is_skin_tone = (
        "\N{EMOJI MODIFIER FITZPATRICK TYPE-1-2}" <= following <= "\N{EMOJI MODIFIER FITZPATRICK TYPE-6}"
    )
    return is_mark or is_skin_tone or _JOINER in (character, following)
