"""JSON values as small binaries.

The states, parameters and contexts of runs are short objects with the same keys in every run. Raw DEFLATE
with a dictionary of those keys shrinks a Core state from 300 bytes to 60, so that a whole run with its
history fits in one write unit. The first byte names the dictionary. Another dictionary may be added, but one
in use never changes.
"""

import json
import zlib
from typing import Any, Final

from domain.errors import PayloadTooLarge
from domain.sizes import check_packed_size, json_bytes

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
# No larger value is packed, so that no read unpacks more.
MAX_UNPACKED: Final = 64_000_000
# DynamoDB takes at most 400 KB for an item with its keys.
MAX_PAYLOAD: Final = 380_000
_DECODER: Final = json.JSONDecoder()


def pack(value: Any, dictionary: int = STATE_DICTIONARY) -> bytes:
    """Return a JSON value as a binary. `unpack` returns an equal value with the same order of keys."""
    text = json_bytes(value)
    if len(text) > MAX_UNPACKED:
        raise PayloadTooLarge(f"A value of {len(text):,} bytes cannot be kept; at most {MAX_UNPACKED:,} can.")
    squeeze = zlib.compressobj(6, zlib.DEFLATED, -15, 9, zlib.Z_DEFAULT_STRATEGY, _DICTIONARIES[dictionary])
    return bytes([dictionary]) + squeeze.compress(text) + squeeze.flush()


def unpack(packed: bytes) -> Any:
    """Return the JSON value that `pack` was given."""
    expand = zlib.decompressobj(-15, _DICTIONARIES[packed[0]])
    text = expand.decompress(packed[1:]) + expand.flush()
    # `raw_decode` skips the whitespace handling of `json.loads`, because packed text has none around the
    # value.
    return _DECODER.raw_decode(text.decode("utf-8", "surrogatepass"))[0]


def check_fits_item(packed: bytes, what: str) -> bytes:
    """Return the packed value if it fits an item. Raises PayloadTooLarge."""
    advice = "Put large data where the flow can read it, and pass its address."
    return check_packed_size(packed, what, MAX_PAYLOAD, advice)
