"""DynamoDB's responses, read without botocore's model of them.

botocore's parser visits every attribute of every item to make what `json.loads` has already made. Of all
types of attribute values only binaries differ, because JSON carries them as base64. So this module decodes
binaries alone, and looks for them only if the text has any.
"""

import json
from binascii import a2b_base64
from collections.abc import Callable, Mapping
from http.client import HTTPMessage
from typing import Any, Final
from zlib import crc32

from botocore.exceptions import ChecksumError, HTTPClientError

SUCCESS: Final = 200
_SERVER_ERROR: Final = 500
# Each value of an item is an object that names its type.
_ONLY_OBJECTS: Final = {dict}.issuperset


def read_response(status: int, headers: Mapping[str, str] | HTTPMessage, body: bytes) -> dict[str, Any]:
    """Return the members of a response as botocore names them. An error has `Error` beside its other members.

    `ResponseMetadata` lacks the headers, because nobody reads them. Raises ChecksumError and HTTPClientError
    for what is not DynamoDB's own response, because then nobody knows if the call was carried out.
    """
    _check_sum(status, headers, body)
    metadata = {"RequestId": headers.get("x-amzn-requestid", ""), "HTTPStatusCode": status}
    try:
        members = read_json(body) if status == SUCCESS else _error(status, body)
        _check_types(members)
    except (ValueError, TypeError, RecursionError) as error:
        raise no_response(str(error)) from error
    return {**members, "ResponseMetadata": metadata}


def no_response(reason: str) -> HTTPClientError:
    """Return the error of a response that DynamoDB did not send, or not for this call."""
    return HTTPClientError(error=f"no response of DynamoDB: {reason}")


def _check_sum(status: int, headers: Mapping[str, str] | HTTPMessage, body: bytes) -> None:
    """Raise an error if the body is not what DynamoDB sent.

    DynamoDB and dynoxide send a checksum with each response. Only an error is believed without it, because
    what stands between may refuse a call.
    """
    expected = headers.get("x-amz-crc32")
    if expected is None:
        if status == SUCCESS:
            raise no_response("it has no checksum")
    elif expected != (actual := str(crc32(body))):
        raise ChecksumError(checksum_type="crc32", expected_checksum=expected, actual_checksum=actual)


def _error(status: int, body: bytes) -> dict[str, Any]:
    """Return an error's members. Raises ValueError for a refusal that is not DynamoDB's.

    A proxy or a load balancer may send an error that is no JSON. It counts as one of the server if its
    status says so.
    """
    try:
        members = read_json(body)
    except (ValueError, RecursionError):
        members = {}
    kind = members.pop("__type", None)
    if status < _SERVER_ERROR and (status <= SUCCESS or not isinstance(kind, str)):
        raise ValueError(f"it has the status {status}")
    # Such as `com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException`, perhaps with `:` and a link.
    code = str(kind or status).rpartition("#")[2].partition(":")[0]
    messages = [members.pop(name) for name in ("message", "Message") if name in members]
    return {**members, "Error": {"Message": messages[0] if messages else "", "Code": code}}


def _check_types(members: Mapping[str, Any]) -> None:
    """Raise TypeError for members or items of other types than DynamoDB sends."""
    for name, value in members.items():
        check = _CHECKS.get(name)
        if check is not None:
            check(value)


def _check_item(item: Any) -> None:
    if not _ONLY_OBJECTS(map(type, _object(item).values())):
        raise TypeError("a value in it has no type")


def _check_items(items: Any) -> None:
    for item in _list(items):
        _check_item(item)


def _check_responses(responses: Any) -> None:
    for items in _object(responses).values():
        _check_items(items)


def _check_reasons(reasons: Any) -> None:
    for reason in _list(reasons):
        _check_item(_object(reason).get("Item", {}))


def _check_consumed(consumed: Any) -> None:
    for table in consumed if type(consumed) is list else (consumed,):
        if type(_object(table).get("CapacityUnits", 0)) not in (int, float):
            raise TypeError("its ConsumedCapacity is no number")


def _object(value: Any) -> dict[str, Any]:
    if type(value) is not dict:
        raise TypeError("a part of it is no object")
    return value


def _list(value: Any) -> list[Any]:
    if type(value) is not list:
        raise TypeError("a part of it is no list")
    return value


def _number(value: Any) -> None:
    if type(value) is not int:
        raise TypeError("a count in it is no number")


# The members of responses and of errors that this project reads.
_CHECKS: Final[Mapping[str, Callable[[Any], object]]] = {
    "Attributes": _check_item,
    "CancellationReasons": _check_reasons,
    "ConsumedCapacity": _check_consumed,
    "Count": _number,
    "Item": _check_item,
    "Items": _check_items,
    "LastEvaluatedKey": _object,
    "Responses": _check_responses,
    "ScannedCount": _number,
    "UnprocessedKeys": _object,
}


def read_json(body: bytes) -> dict[str, Any]:
    """Return a response's members, binaries as bytes, without those that are null. Raises ValueError."""
    may_have_binaries = b'"B"' in body or b'"BS"' in body
    decoder = _WITH_BINARIES if may_have_binaries else _PLAIN
    members = decoder.decode(body.decode("utf-8", "surrogatepass"))
    if not isinstance(members, dict):
        raise ValueError("not an object")  # noqa: TRY004 - as for any other text that is no response
    return {name: value for name, value in members.items() if value is not None}


def _decode_binary(found: dict[str, Any]) -> dict[str, Any]:
    """Decode the value of an attribute: an object with one member that is named by its type.

    An attribute called "B" is left as it is, because its value is an object itself.
    """
    if "B" in found:
        if len(found) == 1 and isinstance(found["B"], str):
            return {"B": a2b_base64(found["B"])}
    elif "BS" in found and len(found) == 1 and isinstance(found["BS"], list):
        return {"BS": [a2b_base64(binary) for binary in found["BS"]]}
    return found


# Made once, because `json.loads` makes a decoder for each call with options.
_PLAIN: Final = json.JSONDecoder()
_WITH_BINARIES: Final = json.JSONDecoder(object_hook=_decode_binary)
