"""An API Gateway HTTP API event (payload format 2.0), read as a request of GraphQL over HTTP."""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from domain.access.authors import Origin
from domain.errors import BadUserInput, PayloadTooLarge
from domain.ids import parse_uuid
from domain.memory import Memory
from domain.odd_values import is_plain
from graphql_api.execution import GraphQLRequest
from graphql_api.language import json_text
from graphql_api.language.variables import decode_variables
from handlers.http.body import check_content_type, read_text
from handlers.http.problem import HttpProblem

_NOT_UTF8 = "The body is not valid UTF-8."
_BATCH = "The body holds a list. Send one operation a request: batches are not supported."


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request of the HTTP API.

    `path` has neither the stage nor doubled or trailing slashes; `raw_path` may have them. `signer` is the
    ARN of the role or user of IAM whose signature API Gateway has checked, None on a route without that
    check.
    """

    method: str
    path: str
    raw_path: str
    headers: Mapping[str, str]
    query_string: str
    body: str | None
    is_base64: bool
    id: str
    signer: str | None = None
    source_ip: str = ""

    @property
    def core_version(self) -> str | None:
        """The release of Prefect Core that the client names, at most 20 characters of it."""
        return self.headers.get("x-prefect-core-version", "")[:20] or None

    @property
    def origin(self) -> Origin:
        """Where the request comes from, for the audit trail."""
        return Origin.of(self.id, self.source_ip, self.headers.get("user-agent", ""))

    @property
    def agent_id(self) -> str | None:
        """The id that an agent got at its registration; None if the header is absent or no UUID."""
        header = self.headers.get("x-prefect-agent-id")
        if header is None:
            return None
        with suppress(BadUserInput):
            return parse_uuid(header, "X-PREFECT-AGENT-ID")
        return None

    @property
    def tenant_id(self) -> str | None:
        """The tenant for which the client says the request is; None if the header is absent."""
        return self.headers.get("x-prefect-tenant-id", "").strip().lower() or None

    @classmethod
    def of(cls, event: Mapping[str, Any]) -> "HttpRequest":
        """Return the request of an event."""
        context = event["requestContext"]
        return cls(
            method=context["http"]["method"].upper(),
            path=_path(event["rawPath"], context.get("stage", "$default")),
            raw_path=event["rawPath"],
            headers={name.lower(): value for name, value in (event.get("headers") or {}).items()},
            query_string=event.get("rawQueryString", ""),
            body=event.get("body"),
            is_base64=event.get("isBase64Encoded", False),
            id=context.get("requestId", ""),
            source_ip=context["http"].get("sourceIp", ""),
            signer=((context.get("authorizer") or {}).get("iam") or {}).get("userArn"),
        )


def _path(raw: str, stage: str) -> str:
    parts = [part for part in raw.split("/") if part]
    if parts and parts[0] == stage:
        del parts[0]
    return "/" + "/".join(parts)


def read_graphql(request: HttpRequest, memory: Memory | None = None) -> GraphQLRequest:
    """Return the GraphQL request in the body of a POST, or in the query string of a GET.

    Raises HttpProblem unless the request is a well-formed request of GraphQL over HTTP.
    """
    posted = request.method == "POST"
    parameters = _body_parameters(request, memory) if posted else _url_parameters(request)
    query = parameters.get("query")
    if not isinstance(query, str):
        raise HttpProblem(400, "The parameter `query` must be a string: the text of a GraphQL document.")
    operation_name = parameters.get("operationName")
    if operation_name is not None and not isinstance(operation_name, str):
        raise HttpProblem(400, "The parameter `operationName` must be a string or null.")
    if not isinstance(parameters.get("extensions"), dict | None):
        raise HttpProblem(400, "The parameter `extensions` must be an object or null.")
    try:
        variables = decode_variables(parameters.get("variables"), memory)
    except BadUserInput as error:
        raise HttpProblem(400, error) from error
    except PayloadTooLarge as error:
        raise HttpProblem(413, error) from error
    return GraphQLRequest(
        query=query,
        variables=variables,
        operation_name=operation_name or None,
        read_only=not posted,
        request_id=request.id,
    )


def _body_parameters(request: HttpRequest, memory: Memory | None) -> dict[str, Any]:
    check_content_type(request.headers.get("content-type"))
    if not request.body:
        raise HttpProblem(400, 'The request has no body. Send {"query": "…", "variables": {…}}.')
    text = read_text(
        request.body,
        memory,
        is_base64=request.is_base64,
        content_encoding=request.headers.get("content-encoding"),
    )
    in_utf8 = is_plain(text)
    try:
        parameters = _parse("The body", text, memory)
    except HttpProblem as error:
        raise error if in_utf8 else HttpProblem(400, _NOT_UTF8) from error
    if isinstance(parameters, list):
        raise HttpProblem(400, _BATCH)
    if not isinstance(parameters, dict):
        raise HttpProblem(400, 'The body must be a JSON object: {"query": "…", "variables": {…}}.')
    if not in_utf8 and not is_plain(parameters.get("query")):
        raise HttpProblem(400, _NOT_UTF8)
    return parameters


def _url_parameters(request: HttpRequest) -> dict[str, Any]:
    try:
        pairs = parse_qsl(request.query_string, keep_blank_values=True, errors="strict", max_num_fields=20)
    except ValueError as error:
        raise HttpProblem(400, "The query string is not valid: at most 20 parameters, in UTF-8.") from error
    parameters: dict[str, Any] = dict(pairs)
    if parameters.get("extensions"):
        parameters["extensions"] = _parse("The parameter `extensions`", parameters["extensions"])
    else:
        parameters.pop("extensions", None)
    return parameters


def _parse(name: str, text: str, memory: Memory | None = None) -> Any:
    try:
        return json_text.loads_as_it_is(text, memory, name)
    except PayloadTooLarge as error:
        raise HttpProblem(413, error) from error
    except json.JSONDecodeError as error:
        raise HttpProblem(400, f"{name} is not valid JSON: {error}.") from error
    except ValueError as error:
        raise HttpProblem(400, f"{name} cannot be used: {error}.") from error
