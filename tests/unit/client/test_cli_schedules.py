"""`flow-runs schedule` and its commands, in a pipe, as JSON and on a terminal."""

import io
import json
from datetime import UTC, datetime, timedelta

import pytest
from rich.console import Console

from flow_runs import PreviewedOccurrence, ScheduleInfo, SkippedOccurrence
from flow_runs.cli.schedule_tables import PREVIEWED, SCHEDULES, SKIPPED, show_schedule
from tests.unit.client.cli_runner import invoke
from tests.unit.client.client_service import FLOW_ID, RUN_ID, flow_row, history, refusal, service

GROUP_ID = "01900000-0000-5000-8000-000000000003"
FLOW = {"flow": [flow_row(flow_group_id=GROUP_ID)]}
SUCCESS = {"success": True}


def schedule_row(**changes):
    return {
        "flow_group_id": GROUP_ID,
        "flow_id": FLOW_ID,
        "name": "My Flow Name",
        "is_active": True,
        "schedule": {"clocks": []},
        "rules": {"overlap": "skip", "excluded_dates": ["2026-12-24", "2026-12-25"]},
        "pause": None,
        "next_run": "2026-01-31T08:00:00+00:00",
        "failures": 0,
        "fault": None,
        "flow": {"version": 2, "project": {"id": "p", "name": "Hello, World!"}},
        **changes,
    }


PAUSE = {"since": "2026-01-30T08:00:00+00:00", "until": None, "by": "Ada", "note": "The database moves."}
SKIP = {
    "id": "o",
    "flow_group_id": GROUP_ID,
    "scheduled_time": "2026-01-31T07:00:00+00:00",
    "reason": "paused",
    "message": "The schedule was paused.",
    "flow_run_id": None,
    "decided": "2026-01-31T07:00:01+00:00",
    "schedule": {"name": "My Flow Name"},
}
COMING = {
    "time": "2026-03-29T01:00:00+00:00",
    "local_time": "2026-03-29T03:00:00+02:00",
    "time_zone": "Europe/Berlin",
    "clock": 0,
    "reason": None,
    "remark": "The clocks go forward.",
}


def cells(result):
    assert result.exit_code == 0, result.stderr
    return [line.split("\t") for line in result.stdout.splitlines()]


def terminal():
    return Console(file=io.StringIO(), force_terminal=True, width=160, color_system=None)


def test_list_prints_one_schedule_a_line():
    rows = [
        schedule_row(),
        schedule_row(name="b", is_active=False),
        schedule_row(name="c", pause=PAUSE),
        schedule_row(name="d", fault="x", pause=PAUSE),
    ]
    there = service({"schedule": rows})

    lines = cells(invoke(there, "schedule", "list", "--project", "Hello, World!", "--limit", "7"))

    assert lines[0] == ["FLOW", "PROJECT", "STATE", "NEXT RUN", "RULES", "FLOW GROUP"]
    assert [line[2] for line in lines[1:]] == ["active", "off", "paused", "at fault"]
    assert lines[1][4] == "overlap skip, excluded_dates 2026-12-24 2026-12-25"
    assert there.bodies[0]["variables"] == {
        "where": {"flow": {"project": {"name": {"_eq": "Hello, World!"}}}},
        "limit": 7,
    }


def test_show_prints_facts_and_what_was_skipped_last():
    there = service(FLOW, {"schedule_by_pk": schedule_row(pause=PAUSE)}, {"occurrence": [SKIP]})

    lines = cells(invoke(there, "schedule", "show", "My Flow Name", "-p", "Hello, World!"))

    facts = {line[0]: line[1] for line in lines}
    assert facts["flow"] == "My Flow Name (version 2)"
    assert (facts["state"], facts["paused by"], facts["note"]) == ("paused", "Ada", "The database moves.")
    assert "paused until" not in facts
    assert lines[-1][0] == "skipped"
    assert lines[-1][2:4] == ["paused", "The schedule was paused."]
    assert there.bodies[0]["variables"] == {"name": "My Flow Name", "project": "Hello, World!"}
    assert there.bodies[1]["variables"] == {"id": GROUP_ID}


def test_show_with_json_prints_the_schedule():
    result = invoke(service(FLOW, {"schedule_by_pk": schedule_row()}), "schedule", "show", "F", "--json")

    assert json.loads(result.stdout)["rules"]["overlap"] == "skip"


