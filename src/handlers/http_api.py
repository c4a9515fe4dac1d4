"""GraphQL over HTTP on an API Gateway HTTP API (payload format 2.0)."""

from handlers.quiet_collector import give_back, settle

# isort: split
from collections.abc import Mapping
from functools import lru_cache, partial
from time import perf_counter
from typing import Any, Final

import wiring
from domain.access.iam_roles import caller_of_arn
from domain.access.issuers import Issuer
from domain.errors import ApiError, Forbidden, NotFound, RateLimited, Unauthenticated
from domain.memory import Memory
from domain.work import Work
from domain.work_bounds import most_reads
from graphql_api.errors import INTERNAL
from graphql_api.execution import Stage
from handlers.http.auth import Admission, Doors, authenticate
from handlers.http.console import console_response, is_console
from handlers.http.issued_tokens import IssuedTokens
from handlers.http.log import log_ending_key, log_failure, log_request, log_unanswered
from handlers.http.media import DEFAULT, GRAPHQL_RESPONSE, JSON, Media, accepts_gzip, negotiate
from handlers.http.problem import HttpProblem
from handlers.http.request import HttpRequest, read_graphql
from handlers.http.response import Encoding, HttpResponse, ProxyResponse, encode
from handlers.invocation import LambdaContext, client_has_left, time_left
from handlers.turn import LargeTurn
from operations.access.api_keys import caller_of_key, note_use
from operations.context import Context

# API Gateway lets requests to this path through only with a signature of IAM (SigV4).
SIGNED_PATH: Final = "/iam/graphql"
# Clients of releases before 0.12.1 post to /graphql/alpha, those from 0.15 on to the root.
_METHODS: Mapping[str, str] = {
    "/graphql": "GET, HEAD, POST, OPTIONS",
    "/": "GET, HEAD, POST, OPTIONS",
    "/graphql/alpha": "POST, OPTIONS",
    SIGNED_PATH: "POST, OPTIONS",
    "/health": "GET, HEAD, OPTIONS",
}
# Request header; with any value the response has `extensions.cost`.
COST_HEADER = "x-flow-runs-cost"
# Work ends so many seconds before Lambda ends the function, so that the response can be sent.
RESERVE_SECONDS: Final = 2.0
# Lambda sends a process one request at a time, the local server sends many.
_LARGE: Final = LargeTurn()
_WELCOME = {
    "service": "Flow Runs",
    "console": "/ui/",
    "graphql": "/graphql",
    "health": "/health",
    "example": 'POST /graphql with {"query": "{ hello }"} as application/json',
}


def handler(event: dict[str, Any], context: LambdaContext) -> ProxyResponse:
    """Return the response to one request: decode, authenticate, execute, encode.

    Every failure becomes a response with GraphQL's `errors` in its body. Only a malformed event raises.
    """
    memory = Memory(turn=_LARGE, time_left=time_left(context, RESERVE_SECONDS))
    try:
        return _respond(event, context, memory)
    finally:
        try:
            # Nothing of the request is left but its response, so the next large request finds room.
            if memory.is_large:
                give_back()
        finally:
            memory.end()
        settle()


def _respond(event: dict[str, Any], context: LambdaContext, memory: Memory) -> ProxyResponse:
    started = perf_counter()
    request = HttpRequest.of(event)
    media = negotiate(request.headers.get("accept"))
    encoding = Encoding(
        media=media or DEFAULT,
        gzip=accepts_gzip(request.headers.get("accept-encoding")),
        with_body=request.method != "HEAD",
    )
    try:
        if is_console(request):
            proxy_response = console_response(request)
            response = HttpResponse(proxy_response["statusCode"])
        else:
            response, proxy_response = encode(_route(request, media, context, memory), encoding)
    except Exception as error:  # noqa: BLE001  (the client gets a response that it can read for any error)
        response, proxy_response = encode(_error_response(error, request, encoding.media), encoding)
    log_request(request, response, proxy_response, perf_counter() - started)
    return proxy_response


def _route(
    request: HttpRequest, media: Media | None, invocation: LambdaContext, memory: Memory
) -> HttpResponse:
    allowed = _METHODS.get(request.path)
    if allowed is None:
        raise HttpProblem(404, NotFound("There is nothing at this path. GraphQL is at /graphql."))
    if request.method == "OPTIONS":
        return HttpResponse(204, headers={"allow": allowed})
    if request.method not in allowed.split(", "):
        raise HttpProblem(
            405, f"{request.method[:20]} is not possible here; {allowed} are.", {"allow": allowed}
        )
    if request.path == "/health":
        return _health(request)
    if request.path == "/" and request.method != "POST":
        return HttpResponse(200, _WELCOME)
    if media is None:
        raise HttpProblem(406, f"Responses are {GRAPHQL_RESPONSE} or {JSON}; the Accept header allows none.")
    return _graphql(request, media, memory, invocation)


