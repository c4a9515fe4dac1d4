"""The network that the local server makes for itself, each time in a process of its own."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.networks import can_have_a_network

SRC = Path(__file__).resolve().parents[3] / "src"
NOBODY = 65534

PRELUDE = """
import ctypes, json, os, signal, socket, sys
from local_server import private_network

def place():
    names = ["ns/net", "ns/user"] if sys.platform == "linux" else []
    return [os.readlink(f"/proc/self/{name}") for name in names] + [os.geteuid(), os.getegid()]

def reaches(*address):
    try:
        socket.create_connection(address, timeout=5).close()
    except ConnectionRefusedError:
        return False
    return True

def tell(*values):
    print(json.dumps(values), flush=True)

before = place()
"""


def start(code):
    return subprocess.Popen(
        [sys.executable, "-c", PRELUDE + code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(SRC)},
    )


def told(code):
    """Run code in a process of its own. Return what it tells."""
    output, errors = start(code).communicate()
    assert errors == ""
    return json.loads(output)


def reaches(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except ConnectionRefusedError:
        return False
    return True


def test_network_is_a_new_one_exactly_where_the_system_allows_it():
    entered, has_moved = told("tell(private_network.enter(), place()[:1] != before[:1])")

    assert entered == has_moved == can_have_a_network()


def test_what_is_opened_inside_is_reached_from_inside_alone():
    with start(
        """
entered = private_network.enter()
inside = socket.create_server(("127.0.0.1", 0))
tell(entered, inside.getsockname()[1], reaches(*inside.getsockname()))
sys.stdin.readline()
"""
    ) as process:
        entered, port, is_reached_inside = json.loads(process.stdout.readline())
        is_reached_outside = reaches(port)
        process.communicate("end\n")

    assert is_reached_inside
    assert is_reached_outside == (not entered)


def test_what_was_opened_before_is_reached_from_outside():
    with start(
        """
server = socket.create_server(("127.0.0.1", 0))
private_network.enter()
tell(server.getsockname()[1])
with server.accept()[0] as client:
    client.sendall(b"served")
"""
    ) as process:
        (port,) = json.loads(process.stdout.readline())
        with socket.create_connection(("127.0.0.1", port), timeout=5) as client:
            assert client.recv(100) == b"served"


def test_user_without_privileges_stays_that_user_without_privileges():
    entered, is_same_user, capabilities = told(
        f"""
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid({NOBODY})
    os.setuid({NOBODY})
    if sys.platform == "linux":  # as it is in a program that this user began
        ctypes.CDLL(None).prctl(4, 1)
before = place()
entered = private_network.enter()
status = open("/proc/self/status", "rb").read() if sys.platform == "linux" else b"CapEff:\\t0"
tell(entered, place()[-2:] == before[-2:], int(status.partition(b"CapEff:")[2].split()[0], 16))
"""
    )

    assert entered == can_have_a_network(user=NOBODY if os.geteuid() == 0 else None)
    assert is_same_user
    assert capabilities == 0


@pytest.mark.parametrize("step", ["_start_loopback", "_call"])
def test_system_that_refuses_a_step_leaves_the_process_where_it_was(step):
    entered, has_stayed = told(
        f"""
def refuse(*arguments):
    raise PermissionError(1, "not here")
private_network.{step} = refuse
tell(private_network.enter(), place() == before)
"""
    )

    assert not entered
    assert has_stayed


def test_ctrl_c_while_the_network_is_tried_ends_the_program():
    (is_interrupted,) = told(
        """
signal.signal(signal.SIGINT, signal.default_int_handler)
os.register_at_fork(after_in_parent=lambda: os.kill(os.getpid(), signal.SIGINT))
try:
    if sys.platform != "linux":
        raise KeyboardInterrupt
    private_network.enter()
    tell(False)
except KeyboardInterrupt:
    tell(True)
"""
    )

    assert is_interrupted