def test_show_of_a_schedule_that_was_never_switched_on_exits_with_3():
    result = invoke(service(FLOW, {"schedule_by_pk": None}), "schedule", "show", "F")

    assert result.exit_code == 3
    assert "has no schedule that was ever switched on" in result.stderr


@pytest.mark.parametrize(
    ("data", "found"),
    [
        ({"flow_by_pk": {"flow_group_id": GROUP_ID}, "flow_group_by_pk": None}, GROUP_ID),
        ({"flow_by_pk": None, "flow_group_by_pk": {"id": FLOW_ID}}, FLOW_ID),
    ],
)
def test_a_flow_may_be_given_by_its_id_or_that_of_its_group(data, found):
    there = service(data, {"resume_schedule": SUCCESS})

    assert invoke(there, "schedule", "resume", FLOW_ID).stdout == "Resumed.\n"
    assert there.inputs == [{"flow_group_id": found}]


def test_an_id_of_nothing_exits_with_3():
    there = service({"flow_by_pk": None, "flow_group_by_pk": None})

    assert invoke(there, "schedule", "resume", FLOW_ID).exit_code == 3


def test_set_sends_the_given_rules_alone():
    there = service(FLOW, {"set_schedule_rules": SUCCESS}, {"schedule_by_pk": schedule_row()})

    result = invoke(
        there,
        *("schedule", "set", "F", "--overlap", "buffer_one", "--late-after", "1h", "--catch-up", "last"),
        *("--catch-up-window", "90", "--pause-after", "3", "--spread", "10m", "--exclude", "2026-12-24"),
        *("--exclude", "2026-12-25", "--max-runs", "7"),
    )

    assert cells(result)[0] == ["flow", "My Flow Name (version 2)"]
    assert there.inputs == [
        {
            "flow_group_id": GROUP_ID,
            "overlap": "buffer_one",
            "late_after": 3_600,
            "catch_up": "last",
            "catch_up_window": 90,
            "pause_after_failures": 3,
            "spread": 600,
            "excluded_dates": ["2026-12-24", "2026-12-25"],
            "max_runs": 7,
        }
    ]


def test_set_switches_rules_off():
    there = service(FLOW, {"set_schedule_rules": SUCCESS}, {"schedule_by_pk": None})

    result = invoke(
        there, "schedule", "set", "F", "--off", "late-after", "--off", "exclude", "--off", "pause-after"
    )

    assert result.stdout == "Set. The schedule was never switched on.\n"
    assert there.inputs == [
        {
            "flow_group_id": GROUP_ID,
            "late_after": None,
            "excluded_dates": None,
            "pause_after_failures": None,
        }
    ]


def test_set_replaces_the_times_and_switches_the_schedule_on():
    there = service(
        *(FLOW, {"set_flow_group_schedule": SUCCESS}, FLOW, {"set_flow_schedule_state": SUCCESS}),
        {"schedule_by_pk": schedule_row()},
    )

    result = invoke(
        there,
        *("schedule", "set", "F", "--cron", "0 9 * * *", "--interval", "2h", "--timezone", "Europe/Berlin"),
        "--active",
    )

    assert result.exit_code == 0
    assert there.inputs == [
        {
            "flow_group_id": GROUP_ID,
            "cron_clocks": [{"cron": "0 9 * * *"}],
            "interval_clocks": [{"interval": 7_200}],
            "timezone": "Europe/Berlin",
        },
        {"flow_id": FLOW_ID, "set_active": True},
    ]


def test_switching_on_what_has_no_schedule_exits_with_3():
    there = service(FLOW, FLOW, {"set_flow_schedule_state": {"success": False}})

    assert invoke(there, "schedule", "set", "F", "--active").exit_code == 3


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--timezone", "UTC"),
        ("--late-after", "soon"),
        ("--late-after", f"{'9' * 20}w"),
        ("--overlap", "never"),
        ("--max-runs", "0"),
        ("--off", "everything"),
        ("--off", "overlap", "--overlap", "skip"),
        ("--off", "spread", "--spread", "0"),
        ("--off", "late-after", "--off", "exclude", "--exclude", "2026-12-24"),
        ("--off", "pause-after", "--pause-after", "3"),
        ("--interval", "30s"),
        ("--late-after", "900d"),
        ("--late-after", "0"),
        ("--catch-up-window", "5w"),
        ("--spread", "25h"),
        ("--exclude", "2026-13-01"),
        ("--max-runs", "1000000001"),
        ("--pause-after", "1001"),
    ],
)
def test_set_with_unusable_options_sends_nothing_exits_with_2_and_names_the_option(options):
    there = service()

    result = invoke(there, "schedule", "set", "F", *options)

    assert result.exit_code == 2
    assert there.requests == []
    assert not options or any(option in result.stderr for option in options if option.startswith("--"))


