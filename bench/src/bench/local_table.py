"""A table on dynoxide that exists for one benchmark."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.paths import PRODUCT, TEMPLATE
from local_server import data_folder
from local_server.emulator import find_dynoxide, start_dynoxide
from local_server.store import lead_to_local, wait_until_it_answers
from local_server.table import create_table, table_definition, ttl_attribute
from wiring import App, Settings


def dynoxide() -> Path:
    """Return the path of the emulator. Leave the benchmark if it is not installed."""
    binary = find_dynoxide(PRODUCT)
    if binary is None:
        raise SystemExit("dynoxide is not installed: npm brings it, with `make run` or `make test`.")
    return binary


@contextmanager
def dynoxide_client() -> Iterator[Any]:
    """Start dynoxide with the table of the template, `flow-runs`, and provide a client."""
    with tempfile.TemporaryDirectory() as folder, table_in(Path(folder)) as client:
        yield client


@contextmanager
def table_in(folder: Path) -> Iterator[Any]:
    """Start dynoxide on the data of a folder, which remains, and provide a client."""
    binary = dynoxide()
    lock = data_folder.lock(folder, holder="a benchmark")
    emulator = start_dynoxide(binary, folder, lock)
    try:
        lead_to_local(os.environ, emulator.url)
        client = wait_until_it_answers(emulator)
        if create_table(client, table_definition(TEMPLATE), ttl_attribute(TEMPLATE)):
            App(Settings.from_environment({}), client).formats.note_new()
        yield client
    finally:
        emulator.stop()
        os.close(lock)
