import weakref

import pytest
from graphql import GraphQLField, GraphQLObjectType, GraphQLSchema, GraphQLString

from domain.errors import BadUserInput, FlowRunsError, PayloadTooLarge
from graphql_api.errors import origin
from graphql_api.execution import Executor, GraphQLRequest, Stage
from tests.unit.graphql_api.toy_schema import build_toy_schema

UUID_TEXT = "2a9c1c6f-7e0a-4c55-8a43-0d9c7b1f3a10"


@pytest.fixture
def writes():
    return []


@pytest.fixture
def run(writes):
    executor = Executor(build_toy_schema(writes))

    def run(query, variables=None, **more):
        request = GraphQLRequest(query=query, variables=variables or {}, **more)
        return executor.execute(request, context={"of": "this request"})

    return run


def test_successful_response_has_data_and_no_errors_key(run):
    outcome = run("{ hello }")
    assert outcome.result == {"data": {"hello": "👋 hello"}}
    assert outcome.stage is Stage.EXECUTED
    assert not outcome.wrote


def test_resolver_gets_the_context_of_the_request(run):
    assert run("{ context }").result["data"] == {"context": {"of": "this request"}}


def test_variable_declared_as_hasura_does_is_coerced(run):
    outcome = run("query($id: uuid!) { by_id(id: $id) }", {"id": UUID_TEXT.upper()})
    assert outcome.result == {"data": {"by_id": UUID_TEXT}}


@pytest.mark.parametrize(
    ("query", "code"), [("{", "GRAPHQL_PARSE_FAILED"), ("{ nope }", "GRAPHQL_VALIDATION_FAILED")]
)
def test_bad_document_is_refused_without_data(run, query, code):
    outcome = run(query)
    assert outcome.stage is Stage.REFUSED
    assert [error["extensions"]["code"] for error in outcome.result["errors"]] == [code]
    assert "data" not in outcome.result


@pytest.mark.parametrize(
    ("query", "variables", "name", "message"),
    [
        ("query($id: UUID!) { by_id(id: $id) }", {"id": "nope"}, None, "'$id' has invalid value"),
        ("query($id: UUID!) { by_id(id: $id) }", {}, None, "'$id'"),
        ("query A { hello } query B { hello }", {}, None, "Must provide operation name"),
        ("query A { hello }", {}, "B", "Unknown operation named 'B'"),
        ("fragment f on Query { hello } query { ...f }", {}, "B", "Unknown operation named 'B'"),
    ],
)
def test_bad_variables_or_operation_name_are_refused_as_bad_user_input(run, query, variables, name, message):
    outcome = run(query, variables, operation_name=name)
    assert outcome.stage is Stage.REFUSED
    assert message in outcome.result["errors"][0]["message"]
    assert outcome.result["errors"][0]["extensions"] == {"code": "BAD_USER_INPUT"}
    assert "data" not in outcome.result


def test_errors_of_variables_end_at_a_limit(run):
    declared = " ".join(f"$v{n}: Int!" for n in range(60))
    used = " ".join(f"a{n}: rows(count: $v{n}, length: 0) {{ id }}" for n in range(60))
    outcome = run(f"query({declared}) {{ {used} }}", {f"v{n}": "x" for n in range(60)})
    assert len(outcome.result["errors"]) == 9


def test_mutation_in_a_read_only_request_is_refused(run, writes):
    outcome = run('mutation { write(text: "x") }', read_only=True)
    assert outcome.stage is Stage.WRITE_REFUSED
    assert "POST" in outcome.result["errors"][0]["message"]
    assert writes == []


def test_only_the_query_of_a_mixed_document_runs_in_a_read_only_request(run, writes):
    document = 'query Q { hello } mutation M { write(text: "x") }'
    assert run(document, operation_name="M", read_only=True).stage is Stage.WRITE_REFUSED
    assert run(document, operation_name="Q", read_only=True).stage is Stage.EXECUTED
    assert writes == []


