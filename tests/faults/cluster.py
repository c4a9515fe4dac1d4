"""Several server processes on one emulator, with a proxy before each of them and one behind it."""

import itertools
import os
import re
import signal
import threading
import time
from contextlib import ExitStack

from botocore.exceptions import BotoCoreError, ClientError

from local_server import data_folder
from local_server.emulator import Emulator, find_dynoxide, start_dynoxide
from tests.contract.clients import dynamodb
from tests.e2e.server_process import ROOT, ServerProcess
from tests.faults.mischief import (
    Fault,
    Mischief,
    operation_in,
    refused_by_the_gateway,
    refused_by_the_table,
)
from tests.faults.proxy import Proxy
from tests.faults.wire import body_of

# Short, so that recovery does its work while a test waits.
HEARTBEAT_TIMEOUT = 3
RESCHEDULE_AFTER = 4
MAX_RESCHEDULES = 2
TICK = 1
_SETTINGS = {
    "AWS_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "local",
    "AWS_SECRET_ACCESS_KEY": "local",
    "HANDLER": "tests.faults.quick_handler:handler",
    "RECOVERY_INTERVAL": str(TICK),
    "HEARTBEAT_TIMEOUT": str(HEARTBEAT_TIMEOUT),
    "RESCHEDULE_AFTER": str(RESCHEDULE_AFTER),
    "MAX_RESCHEDULES": str(MAX_RESCHEDULES),
}
TABLE = "flow-runs"
_UP_SECONDS = 15
# The single put of a flow run. With a key the creation is a transaction, which happens once.
_CREATION = re.compile(rb'"Item":\{"pk":\{"S":"[^"]*#run#([^"]*)"\},"sk":\{"S":"run"\}')
# The chance of each fault, for each request.
_BEFORE_THE_TABLE = {
    Fault.DELAY: 0.03,
    Fault.LOSE_REQUEST: 0.01,
    Fault.LOSE_RESPONSE: 0.025,
    Fault.REFUSE: 0.015,
    Fault.LATE: 0.005,
    Fault.TWICE: 0.01,
}
_BEFORE_A_SERVER = {
    Fault.DELAY: 0.03,
    Fault.LOSE_REQUEST: 0.01,
    Fault.LOSE_RESPONSE: 0.03,
    Fault.REFUSE: 0.005,
    Fault.LATE: 0.01,
    Fault.TWICE: 0.02,
}


class Cluster:
    """The processes and proxies, started by `with`. The end of the block kills those that are left."""

    def __init__(self, folder, seed, servers):
        self._folder = folder
        self._lives = itertools.count(1)
        self._cleanup = ExitStack()
        self.behind = [
            Mischief(f"{seed} table {n}", _BEFORE_THE_TABLE, refused_by_the_table) for n in range(servers)
        ]
        self.before = [
            Mischief(f"{seed} server {n}", _BEFORE_A_SERVER, refused_by_the_gateway) for n in range(servers)
        ]
        self.count = servers
        self.servers: dict[int, ServerProcess] = {}
        self._emulator: Emulator | None = None
        self.errors = []

    def __enter__(self):
        with ExitStack() as stack:
            self.misbehave(on=False)
            self._data = self._folder / "data"
            self._lock = data_folder.lock(self._data, holder="the fault test")
            stack.callback(os.close, self._lock)
            stack.callback(self._stop_emulator)
            self._start_emulator()
            self._backs = [Proxy(self.emulator.port, mischief) for mischief in self.behind]
            self.fronts = [Proxy(0, mischief) for mischief in self.before]
            for proxy in (*self.fronts, *self._backs):
                stack.callback(proxy.close)
            stack.callback(self._kill_servers)
            # The first makes the table, the others find it.
            self.start_server(0)
            self._start_servers(range(1, self.count))
            self._cleanup = stack.pop_all()
        return self

    def __exit__(self, *_):
        self._cleanup.close()

    def misbehave(self, *, on):
        self._misbehaves = on
        for mischief in (*self.before, *self.behind):
            mischief.on = on

    def settle(self):
        """Wait for delayed requests: first those of clients, because they cause requests to the table."""
        for proxy in (*self.fronts, *self._backs):
            proxy.settle()

    def created_late(self):
        """Return the runs without a key that a late request may have created.

        One with large parameters is made by a transaction, as one with a key is: that names the key as well.
        """
        late = (request for mischief in self.behind for request in mischief.late)
        bodies = (
            body_of(request) for request in late if operation_in(request) in {"PutItem", "TransactWriteItems"}
        )
        keyless = (body for body in bodies if b"#key#" not in body)
        return {found[1].decode() for found in map(_CREATION.search, keyless) if found}

    @property
    def emulator(self) -> Emulator:
        assert self._emulator is not None
        return self._emulator

    def client(self):
        """Return a client of the emulator, past all proxies."""
        return dynamodb(self.emulator.url)

    def start_server(self, number):
        folder = self._folder / f"server-{number}-{next(self._lives)}"
        folder.mkdir()
        # A server reads the table once when it starts, and ends if that fails.
        self.behind[number].on = False
        server = ServerProcess(folder, AWS_ENDPOINT_URL_DYNAMODB=self._backs[number].url, **_SETTINGS)
        self.servers[number] = server
        server.wait_until_up()
        self.behind[number].on = self._misbehaves
        self.fronts[number].target = server.port

    def kill_server(self, number):
        self.servers[number].kill_group()
        self.errors.append(self.servers[number].stderr)

    def kill_all(self):
        """Kill every process, and start the emulator again on the data that it has on disk."""
        for number in range(self.count):
            self.kill_server(number)
        self.restart_emulator()

    def start_servers(self):
        self._start_servers(range(self.count))

    def restart_emulator(self):
        self.emulator.process.kill()
        self._stop_emulator()
        self._start_emulator()
        for proxy in self._backs:
            proxy.target = self.emulator.port

    def pause_emulator(self, seconds):
        pid = self.emulator.process.pid
        os.kill(pid, signal.SIGSTOP)
        try:
            time.sleep(seconds)
        finally:
            os.kill(pid, signal.SIGCONT)

    def _start_servers(self, numbers):
        """Start servers at once, because most of a start is imports."""
        failed = []

        def start(number):
            try:
                self.start_server(number)
            except BaseException as error:  # noqa: BLE001 - it is told below
                failed.append(error)

        threads = [threading.Thread(target=start, args=(number,)) for number in numbers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if failed:
            raise failed[0]

    def _kill_servers(self):
        for server in self.servers.values():
            if server.process.poll() is None:
                server.kill_group()

    def _start_emulator(self):
        binary = find_dynoxide(ROOT)
        assert binary is not None
        self._emulator = start_dynoxide(binary, self._data, self._lock)
        client, deadline = self.client(), time.monotonic() + _UP_SECONDS
        while True:
            try:
                client.list_tables(Limit=1)
            except (BotoCoreError, ClientError):
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.02)
            else:
                return

    def _stop_emulator(self):
        if self._emulator is not None:
            self._emulator.stop()
            self._emulator = None
