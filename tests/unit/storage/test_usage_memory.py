from datetime import date

from storage.access.usage_memory import UsageMemory

DAY, NEXT = date(2030, 1, 1), date(2030, 1, 2)


class Clock:
    def __init__(self):
        self.time = 0.0

    def __call__(self):
        return self.time


def test_portion_is_written_with_the_request_after_a_hundred():
    memory = UsageMemory(Clock())
    portions = [memory.add(DAY, {"requests": 1, "read_units": 0.5}) for _ in range(201)]

    assert [number for number, portion in enumerate(portions) if portion] == [100, 200]
    assert portions[100] == (DAY, {"requests": 100, "read_units": 50})


def test_portion_is_written_with_the_first_request_after_a_minute():
    clock = Clock()
    memory = UsageMemory(clock)
    assert memory.add(DAY, {"requests": 1, "runs": 2}) is None
    clock.time = 59.9
    assert memory.add(DAY, {"requests": 1}) is None
    clock.time = 60.0

    assert memory.add(DAY, {"requests": 1}) == (DAY, {"requests": 2, "runs": 2})


def test_counts_of_a_day_are_written_as_that_day():
    memory = UsageMemory(Clock())
    memory.add(DAY, {"requests": 1})

    assert memory.add(NEXT, {"requests": 1}) == (DAY, {"requests": 1})
    assert memory.add(NEXT, {"requests": 1}) is None
