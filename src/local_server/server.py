"""One run of the local server, from its settings to its exit code."""

from __future__ import annotations

import os
import signal
import sys
import threading
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from domain.errors import BadUserInput
from local_server.allocator import return_large_blocks
from local_server.callers import host_name
from local_server.errors import StartError
from local_server.messages import complain, greeting, say
from local_server.settings import ServerSettings, read_settings
from local_server.store import LocalStore, open_store

if TYPE_CHECKING:
    from collections.abc import Mapping, MutableMapping

    from local_server.http_server import HttpServer

# Links are not resolved, because a linked `src` belongs to the folder of the link.
ROOT = Path(os.path.abspath(__file__)).parents[2]  # noqa: PTH100
_TEMPLATE = ROOT / "template.yaml"

_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_RECOVERY = "handlers.recovery:handler"
# The functions of the template whose time-outs are passed to the handlers.
_GRAPHQL_FUNCTION, _RECOVERY_FUNCTION = "GraphqlFunction", "RecoveryFunction"


def main() -> int:
    """Serve until a signal comes. Return 0 after a signal, 1 if the server cannot start or go on."""
    try:
        with ExitStack() as cleanup:
            _serve(read_settings(os.environ), os.environ, cleanup)
    except (StartError, BadUserInput) as error:  # BadUserInput: a setting of the client of DynamoDB
        line = " ".join(str(error).split())  # the text of a library may have several lines
        print(f"error: {line}", file=sys.stderr, flush=True)  # noqa: T201
        return 1
    except KeyboardInterrupt:  # during the start
        return 0
    return 0


def _serve(settings: ServerSettings, environment: MutableMapping[str, str], cleanup: ExitStack) -> None:
    from handlers.quiet_collector import settle  # noqa: PLC0415  (its import begins the quiet)
    from local_server import http_server, listening  # noqa: PLC0415  (slow, so wrong settings come first)
    from local_server.data_form import prepare_data  # noqa: PLC0415
    from local_server.gateway import gateway, load_handler, warm_up  # noqa: PLC0415
    from local_server.rule import Rule  # noqa: PLC0415
    from local_server.template import function_timeout  # noqa: PLC0415
    from wiring import app  # noqa: PLC0415

    # Whatever is created from here on, also by the emulator, can be read by its owner alone.
    os.umask(0o077)
    _check_deployment(environment)
    return_large_blocks()
    listener = cleanup.enter_context(listening.listen(settings))
    _set_defaults(settings, environment)
    store = open_store(settings, environment, ROOT, say=say)
    cleanup.callback(store.stop)
    is_new = _create_table(settings, store)
    prepare_data(is_new=is_new, alone=settings.endpoint is None, say=say)
    handler = load_handler(settings.handler)
    timeout = function_timeout(_TEMPLATE, _GRAPHQL_FUNCTION)
    warm_up(handler, timeout)
    _report_outages()
    settle()
    names = settings.names.union(filter(None, [host_name(settings.host)]))
    server = http_server.HttpServer(gateway(handler, timeout, names), listener)
    recovery = Rule(
        "recovery",
        load_handler(_RECOVERY),
        app().settings.recovery.interval.total_seconds(),
        function_timeout(_TEMPLATE, _RECOVERY_FUNCTION),
    )
    cleanup.callback(recovery.stop)
    recovery.start()
    _stop_on_signals(server)
    say(greeting(settings, store, listener))
    _run(server, store)


def _run(server: HttpServer, store: LocalStore) -> None:
    """Serve until the server is stopped. Raises StartError if its store dies."""
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


def _check_deployment(environment: Mapping[str, str]) -> None:
    """Raise BadUserInput for settings of the deployment that cannot be used, before anything is started."""
    from wiring import Settings  # noqa: PLC0415

    Settings.from_environment(environment)


def _set_defaults(settings: ServerSettings, environment: MutableMapping[str, str]) -> None:
    environment["TABLE_NAME"] = settings.table_name
    environment.setdefault("POWERTOOLS_SERVICE_NAME", "flow-runs")
    # Metrics and the log line of each request are off, because no CloudWatch reads them here.
    environment.setdefault("POWERTOOLS_METRICS_DISABLED", "true")
    environment.setdefault("POWERTOOLS_LOG_LEVEL", "WARNING")


def _create_table(settings: ServerSettings, store: LocalStore) -> bool:
    from local_server import table  # noqa: PLC0415
    from wiring import AWS_ERRORS, dynamodb_client  # noqa: PLC0415

    try:
        definition = table.table_definition(_TEMPLATE, settings.table_name)
        return table.create_table(dynamodb_client(), definition, table.ttl_attribute(_TEMPLATE))
    except table.TableError as error:
        raise StartError(f"{error} (data: {store.where})") from error
    except (*AWS_ERRORS, ValueError) as error:
        raise StartError(f"The store {store.where} cannot be used: {error}") from error


def _report_outages() -> None:
    """Write a line when the store refuses writes, now or later, and another when it takes them again."""
    import wiring  # noqa: PLC0415
    from domain.errors import ApiError  # noqa: PLC0415

    def tell(cause: str | None) -> None:
        if cause is None:
            complain("The store can be written again.")
        else:
            complain(f"error: The store cannot be written, so changes fail with API_ERROR: {cause}")

    app = wiring.app()
    app.writability.report = tell
    with suppress(ApiError):
        app.try_writing()


def _stop_on_signals(server: HttpServer) -> None:
    def stop(signal_number: int, _frame: object) -> None:
        # A second signal ends the server without waiting for requests.
        signal.signal(signal_number, signal.default_int_handler)
        server.stop()

    for number in _STOP_SIGNALS:
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, stop)
