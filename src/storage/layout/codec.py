"""JSON values as small binaries.

The states, parameters and contexts of runs are short objects with the same keys in every run. Raw DEFLATE
with a dictionary of those keys shrinks a Core state from 300 bytes to 60, so that a whole run with its
history fits in one write unit. The first byte names the dictionary. Another dictionary may be added, but one
in use never changes.
"""

import json
import zlib
from functools import partial
from typing import Any, Final

from domain.errors import PayloadTooLarge
from domain.lazy import Lazy
from domain.memory import Memory, Share
from domain.sizes import KEPT_VALUE, check_kept, check_packed_size, json_bytes, json_text
from domain.weights import weigh
from domain.work_bounds import OF_PACKED_BYTE, OF_UNPACKED_VALUE

_DICTIONARY_1: Final = (
    b'"parameters":{"run_config":{"type":"UniversalRun","labels":["context":{"tags":[],"task_run_count":'
    b'"idempotency_key":"loop_count":"n_map_states":"cached_parameters":null,"cached_result_expiration":null,'
    b'"hashed_inputs":null,"run_count":1,"type":"Queued","type":"Resume","type":"Paused","type":"Looped",'
    b'"type":"Skipped","type":"Cached","type":"TimedOut","type":"ValidationFailed","type":"TriggerFailed",'
    b'"type":"Retrying","type":"Mapped","type":"Cancelling","type":"Cancelled","type":"Failed","message":"'
    b'"type":"LocalResult","dir":"/.prefect/results","location":"","type":"PrefectResult","location":null,'
    b'"type":"Submitted","message":"Submitted for execution","state":{"type":"Scheduled","message":'
    b'"Flow run scheduled.","start_time":"2026-01-01T00:00:00.000000+00:00","context":{},'
    b'"cached_inputs":null,'
    b'"_result":{"type":"NoResultType","__version__":"0.8.1"},"__version__":"0.8.1"},"__version__":"1.4.1"'
    b'"_result":{"__version__":"1.4.1","type":"NoResultType"},"cached_inputs":{},"context":{"tags":[]},'
    b'{"type":"Running","message":"Running flow."{"type":"Success","message":"It worked!"}'
)
# For log entries: the messages that releases 0.8 and 1.4 of Core log for each run.
_DICTIONARY_2: Final = (
    b'"args":[],"levelno":20,"pathname":"/site-packages/prefect/engine/","filename":"runner.py","module":'
    b'"exc_info":null,"exc_text":null,"stack_info":null,"lineno":,"funcName":"run","created":,"msecs":,'
    b'"relativeCreated":,"thread":,"threadName":"MainThread","processName":"MainProcess","process":,'
    b'Traceback (most recent call last):\\n  File \\", line Exception encountered during task execution!'
    b'"Submitted for execution: PID: ","agent"],"Beginning Flow run for \'","prefect.CloudFlowRunner"],'
    b'"Flow run SUCCESS: all reference tasks succeeded","Flow run FAILED: some reference tasks failed.",'
    b'"DEBUG","WARNING","ERROR","CRITICAL","INFO","Task \'\': Starting task run...",'
    b'"Task \'\': Finished task run for task with final state: \'Success\'","prefect.CloudTaskRunner","01'
)
_DICTIONARIES: Final = {1: _DICTIONARY_1, 2: _DICTIONARY_2}
STATE_DICTIONARY: Final = 1
LOG_DICTIONARY: Final = 2
# No larger value is packed, so that no read unpacks more. Release 0.1.0 packed flows of 60 MB.
MAX_UNPACKED: Final = 64_000_000
# DynamoDB takes at most 400 KB for an item with its keys.
MAX_PAYLOAD: Final = 380_000
# The levels of compression, and from which length and ratio on a text is only compressed lightly.
_USUALLY: Final = 6
_LIGHTLY: Final = 1
_LONG: Final = 1_000_000
_DENSE: Final = 0.4
# So few packed bytes unpack to a megabyte at most.
_SMALL: Final = 1_000
# A value beside others in an item takes at most so much memory, or so many times its packed bytes.
_FREE: Final = 8_000
_MOST_TIMES: Final = 64
# A state beside others takes at most so many times its text and a little more, and usually so many times. So
# short ones need not be weighed when they are read.
_MOST_DENSE: Final = 20
_USUAL: Final = 14
_SHORT_TEXT: Final = 2_000
_DECODER: Final = json.JSONDecoder()


