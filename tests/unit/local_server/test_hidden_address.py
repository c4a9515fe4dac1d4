"""The address of the emulator where it shares the machine's network with browsers."""

import ipaddress
import socket
from contextlib import ExitStack

import pytest

from local_server import hidden_address as module
from local_server.errors import StartError
from local_server.hidden_address import REFUSED_BY_BROWSERS, hidden_address

# https://fetch.spec.whatwg.org/#port-blocking: the ports above 1023 on that list.
FETCH_STANDARD = {
    *(1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566),
    *(6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080),
}


def test_every_port_is_one_that_the_standard_forbids_browsers():
    assert set(REFUSED_BY_BROWSERS) < FETCH_STANDARD


def test_address_is_a_free_one_of_the_loopback_with_such_a_port():
    host, port = hidden_address()

    assert ipaddress.ip_address(host).is_loopback
    assert port in REFUSED_BY_BROWSERS
    socket.create_server((host, port)).close()


def test_addresses_of_two_starts_differ_where_the_loopback_has_many():
    hosts = {hidden_address()[0] for _ in range(5)}

    assert len(hosts) == 5 or hosts == {"127.0.0.1"}


def test_port_in_use_is_passed_over(monkeypatch):
    monkeypatch.setattr(module, "_random_loopback", lambda: "127.0.0.1")
    with ExitStack() as stack:
        for _ in range(3):
            address = hidden_address()
            stack.enter_context(socket.create_server(address))
            assert address[0] == "127.0.0.1"


def test_system_whose_loopback_has_one_address_uses_that_one(monkeypatch):
    monkeypatch.setattr(module, "_random_loopback", lambda: "192.0.2.1")

    assert hidden_address()[0] == "127.0.0.1"


def test_start_is_refused_if_every_port_is_in_use(monkeypatch):
    monkeypatch.setattr(module, "_is_free", lambda host, port: False)

    with pytest.raises(StartError, match=r"one of the ports 1719, 1720, .* 10080, but all are in use"):
        hidden_address()
