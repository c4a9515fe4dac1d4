"""Retries of failed requests: their conditions and their waits."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest

from flow_runs import (
    AnswerLostError,
    ApiError,
    ConnectionFailedError,
    FlowRunsError,
    NotFoundError,
    RateLimitedError,
    RetryPolicy,
)
from tests.unit.client.client_service import FLOW_ID, LOST, NO_CONNECTION, RUN_ID, flow_run, refusal, service

HELLO = {"hello": "x"}
CERTAINLY_NOT_DONE = {
    "no connection": NO_CONNECTION,
    "no connection in time": httpx.ConnectTimeout("slow"),
    "all connections busy": httpx.PoolTimeout("busy"),
    "a broken proxy": httpx.ProxyError("proxy"),
    "too many requests": httpx.Response(429),
    "API_ERROR": refusal("API_ERROR"),
}
PERHAPS_DONE = {
    "no response in time": LOST,
    "not all sent in time": httpx.WriteTimeout("slow"),
    "a connection cut while reading": httpx.ReadError("cut"),
    "a connection cut while writing": httpx.WriteError("cut"),
    "a server that hung up": httpx.RemoteProtocolError("hung up"),
    "HTTP 500": httpx.Response(500),
    "HTTP 502": httpx.Response(502),
    "HTTP 503": httpx.Response(503),
    "HTTP 504": httpx.Response(504),
    "INTERNAL_ERROR": refusal("INTERNAL_ERROR"),
}
FINAL = {
    "a refusal": refusal("BAD_USER_INPUT"),
    "a conflict": refusal("VERSION_LOCKING_ERROR"),
    "no token": httpx.Response(401),
    "a wrong address": httpx.Response(404),
}
CALLS = {
    "create_flow_run": (lambda client: client.create_flow_run(FLOW_ID), {"create_flow_run": {"id": RUN_ID}}),
    "register_flow": (
        lambda client: client.register_flow(FLOW_ID, "My Flow Name"),
        {"create_flow": {"id": FLOW_ID}},
    ),
    "archive_flow": (lambda client: client.archive_flow(FLOW_ID), {"archive_flow": {"id": FLOW_ID}}),
    "cancel_flow_run": (
        lambda client: client.cancel_flow_run(RUN_ID),
        {"cancel_flow_run": {"state": "Cancelled"}},
    ),
    "restart_flow_run": (
        lambda client: client.restart_flow_run(RUN_ID),
        {"restart_flow_run": {"version": 4, "left": False}},
    ),
    "set_flow_run_name": (
        lambda client: client.set_flow_run_name(RUN_ID, "n"),
        {"set_flow_run_name": {"success": True}},
    ),
    "set_flow_run_labels": (
        lambda client: client.set_flow_run_labels(RUN_ID, ["a"]),
        {"set_flow_run_labels": {"success": True}},
    ),
    "delete_flow_run": (
        lambda client: client.delete_flow_run(RUN_ID),
        {"delete_flow_run": {"success": True}},
    ),
    "set_flow_run_state with a version": (
        lambda client: client.set_flow_run_state(RUN_ID, 1, "Running"),
        {"set_flow_run_state": {"id": RUN_ID, "flow_run": {"version": 2, "state": "Running"}}},
    ),
    "get_flow_run_info": (lambda client: client.get_flow_run_info(RUN_ID), {"flow_run_by_pk": flow_run()}),
    "list_flow_runs": (lambda client: client.list_flow_runs(), {"flow_run": []}),
    "iter_flow_runs": (lambda client: list(client.iter_flow_runs()), {"flow_run": []}),
    "list_flows": (lambda client: client.list_flows(), {"flow": []}),
    "list_projects": (lambda client: client.list_projects(), {"project": []}),
}
UNPROTECTED = {
    "create_project": (lambda client: client.create_project("p"), {"create_project": {"id": "p"}}),
    "set_flow_run_state without a version": (
        lambda client: client.set_flow_run_state(RUN_ID, None, "Running"),
        {"set_flow_run_state": {"id": RUN_ID, "flow_run": {"version": 2, "state": "Running"}}},
    ),
    "graphql": (lambda client: client.graphql("mutation { anything }"), HELLO),
}


@pytest.mark.parametrize("call", [*CALLS, *UNPROTECTED])
@pytest.mark.parametrize("failure", CERTAINLY_NOT_DONE)
def test_call_that_was_not_carried_out_is_repeated(call, failure):
    # Given
    ask, response = {**CALLS, **UNPROTECTED}[call]
    there = service(CERTAINLY_NOT_DONE[failure], response)

    # When
    ask(there.client())

    # Then the same bytes were sent twice, the same idempotency key included
    assert len(there.requests) == 2
    assert there.requests[0].content == there.requests[1].content


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("failure", PERHAPS_DONE)
def test_protected_call_with_unknown_outcome_is_repeated(call, failure):
    ask, response = CALLS[call]
    there = service(PERHAPS_DONE[failure], response)

    ask(there.client())

    assert len(there.requests) == 2
    assert there.requests[0].content == there.requests[1].content


@pytest.mark.parametrize("call", UNPROTECTED)
@pytest.mark.parametrize("failure", PERHAPS_DONE)
def test_unprotected_call_with_unknown_outcome_is_not_repeated(call, failure):
    ask, _ = UNPROTECTED[call]
    there = service(PERHAPS_DONE[failure])

    with pytest.raises(FlowRunsError) as caught:
        ask(there.client())

    assert caught.value.maybe_done
    assert len(there.requests) == 1


@pytest.mark.parametrize("failure", FINAL)
def test_final_error_is_not_repeated(failure):
    there = service(FINAL[failure])

    with pytest.raises(FlowRunsError) as caught:
        there.client().create_flow_run(FLOW_ID)

    assert not caught.value.maybe_done
    assert len(there.requests) == 1


def test_graphql_call_marked_idempotent_is_repeated():
    there = service(LOST, HELLO)

    assert there.client().graphql("{ hello }", idempotent=True) == HELLO


def test_last_error_is_raised_after_the_last_retry():
    there = service(*[refusal("API_ERROR")] * 3)

    with pytest.raises(ApiError):
        there.client(retries=2).graphql("{ hello }")

    assert len(there.requests) == 3


def test_client_without_retries_sends_one_request():
    there = service(NO_CONNECTION)

    with pytest.raises(ConnectionFailedError, match="Cannot connect to"):
        there.client(retries=0).graphql("{ hello }")

    assert there.waits == []


def test_bound_of_each_wait_doubles_up_to_the_longest():
    waits: list[float] = []
    policy = RetryPolicy(retries=5, first_wait=1, longest_wait=5, sleep=waits.append, chance=lambda: 1.0)

    def fail() -> None:
        raise ConnectionFailedError("no")

    with pytest.raises(ConnectionFailedError):
        policy.run(fail, idempotent=False)

    assert waits == [1, 2, 4, 5, 5]


def test_waits_are_spread_at_random():
    chances = iter([0.5, 0.0])
    waits: list[float] = []
    policy = RetryPolicy(retries=2, first_wait=1, sleep=waits.append, chance=lambda: next(chances))

    def fail() -> None:
        raise ConnectionFailedError("no")

    with pytest.raises(ConnectionFailedError):
        policy.run(fail, idempotent=False)

    assert waits == [0.5, 0.0]


@pytest.mark.parametrize(
    "response",
    [
        httpx.Response(429, headers={"Retry-After": "7"}),
        httpx.Response(503, headers={"Retry-After": "7"}),
        httpx.Response(
            200,
            headers={"Retry-After": "7"},
            json={"errors": [{"message": "busy", "extensions": {"code": "API_ERROR"}}]},
        ),
    ],
)
def test_retry_after_of_the_service_is_waited_for(response):
    there = service(response, HELLO)

    there.client().graphql("{ hello }", idempotent=True)

    assert there.waits == [7.25]


def test_retry_after_can_be_a_date():
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=20), usegmt=True)
    there = service(httpx.Response(429, headers={"Retry-After": date}), HELLO)

    there.client().graphql("{ hello }")

    assert 15 < there.waits[0] < 21


def test_retry_after_in_the_past_adds_no_wait():
    there = service(httpx.Response(429, headers={"Retry-After": "Thu, 01 Jan 2026 00:00:00 -0000"}), HELLO)

    there.client().graphql("{ hello }")

    assert there.waits == [0.25]


@pytest.mark.parametrize("text", ["soon", "-1", "", "99999999999999999999999 days"])
def test_invalid_retry_after_is_ignored(text):
    there = service(httpx.Response(429, headers={"Retry-After": text}), HELLO)

    there.client().graphql("{ hello }")

    assert there.waits == [0.25]


def test_retry_after_beyond_the_longest_wait_raises_the_error():
    there = service(httpx.Response(429, headers={"Retry-After": "3600"}))

    with pytest.raises(RateLimitedError) as caught:
        there.client().graphql("{ hello }")

    assert caught.value.retry_after == 3600
    assert caught.value.message.endswith("Try again in 3600 seconds.")
    assert there.waits == []


def test_wait_for_the_next_budget_of_a_tenant_is_honoured():
    there = service(httpx.Response(429, headers={"Retry-After": "60"}), HELLO)

    there.client().graphql("{ hello }")

    assert there.waits == [60.25]


def test_message_that_tells_when_to_try_again_is_left_as_it_is():
    error = {"message": "Again in 90 seconds.", "extensions": {"code": "RATE_LIMITED", "retry_after": 90}}
    there = service(httpx.Response(429, headers={"Retry-After": "90"}, json={"errors": [error]}))

    with pytest.raises(RateLimitedError) as caught:
        there.client().graphql("{ hello }")

    assert (caught.value.message, caught.value.retry_after) == ("Again in 90 seconds.", 90)


def test_error_after_a_lost_response_is_maybe_done():
    there = service(LOST, refusal("NOT_FOUND"))

    with pytest.raises(NotFoundError) as caught:
        there.client().cancel_flow_run(RUN_ID)

    assert caught.value.maybe_done


GONE = [refusal("NOT_FOUND"), {"delete_flow_run": {"success": False}}]


@pytest.mark.parametrize("response", GONE)
def test_delete_that_a_lost_attempt_may_have_done_is_a_success(response):
    service(LOST, response).client().delete_flow_run(RUN_ID)


@pytest.mark.parametrize("response", GONE)
@pytest.mark.parametrize("before", [[], [NO_CONNECTION]])
def test_delete_of_an_unknown_run_is_not_found(before, response):
    with pytest.raises(NotFoundError):
        service(*before, response).client().delete_flow_run(RUN_ID)


def test_lost_response_and_refused_connection_are_different_errors():
    with pytest.raises(AnswerLostError, match="did not respond in time"):
        service(LOST).client(retries=0).get_flow_run_info(RUN_ID)