def test_a_rule_that_the_service_refuses_exits_with_2():
    there = service(FLOW, refusal("BAD_USER_INPUT", "cron: is no cron expression.", field="cron"))

    result = invoke(there, "schedule", "set", "F", "--cron", "once")

    assert (result.exit_code, result.stderr) == (2, "Error: cron: is no cron expression.\n")


@pytest.mark.parametrize(
    ("field", "option"),
    [
        ("schedule.clocks[0].cron", "--cron"),
        ("schedule.clocks[0].start_date.tz", "--timezone"),
        ("rules.excluded_dates[3]", "--exclude"),
        ("pause_after_failures", "--pause-after"),
    ],
)
def test_what_the_service_refuses_has_the_name_of_its_option(field, option):
    refused = refusal("BAD_USER_INPUT", f"{field}: is odd.", field=field, reason="is odd.")
    for command in (("set", "F", "--cron", "x"), ("preview", "F", "--cron", "x")):
        result = invoke(service(FLOW, refused), "schedule", *command)
        assert (result.exit_code, f"{option}: is odd." in result.stderr) == (2, True)


def test_parts_that_no_option_gave_keep_their_names():
    refused = refusal("BAD_USER_INPUT", "clocks[0].cron: is odd.", field="clocks[0].cron", reason="is odd.")
    for command, there in (
        (("preview", "--file", "-"), service(refused)),
        (("preview", "F"), service(FLOW, refused)),
        (("set", "F", "--active"), service(FLOW, FLOW, refused)),
    ):
        result = invoke(there, "schedule", *command, stdin='{"clocks": []}')
        assert (result.exit_code, result.stderr) == (2, "Error: clocks[0].cron: is odd.\n")


def test_pause_sends_the_note_the_name_and_the_end():
    there = service(FLOW, {"pause_schedule": SUCCESS})
    before = datetime.now(UTC)

    result = invoke(there, "schedule", "pause", "F", "--note", "Why.", "--by", "Ada", "--until", "2h")

    (sent,) = there.inputs
    assert (sent["flow_group_id"], sent["note"], sent["by"]) == (GROUP_ID, "Why.", "Ada")
    assert (
        timedelta(0)
        <= datetime.fromisoformat(sent["until"]) - before - timedelta(hours=2)
        < timedelta(minutes=1)
    )
    assert result.stdout.startswith("Paused until ")


def test_pause_without_an_end_is_for_good():
    there = service(FLOW, {"pause_schedule": SUCCESS})

    assert invoke(there, "schedule", "pause", "F").stdout == "Paused.\n"
    assert there.inputs[0]["until"] is None


@pytest.mark.parametrize("until", ["soon", f"{'9' * 20}w"])
def test_an_end_that_cannot_be_read_exits_with_2(until):
    assert invoke(service(), "schedule", "pause", "F", "--until", until).exit_code == 2


def test_trigger_prints_the_id_and_sends_a_key():
    there = service(FLOW, {"trigger_schedule": {"id": RUN_ID}})

    result = invoke(there, "schedule", "trigger", "F", "--clock", "1")

    assert (result.exit_code, result.stdout) == (0, f"Flow Run ID: {RUN_ID}\n")
    assert there.inputs[0]["clock"] == 1
    assert len(there.inputs[0]["idempotency_key"]) == 32


def test_trigger_may_watch_its_run():
    there = service(FLOW, {"trigger_schedule": {"id": RUN_ID}}, history("Scheduled", "Failed"))

    result = invoke(there, "schedule", "trigger", "F", "--key", "k", "--watch")

    assert result.exit_code == 1
    assert there.inputs[0]["idempotency_key"] == "k"


