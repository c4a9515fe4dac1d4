"""The local server as a process that a test starts, calls and ends."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from local_server import data_folder
from local_server.emulator import find_dynoxide, start_dynoxide

ROOT = Path(__file__).parents[2]
TOY = {"HANDLER": "tests.e2e.toy_handler:handler"}
START_SECONDS = 30

needs_dynoxide = pytest.mark.skipif(
    find_dynoxide(ROOT) is None,
    reason="dynoxide is not installed; npm brings it: make node_modules/.installed",
)


class ServerProcess:
    """`python -m local_server` in a process group of its own, with its output in files.

    The program of a server that is made otherwise is given as arguments of Python.
    """

    def __init__(self, folder, program=("-m", "local_server"), **environment):
        self.data = Path(environment.get("DATA", folder / "data"))
        self._output = (folder / "stdout.txt", folder / "stderr.txt")
        source = Path(environment.pop("SOURCE", ROOT / "src"))
        with self._output[0].open("wb") as out, self._output[1].open("wb") as err:
            self.process = subprocess.Popen(
                [sys.executable, *program],
                cwd=folder,
                env=_clean_environment()
                | {"PYTHONPATH": f"{source}:{ROOT}", "PORT": "0"}
                | {"DATA": str(self.data)}
                | environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,
            )

    @property
    def stdout(self):
        return self._output[0].read_text()

    @property
    def stderr(self):
        return self._output[1].read_text()

    @property
    def url(self):
        found = re.search(r"^Flow Runs is up: (\S+)", self.stdout, re.MULTILINE)
        assert found, f"not up: {self.stdout} {self.stderr}"
        return found[1]

    @property
    def port(self):
        return int(self.url.rpartition(":")[2])

    def wait_until_up(self):
        deadline = time.monotonic() + START_SECONDS
        while "Ctrl-C stops it.\n" not in self.stdout:
            assert self.process.poll() is None, f"the server ended: {self.stdout} {self.stderr}"
            assert time.monotonic() < deadline, f"not up in time: {self.stdout} {self.stderr}"
            time.sleep(0.01)
        return self

    def end(self, number=signal.SIGINT):
        self.process.send_signal(number)
        return self.process.wait(timeout=20)

    def kill_group(self):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def emulator_pid(self):
        """Return the process id of the emulator, or None if there is none on the data."""
        listed = subprocess.run(
            ["ps", "-A", "-ww", "-o", "pid=,args="], check=True, capture_output=True, text=True
        )
        file = str(self.data / "flow-runs.db")
        return next((int(line.split()[0]) for line in listed.stdout.splitlines() if file in line), None)

    def is_rid_of_its_emulator(self):
        """Return True as soon as no emulator is on the data, False after five seconds."""
        deadline = time.monotonic() + 5
        while self.emulator_pid() is not None:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)
        return True


@contextmanager
def running_server(folder, **environment):
    """Yield a started server. End the server afterwards unless the test has ended it."""
    server = ServerProcess(folder, **environment)
    try:
        yield server.wait_until_up()
    finally:
        if server.process.poll() is None:
            server.end()


@contextmanager
def running_emulator(folder):
    """Yield the URL of an emulator that keeps its data in a folder."""
    binary = find_dynoxide(ROOT)
    assert binary is not None
    lock = data_folder.lock(folder, holder="the tests")
    emulator = start_dynoxide(binary, folder, lock)
    try:
        while not emulator.has_its_address():
            assert emulator.process.poll() is None, emulator.last_words()
        yield emulator.url
    finally:
        emulator.stop()
        os.close(lock)


def failed_start(folder, **environment):
    """Start a server that must not come up. Return its exit code and its error output."""
    server = ServerProcess(folder, **environment)
    try:
        return server.process.wait(timeout=START_SECONDS), server.stderr
    finally:
        if server.process.poll() is None:
            server.kill_group()


def is_gone(url):
    """Return True as soon as nothing listens at an address, False after five seconds."""
    host, port = url.removeprefix("http://").split(":")
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            socket.create_connection((host, int(port)), timeout=1).close()
        except ConnectionRefusedError:
            return True
        except ConnectionResetError:  # killed in the middle of the connection
            pass
        time.sleep(0.02)
    return False


def _clean_environment():
    names = (
        *("AWS_", "STORE", "HOST", "DATA", "HANDLER", "TABLE_NAME", "SHARDS", "TENANT_", "AUTH_TOKEN"),
        *("ALLOW", "INTROSPECTION"),
        *("RECOVERY_", "HEARTBEAT_", "RESCHEDULE_", "MAX_RESCHEDULES", "SECRETS_"),
    )
    return {name: value for name, value in os.environ.items() if not name.startswith(names)}
