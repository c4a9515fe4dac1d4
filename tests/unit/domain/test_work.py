import math
import threading

import pytest

from domain.errors import ApiError, BadUserInput, ClientLeft, PayloadTooLarge, TooMuchWork
from domain.memory import Memory, Share
from domain.work import Work
from domain.work_bounds import MAX_CHARACTERS, MAX_ITEMS, MAX_UNITS_OF_CHANGES, most_reads


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


@pytest.mark.parametrize(
    "draw",
    [Work.check_time, Work.draw_read, lambda work: work.draw(500, "where"), lambda work: work.draw_rows(1)],
)
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
    work.draw_rows(100_000)
    work.draw_rows(1)
    for _ in range(5_000):
        work.draw_read()


def test_work_that_no_caller_asks_for_has_a_time_all_the_same():
    with pytest.raises(ApiError):
        Work.unlimited(lambda: 0.0).draw_read()


def test_changes_read_beyond_the_budget_but_no_further_one_begins():
    work = Work(max_reads=3)
    with work.change("field"):
        for _ in range(5):
            work.draw_read()
    assert (work.reads, work.reads_of_changes) == (0, 5)
    with (
        pytest.raises(BadUserInput, match="more than 3 reads of the database over all its fields"),
        work.change("field"),
    ):
        pytest.fail("the change began")


def test_lists_draw_on_the_budget_again_after_a_change_that_failed():
    work = Work(max_reads=1)
    with pytest.raises(ApiError), work.change("field"):
        raise ApiError("It failed.")
    work.draw_read()
    with pytest.raises(BadUserInput):
        work.draw_read()


def test_a_change_ends_with_the_time():
    work = Work(time_left=lambda: 5.0)
    with work.change("field"):
        work.draw_read(4.9)
        with pytest.raises(ApiError):
            work.draw_read(5.0)


def test_rows_are_refused_once_earlier_rows_have_filled_the_budget():
    work = Work(max_rows=10)
    work.draw_rows(4)
    work.draw_rows(9)
    with pytest.raises(BadUserInput, match="more than 10 rows over all its lists"):
        work.draw_rows(1)


def test_reads_rows_and_units_are_shares_of_one_budget():
    work = Work(max_reads=100, max_rows=1_000, max_units=10_000)
    for _ in range(50):
        work.draw_read()
    assert work.used == pytest.approx(0.5)
    work.draw_rows(700)
    used = "50 reads of the database, 0 items, 700 rows, 0 characters of stored values and 0 units"
    with pytest.raises(TooMuchWork, match=used) as refused:
        work.draw_rows(100)
    assert "asks for too much at once" in refused.value.message
    work.draw(100, "where")
    with pytest.raises(TooMuchWork):
        work.draw_read()


