"""DynamoDB's answers, read without walking botocore's model of them.

botocore's parser visits every attribute of every item to make what `json.loads` has made already: of all
types of attribute values only binaries differ, which JSON carries as base64. So these are the only ones to be
looked at, and none where the text has none.
"""

import json
from binascii import a2b_base64
from collections.abc import Mapping
from http.client import HTTPMessage
from typing import Any, Final
from zlib import crc32

from botocore.exceptions import ChecksumError, HTTPClientError

_FIRST_ERROR: Final = 300


def read_answer(status: int, headers: Mapping[str, str] | HTTPMessage, body: bytes) -> dict[str, Any]:
    """Give the members of an answer as botocore names them; of an error `Error`, and what else it tells.

    `ResponseMetadata` is without the headers, which nobody reads. Raises ChecksumError and
    HTTPClientError for a body that is not what DynamoDB sent.
    """
    expected = headers.get("x-amz-crc32")
    if expected is not None and expected != (actual := str(crc32(body))):
        raise ChecksumError(checksum_type="crc32", expected_checksum=expected, actual_checksum=actual)
    metadata = {"RequestId": headers.get("x-amzn-requestid", ""), "HTTPStatusCode": status}
    try:
        members = _error(status, body) if status >= _FIRST_ERROR else loads(body)
    except ValueError as error:
        raise HTTPClientError(error=f"no answer of DynamoDB: {error}") from error
    return {**members, "ResponseMetadata": metadata}


def _error(status: int, body: bytes) -> dict[str, Any]:
    """What stands in the way may answer, too, and in other words than JSON."""
    try:
        told = loads(body)
    except ValueError:
        told = {}
    # Such as `com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException`, perhaps with `:` and a link.
    code = str(told.pop("__type", status)).rpartition("#")[2].partition(":")[0]
    messages = [told.pop(name) for name in ("message", "Message") if name in told]
    return {**told, "Error": {"Message": messages[0] if messages else "", "Code": code}}


def loads(body: bytes) -> dict[str, Any]:
    """Read an answer with its binaries as bytes, and without the members that are null. Raises ValueError."""
    may_have_binaries = b'"B"' in body or b'"BS"' in body
    members = json.loads(body or b"{}", object_hook=_with_bytes if may_have_binaries else None)
    if not isinstance(members, dict):
        raise ValueError("not an object")  # noqa: TRY004 - as of other text that is no answer
    return {name: value for name, value in members.items() if value is not None}


def _with_bytes(found: dict[str, Any]) -> dict[str, Any]:
    """An attribute's value is an object with one member, whose name is its type and whose value no object."""
    if len(found) == 1:
        if isinstance(binary := found.get("B"), str):
            return {"B": a2b_base64(binary)}
        if isinstance(binaries := found.get("BS"), list):
            return {"BS": [a2b_base64(each) for each in binaries]}
    return found
