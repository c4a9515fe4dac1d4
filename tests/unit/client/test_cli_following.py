"""The live line of a watched run on a terminal."""

import io

from rich.console import Console

from flow_runs.cli.following import follow
from tests.unit.client.client_service import RUN_ID, history, service


def test_terminal_keeps_each_state_and_shows_the_current_one_live():
    console = Console(file=io.StringIO(), force_terminal=True, width=100, color_system=None)
    there = service(history("Scheduled"), history("Scheduled", "Running", "Success"))

    code = follow(there.client(), RUN_ID, console)

    assert isinstance(console.file, io.StringIO)
    text = console.file.getvalue()
    assert code == 0
    assert "Scheduled -> Running: is Running" in text
    assert "Waiting for the first state" in text
    assert "Scheduled (version 1)" in text


def test_message_with_escapes_and_markup_is_shown_as_plain_text():
    console = Console(file=io.StringIO(), width=100)
    there = service(history("Failed", message="bad \x1b[2J [red]\nend"))

    follow(there.client(), RUN_ID, console)

    assert isinstance(console.file, io.StringIO)
    assert console.file.getvalue() == "Failed: bad  [2J [red] end\n"
