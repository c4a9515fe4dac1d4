"""The handler in parts, each to be called for itself with what it was given when the whole was recorded."""

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
from handlers.http.auth import authenticate, bearer
from handlers.http.media import DEFAULT, accepts_gzip, negotiate
from handlers.http.request import HttpRequest, read_graphql
from handlers.http.response import Encoding, HttpResponse, ProxyResponse, encode
from operations.context import Context
from storage.dynamodb.consumption import Consumption
from storage.store import TenantStore

WHOLE: Final = "whole"
COLD: Final = "parse + validate"
# In the order in which a request goes through them; they add up to the whole but for what joins them.
LAYERS: Final = ("decode", "context", "execute", "storage", "dynamodb", "encode", "log")


@dataclass(frozen=True, slots=True)
class Recorded:
    """One request with all that its layers were given and answered."""

    event: dict[str, Any]
    request: GraphQLRequest
    answer: HttpResponse
    response: ProxyResponse
    asked: list[canned_store.Call]
    sent: list[calls.ClientCall]


def serve(app: FrozenApp) -> None:
    """Let the handler work for this app, and its log go nowhere."""
    wiring.app = lambda: app  # type: ignore[assignment]
    os.environ["POWERTOOLS_LOG_LEVEL"] = "INFO"
    nowhere = Path(os.devnull).open("w")  # noqa: SIM115 - as long as the process lives
    with redirect_stdout(nowhere):
        http_log.logger()


def record(app: FrozenApp, client: Any, case: Case) -> Recorded:
    """Send a request once, then once more layer by layer. Leaves the program when it is refused."""
    event = case.event()
    response = http_api.handler(event, None)
    if response["statusCode"] != 200 or '"errors":' in response["body"]:  # noqa: PLR2004
        raise SystemExit(f"{case.name} failed: {response['body']}")
    recorder = calls.RecordingClient(client)
    context = app.context("1.4.1" if case.by_text else None)
    asked = canned_store.RecordingStore(_store(app, recorder))
    request = read_graphql(HttpRequest.of(event))
    outcome = app.executor.execute(request, replace(context, store=asked))
    cost = {**context.cost(), "plans": context.plans}
    answer = HttpResponse(200, outcome.result, outcome=outcome, cost=cost)
    return Recorded(event, request, answer, response, asked.calls, recorder.calls)


def _store(app: FrozenApp, client: Any) -> TenantStore:
    settings = app.settings
    table = calls.TableInTurn(client, settings.table_name, Consumption().add)
    return TenantStore(table, settings.tenant_id, settings.shards)


def acts(app: FrozenApp, client: Any, found: Recorded) -> Mapping[str, Act]:
    """What to time: the whole handler, then each layer in the order of a request."""
    http = HttpRequest.of(found.event)
    store = _store(app, calls.CannedClient(found.sent))
    context = app.context()
    return {
        WHOLE: partial(http_api.handler, found.event, None),
        "decode": partial(_decode, found.event),
        "context": partial(_context, app),
        "execute": partial(_execute, app, context, found),
        "storage": partial(canned_store.repeat, store, found.asked),
        "dynamodb": partial(calls.repeat, client, found.sent),
        "encode": partial(encode, found.answer, Encoding()),
        "log": partial(http_log.log_request, http, found.answer, found.response, 0.0123),
    }


def cold(found: Recorded) -> Act:
    """Read a request's document as if it had not been seen before."""
    return partial(documents.read, build_schema(), found.request.query)


def _decode(event: dict[str, Any]) -> GraphQLRequest:
    request = HttpRequest.of(event)
    media = negotiate(request.headers.get("accept"))
    Encoding(media=media or DEFAULT, gzip=accepts_gzip(request.headers.get("accept-encoding")))
    return read_graphql(request)


def _context(app: FrozenApp) -> Context:
    context = app.context("1.4.1", None, bearer(None))
    authenticate(None, app.settings.token_digests, lambda _: False)
    return context


def _execute(app: FrozenApp, context: Context, found: Recorded) -> None:
    app.executor.execute(found.request, replace(context, store=canned_store.CannedStore(found.asked)))
