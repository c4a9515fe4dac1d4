"""Schedules, and their occurrences that did not run, as lists and inside of other rows, on each store."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from domain.schedules.rules.skips import SkippedOccurrence, SkipReason
from domain.schedules.runs.records import Decided
from domain.times import format_time
from graphql_api.execution import Executor, GraphQLRequest
from graphql_api.schema import build_schema
from operations.flows import schedules
from operations.flows.archiving import archive_flow
from operations.schedules.telling import pause, set_rules
from tests.contract.factories import START
from tests.contract.test_schedules import DAY, HOUR, flow_with, interval, runs_of

EXECUTOR = Executor(build_schema())


def ask(world, query):
    result = EXECUTOR.execute(GraphQLRequest(query=query, variables={}), world.context).result
    assert "errors" not in result, result["errors"]
    return result["data"]


def group_of(world, flow_id):
    return world.store.flows.get([flow_id])[0].flow_group_id


def skip(world, group_id, *times, **more):
    """Note that occurrences did not run; return them."""
    skipped = [
        SkippedOccurrence(
            flow_group_id=group_id,
            time=time,
            reason=SkipReason.PAUSED,
            message="The schedule was paused.",
            decided=world.clock(),
            **more,
        )
        for time in times
    ]
    record = world.store.schedules.get(group_id)
    after = replace(record, revision=record.revision + 1)
    decided = Decided(after, skipped=skipped)
    assert world.store.schedules.keep(record, decided, world.context.token()) == set()
    return skipped


@pytest.fixture
def flow_id(world):
    return world.register(flow_with(interval(HOUR)), set_schedule_active=True)


@pytest.fixture
def group_id(world, flow_id):
    return group_of(world, flow_id)


def test_a_schedule_shows_what_is_stored_of_it(world, flow_id, group_id):
    set_rules(world.context, group_id, {"max_runs": 3})
    pause(world.context, group_id, until=START + DAY, by="Ada", note="Why.")

    (found,) = ask(
        world,
        "{ schedule { id flow_group_id flow_id name is_active schedule rules pause next_run failures fault"
        " tenant_id flow { version } flow_group { id } } }",
    )["schedule"]

    stored = world.store.schedules.get(group_id).made
    assert found.pop("next_run") == (format_time(min(run.time for run in stored)) if stored else None)
    assert found == {
        "id": group_id,
        "flow_group_id": group_id,
        "flow_id": flow_id,
        "name": "Flow",
        "is_active": True,
        "schedule": flow_with(interval(HOUR))["schedule"],
        "rules": {"max_runs": 3},
        "pause": {
            "since": "2040-01-01T12:00:00+00:00",
            "until": "2040-01-02T12:00:00+00:00",
            "by": "Ada",
            "note": "Why.",
        },
        "failures": 0,
        "fault": None,
        "tenant_id": world.tenant_id,
        "flow": {"version": 1},
        "flow_group": {"id": group_id},
    }
    world.clock.advance(days=2)
    assert ask(world, "{ schedule { pause } }")["schedule"] == [{"pause": None}]


def test_the_next_run_is_the_first_one_ahead(world, flow_id):
    world.clock.advance(hours=2, minutes=30)

    assert ask(world, "{ schedule { next_run } }")["schedule"][0]["next_run"] == "2040-01-01T15:00:00+00:00"


def test_a_schedule_that_is_switched_off_or_archived_is_not_active(world, flow_id):
    other = world.register({**flow_with(interval(HOUR)), "name": "Other"}, set_schedule_active=True)
    world.register({**flow_with(interval(HOUR)), "name": "Never switched on"})
    schedules.set_schedule_inactive(world.context, flow_id)
    archive_flow(world.context, other)

    found = ask(world, "{ schedule(order_by: {name: asc}) { name is_active flow_id next_run } }")["schedule"]

    assert found == [
        {"name": "Flow", "is_active": False, "flow_id": flow_id, "next_run": None},
        {"name": "Other", "is_active": False, "flow_id": None, "next_run": None},
    ]


def test_the_schedule_of_the_group_is_the_one_in_effect(world, group_id):
    own = {"clocks": [interval(2 * HOUR)]}
    schedules.set_group_schedule(world.context, group_id, own)

    assert ask(world, "{ schedule { schedule } }")["schedule"] == [{"schedule": own}]


def test_a_schedule_at_fault_says_why(world, flow_id, group_id):
    group = world.store.flows.group(group_id)
    odd = {"clocks": [{"type": "CronClock", "cron": "once a week"}]}
    assert world.store.flow_groups.change(group, replace(group, schedule=odd), world.clock())
    schedules.keep_up_now(world.context, group_id)

    (found,) = ask(world, "{ schedule { fault next_run } }")["schedule"]

    assert "is no cron expression" in found["fault"]


def test_a_schedule_counts_the_failures_in_a_row(world, flow_id, group_id):
    set_rules(world.context, group_id, {"pause_after_failures": 5})
    for run in runs_of(world, flow_id)[:2]:
        world.set(run.id, "Running", 1)
        world.set(run.id, "Failed", 2)

    assert ask(world, "{ schedule { failures } }")["schedule"] == [{"failures": 2}]


def test_schedules_are_found_by_group_and_by_name(world, group_id):
    for name in ("a", "b"):
        world.register({**flow_with(interval(HOUR)), "name": name}, set_schedule_active=True)

    def names(where):
        return [row["name"] for row in ask(world, f"{{ schedule(where: {where}) {{ name }} }}")["schedule"]]

    assert names(f'{{flow_group_id: {{_eq: "{group_id}"}}}}') == ["Flow"]
    assert names('{name: {_in: ["a", "Flow", "c"]}}') in (["a", "Flow"], ["Flow", "a"])
    assert sorted(names(f'{{_or: [{{name: {{_eq: "b"}}}}, {{id: {{_eq: "{group_id}"}}}}]}}')) == ["Flow", "b"]
    assert ask(world, "{ schedule_aggregate { aggregate { count } } }")["schedule_aggregate"] == {
        "aggregate": {"count": 3}
    }
    assert ask(world, f'{{ schedule_by_pk(id: "{group_id}") {{ name }} }}')["schedule_by_pk"] == {
        "name": "Flow"
    }


def hours(rows):
    return [(datetime.fromisoformat(row["scheduled_time"]) - START) // HOUR for row in rows]


def test_occurrences_come_in_the_order_of_their_times(world, group_id):
    other = group_of(world, world.register(flow_with(interval(HOUR)), set_schedule_active=True))
    skip(world, group_id, *(START + n * HOUR for n in (1, 3, 5)))
    skip(world, other, *(START + n * HOUR for n in (2, 4)))

    def listed(arguments=""):
        return hours(ask(world, f"{{ occurrence{arguments} {{ scheduled_time }} }}")["occurrence"])

    assert listed() == [5, 4, 3, 2, 1]
    assert listed("(order_by: {scheduled_time: asc}, limit: 2, offset: 1)") == [2, 3]
    assert listed(f'(where: {{flow_group_id: {{_eq: "{group_id}"}}}}, limit: 2)') == [5, 3]
    assert listed(f'(where: {{flow_group_id: {{_in: ["{group_id}", "{other}"]}}}})') == [5, 4, 3, 2, 1]
    assert listed(f'(where: {{flow_group: {{id: {{_eq: "{other}"}}}}}})') == [4, 2]
    early, late = ((START + n * HOUR).isoformat() for n in (2, 4))
    assert listed(f'(where: {{scheduled_time: {{_gte: "{early}", _lt: "{late}"}}}})') == [3, 2]
    assert listed(f'(where: {{scheduled_time: {{_gte: "{late}", _lt: "{early}"}}}})') == []
    of_group = f'flow_group_id: {{_eq: "{group_id}"}}'
    assert listed(f'(where: {{{of_group}, scheduled_time: {{_gt: "{early}", _lte: "{late}"}}}})') == [3]
    assert listed(f'(where: {{{of_group}, scheduled_time: {{_gte: "{late}", _lt: "{early}"}}}})') == []
    assert listed("(order_by: {decided: asc, scheduled_time: desc})") == [5, 4, 3, 2, 1]


def test_an_occurrence_has_its_reason_and_its_run(world, flow_id, group_id):
    run = runs_of(world, flow_id)[0]
    skip(world, group_id, run.scheduled_start_time, flow_run_id=run.id)
    skip(world, group_id, START + 2 * HOUR, gifts="g")

    first, second = ask(
        world,
        "{ occurrence(order_by: {scheduled_time: asc}) { reason message decided flow_group_id flow_run_id"
        " flow_run { id } flow_group { id } schedule { name } } }",
    )["occurrence"]

    assert first == {
        "reason": "paused",
        "message": "The schedule was paused.",
        "decided": "2040-01-01T12:00:00+00:00",
        "flow_group_id": group_id,
        "flow_run_id": run.id,
        "flow_run": {"id": run.id},
        "flow_group": {"id": group_id},
        "schedule": {"name": "Flow"},
    }
    assert (second["flow_run_id"], second["flow_run"]) == (None, None)


def test_occurrences_stand_beside_their_group_and_their_schedule(world, group_id):
    skip(world, group_id, START + HOUR, START + 2 * HOUR)
    inside = "occurrences(limit: 1) { scheduled_time }"
    count = "occurrences_aggregate { aggregate { count } }"
    text = f"{{ flow_group {{ {inside} }} schedule {{ {inside} {count} }} }}"

    found = ask(world, text)

    assert hours(found["flow_group"][0]["occurrences"]) == hours(found["schedule"][0]["occurrences"]) == [2]
    assert found["schedule"][0]["occurrences_aggregate"]["aggregate"]["count"] == 2


def test_a_page_of_occurrences_reads_no_more_than_it_shows(world, group_id):
    for day in range(5):
        skip(world, group_id, *(START + day * DAY + timedelta(minutes=n) for n in range(60)))
    metered, consumption = world.metered()

    for where in ("", f'where: {{flow_group_id: {{_eq: "{group_id}"}}}}, '):
        before = consumption.items_read
        assert len(ask(metered, f"{{ occurrence({where}limit: 3) {{ id }} }}")["occurrence"]) == 3
        assert consumption.items_read - before <= 70


def test_a_list_that_would_look_at_too_many_occurrences_is_refused(world, group_id):
    skip(world, group_id, *(START + n * HOUR for n in range(5)))
    world.context = replace(world.context, most_rows=3)

    for text in (
        "{ occurrence { id } }",
        "{ occurrence_aggregate { aggregate { count } } }",
        "{ occurrence(order_by: {reason: asc}, limit: 1) { id } }",
    ):
        with pytest.raises(AssertionError, match="Narrow it by flow_group_id"):
            ask(world, text)
    assert len(ask(world, "{ occurrence(limit: 3) { id } }")["occurrence"]) == 3
    assert len(ask(world, "{ occurrence(limit: 5) { id } }")["occurrence"]) == 5