def test_clear_late_repeats_until_nothing_is_left():
    cleared = [
        {"clear_late_runs": {"count": count, "left": left}} for count, left in ((500, True), (7, False))
    ]
    there = service(FLOW, *cleared)

    result = invoke(there, "schedule", "clear-late", "F", "--late-after", "1h")

    assert (result.exit_code, result.stdout) == (0, "507 late runs closed.\n")
    assert there.inputs == 2 * [
        {
            "flow_group_id": GROUP_ID,
            "flow_id": None,
            "project_id": None,
            "late_after": 3_600,
            "dry_run": False,
        }
    ]


def cleared(*pairs):
    return [{"clear_late_runs": {"count": count, "left": left}} for count, left in pairs]


def test_clear_late_goes_on_after_a_request_that_closed_none():
    there = service(FLOW, *cleared((0, True), (0, True), (5, True), (0, True), (2, False)))

    assert invoke(there, "schedule", "clear-late", "F").stdout == "7 late runs closed.\n"


def test_clear_late_does_not_ask_forever():
    there = service(FLOW, *cleared((5, True), *[(0, True)] * 9))

    assert invoke(there, "schedule", "clear-late", "F").stdout == "More than 5 late runs closed.\n"
    assert len(there.inputs) == 4


def test_a_dry_run_of_clear_late_only_counts():
    counted = {"clear_late_runs": {"count": 500, "left": True}}
    there = service({"project": [{"id": "p"}]}, counted, {"clear_late_runs": {"count": 1, "left": False}})

    result = invoke(there, "schedule", "clear-late", "--project", "P", "--dry-run")
    assert result.stdout == "More than 500 late runs found.\n"
    assert (there.inputs[0]["project_id"], there.inputs[0]["dry_run"]) == ("p", True)
    there = service({"project": [{"id": "p"}]}, {"clear_late_runs": {"count": 1, "left": False}})
    result = invoke(there, "schedule", "clear-late", "--project", "P", "--dry-run", "--json")
    assert json.loads(result.stdout) == {"count": 1, "left": False}


def test_clear_late_of_nothing_exits_with_2():
    there = service()

    assert invoke(there, "schedule", "clear-late").exit_code == 2
    assert there.requests == []


def test_skipped_lists_all_or_those_of_a_flow():
    there = service({"occurrence": [SKIP]}, FLOW, {"occurrence": []})

    lines = cells(invoke(there, "schedule", "skipped", "--since", "2026-01-31 08:00:00"))
    assert lines[1][1:4] == ["My Flow Name", "paused", "The schedule was paused."]
    assert there.bodies[0]["variables"]["where"] == {"scheduled_time": {"_gte": "2026-01-31T08:00:00+00:00"}}
    assert json.loads(invoke(there, "schedule", "skipped", "F", "--limit", "3", "--json").stdout) == []
    assert there.bodies[2]["variables"] == {"where": {"flow_group_id": {"_eq": GROUP_ID}}, "limit": 3}


def test_preview_of_a_schedule_that_is_not_saved_sends_it():
    there = service({"schedule_preview": [COMING]})

    result = invoke(
        there,
        *("schedule", "preview", "--cron", "30 2 * * *", "--timezone", "Europe/Berlin", "--limit", "1"),
        *("--exclude", "2026-12-24", "--after", "2026-03-28"),
    )

    assert cells(result)[1] == [
        *("Sun 2026-03-29 03:00:00 +0200", "Europe/Berlin", "2026-03-29 01:00:00", "0", ""),
        "The clocks go forward.",
    ]
    assert there.bodies[0]["variables"] == {
        "flow_group_id": None,
        "schedule": {
            "type": "Schedule",
            "clocks": [
                {
                    "type": "CronClock",
                    "cron": "30 2 * * *",
                    "start_date": {"dt": "2000-01-01T00:00:00", "tz": "Europe/Berlin"},
                }
            ],
        },
        "rules": {"excluded_dates": ["2026-12-24"]},
        "after": "2026-03-28T00:00:00+00:00",
        "limit": 1,
    }


def test_preview_of_a_flow_leaves_its_schedule_and_its_rules():
    there = service(FLOW, {"schedule_preview": []})

    assert json.loads(invoke(there, "schedule", "preview", "F", "--json").stdout) == []
    variables = there.bodies[1]["variables"]
    assert (variables["flow_group_id"], variables["schedule"], variables["rules"]) == (GROUP_ID, None, None)


