"""What the inputs of mutations cost, in units of a request's work: about microseconds of one processor.

A value costs each time that it is used, because one variable may stand in a hundred fields. So the costs are
drawn before anything is done with a value. They are measured, and rounded up: a value is checked, written as
JSON, compressed, and sent.
"""

from typing import Any, Final

from domain.sizes import json_text
from domain.weights import weigh

# Each state of a list.
STATE: Final = 3_000
# An entry of a log, beside its texts, and another flow run that entries belong to.
LOG_ENTRY: Final = 30
RUN_OF_LOGS: Final = 50
# A text so short that it is free.
SHORT: Final = 40
# A text in a list of texts, a character of a text, and one beyond ASCII.
_ITEM: Final = 1.0
_CHARACTER: Final = 0.15
_WIDE: Final = 0.3
# Of a JSON value that belongs to a run: a character of its text, and a byte that it weighs.
_IN_JSON: Final = 0.1
_WEIGHED: Final = 0.03
# A flow is not kept with others, so it may be larger. It is checked less often.
_WEIGHED_IN_FLOW: Final = 0.02
# One value costs no more, so that a single one that is too large meets the bound on its size: its error says
# more, and a state or an info is cut instead of being refused.
_MOST: Final = 1_000_000
# No body has a longer value, but a variable that stands in a literal several times makes one.
_LARGEST: Final = 6_300_000
# A character of a flow, to decompress it.
_DECOMPRESSED: Final = 0.01
# DEFLATE makes at most 1,032 bytes of one, and base64 has three bytes in four characters.
_LARGEST_RATIO: Final = 774


def of_text(value: str) -> float:
    """Return the units of a text."""
    if len(value) <= SHORT:
        return 0.0
    return len(value) * (_CHARACTER if value.isascii() else _WIDE)


def of_texts(values: list[str]) -> float:
    """Return the units of a list of texts."""
    return len(values) * _ITEM + sum(map(of_text, values))


def of_json(value: Any) -> float:
    """Return the units of a JSON value, or of a text that holds one."""
    text = value if isinstance(value, str) else json_text(value)
    wide = 1 if text.isascii() else _WIDE / _CHARACTER
    cost = len(text) * _IN_JSON * wide + weigh(text) * _WEIGHED
    return min(_MOST, cost) if len(text) <= _LARGEST else cost


def of_flow(value: Any) -> float:
    """Return the units of a flow or a part of one, as a JSON value or as a text that holds one."""
    return min(_MOST, weigh(value if isinstance(value, str) else json_text(value)) * _WEIGHED_IN_FLOW)


def of_decompressed(text: str, most: int) -> float:
    """Return the units to decompress a text in base64, whatever it holds, to at most so many characters."""
    return min(most, len(text) * _LARGEST_RATIO) * _DECOMPRESSED
