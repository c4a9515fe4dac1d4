from storage.access.rate_memory import RateMemory


def test_process_uses_its_portion_and_then_needs_another_one():
    memory = RateMemory()
    assert memory.use(1) is None

    memory.add(1, 2)

    assert [memory.use(1), memory.use(1), memory.use(1)] == [True, True, None]


def test_minute_that_is_used_up_stays_so_and_the_next_one_is_new():
    memory = RateMemory()
    memory.use(1)
    memory.add(1, 0)

    assert [memory.use(1), memory.use(1), memory.use(2)] == [False, False, None]


def test_portion_of_a_minute_that_has_passed_is_lost():
    memory = RateMemory()
    memory.use(2)

    memory.add(1, 9)

    assert memory.use(2) is None
