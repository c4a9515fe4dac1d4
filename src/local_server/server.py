"""One life of the local server, from its settings to its exit code."""

from __future__ import annotations

import os
import signal
import sys
import threading
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from local_server.errors import StartError
from local_server.settings import Settings, read_settings
from local_server.store import Store, open_store

if TYPE_CHECKING:
    import socket
    from collections.abc import MutableMapping

    from local_server.gateway import Handler
    from local_server.http_server import HttpServer

# Not resolved: a link to the sources belongs to the folder that it stands in.
ROOT = Path(os.path.abspath(__file__)).parents[2]  # noqa: PTH100

_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_RECOVERY = "handlers.recovery:handler"
_QUERY = """-d '{"query":"{ hello }"}'"""


def main() -> int:
    """Serve until a signal comes; return 0 after one, 1 if the server could not start or go on."""
    try:
        with ExitStack() as cleanup:
            _serve(read_settings(os.environ), os.environ, cleanup)
    except StartError as error:
        line = " ".join(str(error).split())  # a library's part of it may have several
        print(f"error: {line}", file=sys.stderr, flush=True)  # noqa: T201
        return 1
    except KeyboardInterrupt:  # while it started
        return 0
    return 0


def _serve(settings: Settings, environment: MutableMapping[str, str], cleanup: ExitStack) -> None:
    from handlers.quiet_collector import settle  # noqa: PLC0415  (and the quiet begins)
    from local_server import http_server  # noqa: PLC0415  (a wrong setting is told before anything is loaded)
    from local_server.data_form import prepare_data  # noqa: PLC0415
    from local_server.gateway import gateway, load_handler  # noqa: PLC0415
    from local_server.rule import Rule  # noqa: PLC0415

    listener = cleanup.enter_context(http_server.bind(settings.host, settings.port))
    _set_defaults(settings, environment)
    store = open_store(settings, environment, ROOT, say=_say)
    cleanup.callback(store.stop)
    is_new = _create_table(settings, store)
    prepare_data(is_new=is_new, alone=settings.endpoint is None, say=_say)
    handler = load_handler(settings.handler)
    _warm_up(handler)
    _tell_of_outages()
    settle()
    server = http_server.HttpServer(gateway(handler), listener)
    recovery = Rule("recovery", load_handler(_RECOVERY), settings.recovery_interval)
    cleanup.callback(recovery.stop)
    recovery.start()
    _stop_on_signals(server)
    _say(_greeting(settings, store, listener))
    _run(server, store)


def _run(server: HttpServer, store: Store) -> None:
    """Serve until somebody stops the server, or until its store dies: that is a StartError."""
    if store.emulator is None:
        server.run()
        return
    process = store.emulator.process
    died = threading.Event()

    def watch() -> None:
        process.wait()
        died.set()
        server.stop()

    threading.Thread(target=watch, daemon=True).start()
    server.run()
    if died.is_set():
        raise StartError(
            f"The emulator ended by itself (code {process.returncode}): {store.emulator.last_words()} "
            f"(log: {store.emulator.log}). Start the server again; every acknowledged write is kept."
        )


def _set_defaults(settings: Settings, environment: MutableMapping[str, str]) -> None:
    environment["TABLE_NAME"] = settings.table_name
    environment.setdefault("POWERTOOLS_SERVICE_NAME", "flow-runs")
    # Metrics and a line for each request are for CloudWatch, which is not here to read them.
    environment.setdefault("POWERTOOLS_METRICS_DISABLED", "true")
    environment.setdefault("POWERTOOLS_LOG_LEVEL", "WARNING")


def _create_table(settings: Settings, store: Store) -> bool:
    from local_server import table  # noqa: PLC0415
    from wiring import AWS_ERRORS, dynamodb_client  # noqa: PLC0415

    template = ROOT / "template.yaml"
    try:
        definition = table.table_definition(template, settings.table_name)
        return table.create_table(dynamodb_client(), definition, table.ttl_attribute(template))
    except table.TableError as error:
        raise StartError(f"{error} (data: {store.where})") from error
    except (*AWS_ERRORS, ValueError) as error:
        raise StartError(f"The store {store.where} cannot be used: {error}") from error


def _warm_up(handler: Handler) -> None:
    """Ask the handler for its health, so that the first request finds all loaded. Raises StartError."""
    from local_server.events import build_event  # noqa: PLC0415
    from local_server.lambda_context import LambdaContext  # noqa: PLC0415

    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": "/health",
        "REMOTE_ADDR": "127.0.0.1",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "0",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.url_scheme": "http",
    }
    event = build_event(environ, b"", request_id="start", now=datetime.now(UTC))
    result: Any = handler(event, LambdaContext(aws_request_id="start"))
    if not isinstance(result, dict) or result.get("statusCode") != 200:  # noqa: PLR2004
        raise StartError(f"The handler is not healthy: it answered {result!r}.")


def _tell_of_outages() -> None:
    """Say once when the store can no longer be written, now or later, and once when it can again."""
    import wiring  # noqa: PLC0415
    from domain.errors import ApiError  # noqa: PLC0415

    def tell(cause: str | None) -> None:
        if cause is None:
            _complain("The store can be written again.")
        else:
            _complain(f"error: The store cannot be written, so changes fail with API_ERROR: {cause}")

    app = wiring.app()
    app.writability.tell = tell
    with suppress(ApiError):
        app.try_writing()


def _complain(text: str) -> None:
    with suppress(BrokenPipeError):
        print(text, file=sys.stderr, flush=True)  # noqa: T201


def _stop_on_signals(server: HttpServer) -> None:
    def stop(signal_number: int, _frame: object) -> None:
        # The second one does not wait for requests.
        signal.signal(signal_number, signal.default_int_handler)
        server.stop()

    for number in _STOP_SIGNALS:
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, stop)


def _greeting(settings: Settings, store: Store, listener: socket.socket) -> str:
    port = listener.getsockname()[1]
    everywhere = settings.host in {"0.0.0.0", "::"}  # noqa: S104
    host = "127.0.0.1" if everywhere else settings.host
    url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    lines = [
        f"Flow Runs is up: {url}" + (f" (listening on {settings.host})" if everywhere else ""),
        f"Data: {store.where}",
        f"Try: curl -s {url}/graphql -H 'content-type: application/json' {_QUERY}",
        "Ctrl-C stops it.",
    ]
    return "\n".join(lines)


def _say(text: str) -> None:
    with suppress(BrokenPipeError):  # nobody has to read it
        print(text, flush=True)  # noqa: T201
