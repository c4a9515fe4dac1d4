"""Large requests of a process wait for each other, and get their turn in the order in which they came."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from domain.memory import Memory
from handlers.turn import MOST_WAITING, LargeTurn
from local_server import http_server

PATIENCE = 20.0


def until(condition: Any) -> None:
    """Wait until other threads have come so far."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.001)


@pytest.fixture
def threads():
    with ThreadPoolExecutor(2 * MOST_WAITING) as found:
        yield found


def test_second_owner_gets_the_turn_when_the_first_leaves(threads):
    turn, first, second = LargeTurn(), Memory(), Memory()
    assert turn.take(first, 0)
    waiting = threads.submit(turn.take, second, PATIENCE)
    until(lambda: second in turn._line)
    turn.leave(second)  # it has no turn to leave
    assert not waiting.done()
    turn.leave(first)
    assert waiting.result()
    assert not turn.take(first, 0)


def test_owner_takes_its_turn_again_from_any_thread(threads):
    turn, owner = LargeTurn(), Memory()
    assert all(threads.map(lambda _: turn.take(owner, 0), range(10)))


def test_no_turn_is_given_when_the_time_is_over():
    turn = LargeTurn()
    turn.take(Memory(), 0)

    assert not turn.take(Memory(), -1)


def test_turn_goes_to_who_came_first(threads):
    turn, first, line, served = LargeTurn(), Memory(), [Memory() for _ in range(5)], []
    turn.take(first, 0)

    def wait(owner: Memory) -> None:
        assert turn.take(owner, PATIENCE)
        served.append(owner)
        turn.leave(owner)

    waiting = []
    for owner in line:
        waiting.append(threads.submit(wait, owner))
        until(lambda owner=owner: owner in turn._line)
    turn.leave(first)
    for each in waiting:
        each.result()

    assert served == line


def test_too_many_do_not_wait_so_that_threads_are_left_for_small_requests(threads):
    turn, first, line = LargeTurn(), Memory(), [Memory() for _ in range(MOST_WAITING)]
    turn.take(first, 0)
    waiting = [threads.submit(turn.take, owner, PATIENCE) for owner in line]
    until(lambda: len(turn._line) == MOST_WAITING)

    assert not turn.take(Memory(), PATIENCE)

    assert 2 * MOST_WAITING < http_server._THREADS
    for owner in (first, *line):
        owner.has_ended = True
        turn.leave(owner)
    assert [each.result() for each in waiting].count(True) <= 1


def test_owner_that_has_ended_gets_no_turn(threads):
    turn, first, second, third = LargeTurn(), Memory(), Memory(turn=LargeTurn()), Memory()
    turn.take(first, 0)
    waiting = threads.submit(turn.take, second, PATIENCE)
    until(lambda: second in turn._line)
    second.has_ended = True
    turn.leave(second)
    assert not waiting.result()

    turn.leave(first)
    assert not turn.take(second, 0)
    assert turn.take(third, 0)


def test_turn_of_owners_that_end_while_their_threads_take_it_is_free(threads):
    turn = LargeTurn()
    for _ in range(100):
        owner = Memory(turn=turn)
        taking = [threads.submit(turn.take, owner, PATIENCE) for _ in range(4)]
        owner.end()
        for each in taking:
            each.result()
        assert turn._owner is None
        assert not turn._line
