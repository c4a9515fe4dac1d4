import pytest
from graphql import GraphQLError

import domain.errors
from domain.errors import FlowRunsError
from graphql_api.errors import INTERNAL, format_error, format_field_error, is_internal

DOCUMENTED = {
    "ApiError": "API_ERROR",
    "BadUserInput": "BAD_USER_INPUT",
    "Forbidden": "FORBIDDEN",
    "IdempotencyKeyReused": "IDEMPOTENCY_KEY_REUSED",
    "NotFound": "NOT_FOUND",
    "PayloadTooLarge": "PAYLOAD_TOO_LARGE",
    "Unauthenticated": "UNAUTHENTICATED",
    "VersionLockingError": "VERSION_LOCKING_ERROR",
}


def subclasses(error: type[FlowRunsError]) -> list[type[FlowRunsError]]:
    return [each for direct in error.__subclasses__() for each in (direct, *subclasses(direct))]


# Other test modules may make errors of their own; those of the service are all in one module.
ERRORS = sorted(
    (each for each in subclasses(FlowRunsError) if each.__module__ == domain.errors.__name__),
    key=lambda error: error.__name__,
)


def located(cause: Exception) -> GraphQLError:
    """The error as execution hands it on, with the field where it happened."""
    return GraphQLError(str(cause), path=["create_flow_run"], original_error=cause)


def test_the_codes_are_the_documented_ones_and_each_has_one_error():
    assert {error.__name__: error.code for error in ERRORS} == DOCUMENTED


def test_every_error_stands_in_the_tree_at_the_top_of_the_module():
    tree = domain.errors.__doc__ or ""

    assert [error.__name__ for error in ERRORS if error.__name__ not in tree] == []


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.__name__)
def test_each_reaches_the_client_with_its_code_its_message_and_its_facts(error):
    formatted = format_field_error(located(error("what to do", {"flow_run_id": "x"})), "a request")

    assert formatted == {
        "message": "what to do",
        "path": ["create_flow_run"],
        "extensions": {"code": error.code, "flow_run_id": "x"},
    }


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.__name__)
def test_none_counts_as_a_failure_of_ours(error):
    assert not is_internal(located(error("what to do")))


@pytest.mark.parametrize("error", [ValueError("secret"), KeyError("secret"), RecursionError(), Exception()])
def test_any_other_exception_is_ours_and_none_of_its_text_goes_out(error):
    formatted = format_field_error(located(error), "request 7")

    assert is_internal(located(error))
    assert formatted["extensions"] == {"code": INTERNAL}
    assert "secret" not in formatted["message"]
    assert "request 7" in formatted["message"]


def test_a_code_that_an_error_brings_itself_wins():
    error = GraphQLError("x", extensions={"code": "FORBIDDEN"})

    assert format_error(error, "BAD_USER_INPUT")["extensions"]["code"] == "FORBIDDEN"
