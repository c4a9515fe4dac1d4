"""The body of a request: its content type, and its text within the limits."""

import base64
import binascii
import zlib

from domain.errors import PayloadTooLarge
from domain.memory import LIGHT, Memory
from domain.sizes import GZIP_WINDOW
from handlers.http.problem import HttpProblem

# The limit of Lambda's events; it holds as well for a body after decompression, and on the local server.
MAX_REQUEST_BODY = 6 * 1024 * 1024
# So many characters of base64 may be a body that is not too large.
_MOST_BASE64 = 4 * (MAX_REQUEST_BODY // 3 + 1)
# A larger body may make its request a large one: as text each byte may become four, and as many in the value.
_LIGHT_BODY = LIGHT // 8
_JSON_ONLY = "Send the request as `Content-Type: application/json`, encoded in UTF-8"


def check_content_type(content_type: str | None) -> None:
    """Raise HttpProblem 415 for anything but JSON in UTF-8."""
    if not content_type:
        raise HttpProblem(415, f"The request has no content type. {_JSON_ONLY}.")
    media_type, *parameters = (part.strip().lower() for part in content_type.split(";"))
    if media_type != "application/json":
        raise HttpProblem(415, f"{_JSON_ONLY}, not as {media_type[:80]}.")
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "charset" and value.strip(' "') not in ("utf-8", "utf8"):
            raise HttpProblem(415, f"{_JSON_ONLY}, not in {value.strip()[:40]}.")


def read_text(
    body: str, memory: Memory | None = None, *, is_base64: bool, content_encoding: str | None
) -> str:
    """Return the text of a body: decode base64, then gzip, then UTF-8.

    A large body waits for the turn of its request on the `memory` before it is unpacked or copied.

    A byte that is not UTF-8 becomes half a character, as in Python's names of files. In a text for people it
    is replaced later, in any other input it is refused. Raises HttpProblem: 400 if the body cannot be
    decoded, 413 above MAX_REQUEST_BODY bytes at any step, 415 for other encodings. Raises ApiError.
    """
    if len(body) > (_MOST_BASE64 if is_base64 else MAX_REQUEST_BODY):
        raise _too_large()
    if len(body) > _LIGHT_BODY:
        _admit(memory)
    raw = _from_base64(body) if is_base64 else body.encode("utf-8", "surrogatepass")
    if len(raw) > MAX_REQUEST_BODY:
        raise _too_large()
    coding = (content_encoding or "identity").strip().lower()
    if coding in ("gzip", "x-gzip"):
        raw = _gunzip(raw, memory)
    elif coding != "identity":
        raise HttpProblem(
            415,
            f"The content encoding {coding[:40]} isn't supported. Send the body plain or as gzip.",
            {"accept-encoding": "gzip, identity"},
        )
    return raw.decode("utf-8-sig", "surrogateescape")


def _from_base64(body: str) -> bytes:
    try:
        return base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError) as error:
        raise HttpProblem(400, "The body is marked as base64 but does not decode as such.") from error


def _gunzip(raw: bytes, memory: Memory | None) -> bytes:
    stream = zlib.decompressobj(GZIP_WINDOW)
    try:
        text = stream.decompress(raw, _LIGHT_BODY)
        if len(text) == _LIGHT_BODY:
            _admit(memory)
            text += stream.decompress(stream.unconsumed_tail, MAX_REQUEST_BODY + 1 - _LIGHT_BODY)
    except zlib.error as error:
        raise HttpProblem(400, "The body is marked as gzip but does not decompress.") from error
    if len(text) > MAX_REQUEST_BODY:
        raise _too_large()
    if not stream.eof or stream.unused_data:
        raise HttpProblem(400, "The body is not one complete gzip stream.")
    return text


def _admit(memory: Memory | None) -> None:
    if memory is not None:
        memory.admit(MAX_REQUEST_BODY)


def _too_large() -> HttpProblem:
    message = f"The request's body is over the limit of {MAX_REQUEST_BODY:,} bytes."
    return HttpProblem(413, PayloadTooLarge(message, {"limit": MAX_REQUEST_BODY}))
