"""SQL's LIKE: `%` stands for any text, `_` for any character, and a backslash escapes the next character.

A pattern is a sequence of pieces between its `%`. Each piece matches texts of one length only, and the
leftmost match of a piece is never worse than a later one, so no piece is tried twice.
"""

import re
from itertools import groupby
from typing import Final

from domain.work import Work

_ANY_TEXT: Final = "%"
_ANY_CHARACTER: Final = "_"
_TOKEN: Final = re.compile(r"\\.|.|\\", re.DOTALL)

# Units for one character that is searched, folded in ASCII, folded in Unicode, and folded one by one.
_SEARCHED: Final = 0.005
_FOLDED: Final = 0.002
_FOLDED_UNICODE: Final = 0.02
_FOLDED_SINGLY: Final = 0.15
# Units for a character of a pattern that is compiled, for a text that is matched, for a piece, for a place at
# which a piece is tried, and for each further text of the piece that is compared there.
_COMPILED: Final = 1.0
_TEXT: Final = 1.0
_PIECE: Final = 0.4
_TRIED: Final = 1.2
_TRIED_TEXT: Final = 0.2
# Python prepares a text each time that it is searched for, and compares it where it is found: for a character
# of the piece, each time.
_PREPARED: Final = 0.004
# Units for the comparison of two characters. At worst Python compares each character of a text with each one
# of the piece, if the text is short, or if the piece is short and the text no longer than this.
_COMPARED: Final = 0.0004
_SHORT_TEXT: Final = 2_500
_SHORT_PIECE: Final = 100
_TEXT_OF_SHORT_PIECE: Final = 30_000


class Pattern:
    """A compiled pattern. It draws on the budget for what it looks at, before it does."""

    def __init__(self, pattern: str, operator: str, work: Work, *, any_case: bool = False) -> None:
        work.draw(len(pattern) * _COMPILED, operator)
        self._operator, self._work, self._any_case = operator, work, any_case
        pieces = _split(self._folded(pattern) if any_case else pattern)
        self._first, self._middle, self._last = pieces[0], pieces[1:-1], pieces[-1] if pieces[1:] else None
        self._longest = max(len(piece.anchor) for piece in pieces)
        self._searched_for = sum(len(piece.anchor) for piece in self._middle)

    def matches(self, text: str) -> bool:
        """Return True if a text matches the pattern. Raises BadUserInput if the budget is used up."""
        self._work.draw(self._cost(len(text)), self._operator)
        if self._any_case:
            text = self._folded(text)
        first, last = self._first, self._last
        if last is None:
            return len(text) == first.length and first.stands_at(text, 0)
        end = len(text) - last.length
        if first.length > end or not first.stands_at(text, 0):
            return False
        place = first.length
        for piece in self._middle:
            place = self._after(piece, text, place, end)
            if place < 0:
                return False
        return last.stands_at(text, end)

    def _after(self, piece: "_Piece", text: str, place: int, end: int) -> int:
        """Return the end of the leftmost match of a piece between two places; -1 if there is none."""
        latest = end - piece.length
        while place <= latest:
            found = text.find(piece.anchor, place + piece.offset, latest + piece.offset + len(piece.anchor))
            if found < 0:
                return -1
            place = found - piece.offset
            if not piece.others:
                return place + piece.length
            self._work.draw(piece.cost, self._operator)
            if piece.stands_at(text, place):
                return place + piece.length
            place += 1
        return -1

    def _cost(self, length: int) -> float:
        """Return the units that a search of all pieces in a text of this length takes at most."""
        units = _TEXT + length * _SEARCHED + min(len(self._middle), length) * _PIECE
        units += min(self._searched_for, 2 * length) * _PREPARED
        if self._longest < _SHORT_PIECE:
            return units + min(length, _TEXT_OF_SHORT_PIECE) * self._longest * _COMPARED
        compared = max(0, min(length, _SHORT_TEXT) - self._longest)
        return units + max(compared * self._longest, min(length, _TEXT_OF_SHORT_PIECE)) * _COMPARED

    def _folded(self, text: str) -> str:
        """Return a text without its case, of the same length."""
        if text.isascii():
            self._work.draw(len(text) * _FOLDED, self._operator)
            return text.lower()
        self._work.draw(len(text) * _FOLDED_UNICODE, self._operator)
        folded = text.casefold()
        if len(folded) == len(text):
            return folded
        # A letter such as ß, whose folded form has several characters.
        self._work.draw(len(text) * _FOLDED_SINGLY, self._operator)
        return "".join([_folded_letter(letter) for letter in text])


def _folded_letter(letter: str) -> str:
    folded = letter.casefold()
    return folded if len(folded) == 1 else letter.lower()[0]


class _Piece:
    """A part of a pattern without `%`: texts at fixed places, any characters between them.

    The longest text is the `anchor`, which is searched for; the `others` are compared where it was found.
    """

    def __init__(self, tokens: list[str]) -> None:
        self.length = len(tokens)
        texts: list[tuple[int, str]] = []
        place = 0
        for is_any, group in groupby(tokens, lambda token: token == _ANY_CHARACTER):
            run = list(group)
            if not is_any:
                texts.append((place, "".join(token[-1] for token in run)))
            place += len(run)
        self.offset, self.anchor = max(texts, key=lambda found: len(found[1]), default=(0, ""))
        self.others = [found for found in texts if found[0] != self.offset]
        # Units for a place at which the piece is tried, and for the search for the next one.
        self.cost = _TRIED + len(self.others) * _TRIED_TEXT + self.length * _PREPARED

    def stands_at(self, text: str, place: int) -> bool:
        """Return True if the piece matches the text at a place, where the text is long enough."""
        return text.startswith(self.anchor, place + self.offset) and all(
            text.startswith(other, place + offset) for offset, other in self.others
        )


def _split(pattern: str) -> list[_Piece]:
    """Return the pieces of a pattern; without `%` there is one, which must match the whole text."""
    pieces: list[list[str]] = [[]]
    for is_any, group in groupby(_TOKEN.findall(pattern), lambda token: token == _ANY_TEXT):
        if is_any:
            pieces.append([])
        else:
            pieces[-1] += group
    return [_Piece(tokens) for tokens in pieces]
