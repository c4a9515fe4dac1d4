"""A full disk that has room again later: the responses, /health and the server's output."""

import json
import os
import shutil
import subprocess
import time
from contextlib import suppress

import pytest

from tests.e2e import plain_http
from tests.e2e.server_process import failed_start, needs_dynoxide, running_server

pytestmark = needs_dynoxide
PROJECT = "mutation($name: String!) { create_project(input: {name: $name}) { id } }"
SECRET = "s3cr3t" * 600


@pytest.fixture
def small_disk(tmp_path):
    """Return a file system of two megabytes."""
    mount, folder = shutil.which("mount"), tmp_path / "disk"
    folder.mkdir()
    command = [mount, "-t", "tmpfs", "-o", "size=2m", "tmpfs", folder]
    if mount is None or os.geteuid() != 0 or subprocess.run(command, check=False).returncode != 0:
        pytest.skip("a small file system cannot be mounted here: NOT TESTED what a full disk does")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def fill(folder):
    """Fill a file system to its last block."""
    with suppress(OSError), (folder / "fill").open("wb", buffering=0) as file:
        while True:
            file.write(os.urandom(4096))


def ask(server, query, **variables):
    sent = {"query": query, "variables": variables}
    return plain_http.post(f"{server.url}/graphql", json=sent, timeout=60).json()


def write_until_it_fails(server):
    for number in range(100):
        response = ask(server, PROJECT, name=f"P{number}")
        if "errors" in response:
            return response["errors"][0]
    raise AssertionError("the disk was never full")


def test_full_disk_is_reported_and_writes_work_again_after_it(tmp_path, small_disk):
    with running_server(
        tmp_path, DATA=str(small_disk / "data"), RECOVERY_INTERVAL="600", AUDIT_DAYS="0"
    ) as server:
        # Given
        kept = ask(server, PROJECT, name="Before")["data"]["create_project"]["id"]
        fill(small_disk)

        # When
        error = write_until_it_fails(server)
        again = ask(server, PROJECT, name="Again")["errors"][0]
        secret = ask(
            server,
            'mutation($value: JSON) { set_secret(input: {name: "S", value: $value}) { success } }',
            value=SECRET,
        )["errors"][0]
        health = [plain_http.get(f"{server.url}/health", timeout=60).status_code for _ in range(3)]

        # Then clients get a code that tells them to try again, and reads still work
        assert {refused["extensions"]["code"] for refused in (error, again, secret)} == {"API_ERROR"}
        assert health == [503, 503, 503]
        assert ask(server, "query($id: UUID!) { project_by_pk(id: $id) { name } }", id=kept) == {
            "data": {"project_by_pk": {"name": "Before"}}
        }
        # … and the server prints the reason: once in plain words, and in the log of every failed request
        assert server.stderr.count("error: The store cannot be written") == 1
        assert "full" in server.stderr
        lines = [json.loads(line) for line in server.stdout.splitlines() if line.startswith("{")]
        causes = [line for line in lines if line["message"] == "no answer"]
        assert [line["field"] for line in causes if line["field"]] == ["create_project"] * 2 + ["set_secret"]
        assert all(line["request_id"] and line["cause"] for line in causes)
        assert "No space left on device" in causes[2]["cause"]
        assert SECRET[:50] not in server.stdout + server.stderr

        # When there is room again
        (small_disk / "fill").unlink()
        deadline = time.monotonic() + 30
        while plain_http.get(f"{server.url}/health", timeout=60).status_code != 200:
            assert time.monotonic() < deadline
            time.sleep(0.5)

        # Then writes work again without a restart
        assert "data" in ask(server, PROJECT, name="After")
        assert server.stderr.count("The store can be written again.") == 1


def test_start_on_a_full_disk_fails_and_prints_the_reason(tmp_path, small_disk):
    data = str(small_disk / "data")
    with running_server(tmp_path, DATA=data):
        pass
    fill(small_disk)

    code, told = failed_start(tmp_path, DATA=data)

    assert code == 1
    assert "the disk is full" in told
