import threading

import pytest

from domain.errors import ApiError, BadUserInput
from domain.work import Work


def test_units_are_refused_before_the_work_that_exceeds_the_budget():
    work = Work(max_units=10)
    work.draw(10, "where")
    with pytest.raises(BadUserInput, match=r"^where: this request asks for too many comparisons"):
        work.draw(1, "where")


def test_a_budget_that_is_used_up_stays_used_up():
    work = Work(max_units=10)
    for _ in range(2):
        with pytest.raises(BadUserInput):
            work.draw(11, "order_by")


def test_reads_are_counted_from_all_threads():
    work = Work(max_reads=800)

    def read():
        for _ in range(100):
            work.draw_read()

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert work.reads == 800
    with pytest.raises(BadUserInput, match="more than 800 reads"):
        work.draw_read()


@pytest.mark.parametrize("draw", [Work.check_time, Work.draw_read, lambda work: work.draw(1, "where")])
def test_nothing_is_done_when_the_time_is_over(draw):
    left = [0.1]
    work = Work(time_left=lambda: left[0])
    draw(work)
    left[0] = 0.0
    with pytest.raises(ApiError, match="took too long"):
        draw(work)


def test_an_unlimited_budget_refuses_nothing():
    work = Work.unlimited()
    work.draw(1e12, "where")
    for _ in range(5_000):
        work.draw_read()
