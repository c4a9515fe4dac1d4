"""The layers of the handler, each called alone with the inputs of a recorded request."""

import os
from collections.abc import Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Final

import wiring
from bench.handler_cpu import calls, canned_store
from bench.handler_cpu.clock import FrozenApp
from bench.handler_cpu.documents import Case
from bench.handler_cpu.timing import Act
from graphql_api.execution import GraphQLRequest
from graphql_api.language import documents
from graphql_api.schema import build_schema
from handlers import http_api
from handlers.http import log as http_log
from handlers.http.auth import Doors, authenticate
from handlers.http.media import DEFAULT, accepts_gzip, negotiate
from handlers.http.request import HttpRequest, read_graphql
from handlers.http.response import Encoding, HttpResponse, ProxyResponse, encode
from local_server.lambda_context import LambdaContext
from operations.context import Context
from storage.dynamodb.consumption import Consumption
from storage.store import TenantStore

WHOLE: Final = "whole"
COLD: Final = "parse + validate"
# In the order of a request. Together they are the whole request without the code between them.
LAYERS: Final = ("decode", "context", "execute", "storage", "dynamodb", "encode", "log")


@dataclass(frozen=True, slots=True)
class Recorded:
    """One request with the inputs and the results of its layers."""

    event: dict[str, Any]
    request: GraphQLRequest
    response: HttpResponse
    proxy_response: ProxyResponse
    store_calls: list[canned_store.Call]
    client_calls: list[calls.ClientCall]


def serve(app: FrozenApp) -> None:
    """Let the handler use this app, and discard its log."""
    wiring.app = lambda: app  # type: ignore[assignment]
    os.environ["POWERTOOLS_LOG_LEVEL"] = "INFO"
    nowhere = Path(os.devnull).open("w")  # noqa: SIM115 - as long as the process lives
    with redirect_stdout(nowhere):
        http_log.logger()


def handle(event: dict[str, Any]) -> ProxyResponse:
    """Let the handler respond to an event as one invocation."""
    return http_api.handler(event, LambdaContext(aws_request_id="bench", timeout=25.0))


def record(app: FrozenApp, client: Any, case: Case) -> Recorded:
    """Send a request once, then again layer by layer. Leave the benchmark if it is refused."""
    event = case.event()
    proxy_response = handle(event)
    if proxy_response["statusCode"] != 200 or '"errors":' in proxy_response["body"]:  # noqa: PLR2004
        raise SystemExit(f"{case.name} failed: {proxy_response['body']}")
    recorder = calls.RecordingClient(client)
    context = app.context("1.4.1" if case.from_core else None)
    store = canned_store.RecordingStore(_store(app, recorder))
    request = read_graphql(HttpRequest.of(event))
    outcome = app.executor.execute(request, replace(context, store=store))
    cost = {**context.cost(), "plans": context.plans}
    response = HttpResponse(200, outcome.result, outcome=outcome, cost=cost)
    return Recorded(event, request, response, proxy_response, store.calls, recorder.calls)


def _store(app: FrozenApp, client: Any) -> TenantStore:
    settings = app.settings
    table = calls.SequentialTable(client, settings.table_name, Consumption().add)
    return TenantStore(table, settings.tenant_id, settings.shards)


def acts(app: FrozenApp, client: Any, recorded: Recorded) -> Mapping[str, Act]:
    """Return the acts to time: the whole handler, then each layer in the order of a request."""
    http = HttpRequest.of(recorded.event)
    store = _store(app, calls.CannedClient(recorded.client_calls))
    context = app.context()
    return {
        WHOLE: partial(handle, recorded.event),
        "decode": partial(_decode, recorded.event),
        "context": partial(_context, app),
        "execute": partial(_execute, app, context, recorded),
        "storage": partial(canned_store.repeat, store, recorded.store_calls),
        "dynamodb": partial(calls.repeat, client, recorded.client_calls),
        "encode": partial(encode, recorded.response, Encoding()),
        "log": partial(http_log.log_request, http, recorded.response, recorded.proxy_response, 0.0123),
    }


def cold(recorded: Recorded) -> Act:
    """Return the act that reads the document of a request as if it were new to the process."""
    return partial(documents.read, build_schema(), recorded.request.query)


def _decode(event: dict[str, Any]) -> GraphQLRequest:
    request = HttpRequest.of(event)
    media = negotiate(request.headers.get("accept"))
    Encoding(media=media or DEFAULT, gzip=accepts_gzip(request.headers.get("accept-encoding")))
    return read_graphql(request)


def _context(app: FrozenApp) -> Context:
    context = app.context("1.4.1", None)
    doors = Doors(digests=app.settings.token_digests, caller_of_key=lambda _: None, is_open=True)
    authenticate(None, doors)
    return context


def _execute(app: FrozenApp, context: Context, recorded: Recorded) -> None:
    store = canned_store.CannedStore(recorded.store_calls)
    app.executor.execute(recorded.request, replace(context, store=store))
