"""The errors of a service, and their classes."""

from typing import TypeVar

import httpx
import pytest

import domain.formats  # noqa: F401 - it defines an error of its own
import flow_runs
from domain import errors as service_errors
from flow_runs import errors
from tests.unit.client.client_service import conflict, refusal, service

CODES = {
    "BAD_USER_INPUT": errors.BadUserInputError,
    "NOT_FOUND": errors.NotFoundError,
    "VERSION_LOCKING_ERROR": errors.VersionLockError,
    "IDEMPOTENCY_KEY_REUSED": errors.IdempotencyKeyReusedError,
    "UNAUTHENTICATED": errors.UnauthenticatedError,
    "FORBIDDEN": errors.ForbiddenError,
    "PAYLOAD_TOO_LARGE": errors.PayloadTooLargeError,
    "DATA_TOO_NEW": errors.DataTooNewError,
    "RATE_LIMITED": errors.RateLimitedError,
    "INTERNAL_ERROR": errors.ServerFailedError,
    "API_ERROR": errors.ApiError,
}
STATUSES = {
    401: errors.UnauthenticatedError,
    403: errors.ForbiddenError,
    413: errors.PayloadTooLargeError,
    429: errors.RateLimitedError,
    500: errors.ServerFailedError,
    502: errors.ServerFailedError,
    503: errors.ServerFailedError,
    504: errors.ServerFailedError,
    302: errors.UnexpectedAnswerError,
    404: errors.UnexpectedAnswerError,
    418: errors.UnexpectedAnswerError,
    501: errors.UnexpectedAnswerError,
}


Kind = TypeVar("Kind")


def descendants(kind: type[Kind]) -> set[type[Kind]]:
    return {kind}.union(*(descendants(child) for child in kind.__subclasses__()))


@pytest.mark.parametrize(("code", "kind"), CODES.items())
def test_each_error_code_is_raised_as_its_class(code, kind):
    with pytest.raises(errors.FlowRunsError) as caught:
        service(refusal(code, "Because.", hint="h")).client(retries=0).graphql("{ hello }")

    assert type(caught.value) is kind
    assert str(caught.value) == "Because."
    assert caught.value.extensions == {"code": code, "hint": "h"}


def test_codes_of_the_service_and_of_the_classes_are_all_mapped():
    # Nobody is there to get CLIENT_LEFT.
    codes = {kind.code for kind in descendants(service_errors.FlowRunsError)} - {"CLIENT_LEFT"}
    assert codes == set(CODES)
    assert {kind for kind in descendants(errors.FlowRunsError) if kind.code} == set(CODES.values())
    assert errors.BY_CODE == CODES


def test_every_error_class_is_in_the_tree_and_exported():

    for kind in descendants(errors.FlowRunsError):
        assert kind.__name__ in (errors.__doc__ or "")
        assert getattr(flow_runs, kind.__name__) is kind


@pytest.mark.parametrize(("status", "kind"), STATUSES.items())
def test_status_without_graphql_errors_is_raised_as_its_class(status, kind):
    with pytest.raises(errors.FlowRunsError) as caught:
        service(httpx.Response(status, text="<html>")).client(retries=0).graphql("{ hello }")

    assert type(caught.value) is kind
    assert str(status) in str(caught.value)


def test_errors_in_the_body_override_the_status():
    with pytest.raises(errors.NotFoundError, match="No such run"):
        service(refusal("NOT_FOUND", "No such run.", status=400)).client().graphql("{ hello }")


@pytest.mark.parametrize("code", ["GRAPHQL_VALIDATION_FAILED", "SOMETHING_NEW", None])
def test_unknown_error_code_is_a_refusal_with_its_facts(code):
    with pytest.raises(errors.RefusedError, match="Because") as caught:
        service(refusal(code, "Because.", status=400)).client().graphql("{ helo }")

    assert type(caught.value) is errors.RefusedError
    assert caught.value.extensions.get("code") == code


@pytest.mark.parametrize(
    "response",
    [
        httpx.Response(200, text="<html>Welcome</html>"),
        httpx.Response(200, json=["data"]),
        httpx.Response(200, json={"data": None}),
        httpx.Response(200, json={}),
        httpx.Response(200, content=b"\xff\xfe"),
    ],
)
def test_success_without_graphql_response_hints_at_the_url(response):
    with pytest.raises(errors.UnexpectedAnswerError, match="Is the URL right"):
        service(response).client().graphql("{ hello }")


def test_data_with_an_error_status_is_refused():
    with pytest.raises(errors.ServerFailedError):
        service(httpx.Response(500, json={"data": {"hello": "x"}})).client(retries=0).graphql("{ hello }")


def test_version_lock_error_has_the_versions_and_the_state():
    with pytest.raises(errors.VersionLockError) as caught:
        service(conflict(given=1, current=4, state="Running")).client().graphql("{ hello }")

    error = caught.value
    assert (error.given_version, error.current_version, error.current_state) == (1, 4, "Running")
    assert error.flow_run_id is not None


def test_reused_key_error_has_the_id_of_the_run():
    with pytest.raises(errors.IdempotencyKeyReusedError) as caught:
        service(refusal("IDEMPOTENCY_KEY_REUSED", flow_run_id="r")).client().graphql("{ hello }")

    assert caught.value.flow_run_id == "r"


@pytest.mark.parametrize("value", [float("nan"), object(), {1, 2}])
def test_value_that_is_no_json_is_refused_before_sending(value):
    asked = service()

    with pytest.raises(errors.BadUserInputError, match="JSON"):
        asked.client().graphql("{ hello }", {"value": value})

    assert asked.requests == []