def pack(value: Any, dictionary: int = STATE_DICTIONARY) -> bytes:
    """Return a JSON value as a binary. `unpack` returns an equal value with the same order of keys."""
    text = json_bytes(value)
    if len(text) > MAX_UNPACKED:
        raise PayloadTooLarge(f"A value of {len(text):,} bytes cannot be kept; at most {MAX_UNPACKED:,} can.")
    return pack_text(text, dictionary)


def pack_text(text: bytes, dictionary: int = STATE_DICTIONARY, most: int | None = None) -> bytes:
    """Return the JSON text of a value as a binary, of at most so many bytes if that is possible.

    A long text that hardly repeats itself, such as one of numbers, is searched for repeats in a quarter of
    the time, and is a twentieth longer.
    """
    if len(text) > _LONG:
        light = _squeezed(text, dictionary, _LIGHTLY)
        if len(light) > _DENSE * len(text) and (most is None or len(light) <= most):
            return light
    return _squeezed(text, dictionary, _USUALLY)


def _squeezed(text: bytes, dictionary: int, level: int) -> bytes:
    squeeze = zlib.compressobj(
        level, zlib.DEFLATED, -15, 9, zlib.Z_DEFAULT_STRATEGY, _DICTIONARIES[dictionary]
    )
    return bytes([dictionary]) + squeeze.compress(text) + squeeze.flush()


def pack_whole(value: Any, what: str) -> tuple[bytes, int, int]:
    """Return a value as a binary that fits an item, the memory that it takes, and the length of its text.

    Raises PayloadTooLarge, which names `what` is too large: for an item, or for who reads it.
    """
    text = json_text(value)
    weight = weigh(text)
    packed = pack_text(check_kept(text, what, KEPT_VALUE, weight))
    advice = "Put large data where the flow can read it, and pass its address."
    return check_packed_size(packed, what, MAX_PAYLOAD, advice), weight, len(text)


def is_plain(weight: int, packed: bytes, length: int) -> bool:
    """Return True if a state of this length may stand in its run's item: it is small, and not dense."""
    return is_small(weight, packed) and weight <= _MOST_DENSE * length + _FREE // 10


def is_small(weight: int, packed: bytes) -> bool:
    """Return True if a value may stand in an item that is read by every list.

    Whoever stores runs of states that are nothing but repetition could else fill the memory of a reader who
    asks for none of them.
    """
    return weight <= max(_FREE, _MOST_TIMES * len(packed))


def unpack(packed: bytes, memory: Memory | Share | None = None, *, plain: bool = False) -> Any:
    """Return the JSON value that `pack` was given. The value is drawn on the memory before it is made.

    A `plain` value is drawn by its length if it is short, because lists read thousands. Raises
    PayloadTooLarge if it takes more than is left, ApiError.
    """
    expand = zlib.decompressobj(-15, _DICTIONARIES[packed[0]])
    if memory is None or len(packed) < _SMALL:
        text = (expand.decompress(packed[1:]) + expand.flush()).decode("utf-8", "surrogatepass")
    else:
        text = _bounded(expand, packed, memory)
    if memory is not None:
        weight = _USUAL * len(text) if plain and len(text) <= _SHORT_TEXT else weigh(text)
        memory.draw(weight, len(text) + OF_PACKED_BYTE * len(packed) + OF_UNPACKED_VALUE)
    # `raw_decode` skips the whitespace handling of `json.loads`, because packed text has none around the
    # value.
    return _DECODER.raw_decode(text)[0]


def beginning(packed: bytes, length: int) -> str:
    """Return the first characters of the text of a packed value, which has only ASCII ones there."""
    expand = zlib.decompressobj(-15, _DICTIONARIES[packed[0]])
    return expand.decompress(packed[1:], length).decode("ascii", "replace")


def kept_packed(packed: bytes, memory: Memory | None) -> Lazy[Any]:
    """Return the value of packed bytes, unpacked when somebody looks at it. The bytes are drawn at once.

    So a list that shows other columns needs no memory for the value, and no time. Raises PayloadTooLarge.
    """
    if memory is not None:
        memory.draw(len(packed), OF_PACKED_BYTE * len(packed))
    return Lazy(partial(unpack, packed, memory))


def _bounded(expand: Any, packed: bytes, memory: Memory | Share) -> str:
    """Return the text of a packed value. Raises PayloadTooLarge before more is unpacked than may be held."""
    most = int(min(MAX_UNPACKED, memory.left))
    raw: bytes = expand.decompress(packed[1:], most + 1)
    # Text that is not ASCII may take four bytes for each of its bytes.
    if len(raw) > most or (not raw.isascii() and 4 * len(raw) > memory.left):
        raise memory.too_large()
    return raw.decode("utf-8", "surrogatepass")
