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

Parsed = TypeVar("Parsed", bound=Node)

_ANY: Final = re.compile("[\ud800-\udfff]|\\\\u\\{?0*[dD][89a-fA-F]")
_COMMENT: Final = r"#[^\n\r]*"
# A string without an end matches as far as it goes. Else the search would begin anew at each character of it.
_BLOCK: Final = r'"""[^"\\]*+(?:(?:\\"""|(?!""").)[^"\\]*+)*+(?:""")?'
_STRING: Final = r'"[^"\\\n\r]*+(?:\\.[^"\\\n\r]*+)*+"?'
_TOKEN: Final = re.compile(f"{_COMMENT}|{_BLOCK}|{_STRING}", re.DOTALL)
_HALF: Final = re.compile("[\ud800-\udfff]")
# In a string, a pair of halves and any other escape stay. A single half is the group `lone`.
_ESCAPE: Final = re.compile(
    r"\\u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2}"
    r"|(?P<lone>\\u[dD][89a-fA-F][\da-fA-F]{2}|\\u\{0*[dD][89a-fA-F][\da-fA-F]{2}\}|["
    "\ud800-\udfff"
    r"])"
    r"|\\.",
    re.DOTALL,
)
_PUT_BACK: Final = "\udcff"
_PRIVATE_USE: Final = range(0x10FFFD, 0x100000, -1)


def parse_with_halves(parse: Callable[[str], Parsed], text: str) -> Parsed:
    """Parse a text whose string literals may have half characters. Raises the errors of `parse`.

    A private-use character that the text does not have stands for them while it is parsed. A text that has
    all 65,000 of them is parsed as it is.
    """
    if not _ANY.search(text):
        return parse(text)
    used = set(text)
    stand_in = next((mark for mark in map(chr, _PRIVATE_USE) if mark not in used), None)
    if stand_in is None:
        return parse(text)

    def replaced(token: re.Match[str]) -> str:
        if token[0].startswith("#"):
            return token[0]
        if token[0].startswith('"""'):
            return _HALF.sub(stand_in, token[0])
        return _ESCAPE.sub(lambda escape: stand_in if escape["lone"] else escape[0], token[0])

    return _with_halves(parse(_TOKEN.sub(replaced, text)), stand_in)


def _with_halves(parsed: Parsed, stand_in: str) -> Parsed:
    class PutBack(Visitor):
        def enter_string_value(self, node: StringValueNode, *_: Any) -> StringValueNode | None:
            if stand_in not in node.value:
                return None
            return replace(node, value=node.value.replace(stand_in, _PUT_BACK))

    restored: Parsed = visit(parsed, PutBack())
    return restored
