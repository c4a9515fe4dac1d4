"""Schedules of flows, as clients register, switch and replace them."""

import json
from datetime import timedelta

import pytest

from tests.handlers.service import SNAKE, both_dialects, code

HOURLY = {"clocks": [{"type": "IntervalClock", "interval": 3_600_000_000}]}
NOWHERE = "018f0000-0000-7000-8000-000000000000"


def automatic(service, flow_id):
    query = (
        f'{{ flow_run(where: {{flow_id: {{_eq: "{flow_id}"}}, auto_scheduled: {{_eq: true}}}}) {{ id }} }}'
    )
    return service.data(query)["flow_run"]


def group_id(service, flow_id):
    return service.data(f'{{ flow_by_pk(id: "{flow_id}") {{ flow_group_id }} }}')["flow_by_pk"][
        "flow_group_id"
    ]


def rule(text):
    rrule = {"type": "rrule", "rr": text, "_dtstart": "2035-01-01T00:00:00+00:00", "_until": None}
    return {"type": "RRuleClock", "rrule_obj": rrule}


@both_dialects
def test_switching_a_schedule_makes_and_removes_runs(service, dialect):
    flow_id = service.flow({"schedule": HOURLY})
    for active, count in ((True, 10), (False, 0)):
        given = {"flow_id": flow_id, "set_active": active}
        assert service.mutate(dialect, "set_flow_schedule_state", given, "success error") == {
            "success": True,
            "error": None,
        }
        assert len(automatic(service, flow_id)) == count


@pytest.mark.parametrize(
    ("clock", "field"),
    [
        ({"type": "CronClock", "cron": "61 * * * *"}, "cron"),
        ({"type": "CronClock", "cron": "0 0 30 2 *"}, "cron"),
        ({"type": "IntervalClock", "interval": 1_000_000}, "interval"),
        (rule("FREQ=YEARLY;BYEASTER=280"), "rrule_obj.rr"),
        (rule("FREQ=DAILY;INTERVAL=0"), "rrule_obj.rr"),
        (rule("FREQ=MONTHLY;BYDAY=+99MO"), "rrule_obj.rr"),
        (rule("FREQ=MONTHLY;BYMONTH=1;BYDAY=+53MO"), "rrule_obj"),
        (rule("FREQ=MINUTELY;INTERVAL=7;BYHOUR=5;BYMINUTE=1;BYMONTH=2;BYMONTHDAY=30"), "rrule_obj"),
        (
            {"type": "CronClock", "cron": "0 * * * *", "start_date": {"dt": "2026-01-01", "tz": "Nowhere"}},
            "start_date.tz",
        ),
    ],
)
def test_schedule_that_cannot_be_read_is_not_registered(service, clock, field):
    given = {
        "project_id": service.project(),
        "serialized_flow": {"name": "F", "schedule": {"clocks": [clock]}},
    }

    error = service.refuse(SNAKE, "create_flow", given)

    assert code(error) == "BAD_USER_INPUT"
    assert error["extensions"]["field"] == f"serialized_flow.schedule.clocks[0].{field}"
    assert error["extensions"]["reason"]
    assert service.data("{ flow { id } }")["flow"] == []


def test_schedule_of_the_group_replaces_that_of_the_flow(service):
    flow_id = service.flow({"schedule": HOURLY}, set_schedule_active=True)
    group = group_id(service, flow_id)
    given = {
        "flow_group_id": group,
        "cron_clocks": [{"cron": "0 0 1 1 *", "parameter_defaults": {"x": 1}, "labels": ["a"]}],
        "timezone": "Europe/Berlin",
    }

    assert service.mutate(SNAKE, "set_flow_group_schedule", given, "success") == {"success": True}
    assert len(automatic(service, flow_id)) == 1
    given = {"flow_group_id": group}
    assert service.mutate(SNAKE, "delete_flow_group_schedule", given, "success") == {"success": True}
    assert len(automatic(service, flow_id)) == 10


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"cron_clocks": [{"cron": "x"}]}, "schedule.clocks[0].cron: is no cron expression: 'x'."),
        ({"cron_clocks": [{"cron": "0 0 31 4 *"}]}, "schedule.clocks[0].cron: names no time."),
        ({"interval_clocks": [{"interval": 59}]}, "schedule.clocks[0].interval: must be from 60 seconds"),
        ({"cron_clocks": [{"cron": "0 * * * *"}], "timezone": "Mars"}, "there is no time zone 'Mars'"),
        ({}, "Give cron_clocks or interval_clocks"),
    ],
)
def test_schedule_of_a_group_that_cannot_be_read_is_refused(service, given, message):
    group = group_id(service, service.flow())

    error = service.refuse(SNAKE, "set_flow_group_schedule", {"flow_group_id": group, **given})

    assert code(error) == "BAD_USER_INPUT"
    assert message in error["message"]


