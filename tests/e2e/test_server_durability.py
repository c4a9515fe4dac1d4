"""The data and processes that remain after the server or its emulator was killed."""

import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.e2e import plain_http
from tests.e2e.server_process import TOY, needs_dynoxide, running_server

pytestmark = needs_dynoxide


def _write_until_it_dies(url, writer, acknowledged, enough):
    with httpx.Client() as client:
        for number in range(100_000):
            name = f"{writer}-{number}"
            try:
                response = client.post(f"{url}/item", content=name)
            except httpx.TransportError:
                return
            assert response.status_code == 201
            acknowledged.append(name)
            if len(acknowledged) >= 200:
                enough.set()


def test_every_acknowledged_write_survives_a_kill_of_the_whole_process_group(tmp_path):
    # Given eight clients that are writing
    acknowledged: list[str] = []
    enough = threading.Event()
    with running_server(tmp_path, **TOY) as server, ThreadPoolExecutor(8) as clients:
        writers = [
            clients.submit(_write_until_it_dies, server.url, n, acknowledged, enough) for n in range(8)
        ]
        assert enough.wait(timeout=30)
        # When
        server.kill_group()
        for writer in writers:
            writer.result(timeout=30)
    # Then
    with running_server(tmp_path, **TOY) as again, httpx.Client() as client:
        missing = [name for name in acknowledged if client.get(f"{again.url}/item?{name}").status_code != 200]
    assert missing == []


def test_project_survives_a_kill_of_the_whole_process_group(tmp_path):
    # Given
    create = 'mutation { createProject(input: { name: "Kept" }) { id } }'
    read = "query($id: UUID!) { project_by_pk(id: $id) { name } }"
    with running_server(tmp_path) as server:
        created = plain_http.post(f"{server.url}/graphql", json={"query": create}).json()
        # When
        server.kill_group()
    # Then
    with running_server(tmp_path) as again:
        variables = {"id": created["data"]["createProject"]["id"]}
        found = plain_http.post(f"{again.url}/graphql", json={"query": read, "variables": variables}).json()
    assert found == {"data": {"project_by_pk": {"name": "Kept"}}}


@pytest.mark.parametrize("kill", ["server", "group"])
def test_emulator_does_not_outlive_a_killed_server(tmp_path, kill):
    with running_server(tmp_path, **TOY) as server:
        assert server.emulator_pid() is not None
        if kill == "group":
            server.kill_group()
        else:
            server.end(signal.SIGKILL)
        assert server.is_rid_of_its_emulator()


def test_start_right_after_a_kill_waits_until_the_data_is_unlocked(tmp_path):
    for _ in range(3):
        with running_server(tmp_path, **TOY) as server:
            server.end(signal.SIGKILL)
    with running_server(tmp_path, **TOY) as server:
        assert plain_http.get(f"{server.url}/health").status_code == 200


def test_dead_emulator_ends_the_server_with_one_line(tmp_path):
    with running_server(tmp_path, **TOY) as server:
        os.kill(server.emulator_pid(), signal.SIGKILL)
        assert server.process.wait(timeout=10) == 1
        assert server.stderr.startswith("error: The emulator ended by itself (code -9)")
        assert server.stderr.count("\n") == 1
