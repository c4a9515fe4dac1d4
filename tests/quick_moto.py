"""Quicker ways of doing what takes moto most of its time, with the same results.

`tests/contract/test_quick_moto.py` compares them with moto's own ways. A test that fails only with them
is tried without them by leaving out the call of `install`.
"""

from base64 import b64encode
from collections import defaultdict
from collections.abc import Callable
from copy import copy, deepcopy
from functools import cache, partial
from importlib import import_module
from pickle import dumps, loads
from threading import Lock
from typing import Any

import botocore.session
import pytest
from botocore.awsrequest import AWSPreparedRequest
from botocore.loaders import create_loader
from moto.core import responses, serialize
from moto.core.models import DEFAULT_ACCOUNT_ID, botocore_stubber
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table
from moto.dynamodb.responses import DynamoHandler
from moto.utilities.utils import get_partition
from werkzeug.datastructures import Headers

Value = dict[str, Any]
Action = dict[str, Any]


def install(patch: pytest.MonkeyPatch) -> None:
    """Replace moto's ways until the patch is undone. Call it before moto starts."""
    patch.setattr(botocore_stubber, "process_request", partial(_process, botocore_stubber.process_request))
    patch.setitem(serialize.SERVICE_SPECIFIC_SERIALIZERS, "dynamodb", {"json": QuickSerializer})
    patch.setattr(botocore.session, "create_loader", _one_loader)
    _remember_what_is_parsed(patch)
    _back_up_less(patch)


# A loader remembers the descriptions of the services that it has read. botocore makes one for each session.
_one_loader = cache(create_loader)


def _process(stock: Callable[[AWSPreparedRequest], Any], request: AWSPreparedRequest) -> Any:
    """Give DynamoDB's requests to its handler. moto compares the address with those of all services."""
    if request.url.startswith("https://dynamodb."):
        return QuickHandler.dispatch(_Request(request))
    return stock(request)


class _Request:
    """The attributes of a request that a handler reads."""

    def __init__(self, request: AWSPreparedRequest) -> None:
        self.method, self.url, self.path, self.data = request.method, request.url, "/", request.body
        self.headers = Headers((name, _text(value)) for name, value in request.headers.items())
        self.content_type = self.headers["Content-Type"]
        self.values: dict[str, str] = {}


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


class QuickHandler(DynamoHandler):
    """moto's handler. It does not look for forms, files and queries, which these requests do not have."""

    def setup_class(self, request: Any, *_: Any, **__: Any) -> None:
        self.headers, self.querystring, self.uri_match = request.headers, {}, {}
        self.response_headers = {"server": "amazon.com"}
        self.region = request.url.split(".")[1]
        self.partition = get_partition(self.region)
        self.current_account = DEFAULT_ACCOUNT_ID
        self.parse_parameters(request)


class QuickSerializer(serialize.JSONSerializer):
    """moto's serializer. It does not try several spellings of ten names for each attribute of an item."""

    def _serialize_type_structure(self, serialized: Any, value: Any, shape: Any, key: str) -> None:
        if shape.name == "AttributeValue":
            self._default_serialize(serialized, as_json(value), shape, key)
        else:
            super()._serialize_type_structure(serialized, value, shape, key)


def as_json(value: Value) -> Value:
    """Return an attribute's value as a response has it."""
    ((kind, content),) = value.items()
    match kind:
        case "B":
            return {kind: _base64(content)}
        case "BS":
            return {kind: [_base64(part) for part in content]}
        case "L":
            return {kind: [as_json(part) for part in content]}
        case "M":
            return {kind: {name: as_json(part) for name, part in content.items()}}
        case _:
            return {kind: content}


def _base64(content: str | bytes) -> str:
    return b64encode(content.encode() if isinstance(content, str) else content).decode()


def _remember_what_is_parsed(patch: pytest.MonkeyPatch) -> None:
    names = vars(responses)["method_names_from_class"]
    patch.setattr(responses, "method_names_from_class", cache(names))
    # moto copies a parsed expression before it changes it. Its nodes know no quick way to be copied.
    parser = import_module("moto.dynamodb.parsing.expressions").UpdateExpressionParser
    tree = import_module("moto.dynamodb.parsing.ast_nodes").UpdateExpression
    patch.setattr(parser, "make", cache(parser.make))
    patch.setattr(tree, "__deepcopy__", lambda node, _: loads(dumps(node)), raising=False)  # noqa: S301


def _back_up_less(patch: pytest.MonkeyPatch) -> None:
    backups = _Backups()
    transact = DynamoDBBackend.transact_write_items

    def transact_alone(backend: DynamoDBBackend, actions: list[Action]) -> None:
        with backups.one_at_a_time:
            backups.make(backend, actions)
            transact(backend, actions)

    patch.setattr(DynamoDBBackend, "transact_write_items", transact_alone)
    patch.setattr(Table, "__deepcopy__", lambda table, _: backups.of(table), raising=False)


class _Backups:
    """Copies of tables, to which a transaction that fails goes back.

    A copy shares the items that the transaction does not name. moto copies all, for each action anew.
    """

    def __init__(self) -> None:
        self.one_at_a_time = Lock()
        self._tables: dict[int, Table] = {}

    def of(self, table: Table) -> Table:
        return self._tables[id(table)]

    def make(self, backend: DynamoDBBackend, actions: list[Action]) -> None:
        self._tables.clear()
        for action in actions:
            ((_, request),) = action.items()
            table = backend.tables[request["TableName"]]
            self._keep(table, request.get("Key") or request["Item"])

    def _keep(self, table: Table, key: Value) -> None:
        backup = self._tables.get(id(table))
        if backup is None:
            backup = self._tables[id(table)] = copy(table)
            backup.items = defaultdict(dict, {name: dict(items) for name, items in table.items.items()})
        partition, sort = DynamoType(key["pk"]), DynamoType(key["sk"])
        if sort in backup.items.get(partition, {}):
            backup.items[partition][sort] = deepcopy(table.items[partition][sort])
