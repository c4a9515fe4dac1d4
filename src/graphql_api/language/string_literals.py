"""Half characters (lone surrogates) in the string literals of GraphQL documents.

GraphQL refuses a document with a half character, but clients that write their texts into documents send them.
So each half character is replaced before the document is parsed, and put back into the parsed values. The
inputs then mend or refuse it, as they do in variables.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final, TypeVar

from graphql import Node, StringValueNode, Visitor, visit

from graphql_api.language.document_limits import MAX_COMMENTS, MAX_SOURCE_LENGTH, MAX_TOKENS

Parsed = TypeVar("Parsed", bound=Node)

_ANY: Final = re.compile("[\ud800-\udfff]|\\\\u\\{?0*[dD][89a-fA-F]")
_COMMENT: Final = r"#[^\n\r]*"
# A string without an end matches as far as it goes. Else the search would begin anew at each character of it.
_BLOCK: Final = r'"""[^"\\]*+(?:(?:\\"""|(?!""").)[^"\\]*+)*+(?:""")?'
_STRING: Final = r'"[^"\\\n\r]*+(?:\\.[^"\\\n\r]*+)*+"?'
_TOKEN: Final = re.compile(f"{_COMMENT}|{_BLOCK}|{_STRING}", re.DOTALL)
_HALF: Final = re.compile("[\ud800-\udfff]")
# In a string without escaped backslashes, a pair of escaped halves stays. A single half is the group `lone`.
_ESCAPED: Final = re.compile(
    r"\\u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2}"
    r"|(?P<lone>\\u[dD][89a-fA-F][\da-fA-F]{2}|\\u\{0*[dD][89a-fA-F][\da-fA-F]{2}\})"
)
# The parser refuses a document with more tokens and comments, so no more of them are mended.
_MOST_MENDED: Final = MAX_TOKENS + MAX_COMMENTS
_PUT_BACK: Final = "\udcff"
_PRIVATE_USE: Final = range(0x10FFFD, 0x100000, -1)


def parse_with_halves(parse: Callable[[str], Parsed], text: str) -> Parsed:
    """Parse a text whose string literals may have half characters. Raises the errors of `parse`.

    A private-use character that the text does not have stands for them while it is parsed, and another one
    for escaped backslashes. A text that has all 65,000 of them is parsed as it is, and so is one that is too
    long to be parsed.
    """
    if len(text) > MAX_SOURCE_LENGTH or not _ANY.search(text):
        return parse(text)
    used = set(text)
    free = (mark for mark in map(chr, _PRIVATE_USE) if mark not in used)
    half, backslash = next(free, None), next(free, None)
    if half is None or backslash is None:
        return parse(text)

    def mended(token: re.Match[str]) -> str:
        if token[0].startswith("#"):
            return token[0]
        found = _HALF.sub(half, token[0])
        if found.startswith('"""'):
            return found
        # A backslash that is itself escaped begins no escape.
        found = found.replace(r"\\", backslash)
        found = _ESCAPED.sub(lambda escape: half if escape["lone"] else escape[0], found)
        return found.replace(backslash, r"\\")

    return _with_halves(parse(_TOKEN.sub(mended, text, count=_MOST_MENDED)), half)


def _with_halves(parsed: Parsed, stand_in: str) -> Parsed:
    class PutBack(Visitor):
        def enter_string_value(self, node: StringValueNode, *_: Any) -> StringValueNode | None:
            if stand_in not in node.value:
                return None
            return replace(node, value=node.value.replace(stand_in, _PUT_BACK))

    restored: Parsed = visit(parsed, PutBack())
    return restored
