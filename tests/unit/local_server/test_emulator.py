"""The emulator's process, played by a script."""

import os
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from zlib import crc32

import pytest

from local_server import store
from local_server.emulator import start_dynoxide
from local_server.errors import StartError
from local_server.store import lead_to_local, wait_until_it_answers


@pytest.fixture
def impostor():
    """Yield the address of a server that responds as an emulator does, and the list of what it was asked."""

    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            asked.append(self.path)
            body = b'{"TableNames": []}'
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.send_header("x-amz-crc32", str(crc32(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_address[:2], asked
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def started(tmp_path, monkeypatch, impostor):
    """Return a function that starts a script as the emulator, at the address that the impostor has."""
    emulators = []

    def start(script):
        binary = tmp_path / "dynoxide"
        binary.write_text(f"#!/bin/sh\n{script}\n")
        binary.chmod(0o755)
        lock = os.open(os.devnull, os.O_RDONLY)
        emulators.append(start_dynoxide(binary, tmp_path, lock, impostor[0]))
        os.close(lock)
        environment: dict[str, str] = {}
        lead_to_local(environment, emulators[0].url)
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(store, "_ANSWERS_WITHIN_SECONDS", 0.2)
        return emulators[0]

    yield start
    for emulator in emulators:
        emulator.stop()


def test_emulator_that_names_its_address_is_called(started, impostor):
    emulator = started('echo "listening on http://$2:$4"; exec sleep 60')
    while not emulator.has_its_address():
        assert emulator.process.poll() is None

    wait_until_it_answers(emulator).close()

    assert impostor[1] == ["/"]


def test_another_program_at_the_address_is_never_called(started, impostor):
    emulator = started("exec sleep 60")

    with pytest.raises(StartError, match=r"does not respond: it does not listen \(log: .*dynoxide.log\)"):
        wait_until_it_answers(emulator)

    assert impostor[1] == []
