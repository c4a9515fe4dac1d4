"""Values of options of the command line."""

import io
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
import typer

from domain.schedules.clocks import interval_timing
from domain.schedules.rules import pauses, rules
from flow_runs import State
from flow_runs.cli import schedule_options, schedules
from flow_runs.cli.inputs import id_from, json_object, parameters_from, state_from
from flow_runs.cli.times import days_from, seconds_from, time_from, time_or_ago_from


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("x=1", 1),
        ("x=1.5", 1.5),
        ("x=true", True),
        ("x=null", None),
        ('x={"a": [1]}', {"a": [1]}),
        ('x="1"', "1"),
        ("x=Ada", "Ada"),
        ("x=a=b", "a=b"),
        ("x=", ""),
        ("x=NaN", "NaN"),
        ("x=-Infinity", "-Infinity"),
        ("x=1e400", "1e400"),
        ("x=-1e-400", "-1e-400"),
        ("x=[1e-400]", "[1e-400]"),
        ("x=" + "9" * 4301, "9" * 4301),
        ("x=" + "9" * 4300, int("9" * 4300)),
        ("x=1e-320", 1e-320),
        ("x=0e-400", 0.0),
        ("x=2026-01-31", "2026-01-31"),
    ],
)
def test_parameter_value_is_json_if_possible_else_text(text, value):
    assert parameters_from([text], None) == {"x": value}


def test_parameters_without_options_are_none():
    assert parameters_from([], None) is None


def test_parameters_can_be_read_from_stdin(monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO('{"x": 1, "y": 2}'))

    assert parameters_from(["y=3"], Path("-")) == {"x": 1, "y": 3}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[1]", "object"),
        ("{", "not JSON"),
        (b"\xff", "not JSON"),
        ('{"a": 1e-400}', "not JSON: the number 1e-400 cannot be kept"),
        ('{"a": NaN}', "NaN cannot be kept"),
        ('{"a": ' + "9" * 5000 + "}", "9{40} cannot be kept"),
        (None, "cannot be read"),
    ],
)
def test_parameters_file_that_is_no_json_object_is_refused(tmp_path, content, message):
    file = tmp_path / "f.json"
    if content is not None:
        file.write_bytes(content if isinstance(content, bytes) else content.encode())

    with pytest.raises(typer.BadParameter, match=message):
        json_object(file, "--params-file")


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        (None, None),
        ("2026-01-31 08:00:00", datetime(2026, 1, 31, 8, tzinfo=UTC)),
        ("2026-01-31T08:00:00Z", datetime(2026, 1, 31, 8, tzinfo=UTC)),
        ("2026-01-31T08:00:00+02:00", datetime(2026, 1, 31, 8, tzinfo=timezone(timedelta(hours=2)))),
    ],
)
def test_time_without_offset_is_utc(text, instant):
    assert time_from(text) == instant


@pytest.mark.parametrize(
    ("text", "ago"),
    [
        ("30s", timedelta(seconds=30)),
        ("15m", timedelta(minutes=15)),
        (" 2h ", timedelta(hours=2)),
        ("3d", timedelta(days=3)),
        ("1w", timedelta(weeks=1)),
        ("0h", timedelta(0)),
    ],
)
def test_time_can_be_a_span_before_now(text, ago):
    now = datetime(2026, 1, 31, 8, tzinfo=UTC)

    assert time_or_ago_from(text, "--since", now) == now - ago


def test_text_that_is_no_span_is_read_as_a_time():
    now = datetime(2026, 1, 31, 8, tzinfo=UTC)

    assert time_or_ago_from(None, "--since", now) is None
    assert time_or_ago_from("2026-01-01", "--since", now) == datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["", "2", "h", "2y", "-2h", "2h30m", "1.5h", "99999999999d", "9" * 5000 + "d", "٢h"]
)
def test_invalid_span_is_refused_with_its_option(text):
    with pytest.raises(typer.BadParameter) as caught:
        time_or_ago_from(text, "--since", datetime(2026, 1, 31, 8, tzinfo=UTC))
    assert caught.value.param_hint == "--since"


@pytest.mark.parametrize(
    ("text", "message", "state"),
    [
        ("Success", None, State("Success")),
        ("Success", "m", State("Success", "m")),
        ('{"type": "Failed", "message": "a", "x": 1}', None, State("Failed", "a", {"x": 1})),
        ('{"type": "Failed", "message": "a"}', "b", State("Failed", "b")),
    ],
)
def test_state_is_read_from_a_type_or_from_json(text, message, state):
    assert state_from(text, message) == state


@pytest.mark.parametrize("text", ["{", '{"message": "x"}', '{"type": 3}'])
def test_json_of_a_state_without_type_is_refused(text):
    with pytest.raises(typer.BadParameter):
        state_from(text, None)


@pytest.mark.parametrize("number", ["1e-400", "1e400", "NaN", "9" * 5000])
def test_state_with_a_number_that_cannot_be_kept_is_refused(number):
    with pytest.raises(typer.BadParameter, match=r"The state is not JSON: the number .* cannot be kept$"):
        state_from(f'{{"type": "Running", "context": {{"a": {number}}}}}', None)


def test_bounds_of_options_are_those_of_the_service():
    spans = [
        *((schedule_options.INTERVALS, (interval_timing.SHORTEST, interval_timing.LONGEST)),),
        *((schedule_options.LATE, (timedelta(seconds=1), rules.LONGEST_LATE)),),
        *((schedule_options.WINDOWS, (timedelta(seconds=1), rules.LONGEST_WINDOW)),),
        *((schedule_options.SPREADS, (timedelta(0), rules.LONGEST_SPREAD)),),
    ]
    for bounds, spans_of_service in spans:
        seconds = [seconds_from(bound, "--span") for bound in bounds]
        assert seconds == [span.total_seconds() for span in spans_of_service]
    assert (schedule_options.MOST_FAILURES, schedule_options.MOST_RUNS) == (
        rules.MOST_FAILURES,
        rules.MOST_RUNS,
    )
    assert (schedules._LONGEST_NOTE, schedules._LONGEST_NAME) == (pauses.LONGEST_NOTE, pauses.LONGEST_NAME)


@pytest.mark.parametrize(
    ("text", "message"),
    [("59", "'59' is too short: 1m at least."), ("2d", "'2d' is too long: 1d at most.")],
)
def test_span_beyond_its_bounds_is_refused_in_the_words_of_the_option(text, message):
    with pytest.raises(typer.BadParameter) as caught:
        seconds_from(text, "--interval", ("1m", "1d"))
    assert (caught.value.message, caught.value.param_hint) == (message, "--interval")
    assert [seconds_from(bound, "--interval", ("1m", "1d")) for bound in ("60", "24h")] == [60, 86_400]


@pytest.mark.parametrize(
    "day", ["2026-13-01", "20261224", "2026-W01-1", "2026-12-24T10:00", "", "x", "2026-1-1"]
)
def test_days_are_checked(day):
    assert days_from(["2026-12-24", " 2026-12-25 "], "--exclude") == ["2026-12-24", "2026-12-25"]
    with pytest.raises(typer.BadParameter) as caught:
        days_from(["2026-12-24", day], "--exclude")
    assert caught.value.param_hint == "--exclude"


def test_ids_are_checked():
    known = "01a2066f-621d-706a-9809-748f9c2b8e41"
    assert id_from(known.upper(), "ID") == known
    with pytest.raises(typer.BadParameter, match="'123' is no id such as"):
        id_from("123", "ID")
