"""DynamoDB's answers, read without walking botocore's model of them.

Its parser visits every attribute of every item to make what `json.loads` has made already: of all types of
attribute values only binaries differ, which JSON carries as base64. So these are the only ones to be looked
at, and none where the text has none. Errors, and operations other than those that move items, are left to
botocore.
"""

import json
from binascii import a2b_base64
from typing import Any, Final

from botocore.parsers import ResponseParserFactory

_MOVE_ITEMS: Final = frozenset(
    f"{operation}Output"
    for operation in (
        "GetItem",
        "BatchGetItem",
        "Query",
        "PutItem",
        "UpdateItem",
        "DeleteItem",
        "TransactWriteItems",
    )
)
_OK: Final = 200


class AnswerParsers(ResponseParserFactory):
    """Makes parsers for a client of DynamoDB: the session's component `response_parser_factory`."""

    def create_parser(self, protocol_name: str) -> Any:
        """Make ours for JSON; any other protocol that DynamoDB comes to speak is read by botocore."""
        parser: Any = super().create_parser(protocol_name)
        return AnswerParser(parser) if protocol_name == "json" else parser


class AnswerParser:
    """Parses what succeeded, and leaves the rest to another parser."""

    def __init__(self, other: Any) -> None:
        self._other = other

    def parse(self, response: dict[str, Any], shape: Any) -> Any:
        """Give the members of the answer, and botocore's metadata but for the headers, which nobody reads."""
        if response["status_code"] != _OK or shape is None or shape.name not in _MOVE_ITEMS:
            return self._other.parse(response, shape)
        try:
            members = loads(response["body"])
        except ValueError:
            return self._other.parse(response, shape)
        members["ResponseMetadata"] = {
            "HTTPStatusCode": _OK,
            "RequestId": response["headers"].get("x-amzn-requestid", ""),
        }
        return members


def loads(body: bytes) -> dict[str, Any]:
    """Read an answer with its binaries as bytes, and without the members that are null. Raises ValueError."""
    may_have_binaries = b'"B"' in body or b'"BS"' in body
    members = json.loads(body or b"{}", object_hook=_with_bytes if may_have_binaries else None)
    return {name: value for name, value in members.items() if value is not None}


def _with_bytes(found: dict[str, Any]) -> dict[str, Any]:
    """An attribute's value is an object with one member, whose name is its type and whose value no object."""
    if len(found) == 1:
        if isinstance(binary := found.get("B"), str):
            return {"B": a2b_base64(binary)}
        if isinstance(binaries := found.get("BS"), list):
            return {"BS": [a2b_base64(each) for each in binaries]}
    return found
