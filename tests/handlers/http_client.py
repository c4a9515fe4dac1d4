"""A client of the HTTP handler on the toy schema: it sends events and reads responses as a client does."""

import base64
import gzip
import io
import itertools
import json
from dataclasses import dataclass, field
from hashlib import sha256
from types import SimpleNamespace
from typing import Any

import pytest
from aws_lambda_powertools.logging import Logger

import wiring
from domain.access.callers import Caller
from domain.access.tenants import Tenant
from graphql_api.execution import Executor
from handlers import http_api
from handlers.http import log as http_log
from tests.handlers.events import graphql_event, http_event
from tests.handlers.invocation import invocation
from tests.unit.graphql_api.toy_schema import build_toy_schema

# Loggers of one name share their first stream, so each test has a logger of its own name.
_numbers = itertools.count()


@dataclass
class Settings:
    token_digests: frozenset[str] = frozenset()
    issuer: Any = None
    shards: int = 4

    @property
    def is_open(self) -> bool:
        return not self.token_digests


@dataclass
class ClientResponse:
    """A response as the client sees it, after API Gateway has undone base64."""

    status: int
    headers: dict[str, str]
    raw: bytes
    proxy_response: dict[str, Any]

    @property
    def json(self) -> Any:
        packed = self.headers.get("content-encoding") == "gzip"
        return json.loads(gzip.decompress(self.raw) if packed else self.raw)

    @property
    def codes(self) -> list[str]:
        return [error["extensions"]["code"] for error in self.json["errors"]]

    @property
    def message(self) -> str:
        return str(self.json["errors"][0]["message"])


@dataclass
class Api:
    """The handler with a small app behind it; `unhealthy` is raised by its health check."""

    settings: Settings = field(default_factory=Settings)
    writes: list[str] = field(default_factory=list)
    unhealthy: Exception | None = None
    unusable: Exception | None = None
    log_stream: io.StringIO = field(default_factory=io.StringIO)

    def __post_init__(self) -> None:
        self.executor = Executor(build_toy_schema(self.writes))

    def context(self, *_: str | None) -> SimpleNamespace:
        if self.unusable:
            raise self.unusable
        context = SimpleNamespace(
            cost=dict, plans=[], left_out=[], tenant=Tenant("t", "T", "t"), usage=None, tally={"runs": 0}
        )
        context.sent_with = lambda *_: context
        return context

    def for_caller(self, context: SimpleNamespace, caller: Caller, _: str | None) -> SimpleNamespace:
        context.caller = caller
        return context

    def health(self) -> None:
        if self.unhealthy:
            raise self.unhealthy

    def accept_only(self, token: str) -> None:
        known = ("another known token", token)
        self.settings.token_digests = frozenset(sha256(text.encode()).hexdigest() for text in known)

    def call(self, event: dict[str, Any]) -> ClientResponse:
        response = http_api.handler(json.loads(json.dumps(event)), invocation())
        # The Lambda runtime makes JSON of the response as well.
        response = json.loads(json.dumps(response))
        body = response["body"]
        raw = base64.b64decode(body) if response["isBase64Encoded"] else body.encode()
        return ClientResponse(response["statusCode"], response["headers"], raw, response)

    def request(self, method: str = "GET", path: str = "/graphql", **more: Any) -> ClientResponse:
        return self.call(http_event(method, path, **more))

    def post(self, query: str, variables: Any = None, **more: Any) -> ClientResponse:
        return self.call(graphql_event(query, variables, **more))

    def post_body(self, body: str | bytes | None, **headers: str) -> ClientResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.request("POST", headers={"content-type": "application/json", **named}, body=body)

    @property
    def log(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log_stream.getvalue().splitlines()]


def install(monkeypatch: pytest.MonkeyPatch) -> Api:
    """Put a new app and a log of its own behind the handler. Return the client."""
    api = Api()
    log = Logger(
        service=f"test-{next(_numbers)}",
        stream=api.log_stream,
        level="INFO",
        logger_formatter=http_log.LineFormatter(),
    )
    monkeypatch.setattr(wiring, "app", lambda: api)
    monkeypatch.setattr(http_log, "logger", lambda: log)
    return api
