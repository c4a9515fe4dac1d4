"""Health checks of one process ask the table at most once a second, and hide no failure."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from storage.dynamodb.reachability import KEPT, Reachability


class Table:
    """A table that counts its callers, and fails while there is an error."""

    def __init__(self):
        self.calls, self.error = 0, None

    def ask(self):
        self.calls += 1
        if self.error:
            raise self.error


class Clock:
    def __init__(self):
        self.time = 0.0

    def __call__(self):
        return self.time


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def table():
    return Table()


@pytest.fixture
def reachability(clock):
    return Reachability(clock)


def test_response_counts_for_a_second(reachability, table, clock):
    for _ in range(1_000):
        reachability.check(table.ask)
    clock.time = KEPT - 0.001
    reachability.check(table.ask)
    assert table.calls == 1

    clock.time = KEPT
    reachability.check(table.ask)
    assert table.calls == 2


def test_failure_is_told_to_each_check_and_asked_anew(reachability, table):
    table.error = ConnectionError("gone")
    for _ in range(3):
        with pytest.raises(ConnectionError, match="gone"):
            reachability.check(table.ask)
    assert table.calls == 3

    table.error = None
    reachability.check(table.ask)
    reachability.check(table.ask)
    assert table.calls == 4


def test_failure_after_a_response_is_told(reachability, table, clock):
    reachability.check(table.ask)
    clock.time, table.error = KEPT, ConnectionError("gone")

    with pytest.raises(ConnectionError):
        reachability.check(table.ask)
    clock.time, table.error = KEPT + 0.1, None
    reachability.check(table.ask)
    assert table.calls == 3


@pytest.mark.parametrize("error", [None, ConnectionError("gone")], ids=["responds", "fails"])
def test_checks_at_once_share_one_call(error):
    threads, asked, looks = 8, [], threading.Semaphore(0)

    def clock():  # called by each check while it looks whether another one is under way
        looks.release()
        return 0.0

    def ask():
        asked.append(1)
        for _ in range(threads):
            looks.acquire()
        if error:
            raise error

    reachability = Reachability(clock)

    def check(_):
        try:
            reachability.check(ask)
        except ConnectionError as raised:
            return raised
        return None

    with ThreadPoolExecutor(threads) as pool:
        assert list(pool.map(check, range(threads))) == [error] * threads
    assert len(asked) == 1