def test_schedule_of_an_unknown_group_is_not_found(service):
    given = {"flow_group_id": NOWHERE, "interval_clocks": [{"interval": 60}]}

    payload = service.mutate(SNAKE, "set_flow_group_schedule", given, "success error")

    assert payload == {"success": False, "error": f"There is no flow group {NOWHERE}."}


def test_schedule_without_a_required_parameter_is_not_switched_on(service):
    flow_id = service.flow({"schedule": HOURLY, "parameters": [{"name": "x", "required": True}]})

    error = service.refuse(SNAKE, "set_schedule_active", {"flow_id": flow_id})

    assert (code(error), error["extensions"]["missing_parameters"]) == ("BAD_USER_INPUT", ["x"])


def told(service, group):
    """Return which of a group's rules and pause are stored."""
    items = [item["Attributes"] for item in service.items()]
    (item,) = [item for item in items if item["sk"]["S"] == "group" and group in item["pk"]["S"]]
    return {name for name in item if name.startswith("schedule_")}


def test_rules_and_pauses_of_a_schedule_are_told_and_taken_back(service):
    given = {"flow_group_id": group_id(service, service.flow({"schedule": HOURLY}))}
    rules = {
        "overlap": "buffer_one",
        "late_after": 3_600,
        "catch_up": "last",
        "catch_up_window": 7_200,
        "pause_after_failures": 5,
        "spread": 300,
        "excluded_dates": ["2026-12-24"],
        "max_runs": 1_000,
    }

    for mutation, more, left in (
        ("set_schedule_rules", rules, {"schedule_rules"}),
        ("set_schedule_rules", {"max_runs": None}, {"schedule_rules"}),
        ("pause_schedule", {"note": "Why.", "by": "Ada"}, {"schedule_rules", "schedule_pause"}),
        ("resume_schedule", {}, {"schedule_rules"}),
        ("set_schedule_rules", dict.fromkeys(rules), set()),
    ):
        payload = service.mutate(SNAKE, mutation, {**given, **more}, "success error")
        assert payload == {"success": True, "error": None}
        assert told(service, given["flow_group_id"]) == left


@pytest.mark.parametrize(
    ("mutation", "given", "field"),
    [
        ("set_schedule_rules", {"overlap": "x"}, "overlap"),
        ("pause_schedule", {"note": "x" * 1_001}, "note"),
        ("pause_schedule", {"until": "2020-01-01T00:00:00Z"}, "until"),
        ("trigger_schedule", {"clock": 7}, "clock"),
    ],
)
def test_what_a_schedule_cannot_be_told_is_refused_with_its_field(service, mutation, given, field):
    group = group_id(service, service.flow({"schedule": HOURLY}))

    error = service.refuse(SNAKE, mutation, {"flow_group_id": group, **given})

    assert (code(error), error["extensions"]["field"]) == ("BAD_USER_INPUT", field)
    assert error["extensions"]["reason"]


@pytest.mark.parametrize("mutation", ["set_schedule_rules", "pause_schedule", "resume_schedule"])
def test_telling_the_schedule_of_an_unknown_group_fails(service, mutation):
    payload = service.mutate(SNAKE, mutation, {"flow_group_id": NOWHERE}, "success error")

    assert payload == {"success": False, "error": f"There is no flow group {NOWHERE}."}


def test_a_triggered_run_is_found_by_its_mark(service):
    flow_id = service.flow({"schedule": HOURLY}, set_schedule_active=True)
    given = {"flow_group_id": group_id(service, flow_id), "idempotency_key": "k"}

    ids = [service.mutate(SNAKE, "trigger_schedule", given, "id")["id"] for _ in range(2)]

    where = f'{{flow_id: {{_eq: "{flow_id}"}}, context: {{_contains: {{triggered_schedule: {{clock: 0}}}}}}}}'
    found = service.data(f"{{ flow_run(where: {where}) {{ id auto_scheduled }} }}")["flow_run"]
    assert found == [{"id": ids[0], "auto_scheduled": False}]
    assert ids[0] == ids[1]


