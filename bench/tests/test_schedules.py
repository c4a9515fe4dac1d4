from bench.local_table import dynoxide_client
from bench.schedules import tick_over


def test_tick_makes_a_run_of_each_schedule_that_is_due_and_no_other():
    with dynoxide_client() as client:
        ticked = tick_over(client, 30, 5)

    assert ticked.made == 5
    assert ticked.write_units >= 5