def test_preview_reads_a_schedule_from_a_file_or_an_interval():
    there = service({"schedule_preview": []}, {"schedule_preview": []})

    invoke(there, "schedule", "preview", "--file", "-", stdin='{"clocks": []}')
    invoke(there, "schedule", "preview", "--interval", "15m")

    assert there.bodies[0]["variables"]["schedule"] == {"clocks": []}
    (clock,) = there.bodies[1]["variables"]["schedule"]["clocks"]
    assert (clock["type"], clock["interval"]) == ("IntervalClock", 900_000_000)


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--file", "-", "--cron", "* * * * *"),
        ("--interval", "1h", "--timezone", "Europe/Berlin"),
        ("--cron", "* * * * *", "--limit", "101"),
    ],
)
def test_preview_with_unusable_options_exits_with_2(options):
    there = service()

    assert invoke(there, "schedule", "preview", *options, stdin="{}").exit_code == 2
    assert there.requests == []


def test_schedules_on_a_terminal_are_tables():
    console = terminal()
    schedule = ScheduleInfo.from_json(schedule_row(fault="x\x1b[31m"))
    skipped = SkippedOccurrence.from_json(SKIP)

    SCHEDULES.show(console, [schedule])
    SKIPPED.show(console, [skipped])
    PREVIEWED.show(console, [PreviewedOccurrence.from_json({**COMING, "reason": "excluded"})])
    show_schedule(console, schedule, [skipped])

    assert isinstance(console.file, io.StringIO)
    text = console.file.getvalue()
    for word in ("My Flow Name", "at fault", "The schedule was paused.", "excluded", "Skipped:"):
        assert word in text
    assert "\x1b[31m" not in text


def test_empty_lists_say_so_on_a_terminal():
    console = terminal()

    for listing in (SCHEDULES, SKIPPED, PREVIEWED):
        listing.show(console, [])

    assert isinstance(console.file, io.StringIO)
    assert console.file.getvalue() == "No schedules.\nNothing was skipped.\nNothing comes.\n"


RANGE = "Range: --first 2026-01-24T08:00:00Z --last 2026-01-31T08:00:00Z\n"
PLAN = {"id": "b", "status": "running", "count": 7, "made": 2, "write_units": 84}


def test_backfill_prints_its_id_and_progress():
    there = service(FLOW, {"create_backfill": {**PLAN, "first_time": None, "last_time": None}})

    result = invoke(
        there,
        *("schedule", "backfill", "F", "--first", "2026-01-24 08:00:00", "--last", "2026-01-31T08:00:00Z"),
        *("--at-once", "2", "--newest-first", "--repeat", "failed", "--key", "k"),
    )

    assert (result.exit_code, result.stdout) == (
        0,
        "Backfill ID: b\n2 of 7 runs made, running.\n" + RANGE,
    )
    assert there.inputs == [
        {
            "flow_group_id": GROUP_ID,
            "first": "2026-01-24T08:00:00+00:00",
            "last": "2026-01-31T08:00:00+00:00",
            "at_once": 2,
            "direction": "newest_first",
            "repeat": "failed",
            "dry_run": False,
            "idempotency_key": "k",
        }
    ]


def test_a_dry_run_of_a_backfill_says_what_there_would_be():
    times = {"first_time": "2026-01-24T08:00:00+00:00", "last_time": "2026-01-30T08:00:00+00:00"}
    there = service(FLOW, {"create_backfill": {**PLAN, "status": None, "made": 0, **times}})

    printed = invoke(there, "schedule", "backfill", "F", "--first", "7d", "--dry-run").stdout

    assert printed.startswith("7 runs, from ")
    assert ", about 84 write units.\nRange: --first " in printed
    assert printed.splitlines()[-1].count(":00Z") == 2
    assert there.inputs[0]["dry_run"] is True


def test_json_of_a_backfill_has_its_range():
    there = service(FLOW, {"create_backfill": {**PLAN, "first_time": None, "last_time": None}})

    printed = json.loads(invoke(there, "schedule", "backfill", "F", "--first", "1h", "--json").stdout)

    assert (printed["id"], printed["first"], printed["last"]) == (
        "b",
        there.inputs[0]["first"],
        there.inputs[0]["last"],
    )


