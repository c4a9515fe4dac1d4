import json
import threading
import time
from pathlib import Path

from local_server.rule import Rule

ROOT = Path(__file__).resolve().parents[3]


def test_rule_sends_events_of_eventbridge_again_and_again():
    twice, events = threading.Barrier(2), []

    def handler(event, context):
        assert 50_000 < context.get_remaining_time_in_millis() <= 60_000
        events.append(event)
        twice.wait(5)

    rule = Rule("recovery", handler, 0.01, 60)
    rule.start()
    twice.wait(5)
    twice.wait(5)
    rule.stop()

    known = json.loads((ROOT / "events" / "recovery.json").read_text("utf-8"))
    assert {name: type(value) for name, value in events[0].items()} == {
        name: type(value) for name, value in known.items()
    }
    assert (events[0]["detail-type"], events[0]["source"]) == ("Scheduled Event", "aws.events")
    assert events[0]["id"] != events[1]["id"]


def test_failure_of_the_handler_is_printed_and_the_next_call_follows(capfd):
    again = threading.Event()
    calls = []

    def handler(_event, _context):
        calls.append(1)
        if len(calls) > 1:
            again.set()
        raise ValueError("as the test wants it")

    rule = Rule("recovery", handler, 0.01, 60)
    rule.start()
    assert again.wait(5)
    rule.stop()

    printed = capfd.readouterr().err
    assert printed.startswith("The rule recovery failed:\n")
    assert "ValueError: as the test wants it" in printed


def test_stop_ends_a_call_that_asks_for_its_time_and_prints_nothing(capfd):
    began = threading.Event()

    def handler(_event, context):
        began.set()
        while context.get_remaining_time_in_millis() > 0:
            time.sleep(0.001)
        raise ValueError("the store is gone")

    rule = Rule("recovery", handler, 0.01, 60)
    rule.start()
    assert began.wait(5)
    rule.stop()

    assert not any(thread.name == "rule-recovery" for thread in threading.enumerate())
    assert capfd.readouterr().err == ""


def test_rule_stopped_before_its_first_interval_calls_no_handler():
    calls = []
    rule = Rule("recovery", lambda *_: calls.append(1), 3600, 60)

    rule.start()
    rule.stop()

    assert calls == []