@both_dialects
def test_the_next_runs_of_a_schedule_are_made_on_request(service, dialect):
    flow_id = service.flow({"schedule": HOURLY}, set_schedule_active=True)
    service.account.later = timedelta(hours=3)

    payload = service.mutate(dialect, "schedule_flow_runs", {"flow_id": flow_id}, "flow_run_ids")
    first = service.mutate(dialect, "schedule_flow_runs", {"flow_id": flow_id, "max_runs": 2}, "flow_run_ids")

    assert (len(payload["flow_run_ids"]), len(automatic(service, flow_id))) == (10, 13)
    assert first["flow_run_ids"] == payload["flow_run_ids"][:2]


def test_a_negative_number_of_runs_is_refused(service):
    error = service.refuse(SNAKE, "schedule_flow_runs", {"flow_id": service.flow(), "max_runs": -1})

    assert (code(error), error["extensions"]["field"]) == ("BAD_USER_INPUT", "max_runs")


def previewed(service, arguments, fields="time local_time time_zone clock reason remark"):
    return service.data(f"{{ schedule_preview({arguments}) {{ {fields} }} }}")["schedule_preview"]


BERLIN = '{dt: "2020-01-01T00:00:00", tz: "Europe/Berlin"}'
NIGHTLY = f'schedule: {{clocks: [{{type: "CronClock", cron: "30 2 * * *", start_date: {BERLIN}}}]}}'


def test_a_schedule_that_is_not_saved_is_previewed_and_nothing_is_written(service):
    found = previewed(
        service,
        f'{NIGHTLY}, after: "2026-03-28T12:00:00Z", limit: 2, rules: {{excluded_dates: ["2026-03-30"]}}',
    )

    assert found == [
        {
            "time": "2026-03-29T01:00:00+00:00",
            "local_time": "2026-03-29T03:00:00+02:00",
            "time_zone": "Europe/Berlin",
            "clock": 0,
            "reason": None,
            "remark": "The clocks go forward: local times from 02:00 to 03:00 are missing.",
        },
        {
            "time": "2026-03-30T00:30:00+00:00",
            "local_time": "2026-03-30T02:30:00+02:00",
            "time_zone": "Europe/Berlin",
            "clock": 0,
            "reason": "excluded",
            "remark": "It is left out, because its day is excluded.",
        },
    ]
    assert service.items() == []


def test_a_saved_schedule_is_previewed_with_its_rules_and_its_pause(service):
    flow_id = service.flow({"schedule": HOURLY}, set_schedule_active=True)
    group = group_id(service, flow_id)
    given = {"flow_group_id": group}
    service.mutate(SNAKE, "set_schedule_rules", {**given, "max_runs": 12}, "success")

    found = previewed(service, f'flow_group_id: "{group}", limit: 14', "reason")
    assert [row["reason"] for row in found] == [None] * 12 + ["limit"] * 2
    found = previewed(service, f'flow_group_id: "{group}", rules: {{}}', "reason")
    assert [row["reason"] for row in found] == [None] * 10
    service.mutate(SNAKE, "pause_schedule", given, "success")
    found = previewed(service, f'flow_group_id: "{group}"', "reason")
    assert [row["reason"] for row in found] == ["paused"] * 10


def test_one_preview_of_the_largest_schedule_is_within_the_budget_and_many_are_not(service):
    start = '_dtstart: "2020-01-01T00:00:00+00:00"'
    rule = f'{{type: "RRuleClock", rrule_obj: {{type: "rrule", rr: "RRULE:FREQ=DAILY", {start}}}}}'
    arguments = f"schedule: {{clocks: [{', '.join([rule] * 10)}]}}"

    assert len(previewed(service, arguments)) == 10
    fields = " ".join(f"f{number}: schedule_preview({arguments}) {{ time }}" for number in range(2))
    assert code(service.error(f"{{ {fields} }}")) == "BAD_USER_INPUT"


def test_a_preview_of_rare_times_has_as_many_as_one_look_finds(service):
    clock = json.dumps(json.dumps({"clocks": [rule("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=29")]}))

    assert 20 < len(previewed(service, f"schedule: {clock}, limit: 100", "time")) < 40


def test_the_clocks_of_a_nested_schedule_are_paid_and_bounded(service):
    parts = [{"type": "Schedule", "clocks": [rule("FREQ=DAILY")] * 5}] * 2
    nested = {"type": "UnionSchedule", "schedules": parts}
    text = json.dumps(json.dumps(nested))
    assert len(previewed(service, f"schedule: {text}", "time")) == 10
    fields = " ".join(f"f{number}: schedule_preview(schedule: {text}) {{ time }}" for number in range(2))
    assert code(service.error(f"{{ {fields} }}")) == "BAD_USER_INPUT"

    text = json.dumps(json.dumps({**nested, "schedules": parts * 50}))
    error = service.error(f"{{ schedule_preview(schedule: {text}) {{ time }} }}")
    assert error["extensions"]["field"] == "schedule.schedules"