def test_items_are_a_share_of_the_budget_and_those_of_a_change_are_not():
    work = Work()
    with work.change("field"):
        work.note_items(10 * MAX_ITEMS)
    work.note_items(MAX_ITEMS // 2)
    assert work.used == pytest.approx(0.5, abs=0.01)
    work.draw_read()
    work.note_items(MAX_ITEMS)
    with pytest.raises(TooMuchWork, match=f"{MAX_ITEMS + MAX_ITEMS // 2:,} items"):
        work.draw_read()


def test_characters_that_are_unpacked_are_a_share_of_the_budget_and_those_of_a_change_are_not():
    work = Work()
    with work.change("field"):
        work.memory.draw(1, MAX_CHARACTERS)
    Share(work.memory).draw(1, MAX_CHARACTERS // 2)
    assert work.used == pytest.approx(0.5, abs=0.01)
    work.draw_rows(1)
    work.memory.draw(1, MAX_CHARACTERS)
    with pytest.raises(TooMuchWork, match=f"{3 * MAX_CHARACTERS // 2:,} characters of stored values"):
        work.draw_rows(1)


def test_longest_list_of_runs_and_longest_list_of_task_runs_are_possible():
    runs, task_runs = Work(), Work()
    for _ in range(50):
        runs.draw_read(reads=2)
        runs.note_items(100)
        runs.draw_rows(100)
    runs.draw(5_000 * 15 * 3.5, "limit")  # columns
    for _ in range(200):
        task_runs.draw_read()
        task_runs.draw_rows(100)
    assert runs.used < 1
    assert task_runs.used < 1


def test_deletion_leaves_the_rest_to_a_repeat_before_changes_are_refused():
    work = Work()
    with work.change("field"):
        while work.may_go_on:
            work.draw_read()
    assert work.reads_of_changes < 800
    assert work.may_change


def test_all_rows_and_all_units_are_one_budget_together():
    work = Work()
    work.draw_rows(20_000)
    work.draw(20_000 * (3.5 * 3 + 3), "limit")  # a log of so many entries, with three columns
    assert work.used == pytest.approx(0.9025)


def test_entries_of_logs_that_can_be_no_rows_draw_what_their_decoding_takes():
    shown, hidden, in_vain = Work(), Work(), Work()
    shown.draw_decoded(20_000)
    for _ in range(11):
        hidden.draw_decoded(2_000)
    in_vain.draw_decoded(2_000, in_vain=True)
    assert hidden.units - shown.units == in_vain.units > shown.units / 2
    with pytest.raises(TooMuchWork, match=r"^log: "):
        hidden.draw_decoded(22_000)


def test_page_of_a_hundred_flows_with_last_runs_and_counts_stays_well_below():
    work = Work()
    for _ in range(950):
        work.draw_read()
    work.draw_rows(100 + 100 * 5)
    work.draw(20_000, "limit")
    assert work.used < 0.75


def test_last_rows_may_exceed_the_budget_only_at_its_beginning():
    work = Work(max_reads=100, max_rows=1_000)
    for _ in range(40):
        work.draw_read()
    with pytest.raises(TooMuchWork):
        work.draw_rows(900)
    work.draw_rows(800)


@pytest.mark.parametrize("draw", [lambda work: work.draw_read(), lambda work: work.draw(600, "where")])
def test_change_goes_on_beyond_the_budget(draw):
    work = Work(max_reads=10, max_rows=10)
    for _ in range(4):
        work.draw_read()
    work.draw_rows(8)
    with work.change("create_flow"):
        draw(work)


@pytest.mark.parametrize(("shards", "reads"), [(1, 1_400), (4, 1_400), (7, 1_400), (8, 2_800), (256, 89_600)])
def test_more_shards_allow_more_reads(shards, reads):
    assert most_reads(shards) == reads


def test_a_read_may_count_as_several():
    work = Work(max_reads=9)
    work.draw_read(reads=5)
    with pytest.raises(BadUserInput):
        work.draw_read(reads=5)


@pytest.mark.parametrize("draw", [Work.check_time, Work.draw_read, lambda work: work.draw(500, "where")])
def test_nothing_is_read_for_a_client_that_has_left(draw):
    left: list[str] = []
    work = Work(has_left=lambda: bool(left))
    draw(work)
    left.append("the client")
    with pytest.raises(ClientLeft, match="its client has left"):
        draw(work)


@pytest.mark.parametrize("draw", [Work.check_time, Work.draw_read, lambda work: work.draw(500, "where")])
def test_change_is_finished_though_its_client_has_left(draw):
    work = Work(has_left=lambda: True)
    with work.change("field"):
        draw(work)
    with pytest.raises(ClientLeft):
        draw(work)


def test_no_change_begins_after_the_first_when_the_client_has_left():
    work = Work(has_left=lambda: True)
    with work.change("first"):
        pass
    with pytest.raises(ClientLeft), work.change("second"):
        pytest.fail("the change began")


def test_no_change_begins_when_the_time_is_over():
    work = Work(time_left=lambda: 0.0)
    with pytest.raises(ApiError, match="took too long"), work.change("field"):
        pytest.fail("the change began")


def test_change_ends_with_its_time_whether_its_client_has_left_or_not():
    left = [1.0]
    work = Work(has_left=lambda: True, time_left=lambda: left[0])
    with work.change("field"):
        left[0] = 0.0
        with pytest.raises(ApiError, match="took too long"):
            work.check_time()


def test_change_that_asks_for_too_much_is_refused_and_no_later_one_begins():
    work = Work()
    with pytest.raises(TooMuchWork, match=r"^input\.logs: the changes"), work.change("field"):
        work.draw_change(MAX_UNITS_OF_CHANGES, "input.logs")
    with pytest.raises(TooMuchWork, match=r"^next: the changes"), work.change("next"):
        pytest.fail("the change began")


@pytest.mark.parametrize(
    "spend",
    [
        Work.note_write,
        Work.draw_read,
        lambda work: work.draw_read(reads=2),
        lambda work: work.memory.draw(1_000_000),
    ],
)
def test_what_changes_read_and_write_is_counted_for_the_next_one(spend):
    work = Work(max_reads=math.inf)
    with work.change("field"):
        for _ in range(2_500):
            spend(work)
    with pytest.raises(TooMuchWork, match=r"^next: "), work.change("next"):
        pytest.fail("the change began")


def test_a_hundred_changes_with_their_calls_are_possible():
    work = Work()
    for _ in range(100):
        with work.change("field"):
            for _ in range(4):
                work.draw_read()
            work.note_write()


def test_a_change_adds_up_no_memory():
    work = Work(memory=Memory(most=10, most_read=10))
    with work.change("field"):
        for _ in range(5):
            work.memory.draw(9)
    assert (work.memory.held, work.memory.read) == (0, 0)
    work.memory.draw(9)
    with pytest.raises(PayloadTooLarge):
        work.memory.draw(9)


def test_rows_that_are_left_fill_the_budget():
    work = Work(max_units=1_000, max_reads=100, max_rows=100)
    work.draw(500, "where")

    left = work.rows_left(2)

    work.draw_rows(int(left))
    work.draw(2 * left, "limit")
    assert 0.98 < work.used <= 1
    assert work.rows_left(2) == 0
    assert Work.unlimited().rows_left(2) == math.inf
