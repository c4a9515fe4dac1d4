"""Large requests of a process wait for each other."""

from concurrent.futures import ThreadPoolExecutor

from handlers.turn import Turn


def test_second_owner_gets_the_turn_when_the_first_leaves():
    turn, first, second = Turn(), object(), object()
    assert turn.take(first, 0)
    with ThreadPoolExecutor() as threads:
        waiting = threads.submit(turn.take, second, 20)
        assert not turn.take(second, 0)
        turn.leave(second)  # it has no turn to leave
        assert not waiting.done()
        turn.leave(first)
        assert waiting.result()
    assert not turn.take(first, 0)


def test_owner_takes_its_turn_again_from_any_thread():
    turn, owner = Turn(), object()
    with ThreadPoolExecutor() as threads:
        assert all(threads.map(lambda _: turn.take(owner, 0), range(10)))


def test_no_turn_is_given_when_the_time_is_over():
    turn = Turn()
    turn.take(object(), 0)

    assert not turn.take(object(), -1)
