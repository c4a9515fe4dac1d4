import pytest
from graphql import GraphQLError

import domain.errors
from domain.errors import FlowRunsError
from graphql_api.errors import INTERNAL, format_error, format_field_error, is_internal

DOCUMENTED = {
    "ApiError": "API_ERROR",
    "BadUserInput": "BAD_USER_INPUT",
    "ClientLeft": "CLIENT_LEFT",  # nobody gets it
    "Forbidden": "FORBIDDEN",
    "IdempotencyKeyReused": "IDEMPOTENCY_KEY_REUSED",
    "NotFound": "NOT_FOUND",
    "PayloadTooLarge": "PAYLOAD_TOO_LARGE",
    "RateLimited": "RATE_LIMITED",
    "TooMuchWork": "BAD_USER_INPUT",
    "Unauthenticated": "UNAUTHENTICATED",
    "VersionLockingError": "VERSION_LOCKING_ERROR",
}


def subclasses(error: type[FlowRunsError]) -> list[type[FlowRunsError]]:
    return [found for direct in error.__subclasses__() for found in (direct, *subclasses(direct))]


# The errors of the service are all in one module. Other test modules may define errors of their own.
ERRORS = sorted(
    (error for error in subclasses(FlowRunsError) if error.__module__ == domain.errors.__name__),
    key=lambda error: error.__name__,
)


def located(cause: Exception) -> GraphQLError:
    """Return the error as the execution passes it on, with the path of its field."""
    return GraphQLError(str(cause), path=["create_flow_run"], original_error=cause)


def test_each_error_has_its_documented_code():
    assert {error.__name__: error.code for error in ERRORS} == DOCUMENTED


def test_every_error_is_in_the_tree_of_the_docstring():
    tree = domain.errors.__doc__ or ""

    assert [error.__name__ for error in ERRORS if error.__name__ not in tree] == []


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.__name__)
def test_client_gets_code_message_and_facts_of_each_error(error):
    formatted = format_field_error(located(error("what to do", {"flow_run_id": "x"})), "a request")

    assert formatted == {
        "message": "what to do",
        "path": ["create_flow_run"],
        "extensions": {"code": error.code, "flow_run_id": "x"},
    }


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.__name__)
def test_error_of_the_tree_is_no_internal_error(error):
    assert not is_internal(located(error("what to do")))


@pytest.mark.parametrize("error", [ValueError("secret"), KeyError("secret"), RecursionError(), Exception()])
def test_other_exception_is_internal_and_its_text_stays_inside(error):
    formatted = format_field_error(located(error), "request 7")

    assert is_internal(located(error))
    assert formatted["extensions"] == {"code": INTERNAL}
    assert "secret" not in formatted["message"]
    assert "request 7" in formatted["message"]


def test_code_of_the_error_itself_wins():
    error = GraphQLError("x", extensions={"code": "FORBIDDEN"})

    assert format_error(error, "BAD_USER_INPUT")["extensions"]["code"] == "FORBIDDEN"