def _graphql(request: HttpRequest, media: Media, memory: Memory, invocation: LambdaContext) -> HttpResponse:
    app = wiring.app()  # a handler has no caller that could pass it in
    work = Work(
        max_reads=most_reads(app.settings.shards),
        memory=memory,
        time_left=time_left(invocation, RESERVE_SECONDS),
        has_left=client_has_left(invocation),
    )
    context = app.context(request.core_version, request.agent_id, work)
    admitted = _admission(request, app.settings, context)
    context = app.for_caller(context, admitted.caller, request.tenant_id or admitted.tenant_id)
    if context.tenant.limits.requests is not None:
        from operations.access.rates import check_rate  # noqa: PLC0415  (few tenants have a budget)

        check_rate(context)
    context = context.sent_with(admitted.token, request.origin)
    if context.caller.key_id is not None and note_use(context):
        log_ending_key(request, context.caller, context.now())
    outcome = app.executor.execute(read_graphql(request, work.memory), context, context.caller)
    cost = {**context.cost(), "plans": context.plans}
    if context.usage is not None:
        from operations.access.usage import note_request  # noqa: PLC0415  (the home tenant is not counted)

        note_request(context)
    facts = {**cost, "tenant_id": context.tenant.id, "runs_created": context.tally["runs"]}
    for failure in outcome.failures:
        log_failure(request, failure)
    log_unanswered(request, outcome.unanswered)
    if outcome.stage is Stage.WRITE_REFUSED:
        return HttpResponse(405, outcome.result, {"allow": "POST"}, outcome, facts)
    status = {Stage.REFUSED: media.refused_status, Stage.FORBIDDEN: media.forbidden_status}.get(
        outcome.stage, 200
    )
    result = outcome.result
    if outcome.stage is Stage.EXECUTED:
        extensions: dict[str, Any] = {"left_out": context.left_out} if context.left_out else {}
        # The cost would tell a key of some projects what there is in others.
        shows_cost = COST_HEADER in request.headers and context.caller.projects is None
        extensions |= {"cost": cost} if shows_cost else {}
        result = {**result, **({"extensions": extensions} if extensions else {})}
    return HttpResponse(status, result, outcome=outcome, cost=facts)


def _admission(request: HttpRequest, settings: wiring.Settings, context: Context) -> Admission:
    """Return who sends a request. Raises Unauthenticated, Forbidden, ApiError."""
    if request.path == SIGNED_PATH:
        if request.signer is None:
            raise Unauthenticated("Sign requests to this path with SigV4, or send others to /graphql.")
        return Admission(caller_of_arn(settings.iam_roles, request.signer))
    doors = Doors(
        digests=settings.token_digests,
        caller_of_key=partial(caller_of_key, context),
        caller_of_issued=_issued_tokens(settings.issuer).caller if settings.issuer else None,
        is_open=settings.is_open,
    )
    return authenticate(request.headers.get("authorization"), doors)


@lru_cache(1)
def _issued_tokens(issuer: Issuer) -> IssuedTokens:
    """Return the check of an issuer's tokens, which remembers the issuer's keys."""
    return IssuedTokens(issuer)


def _health(request: HttpRequest) -> HttpResponse:
    try:
        wiring.app().health()
    except ApiError as error:
        log_unanswered(request, [error])
        raise HttpProblem(503, ApiError("Requests can't be served now; the log says why.")) from error
    except Exception as error:
        log_failure(request, error)
        raise HttpProblem(503, ApiError("Requests can't be served now; the log says why.")) from error
    return HttpResponse(200, {"status": "ok"})


def _error_response(error: Exception, request: HttpRequest, media: Media) -> HttpResponse:
    if isinstance(error, HttpProblem):
        return HttpResponse(error.status, error.result, error.headers)
    if isinstance(error, Unauthenticated):
        status = media.unauthenticated_status
        headers = {"www-authenticate": "Bearer"} if status == 401 else {}  # noqa: PLR2004
        return HttpResponse(status, HttpProblem(status, error).result, headers)
    if isinstance(error, Forbidden):
        return HttpResponse(media.forbidden_status, HttpProblem(media.forbidden_status, error).result)
    if isinstance(error, RateLimited):
        headers = {"retry-after": str(error.extensions["retry_after"])}
        return HttpResponse(429, HttpProblem(429, error).result, headers)
    if isinstance(error, ApiError):
        log_unanswered(request, [error])
        return HttpResponse(503, HttpProblem(503, error).result)
    log_failure(request, error)
    message = f"The service failed on this request. Its log says why under request id {request.id}."
    return HttpResponse(500, {"errors": [{"message": message, "extensions": {"code": INTERNAL}}]})
