"""A handler for tests of the server, with one path for every behaviour that a server must cope with."""

import base64
import os
import time
from functools import cache
from threading import Barrier

import boto3

_together = Barrier(32)
_left: list[bool] = []


def handler(event, context):
    """Handle all paths, as the product's handler does. Raise for an unknown path."""
    return _PATHS[event["rawPath"]](event, context)


def _health(event, context):
    return {"statusCode": 200, "body": "ok"}


def _event(event, context):
    return event


def _length(event, context):
    return {"statusCode": 200, "body": str(len(_body(event)))}


def _item(event, context):
    """Store the item that the body names (POST), or look for the item that the query names (GET)."""
    table = os.environ["TABLE_NAME"]
    if event["requestContext"]["http"]["method"] == "POST":
        _client().put_item(TableName=table, Item=_key(_body(event).decode()))
        return {"statusCode": 201}
    found = _client().get_item(TableName=table, Key=_key(event["rawQueryString"]), ConsistentRead=True)
    return {"statusCode": 200 if "Item" in found else 404}


def _together_with_31_others(event, context):
    _together.wait(timeout=20)
    return {"statusCode": 200, "body": context.aws_request_id}


def _slow(event, context):
    time.sleep(1)
    return {"statusCode": 200, "body": "done"}


def _until_the_client_leaves(event, context):
    """Work until the client has left, or for the rounds that the query names. Remember whether it left."""
    _left.append(False)
    for _ in range(int(event["rawQueryString"])):
        if context.client_has_left():
            _left[-1] = True
            break
        time.sleep(0.02)
    return {"statusCode": 200, "body": "done"}


def _who_left(event, context):
    return {"statusCode": 200, "body": str(_left)}


def _raise(event, context):
    raise RuntimeError("raised for the test")


_PATHS = {
    "/health": _health,
    "/event": _event,
    "/length": _length,
    "/item": _item,
    "/together": _together_with_31_others,
    "/slow": _slow,
    "/until-left": _until_the_client_leaves,
    "/who-left": _who_left,
    "/raises": _raise,
}


@cache
def _client():
    return boto3.client("dynamodb")


def _key(name):
    return {"pk": {"S": name}, "sk": {"S": "item"}}


def _body(event):
    body = event.get("body", "")
    return base64.b64decode(body) if event["isBase64Encoded"] else body.encode()
