"""What the response to a call must have, so that the response to another call is not taken for it.

Nothing in DynamoDB's protocol says which request a response belongs to, only its order on the connection.
"""

from collections.abc import Mapping
from typing import Any

from storage.dynamodb.responses import no_response


def check_response(operation: str, arguments: Mapping[str, Any], response: Mapping[str, Any]) -> None:
    """Raise HTTPClientError for a response that cannot be that to this call."""
    for name in _required(operation, arguments):
        if name not in response:
            raise no_response(f"{operation} needs its {name}")
    if operation == "BatchGetItem":
        if not _were_asked_for(arguments["RequestItems"], response["Responses"]):
            raise no_response("an item in it was not asked for")
    elif key := arguments.get("Key"):
        for name in ("Item", "Attributes"):
            if name in response and not _has_key(response[name], key):
                raise no_response(f"its {name} has another key")


def _required(operation: str, arguments: Mapping[str, Any]) -> tuple[str, ...]:
    if operation in ("Query", "Scan"):
        return ("Count", "ScannedCount") if arguments.get("Select") == "COUNT" else ("Items", "Count")
    if operation == "BatchGetItem":
        return ("Responses",)
    return ("Attributes",) if arguments.get("ReturnValues") == "ALL_NEW" else ()


def _has_key(item: Mapping[str, Any], key: Mapping[str, Any]) -> bool:
    """Return True unless the item names another key. A number has many spellings, so it is not compared."""
    others = [name for name, value in key.items() if item.get(name, value) != value and "N" not in value]
    return not others


def _were_asked_for(requested: Mapping[str, Any], found: Mapping[str, Any]) -> bool:
    """Return True unless an item was found whose key is none of those in the request."""
    for table, items in found.items():
        keys = requested[table]["Keys"] if table in requested else []
        names = tuple(keys[0]) if keys else ()
        # A value is a dict, which no set can have, but its text can.
        asked = {str([key[name] for name in names]) for key in keys}
        for item in items:
            if str([item.get(name) for name in names]) not in asked:
                return False
    return True