def test_a_text_with_json_is_previewed_too(service):
    text = json.dumps(json.dumps(HOURLY))

    assert len(previewed(service, f"schedule: {text}")) == 10


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("limit: 10", "Give a schedule, or the flow_group_id of a flow that has one."),
        (f"{NIGHTLY}, limit: 0", "limit: must be from 1 to 100"),
        (f"{NIGHTLY}, limit: 101", "limit: must be from 1 to 100"),
        (f'{NIGHTLY}, rules: {{overlap: "x"}}', "rules.overlap: must be one of"),
        ('schedule: {clocks: [{type: "CronClock", cron: "x"}]}', "schedule.clocks[0].cron: is no cron"),
        ('schedule: {clocks: [{type: "CronClock", cron: "0 0 30 2 *"}]}', "cron: names no time."),
        (f'{NIGHTLY}, rules: {{excluded_dates: ["2026-W01"]}}', "rules.excluded_dates[0]: is no date"),
        ('schedule: "x"', "schedule must be JSON"),
        (f'flow_group_id: "{NOWHERE}"', f"There is no flow group {NOWHERE}."),
    ],
)
def test_a_preview_of_what_cannot_run_is_refused(service, arguments, message):
    error = service.error(f"{{ schedule_preview({arguments}) {{ time }} }}")

    assert message in error["message"]


@both_dialects
def test_claim_of_a_run_that_would_overlap_is_refused_as_agents_know_it(service, dialect):
    # Given a run of a schedule that is executed, and two more that are to begin
    flow_id = service.flow({"schedule": HOURLY})
    for rule in ("skip", "buffer_all"):
        service.mutate(
            SNAKE,
            "set_schedule_rules",
            {"flow_group_id": group_id(service, flow_id), "overlap": rule},
            "success",
        )
        service.mutate(SNAKE, "set_schedule_active", {"flow_id": flow_id}, "success")
        first, second, third = (run["id"] for run in automatic(service, flow_id)[:3])
        given = {"flow_run_id": first, "version": 1, "state": {"type": "Running"}}
        assert service.mutate(dialect, "set_flow_run_state", given, "status") == {"status": "SUCCESS"}

        # When an agent claims the second one
        submitted = {"flow_run_id": second, "version": 1, "state": {"type": "Submitted"}}
        document = dialect.document("set_flow_run_states", "states {id}")
        (error,) = service.send(document, {"input": dialect.spelt({"states": [submitted]})})["errors"]

        # Then it is refused with what became of the run
        assert error["message"].startswith(f"State update failed: flow run {second} does not begin. ")
        assert error["extensions"] == {
            "code": "BAD_USER_INPUT",
            "flow_run_id": second,
            "current_version": 2,
            "current_state": {"skip": "Cancelled", "buffer_all": "Scheduled"}[rule],
        }
        if rule == "buffer_all":  # and a process that can wait is told to
            given = {"flow_run_id": third, "version": 1, "state": {"type": "Running"}}
            told = service.mutate(dialect, "set_flow_run_state", given, "status message version")
            assert told == {
                "status": "QUEUED",
                "message": f"Waits for its turn: flow run {first} of the same schedule is not over.",
                "version": 2,
            }
        service.mutate(SNAKE, "set_schedule_inactive", {"flow_id": flow_id}, "success")
        end = {"flow_run_id": first, "version": 2, "state": {"type": "Success"}}
        service.mutate(dialect, "set_flow_run_state", end, "version")


def test_late_runs_are_counted_and_cleared(service):
    flow_id = service.flow({"schedule": HOURLY})
    service.mutate(SNAKE, "set_schedule_active", {"flow_id": flow_id}, "success")

    for given in ({"dry_run": True}, {"dry_run": False}, {"late_after": 60}, {}):
        cleared = service.mutate(SNAKE, "clear_late_runs", {"flow_id": flow_id, **given}, "count left")
        assert cleared == {"count": 0, "left": False}
    for given in ({}, {"flow_id": flow_id, "project_id": NOWHERE}, {"flow_id": flow_id, "late_after": -1}):
        assert code(service.refuse(SNAKE, "clear_late_runs", given)) == "BAD_USER_INPUT"
    assert code(service.refuse(SNAKE, "clear_late_runs", {"flow_id": NOWHERE})) == "NOT_FOUND"
