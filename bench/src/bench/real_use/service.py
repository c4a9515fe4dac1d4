"""The handler of the API as it is deployed, on a table of this machine, with a meter of its requests."""

import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import wiring
from bench.api_gateway import graphql_event
from bench.meter import Meter
from bench.real_use.documents.document import Document
from bench.real_use.world import World
from handlers import http_api
from handlers.http import log as http_log
from local_server.lambda_context import LambdaContext
from wiring import App, Settings


@dataclass(frozen=True, slots=True)
class Response:
    """The response to one document, and what it has consumed.

    `milliseconds` are those of CPU without the store's, `waited` those of a client, which waits for both.
    """

    body: Mapping[str, Any]
    calls: int
    units: float
    milliseconds: float
    waited: float = 0.0

    @property
    def refusal(self) -> str | None:
        """The code and the message of the first error; None if there is none."""
        errors = self.body.get("errors")
        if not errors:
            return None
        return f"{errors[0].get('extensions', {}).get('code')}: {errors[0]['message']}"


class Service:
    """The service of one table."""

    def __init__(self, settings: Settings, client: Any) -> None:
        self._meter = Meter()
        self._app = App(settings, client, self._meter.observe)

    def send(self, document: Document, world: World) -> Response:
        """Send a document with the values of a world."""
        event = graphql_event(
            document.text_for(world),
            document.variables_for(world),
            from_core=document.from_core,
            accept_encoding="identity",
        )
        with _serving(self._app), self._meter.measure() as consumed:
            began, asked = time.process_time(), time.perf_counter()
            response = http_api.handler(event, LambdaContext(aws_request_id="bench", timeout=25.0))
            milliseconds = 1000 * (time.process_time() - began)
            waited = 1000 * (time.perf_counter() - asked)
        body = json.loads(response["body"])
        return Response(body, consumed.calls.total(), consumed.read_units, milliseconds, waited)


@contextmanager
def _serving(app: App) -> Iterator[None]:
    """Let the handler use this app."""
    former, wiring.app = wiring.app, lambda: app  # type: ignore[assignment]
    try:
        yield
    finally:
        wiring.app = former


@contextmanager
def without_log() -> Iterator[None]:
    """Discard the handler's log lines, which are one for each request."""
    os.environ.setdefault("POWERTOOLS_LOG_LEVEL", "INFO")
    with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere):
        http_log.logger()
        yield
