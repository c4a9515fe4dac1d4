"""The product's handler with a slow database, whose calls a test can count at /calls."""

import time

from handlers import http_api
from storage.dynamodb.table import Table

_SECONDS = 0.03
_calls: list[str] = []
_call = Table._call


def _slow_call(table, operation, **arguments):
    result = _call(table, operation, **arguments)
    _calls.append(operation)
    time.sleep(_SECONDS)
    return result


Table._call = _slow_call  # type: ignore[method-assign, assignment]


def handler(event, context):
    if event["rawPath"] == "/calls":
        return {"statusCode": 200, "body": str(len(_calls))}
    return http_api.handler(event, context)
