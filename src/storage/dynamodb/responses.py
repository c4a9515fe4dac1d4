"""DynamoDB's responses, read without botocore's model of them.

botocore's parser visits every attribute of every item to make what `json.loads` has already made. Of all
types of attribute values only binaries differ, because JSON carries them as base64. So this module decodes
binaries alone, and looks for them only if the text has any.
"""

import json
from binascii import a2b_base64
from collections.abc import Mapping
from http.client import HTTPMessage
from typing import Any, Final
from zlib import crc32

from botocore.exceptions import ChecksumError, HTTPClientError

FIRST_ERROR_STATUS: Final = 300


def read_response(status: int, headers: Mapping[str, str] | HTTPMessage, body: bytes) -> dict[str, Any]:
    """Return the members of a response as botocore names them. An error has `Error` beside its other members.

    `ResponseMetadata` lacks the headers, because nobody reads them. Raises ChecksumError and HTTPClientError
    for a body that is not what DynamoDB sent.
    """
    expected = headers.get("x-amz-crc32")
    if expected is not None and expected != (actual := str(crc32(body))):
        raise ChecksumError(checksum_type="crc32", expected_checksum=expected, actual_checksum=actual)
    metadata = {"RequestId": headers.get("x-amzn-requestid", ""), "HTTPStatusCode": status}
    try:
        members = _error(status, body) if status >= FIRST_ERROR_STATUS else read_json(body)
    except ValueError as error:
        raise HTTPClientError(error=f"no response of DynamoDB: {error}") from error
    return {**members, "ResponseMetadata": metadata}


def _error(status: int, body: bytes) -> dict[str, Any]:
    """Return an error's members. A proxy or a load balancer may send an error that is no JSON."""
    try:
        members = read_json(body)
    except ValueError:
        members = {}
    # Such as `com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException`, perhaps with `:` and a link.
    code = str(members.pop("__type", status)).rpartition("#")[2].partition(":")[0]
    messages = [members.pop(name) for name in ("message", "Message") if name in members]
    return {**members, "Error": {"Message": messages[0] if messages else "", "Code": code}}


def read_json(body: bytes) -> dict[str, Any]:
    """Return a response's members, binaries as bytes, without those that are null. Raises ValueError."""
    may_have_binaries = b'"B"' in body or b'"BS"' in body
    members = json.loads(body or b"{}", object_hook=_decode_binary if may_have_binaries else None)
    if not isinstance(members, dict):
        raise ValueError("not an object")  # noqa: TRY004 - as for any other text that is no response
    return {name: value for name, value in members.items() if value is not None}


def _decode_binary(found: dict[str, Any]) -> dict[str, Any]:
    """Decode the value of an attribute: an object with one member that is named by its type.

    An attribute called "B" is left as it is, because its value is an object itself.
    """
    if len(found) == 1:
        if isinstance(binary := found.get("B"), str):
            return {"B": a2b_base64(binary)}
        if isinstance(binaries := found.get("BS"), list):
            return {"BS": [a2b_base64(binary) for binary in binaries]}
    return found
