"""The compressed form in which `flow.register` of Prefect Core sends a flow."""

import base64
import binascii
import zlib
from typing import Final

from domain.errors import BadUserInput, PayloadTooLarge
from domain.sizes import GZIP_WINDOW, KEPT_FLOW, check_weight
from domain.weights import unescaped_size

MAX_FLOW_BYTES: Final = KEPT_FLOW.bytes


def decompress_flow(text: str) -> str:
    """Return the JSON text of a flow from base64 of gzip.

    Raises BadUserInput for any other text, PayloadTooLarge beyond MAX_FLOW_BYTES.
    """
    try:
        stream = zlib.decompressobj(GZIP_WINDOW)
        raw = stream.decompress(base64.b64decode(text, validate=True), MAX_FLOW_BYTES + 1)
        if len(raw) > MAX_FLOW_BYTES:
            raise PayloadTooLarge(f"The serialized flow has over {MAX_FLOW_BYTES:,} bytes of JSON.")
        if not stream.eof:
            raise BadUserInput("serialized_flow: the gzip data ends too early.")
        found = raw.decode()
    except (binascii.Error, zlib.error, ValueError) as error:
        raise BadUserInput("serialized_flow must be base64 of gzip of a flow's JSON text.") from error
    # One wide character makes all characters of a text wide, which takes long to find out later.
    check_weight(2 * unescaped_size(found), "The serialized flow", KEPT_FLOW)
    return found
