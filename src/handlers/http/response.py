"""The encoding of a response as a Lambda proxy response, within the size that Lambda can return."""

import base64
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypedDict

from domain.errors import PayloadTooLarge
from graphql_api.execution import Outcome
from handlers.http.media import DEFAULT, Media
from handlers.http.sizes import heaviest_part, least_bytes

# A synchronous invocation returns at most 6 MB of JSON: the whole proxy response, with its body as a string.
MAX_RESPONSE = 6 * 1024 * 1024
# Before compression, so that a small response is not the work and the memory of a large one.
MAX_BODY = 24_000_000
_WORTH_COMPRESSING = 8 * 1024
# Bodies above this length are looked at in pieces, to see if they compress.
_LONG = 500_000
_PIECES = 8
_PIECE = 8_000
_DENSE = 0.6
# Of every response. A browser must not take a text of a caller in it for a page or a script, nor show it in a
# frame; and once it has come by HTTPS, it never asks otherwise. It heeds that last header by HTTPS alone.
_HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "strict-transport-security": "max-age=31536000",
    "vary": "Accept, Accept-Encoding",
    "x-content-type-options": "nosniff",
}
# Escaping makes at most two bytes of each byte of a body, so a smaller body need not be measured.
_CERTAINLY_FITS = MAX_RESPONSE // 2 - 64 * 1024
# `default` is for the facts of an error, because the response to a write that took place must not fail. Made
# once, because `json.dumps` makes an encoder for each call that has options.
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False, default=str)


class ProxyResponse(TypedDict):
    """The response that Lambda returns to API Gateway (payload format 2.0)."""

    statusCode: int
    headers: dict[str, str]
    body: str
    isBase64Encoded: bool


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """A response before its encoding; `value` becomes the body, None means an empty body.

    A response of executed GraphQL has `outcome` and `cost`, which go into the log.
    """

    status: int
    value: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    outcome: Outcome | None = None
    cost: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Encoding:
    """The encoding of the responses to one client."""

    media: Media = DEFAULT
    gzip: bool = False
    with_body: bool = True


def encode(response: HttpResponse, encoding: Encoding) -> tuple[HttpResponse, ProxyResponse]:
    """Return the proxy response, and the response that it encodes.

    A result that Lambda cannot return is replaced by an error that says so.
    """
    if response.outcome is not None:
        most = MAX_BODY if encoding.gzip else MAX_RESPONSE
        least = least_bytes(response.value, most)
        if least > most:
            refusal = replace(response, value=_too_large(response.outcome, least, "more than "))
            return refusal, _proxy_response(refusal, _dump(refusal.value), encoding)
    body = b"" if response.value is None else _dump(response.value)
    encoded = _proxy_response(response, body, encoding)
    if response.outcome is None or (size := _returned_bytes(encoded, body)) <= MAX_RESPONSE:
        return response, encoded
    refusal = replace(response, value=_too_large(response.outcome, size))
    return refusal, _proxy_response(refusal, _dump(refusal.value), encoding)


def _proxy_response(response: HttpResponse, body: bytes, encoding: Encoding) -> ProxyResponse:
    headers = {**_HEADERS, **response.headers}
    if body:
        headers["content-type"] = encoding.media.content_type
    if not encoding.with_body:
        return {"statusCode": response.status, "headers": headers, "body": "", "isBase64Encoded": False}
    if encoding.gzip and len(body) > _WORTH_COMPRESSING:
        headers["content-encoding"] = "gzip"
        text = base64.b64encode(_zipped(body)).decode("ascii")
        return {"statusCode": response.status, "headers": headers, "body": text, "isBase64Encoded": True}
    return {
        "statusCode": response.status,
        "headers": headers,
        "body": body.decode("utf-8"),
        "isBase64Encoded": False,
    }


def _zipped(body: bytes) -> bytes:
    """Return a body as gzip; if it is certainly too large for Lambda even so, perhaps only its beginning.

    A long body that hardly repeats itself is not searched for repeats, which takes several times as long.
    """
    strategy = zlib.Z_DEFAULT_STRATEGY
    if len(body) > _LONG:
        pieces = b"".join(body[start : start + _PIECE] for start in range(0, len(body), len(body) // _PIECES))
        if len(zlib.compress(pieces, 1)) > _DENSE * len(pieces):
            strategy = zlib.Z_HUFFMAN_ONLY
    squeeze = zlib.compressobj(5, zlib.DEFLATED, zlib.MAX_WBITS | 16, 8, strategy)
    zipped: list[bytes] = []
    size = 0
    for start in range(0, len(body), _LONG):
        zipped.append(squeeze.compress(body[start : start + _LONG]))
        size += len(zipped[-1])
        if size > MAX_RESPONSE:
            return b"".join(zipped)
    return b"".join([*zipped, squeeze.flush()])


def _dump(value: Any) -> bytes:
    return _ENCODER.encode(value).encode("utf-8", "replace")


def _returned_bytes(response: ProxyResponse, body: bytes) -> int:
    """Return the size that Lambda counts: the proxy response as JSON in UTF-8."""
    if len(body) < _CERTAINLY_FITS:
        return len(body)
    return len(json.dumps(response, ensure_ascii=False).encode("utf-8"))


def _too_large(outcome: Outcome, size: int, about: str = "") -> dict[str, Any]:
    message = (
        f"The response would take {about}{size:,} bytes, over the limit of {MAX_RESPONSE:,}. "
        f"Select less: {heaviest_part(outcome.result)}."
    )
    if outcome.wrote:
        message = f"The mutation took place, so don't repeat it; only its response is missing. {message}"
    error = PayloadTooLarge(message, {"limit": MAX_RESPONSE, "size": size})
    return {"errors": [{"message": error.message, "extensions": error.extensions}], "data": None}
