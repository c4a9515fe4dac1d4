"""A GraphQL result as a Lambda proxy response, within what Lambda can return."""

import base64
import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from domain.errors import PayloadTooLarge
from graphql_api.execution import Outcome
from handlers.http.media import DEFAULT, Media
from handlers.http.sizes import heaviest_part

# A synchronous invocation returns 6 MB: of the whole response as JSON, its body a string in it.
MAX_RESPONSE = 6 * 1024 * 1024
_WORTH_COMPRESSING = 8 * 1024
# Each byte of a body takes at most two once it is escaped, so below this nothing needs measuring.
_CERTAINLY_FITS = MAX_RESPONSE // 2 - 64 * 1024

Response = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """What to send: `value` becomes the body, none when it is None.

    `outcome` and `cost` are there where GraphQL was executed; they go into the log.
    """

    status: int
    value: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    outcome: Outcome | None = None
    cost: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Encoding:
    """How this client is answered."""

    media: Media = DEFAULT
    gzip: bool = False
    with_body: bool = True


def encode(answer: Answer, encoding: Encoding) -> tuple[Answer, Response]:
    """Make the proxy response; a result that Lambda could not return becomes an error that says so.

    Gives the answer that is sent, too.
    """
    body = b"" if answer.value is None else _dump(answer.value)
    response = _response(answer, body, encoding)
    if answer.outcome is None or (size := _returned_bytes(response, body)) <= MAX_RESPONSE:
        return answer, response
    refusal = replace(answer, value=_too_large(answer.outcome, size))
    return refusal, _response(refusal, _dump(refusal.value), encoding)


def _response(answer: Answer, body: bytes, encoding: Encoding) -> Response:
    headers = {"cache-control": "no-store", "vary": "Accept, Accept-Encoding", **answer.headers}
    if body:
        headers["content-type"] = encoding.media.content_type
    if not encoding.with_body:
        return {"statusCode": answer.status, "headers": headers, "body": "", "isBase64Encoded": False}
    if encoding.gzip and len(body) > _WORTH_COMPRESSING:
        headers["content-encoding"] = "gzip"
        text = base64.b64encode(gzip.compress(body, compresslevel=5, mtime=0)).decode("ascii")
        return {"statusCode": answer.status, "headers": headers, "body": text, "isBase64Encoded": True}
    return {
        "statusCode": answer.status,
        "headers": headers,
        "body": body.decode("utf-8"),
        "isBase64Encoded": False,
    }


def _dump(value: Any) -> bytes:
    # `default` is for the facts of an error; an answer about a write that took place must not fail on one.
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False, default=str)
    return text.encode("utf-8", "replace")


def _returned_bytes(response: Response, body: bytes) -> int:
    """Count what Lambda counts: the response as JSON in UTF-8."""
    if len(body) < _CERTAINLY_FITS:
        return len(body)
    return len(json.dumps(response, ensure_ascii=False).encode("utf-8"))


def _too_large(outcome: Outcome, size: int) -> dict[str, Any]:
    message = (
        f"The response would take {size:,} bytes, over the limit of {MAX_RESPONSE:,}. "
        f"Select less: {heaviest_part(outcome.result)}."
    )
    if outcome.wrote:
        message = f"The mutation took place, so don't repeat it; only its answer is missing. {message}"
    error = PayloadTooLarge(message, {"limit": MAX_RESPONSE, "size": size})
    return {"errors": [{"message": error.message, "extensions": error.extensions}], "data": None}
