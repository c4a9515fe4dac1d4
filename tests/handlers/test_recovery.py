"""The recovery function with the event of events/, on a table made from template.yaml."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.client import BaseClient

import wiring
from domain.errors import ApiError, BadUserInput
from domain.flow_runs.states import parse_state
from domain.ids import member_id
from domain.recovery.rules import RecoverySettings
from handlers import recovery
from local_server.lambda_context import LambdaContext
from operations.flow_runs.create_flow_run import CreateFlowRun, create_flow_run
from operations.flow_runs.ending import cancel_flow_run
from operations.flow_runs.reading import get_flow_run
from operations.flow_runs.states import set_flow_run_state, update_heartbeat
from operations.flows.schedules import set_schedule_active, set_schedule_inactive
from operations.recovery import dead_task_runs
from operations.task_runs.task_runs import get_task_run, set_task_run_state, update_task_run_heartbeat
from storage.schedules.schedules import Schedules
from tests.handlers.aws import Account, aws_account, event_file
from tests.unit.template import table_actions

FLOW = {"name": "My Flow Name", "tasks": [{"slug": "one-1", "max_retries": 1}]}
NOTHING = {
    **dict.fromkeys(
        (
            *("looked_at", "retried", "failed", "rescheduled", "restarted", "given_up"),
            *("schedules", "scheduled", "unscheduled", "schedules_at_fault", "missed", "overdue_s"),
            *("cancelled", "deleted", "lost", "faults"),
        ),
        0,
    ),
    "left": False,
}


@pytest.fixture
def account(monkeypatch) -> Iterator[Account]:
    with aws_account(monkeypatch) as account:
        yield account


def deliver(**more: Any) -> dict[str, Any]:
    context = LambdaContext(**{"aws_request_id": "a tick", "timeout": 60.0, **more})
    return recovery.handler(event_file("recovery"), context)


def later(account: Account, minutes: int) -> dict[str, Any]:
    """Let minutes pass with a tick each. Return the sum of their counts."""
    total = dict(NOTHING)
    for _ in range(minutes):
        account.later += timedelta(minutes=1)
        total = {name: count + total[name] for name, count in deliver().items()}
    return {name: count for name, count in total.items() if count and name != "looked_at"}


def running(account: Account) -> str:
    """Start a run and its only task run. Return the id of the run."""
    context = account.context()
    flow_run_id = create_flow_run(context, CreateFlowRun(flow_id=account.register(FLOW)))
    set_flow_run_state(context, flow_run_id, None, parse_state({"type": "Running"}))
    set_task_run_state(context, member_id(flow_run_id, 1), None, parse_state({"type": "Running"}))
    return flow_run_id


def test_abandoned_run_is_recovered_and_at_last_fails(account):
    deliver()
    flow_run_id = running(account)

    assert later(account, 3) == {"retried": 1}
    assert get_task_run(account.context(), member_id(flow_run_id, 1)).state.type == "Retrying"
    set_task_run_state(account.context(), member_id(flow_run_id, 1), None, parse_state({"type": "Running"}))
    assert later(account, 15) == {"failed": 1, "rescheduled": 1}
    for _ in range(2):
        set_flow_run_state(account.context(), flow_run_id, None, parse_state({"type": "Submitted"}))
        assert later(account, 12) == {"rescheduled": 1}
    set_flow_run_state(account.context(), flow_run_id, None, parse_state({"type": "Running"}))
    assert later(account, 12) == {"given_up": 1}

    run = get_flow_run(account.context(), flow_run_id)
    assert (run.state.type, run.times_resurrected) == ("Failed", 3)


def test_tick_returns_and_logs_its_counts(account, caplog):
    assert deliver() == NOTHING
    flow_run_id = running(account)
    later(account, 1)
    account.later += timedelta(seconds=90)
    caplog.clear()

    result = deliver()

    assert result == {**NOTHING, "looked_at": 1, "retried": 1}
    (line,) = [vars(record) for record in caplog.records if record.name == "flow-runs-recovery"]
    assert (line["message"], line["levelname"], line["request_id"]) == ("tick", "INFO", "a tick")
    assert {name: line[name] for name in result} == result
    assert flow_run_id not in str(line)


def hourly_clock() -> dict[str, Any]:
    """Return a clock whose next time is half an hour away, whatever the time is now."""
    half_an_hour_ago = {"dt": (datetime.now(UTC) - timedelta(minutes=30)).isoformat()}
    return {"type": "IntervalClock", "interval": 3_600_000_000, "start_date": half_an_hour_ago}


def test_tick_makes_the_runs_of_schedules(account):
    flow_id = account.register({"name": "Hourly", "schedule": {"clocks": [hourly_clock()]}})
    assert deliver()["schedules"] == 0

    assert set_schedule_active(account.context(), flow_id)  # makes the first ten itself
    assert later(account, 60) == {"schedules": 1, "scheduled": 1}
    assert set_schedule_inactive(account.context(), flow_id)
    assert deliver() == {**NOTHING, "left": False}


def test_tick_after_an_outage_says_how_many_occurrences_were_missed(account, caplog):
    flow_id = account.register({"name": "Hourly", "schedule": {"clocks": [hourly_clock()]}})
    assert set_schedule_active(account.context(), flow_id)
    account.later += timedelta(hours=20)

    result = deliver()

    assert (result["missed"], result["overdue_s"]) == (10, 0)
    (line,) = [vars(record) for record in caplog.records if record.message == "tick"]
    assert (line["missed"], line["overdue_s"]) == (10, 0)
    assert deliver()["missed"] == 0


def test_tick_without_time_says_for_how_long_a_schedule_has_needed_work(account):
    hourly = {"clocks": [{"type": "IntervalClock", "interval": 3_600_000_000}]}
    assert set_schedule_active(account.context(), account.register({"name": "Hourly", "schedule": hourly}))
    account.later += timedelta(hours=20)

    assert 3_600 < deliver(timeout=14.0)["overdue_s"] < 20 * 3_600
    assert deliver()["overdue_s"] == 0


def test_schedule_that_fails_stops_neither_others_nor_recovery(account, caplog, monkeypatch):
    hourly = {"clocks": [{"type": "IntervalClock", "interval": 3_600_000_000}]}
    broken, whole = (account.register({"name": name, "schedule": hourly}) for name in ("Broken", "Whole"))
    for flow_id in (broken, whole):
        assert set_schedule_active(account.context(), flow_id)
    (group_id,) = {flow.flow_group_id for flow in account.context().store.flows.get([broken])}
    real = Schedules.get

    def get(schedules, wanted):
        if wanted == group_id:
            raise ValueError("an odd item")
        return real(schedules, wanted)

    monkeypatch.setattr(Schedules, "get", get)
    account.later += timedelta(minutes=60)

    with pytest.raises(recovery.RunsNotScheduled, match="1 schedules have failed"):
        deliver()
    (line,) = [vars(record) for record in caplog.records if record.message == "schedule not kept up"]
    assert (line["flow_group_id"], line["exc_info"][1].args) == (group_id, ("an odd item",))
    (line,) = [vars(record) for record in caplog.records if record.message == "tick"]
    assert line["scheduled"] == 1


def test_tick_stops_in_time_and_says_that_runs_are_left(account):
    deliver()
    running(account)
    later(account, 1)
    account.later += timedelta(seconds=90)

    assert deliver(timeout=14.0) == {**NOTHING, "left": True}
    assert deliver()["retried"] == 1


def test_fault_of_one_run_is_logged_and_raised(account, caplog, monkeypatch):
    deliver()
    flow_run_id = running(account)
    later(account, 1)
    account.later += timedelta(seconds=90)
    monkeypatch.setattr(dead_task_runs, "state_after_death", lambda *_: 1 / 0)

    with pytest.raises(recovery.RunsNotRecovered, match="1 runs could not be recovered"):
        deliver()

    (line,) = [vars(record) for record in caplog.records if record.levelname == "ERROR"]
    assert (line["message"], line["flow_run_id"]) == ("run not recovered", flow_run_id)
    assert line["exc_info"][0] is ZeroDivisionError


def test_database_failure_fails_the_tick_and_is_logged(account, monkeypatch, caplog):
    monkeypatch.setattr("storage.dynamodb.retries.time.sleep", lambda _: None)

    def unreachable(*_: Any) -> Any:
        from botocore.exceptions import EndpointConnectionError  # noqa: PLC0415

        raise EndpointConnectionError(endpoint_url="https://dynamodb.example")

    monkeypatch.setattr(BaseClient, "_make_api_call", unreachable)

    with pytest.raises(ApiError):
        deliver()

    (line,) = [vars(record) for record in caplog.records if record.levelname == "ERROR"]
    assert line["message"] == "no answer"
    assert line["cause"].startswith("EndpointConnectionError: Could not connect")


def test_role_of_the_function_allows_its_calls(account, monkeypatch):
    # Given a run for every rule
    deliver()
    lost, stopping, beating = (running(account) for _ in range(3))
    cancel_flow_run(account.context(), stopping)
    large = parse_state({"type": "Running", "message": "".join(map(chr, range(256, 9000)))})
    for _ in range(20):
        set_flow_run_state(account.context(), lost, None, large)
    made: set[str] = set()
    send: Any = vars(BaseClient)["_make_api_call"]

    def noted(client: Any, operation: str, arguments: dict[str, Any]) -> Any:
        parts = [f"{kind}Item" for item in arguments.get("TransactItems", []) for kind in item]
        made.update(f"dynamodb:{name}" for name in parts or [operation])
        return send(client, operation, arguments)

    # When
    done: dict[str, int] = {}
    for minute in range(15):
        account.later += timedelta(minutes=1)
        update_heartbeat(account.context(), beating)
        if minute < 5:
            update_task_run_heartbeat(account.context(), member_id(beating, 1))
        with monkeypatch.context() as patch:
            patch.setattr(BaseClient, "_make_api_call", noted)
            done = {name: count + done.get(name, 0) for name, count in deliver().items()}

    # Then
    assert (done["retried"], done["cancelled"]) == (2, 1)
    assert "dynamodb:UpdateItem" in made
    assert made <= table_actions("RecoveryRole")


@pytest.mark.parametrize(
    "name", ["RECOVERY_INTERVAL", "HEARTBEAT_TIMEOUT", "RESCHEDULE_AFTER", "MAX_RESCHEDULES"]
)
class TestParameters:
    @pytest.mark.parametrize("value", ["-1", "1.5", "soon", "604801", "٣"])
    def test_unusable_setting_is_refused_by_name(self, name, value):
        with pytest.raises(BadUserInput, match=f"{name} must be a whole number"):
            wiring.Settings.from_environment({name: value})

    @pytest.mark.parametrize("value", [None, ""])
    def test_absent_settings_have_defaults(self, name, value):
        environment = {} if value is None else {name: value}

        assert wiring.Settings.from_environment(environment).recovery == RecoverySettings()


def test_settings_are_read_in_seconds():
    environment = {
        "RECOVERY_INTERVAL": "1",
        "HEARTBEAT_TIMEOUT": "2",
        "RESCHEDULE_AFTER": "3",
        "MAX_RESCHEDULES": "0",
    }

    assert wiring.Settings.from_environment(environment).recovery == RecoverySettings(
        interval=timedelta(seconds=1),
        heartbeat_timeout=timedelta(seconds=2),
        reschedule_after=timedelta(seconds=3),
        max_reschedules=0,
    )
