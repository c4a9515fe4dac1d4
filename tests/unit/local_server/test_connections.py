"""Which connections are closed when too many wait for their clients."""

from types import SimpleNamespace
from typing import cast

import pytest

from local_server.http_channel import Channel
from local_server.http_server import too_many


def connection(name, *, since, idle=False, address="127.0.0.1"):
    return cast(
        "Channel",
        SimpleNamespace(name=name, waiting_since=since, is_idle=idle, addr=(address, 1)),
    )


def names(channels):
    return [cast("SimpleNamespace", channel).name for channel in channels]


def test_no_connection_is_closed_while_there_is_room():
    assert too_many([connection("a", since=1), connection("b", since=2)], 2) == []
    assert too_many([], 2) == []


def test_unfinished_are_closed_before_idle_ones_and_each_from_the_oldest_on():
    waiting = [
        connection("idle, old", since=1, idle=True),
        connection("half, new", since=9),
        connection("half, old", since=5),
        connection("idle, new", since=8, idle=True),
    ]

    closed = [names(too_many(waiting, most)) for most in (3, 2, 1, 0)]

    assert closed == [
        ["half, old"],
        ["half, old", "half, new"],
        ["half, old", "half, new", "idle, old"],
        ["half, old", "half, new", "idle, old", "idle, new"],
    ]


@pytest.mark.parametrize("neighbour", ["10.0.0.9", "::1"])
def test_address_that_has_most_connections_loses_them(neighbour):
    many = [connection(f"many {number}", since=100 + number, address=neighbour) for number in range(5)]
    one = connection("one", since=1)

    assert names(too_many([one, *many], 4)) == ["many 0", "many 1"]