def test_outcome_of_an_executed_mutation_has_written(run, writes):
    outcome = run('mutation { write(text: "x") }')
    assert outcome.wrote
    assert writes == ["x"]


def test_domain_error_keeps_message_and_facts_and_other_fields_keep_data(run):
    outcome = run("{ hello locked }")
    assert outcome.result == {
        "errors": [
            {
                "message": "It is at 3.",
                "locations": [{"line": 1, "column": 9}],
                "path": ["locked"],
                "extensions": {"code": "VERSION_LOCKING_ERROR", "current_version": 3},
            }
        ],
        "data": {"hello": "👋 hello", "locked": None},
    }
    assert outcome.stage is Stage.EXECUTED
    assert outcome.failures == ()


@pytest.mark.parametrize("kind", FlowRunsError.__subclasses__(), ids=lambda kind: kind.__name__)
def test_every_domain_error_reaches_the_client_with_its_code(run, kind):
    outcome = run("query($code: String) { domain_error(code: $code) }", {"code": kind.code})
    (error,) = outcome.result["errors"]
    assert (error["message"], error["extensions"]) == ("as it is", {"code": kind.code})
    assert outcome.failures == ()


@pytest.mark.parametrize("field", ["broken", "not_an_int", "missing"])
def test_failure_of_the_service_shows_the_request_id_and_no_detail(run, field):
    outcome = run(f"{{ {field} }}", request_id="id-7")
    (error,) = outcome.result["errors"]
    assert error["extensions"] == {"code": "INTERNAL_ERROR"}
    assert error["path"] == [field]
    assert "id-7" in error["message"]
    assert "detail" not in str(outcome.result)
    assert "API_ERROR" not in str(outcome.result)
    assert len(outcome.failures) == 1


def test_failure_of_the_service_keeps_its_origin_for_the_log(run):
    (failure,) = run("{ broken }").failures
    assert isinstance(origin(failure), KeyError)
    assert origin(failure).__traceback__ is not None


def test_directive_with_null_variable_is_bad_user_input(run):
    outcome = run("query($on: Boolean! = true) { hello @include(if: $on) }", {"on": None})
    assert outcome.result["errors"][0]["extensions"] == {"code": "BAD_USER_INPUT"}
    assert outcome.failures == ()


def test_executor_refuses_an_invalid_schema():
    with pytest.raises(TypeError, match="Query root type"):
        Executor(GraphQLSchema())


class Decoded:
    """A value that a resolver makes of an input."""


def schema_that_refuses(error_of):
    """Return a schema with a mutation and a query that make a value and fail, and the values that live."""
    living: weakref.WeakSet[Decoded] = weakref.WeakSet()

    def resolve(*_):
        decoded = Decoded()
        living.add(decoded)
        try:
            int("none")
        except ValueError as error:
            raise error_of("No.") from error

    def kind(name):
        return GraphQLObjectType(name, {"f": GraphQLField(GraphQLString, resolve=resolve)})

    return GraphQLSchema(query=kind("Query"), mutation=kind("Mutation")), living


def test_refusals_keep_no_values_alive():
    schema, living = schema_that_refuses(BadUserInput)

    outcome = Executor(schema).execute(GraphQLRequest(query="mutation { a: f b: f }", variables={}), None)

    assert len(outcome.result["errors"]) == 2
    assert not living


def test_failures_of_the_service_keep_their_frames_for_the_log():
    schema, _ = schema_that_refuses(KeyError)

    outcome = Executor(schema).execute(GraphQLRequest(query="{ f }", variables={}), None)

    assert origin(outcome.failures[0]).__traceback__ is not None


def test_query_ends_with_a_value_that_is_too_large():
    schema, _ = schema_that_refuses(PayloadTooLarge)

    query = Executor(schema).execute(GraphQLRequest(query="{ a: f b: f }", variables={}), None)
    mutation = Executor(schema).execute(GraphQLRequest(query="mutation { a: f b: f }", variables={}), None)

    assert [len(outcome.result["errors"]) for outcome in (query, mutation)] == [1, 2]
