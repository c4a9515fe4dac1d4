"""SQL's LIKE: `%` stands for any text, `_` for any character, and a backslash escapes the next character."""

import re
from functools import lru_cache
from itertools import groupby
from typing import Final

_ANY_TEXT: Final = "%"
_ANY_CHARACTER: Final = "_"
_TOKEN: Final = re.compile(r"\\.|.|\\", re.DOTALL)


def matches(text: str, pattern: str, *, any_case: bool = False) -> bool:
    """Return True if a text matches a pattern, in time proportional to both lengths for any pattern.

    Between two `%` the leftmost match is never worse than a later one, so no piece is tried twice.
    """
    pieces = _compile(pattern, any_case)
    first, last = pieces[0], pieces[-1]
    if len(pieces) == 1:
        return first.pattern.fullmatch(text) is not None
    if not first.pattern.match(text):
        return False
    place = first.length
    for piece in pieces[1:-1]:
        found = piece.pattern.search(text, place)
        if found is None:
            return False
        place = found.end()
    start = len(text) - last.length
    return start >= place and last.pattern.fullmatch(text, start) is not None


class _Piece:
    """A part of a pattern without `%`, which matches texts of one length only."""

    def __init__(self, tokens: list[str], flags: int) -> None:
        self.length = len(tokens)
        self.pattern = re.compile("".join(map(_expression, tokens)), flags)


def _expression(token: str) -> str:
    return "." if token == _ANY_CHARACTER else re.escape(token[-1])


@lru_cache(maxsize=128)
def _compile(pattern: str, any_case: bool) -> list[_Piece]:
    flags = re.DOTALL | (re.IGNORECASE if any_case else 0)
    tokens = _TOKEN.findall(pattern)
    pieces: list[list[str]] = [[]]
    for is_any, group in groupby(tokens, lambda token: token == _ANY_TEXT):
        if is_any:
            pieces.append([])
        else:
            pieces[-1] += group
    return [_Piece(piece, flags) for piece in pieces]
