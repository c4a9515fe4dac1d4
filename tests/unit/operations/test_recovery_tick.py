"""The summary of a tick: work that one step has left stays left, whatever later steps find."""

from collections import Counter
from datetime import timedelta
from itertools import chain, repeat
from types import SimpleNamespace
from typing import Any

import pytest

from domain.access.tenants import Tenant
from domain.concurrency.limits import LimitKind
from domain.recovery.cursor import RecoveryCursor
from domain.recovery.follow_ups import FollowUp, Removal
from domain.recovery.rules import RecoverySettings
from operations.context import Context
from operations.recovery import tick as tick_module
from operations.recovery.attempts import attempt, walk
from operations.recovery.tick import Bounds, tick
from tests.unit.objects import NOW, RUN, TENANT

BEFORE = RecoveryCursor(at=NOW - timedelta(minutes=1), since=NOW - timedelta(hours=1), token=b"before")
NO_SECRETS: Any = None
ENDLESS = repeat(60.0)


def context_of(**work: Any) -> Context:
    """Return the context of a tick that finds this work and no other."""
    record = SimpleNamespace(
        read=lambda: BEFORE, begin=lambda *_: work.get("begins", True), advance_to=lambda _: None
    )
    store: Any = SimpleNamespace(
        recovery_cursor=record,
        limits=SimpleNamespace(counted=lambda: iter(work.get("limits", ()))),
        follow_ups=SimpleNamespace(due=lambda *_: iter(work.get("marked", ()))),
        removals=SimpleNamespace(due=lambda _: iter(work.get("removals", ()))),
        run_tallies=SimpleNamespace(all=list),
        run_lists=SimpleNamespace(live=lambda _: (), ids=lambda *_, **_more: iter(work.get("live", ()))),
    )
    tenant = Tenant(TENANT, "Tenant", "tenant")
    return Context(store=store, tenant=tenant, now=lambda: NOW, random_bits=lambda _: 1, secrets=NO_SECRETS)


def summary(context: Context, *, seconds: Any = ENDLESS, runs: int = 100) -> tick_module.Summary:
    return tick(context, RecoverySettings(), Bounds(lambda: next(seconds), runs=runs))


@pytest.fixture(autouse=True)
def unfinished_count(monkeypatch):
    monkeypatch.setattr(tick_module, "count", lambda *_: False)


@pytest.mark.parametrize(
    ("work", "bounds"),
    [
        pytest.param({"limits": [(LimitKind.LABEL, "id")]}, {}, id="a limit whose count is unfinished"),
        pytest.param({"marked": [FollowUp(RUN, NOW)]}, {"runs": 0}, id="a marked run beyond the bound"),
        pytest.param({"live": [RUN]}, {"runs": 0}, id="a live run beyond the bound"),
    ],
)
def test_work_that_one_step_leaves_is_left_by_the_tick(work, bounds):
    assert summary(context_of(**work), **bounds).left is True


@pytest.mark.parametrize(
    "work",
    [{"limits": [(LimitKind.TAG, "id")]}, {"removals": [Removal(RUN, NOW)]}],
    ids=["a limit", "a removal"],
)
def test_work_without_time_is_left_though_later_steps_find_nothing(work):
    # Given a tick whose time is over before its first step
    seconds = chain([60.0], repeat(0.0))

    assert summary(context_of(**work), seconds=seconds).left is True


def test_tick_without_work_leaves_nothing():
    assert summary(context_of()).left is False


def test_tick_that_was_overtaken_leaves_its_work_to_the_other():
    assert summary(context_of(begins=False)).left is True


class TestWalk:
    def test_batches_end_at_the_bound_and_the_rest_is_left(self):
        batches: list[list[int]] = []

        def look_at(batch: list[int]) -> list[int]:
            batches.append(batch)
            return []

        assert walk(iter(range(300)), look_at, 250, lambda: True) == (list(range(200, 250)), True)
        assert [len(batch) for batch in batches] == [100, 100, 50]

    def test_walk_to_the_end_leaves_nothing(self):
        assert walk(iter([1, 2]), lambda _: [], 10, lambda: True) == ([1, 2], False)

    def test_walk_without_time_looks_at_nothing(self):
        assert walk(iter([1, 2]), lambda _: pytest.fail("no time"), 10, lambda: False) == ([], True)

    def test_walk_goes_on_behind_the_last_one_before_the_first_that_is_left(self):
        assert walk(iter([1, 2, 3]), lambda _: [3], 10, lambda: True) == ([1, 2], True)


class TestAttempt:
    def test_error_of_a_call_is_returned(self):
        error = ValueError("one odd run")

        def call() -> Counter[str]:
            raise error

        assert attempt(call, lambda: True) is error

    def test_call_without_time_is_not_made(self):
        assert attempt(lambda: pytest.fail("no time"), lambda: False) is None
