"""GET /health through the real wiring: it costs one call a second at most, and hides no failure."""

import pytest

import wiring
from domain.errors import ApiError
from handlers import http_api
from storage.dynamodb.reachability import Reachability
from tests.handlers.aws import aws_account
from tests.handlers.events import http_event
from tests.handlers.invocation import invocation


class Clock:
    def __init__(self):
        self.time = 0.0

    def __call__(self):
        return self.time


@pytest.fixture
def clock(monkeypatch):
    """Return the clock of the process's health checks."""
    clock = Clock()
    monkeypatch.setattr(wiring, "Reachability", lambda: Reachability(clock))
    return clock


class Calls(list[object]):
    """The calls that were made, which fail while there is an error."""

    error: Exception | None = None


@pytest.fixture
def described(clock, monkeypatch):
    """Return the calls of DescribeTable by an account's process."""
    with aws_account(monkeypatch):
        client = wiring.app()._dynamodb
        describe, calls = client.describe_table, Calls()

        def recorded(**arguments):
            calls.append(arguments)
            if calls.error:
                raise calls.error
            return describe(**arguments)

        monkeypatch.setattr(client, "describe_table", recorded, raising=False)
        yield calls


def health():
    return http_api.handler(http_event("GET", "/health"), invocation())["statusCode"]


def test_hundred_health_checks_in_a_second_cost_one_call(described, clock):
    assert {health() for _ in range(100)} == {200}
    assert len(described) == 1

    clock.time = 1.0
    assert health() == 200
    assert len(described) == 2


def test_failure_of_the_table_is_told_at_once_after_that_second(described, clock):
    assert health() == 200
    clock.time, described.error = 1.0, ApiError("gone")
    assert [health(), health()] == [503, 503]

    described.error = None
    assert [health(), health()] == [200, 200]
    assert len(described) == 4


def test_failing_writes_are_told_within_that_second(described, clock, monkeypatch):
    assert health() == 200
    app = wiring.app()
    app.writability.failed(ApiError("disk full"))
    monkeypatch.setattr(app.writability, "check", _still_full)

    assert health() == 503
    assert len(described) == 1


def _still_full(_):
    raise ApiError("still full")