def test_a_relative_range_of_a_backfill_counts_from_the_full_minute():
    there = service(FLOW, {"create_backfill": {**PLAN, "first_time": None, "last_time": None}})
    before = datetime.now(UTC)

    invoke(there, "schedule", "backfill", "F", "--first", "5h")

    first, last = (datetime.fromisoformat(there.inputs[0][name]) for name in ("first", "last"))
    assert last - first == timedelta(hours=5)
    assert (last.second, last.microsecond) == (0, 0)
    assert before - timedelta(minutes=1) < last <= datetime.now(UTC)


@pytest.mark.parametrize(
    "options",
    [
        ("--first", "5h"),
        ("--first", "2026-01-24"),
        ("--first", "5h", "--last", "2h"),
        ("--first", "2026-01-24", "--last", "1h"),
    ],
)
def test_all_runs_of_a_range_that_changes_each_minute_are_made_only_with_a_key_or_looked_at(options):
    there = service()
    command = ("schedule", "backfill", "F", *options, "--repeat", "all")

    result = invoke(there, *command)

    assert result.exit_code == 2
    assert "Give --first and --last as times, or --key." in " ".join(result.stderr.split())
    assert there.requests == []
    for more in (("--key", "k"), ("--dry-run",)):
        there = service(FLOW, {"create_backfill": {**PLAN, "first_time": None, "last_time": None}})
        assert invoke(there, *command, *more).exit_code == 0


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ((), "--first"),
        (("--first", "soon"), "--first"),
        (("--first", "1d", "--at-once", "0"), "--at-once"),
        (("--first", "1d", "--repeat", "x"), "--repeat"),
        (("--first", "2099-01-01"), "--first"),
        (("--first", "1d", "--last", "2099-01-01"), "--last"),
        (("--first", "1d", "--last", "2d"), "--first"),
        (("--first", "2026-01-31", "--last", "2026-01-24"), "--first"),
    ],
)
def test_options_of_a_backfill_that_mean_nothing_exit_with_2_and_are_named(options, named):
    there = service()

    result = invoke(there, "schedule", "backfill", "F", *options)

    assert (result.exit_code, named in result.stderr) == (2, True)
    assert there.requests == []


@pytest.mark.parametrize("command", ["stop-backfill", "continue-backfill"])
def test_what_is_no_id_of_a_backfill_exits_with_2(command):
    there = service()

    result = invoke(there, "schedule", command, "123")

    assert (result.exit_code, "BACKFILL_ID" in result.stderr) == (2, True)
    assert there.requests == []


@pytest.mark.parametrize(
    ("command", "named"),
    [
        (("pause", "F", "--until", "2020-01-01"), "--until"),
        (("pause", "F", "--note", "x" * 1_001), "--note"),
        (("pause", "F", "--by", "x" * 201), "--by"),
        (("clear-late", "F", "--late-after", "900d"), "--late-after"),
        (("preview", "--interval", "30s"), "--interval"),
        (("preview", "F", "--spread", "2d"), "--spread"),
        (("preview", "F", "--exclude", "2026-13-01"), "--exclude"),
    ],
)
def test_values_beyond_the_bounds_of_the_service_exit_with_2_and_name_the_option(command, named):
    there = service()

    result = invoke(there, "schedule", *command)

    assert (result.exit_code, named in result.stderr) == (2, True)
    assert there.requests == []


def test_backfills_are_listed_stopped_and_continued():
    row = {
        "id": "b",
        "flow_group_id": GROUP_ID,
        "created": "2026-01-31T08:00:00+00:00",
        "status": "stopped",
        "first": "2026-01-24T08:00:00+00:00",
        "last": "2026-01-31T08:00:00+00:00",
        "at_once": 1,
        "count": 7,
        "taken": 2,
        "made": 2,
        "unfinished": 0,
        "fault": "no flow",
        "schedule": {"name": "F"},
    }
    there = service(
        {"backfill": [row]},
        {"stop_backfill": SUCCESS},
        {"continue_backfill": SUCCESS},
        {"continue_backfill": {"success": False}},
    )

    lines = cells(invoke(there, "schedule", "backfills"))
    assert lines[1][1:3] == ["F", "stopped"]
    assert "2 of 7" in lines[1]
    assert invoke(there, "schedule", "stop-backfill", RUN_ID).stdout == "Stopped.\n"
    assert invoke(there, "schedule", "continue-backfill", RUN_ID).stdout == "Continued.\n"
    assert invoke(there, "schedule", "continue-backfill", RUN_ID).exit_code == 3
