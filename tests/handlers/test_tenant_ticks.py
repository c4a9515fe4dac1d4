"""Ticks of a deployment with several tenants: each gets its share, whatever the others have to do."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

import wiring
from domain.errors import ApiError
from domain.flow_runs.states import parse_state
from handlers import recovery
from local_server.lambda_context import LambdaContext
from operations.access.usage import usage_of
from operations.context import Context
from operations.flow_runs.create_flow_run import CreateFlowRun, create_flow_run
from operations.flow_runs.reading import get_flow_run
from operations.flow_runs.states import set_flow_run_state
from operations.flows.projects import create_project
from operations.flows.registering import RegisterFlow, register_flow
from operations.flows.schedules import set_schedule_active
from operations.schedules.tick import keep_up_all
from operations.tenants import create_tenant
from tests.handlers.aws import Account, aws_account, event_file

HOME = wiring.DEFAULT_TENANT_ID
HOURLY = {"clocks": [{"type": "IntervalClock", "interval": 3_600_000_000}]}


class Clock:
    """The time of a tick, which passes only when a tenant works."""

    def __init__(self) -> None:
        self.left = 45.0


class Patience:
    """A Lambda context whose time passes only by what a test says."""

    aws_request_id = "a tick"

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def get_remaining_time_in_millis(self) -> int:
        return int((self._clock.left + recovery.RESERVE_SECONDS) * 1000)


@pytest.fixture
def account(monkeypatch) -> Iterator[Account]:
    with aws_account(monkeypatch) as account:
        yield account


def tenants(account: Account, *slugs: str) -> list[str]:
    return [create_tenant(account.context(), slug, slug) for slug in slugs]


def inside(account: Account, tenant_id: str) -> Context:
    context: Context = account.for_tenant(account.context(), tenant_id)
    return context


def flow(context: Context, **serialized: Any) -> str:
    project_id = create_project(context, name="P")
    request = RegisterFlow(project_id=project_id, serialized_flow={"name": "F", **serialized})
    return register_flow(context, request)


def silent_run(context: Context) -> str:
    flow_run_id = create_flow_run(context, CreateFlowRun(flow_id=flow(context)))
    set_flow_run_state(context, flow_run_id, None, parse_state({"type": "Submitted"}))
    return flow_run_id


def deliver(context: Any = None) -> dict[str, Any]:
    return recovery.handler(
        event_file("recovery"), context or LambdaContext(aws_request_id="t", timeout=60.0)
    )


def later(account: Account, minutes: int, context: Any = None) -> list[int]:
    """Let minutes pass with a tick each. Return how many runs of schedules each has made."""
    made = []
    for _ in range(minutes):
        account.later += timedelta(minutes=1)
        made.append(deliver(context)["scheduled"])
    return made


@contextmanager
def served(monkeypatch: pytest.MonkeyPatch, work: Any) -> Iterator[list[str]]:
    """Yield a list that collects the tenants to whose schedules a tick comes; do some work there before."""
    came: list[str] = []

    def keep_up(context: Context, time_left: Any) -> Any:
        came.append(context.tenant.id)
        work(context.tenant.id, time_left)
        return keep_up_all(context, time_left)

    with monkeypatch.context() as patch:
        patch.setattr(recovery, "keep_up_all", keep_up)
        yield came


def test_schedule_of_another_tenant_gets_its_runs(account):
    (other,) = tenants(account, "other")
    context = inside(account, other)
    set_schedule_active(context, flow(context, schedule=HOURLY))

    assert sum(later(account, 60)) == 1
    assert sum(day.runs for day in usage_of(inside(account, other), 2)) == 1


def test_dead_run_of_another_tenant_is_recovered(account):
    (other,) = tenants(account, "other")
    deliver()
    context = inside(account, other)
    flow_run_id = silent_run(context)

    later(account, 12)

    assert get_flow_run(context, flow_run_id).times_resurrected == 1


def test_tenant_with_endless_work_leaves_the_others_their_shares(account, monkeypatch):
    a, b, c = sorted(tenants(account, "a", "b", "c"))
    clock = Clock()
    shares: dict[str, float] = {}

    def work(tenant_id: str, time_left: Any) -> None:
        if tenant_id == b:
            before = clock.left
            while time_left() > 0:
                clock.left -= 0.25
            shares[tenant_id] = before - clock.left

    with served(monkeypatch, work) as came:
        for _ in range(4):
            clock.left = 45.0
            deliver(Patience(clock))

    assert all(came.count(each) == 4 for each in (HOME, a, b, c))
    # A third of its share, and no more, is for schedules.
    assert shares[b] <= 45.0 / 3 + 0.25


def test_order_turns_from_tick_to_tick(account, monkeypatch):
    order = sorted([HOME, *tenants(account, "a", "b")])
    with served(monkeypatch, lambda *_: None) as came:
        for _ in range(4):
            deliver()

    assert [came[start] for start in (0, 3, 6, 9)] == [order[0], order[1], order[2], order[0]]
    assert all(set(came[start : start + 3]) == set(order) for start in (0, 3, 6, 9))


def test_next_tick_begins_where_the_time_of_the_last_one_was_over(account, monkeypatch):
    order = sorted([HOME, *tenants(account, "a", "b", "c")])
    clock = Clock()

    def work(*_: Any) -> None:
        clock.left -= 30.0

    with served(monkeypatch, work) as came:
        for _ in range(2):
            clock.left = 45.0
            deliver(Patience(clock))

    assert came == order


def test_tick_that_dies_with_each_first_tenant_comes_to_all_of_them(account, monkeypatch):
    order = sorted([HOME, *tenants(account, "a", "b")])

    def die(*_: Any) -> None:
        raise KeyboardInterrupt  # as a process that ends: nothing in the handler goes on

    with served(monkeypatch, die) as came:
        for _ in range(3):
            with pytest.raises(KeyboardInterrupt):
                deliver()

    assert came == order


@pytest.mark.parametrize("error", [ApiError("No answer."), ValueError("broken")], ids=repr)
def test_failure_of_one_tenant_stops_no_other_and_is_told(account, monkeypatch, caplog, error):
    a, b = sorted(tenants(account, "a", "b"))

    def fail(tenant_id: str, _: Any) -> None:
        if tenant_id == a:
            raise error

    with served(monkeypatch, fail) as came, pytest.raises(type(error)):
        deliver()

    assert set(came) == {HOME, a, b}
    lines = [vars(record) for record in caplog.records if record.name == "flow-runs-recovery"]
    assert [line["tenant_id"] for line in lines if line["levelname"] == "ERROR"] == [a]
    assert [line["tenants"] for line in lines if line["message"] == "tick"] == [3]


def test_tick_comes_seldom_and_still_recovers(account, monkeypatch):
    """With many tenants a tick comes to each only now and then, which is no outage."""
    other, *_ = tenants(account, "other", "a", "b", "c", "d", "e", "f")
    deliver()
    context = inside(account, other)
    flow_run_id = silent_run(context)
    clock = Clock()

    def work(tenant_id: str, _: Any) -> None:
        clock.left -= 0 if tenant_id == other else 30.0

    with served(monkeypatch, work) as came:
        for _ in range(30):
            clock.left = 45.0
            later(account, 1, Patience(clock))

    assert came.count(other) < 12
    assert get_flow_run(context, flow_run_id).times_resurrected == 1


def test_tick_with_one_tenant_makes_the_calls_that_it_made(account, monkeypatch):
    calls: list[str] = []
    client = account._app._dynamodb
    for name in ("get_item", "query", "put_item", "update_item", "batch_get_item", "scan"):

        def note(send: Any, made: str, **arguments: Any) -> Any:
            calls.append(made)
            return send(**arguments)

        monkeypatch.setattr(client, name, partial(note, getattr(client, name), name))
    deliver()
    calls.clear()

    deliver()

    assert (calls.count("get_item"), calls.count("put_item"), calls.count("update_item")) == (0, 1, 0)
