"""The requests by which scanners of GraphQL services find faults, and what they find.

graphql-cop sends the first thirteen. It tells a fault by the same signs as `FAULTS` here.
"""

import json
from urllib.parse import quote

import pytest

from domain.errors import BadUserInput
from graphql_api.execution import Executor, GraphQLRequest
from graphql_api.schema import build_schema
from handlers import http_api
from tests.handlers.events import graphql_event, http_event
from tests.handlers.invocation import invocation
from tests.handlers.service import SNAKE
from wiring import App, Settings

HIDDEN = Executor(build_schema(), introspection=False)


def post(query):
    event = graphql_event(query)
    event["body"] = json.dumps({"query": query, "operationName": "cop"})
    return event


def get(query):
    return http_event("GET", query_string=f"query={quote(query)}")


BATCH = http_event(
    headers={"content-type": "application/json"},
    body=json.dumps([{"query": "query cop { __typename }"}] * 10),
)
FORM = http_event(
    headers={"content-type": "application/x-www-form-urlencoded"}, body="query=query+cop+%7B+__typename+%7D"
)
TYPENAME = "query cop { __typename }"
ALIASES = " ".join(f"alias{number}:__typename" for number in range(101))
CIRCLE = "fields { type { fields { type { fields { type { fields { type { name } } } } } } } }"

# By name: the request, and whether its response shows the fault.
FAULTS = {
    "alias overloading": (
        post(f"query cop {{ {ALIASES} }}"),
        lambda body: body["data"]["alias100"],
    ),
    "batches": (BATCH, lambda body: len(body) >= 10),
    "directive overloading": (
        post("query cop { __typename @aa@aa@aa@aa@aa@aa@aa@aa@aa@aa }"),
        lambda body: len(body["errors"]) >= 10,
    ),
    "circular introspection": (
        post(f"query cop {{ __schema {{ types {{ {CIRCLE} }} }} }}"),
        lambda body: len(body["data"]["__schema"]["types"]) > 25,
    ),
    "introspection": (
        post("query cop { __schema { types { name fields { name } } } }"),
        lambda body: body["data"]["__schema"]["types"],
    ),
    "suggestions": (
        post("query cop { __schema { directive } }"),
        lambda body: "Did you mean" in body["errors"][0]["message"],
    ),
    "suggestions of fields": (
        post("query cop { flow_rum { id } }"),
        lambda body: "Did you mean" in json.dumps(body),
    ),
    "tracing": (post(TYPENAME), lambda body: "tracing" in json.dumps(body)),
    "unhandled errors": (post("qwerty cop { abc }"), lambda body: "exception" in json.dumps(body)),
    "mutations by GET": (get("mutation cop {__typename}"), lambda body: body["data"]["__typename"]),
    "queries by GET": (get(TYPENAME), lambda body: body["data"]["__typename"]),
    "forms": (FORM, lambda body: body["data"]["__typename"]),
    "a page to try queries": (
        http_event("GET", headers={"accept": "text/html"}),
        lambda body: any(word in json.dumps(body).lower() for word in ("graphiql", "playground")),
    ),
}


def found(event, is_fault):
    body = json.loads(http_api.handler(event, invocation())["body"])
    try:
        return bool(is_fault(body))
    except (KeyError, TypeError):
        return False


def faults():
    return {name for name, (event, is_fault) in FAULTS.items() if found(event, is_fault)}


def test_scanner_finds_the_schema_and_reading_by_get_which_are_meant(service):
    assert service.data("{ hello }") == {"hello": "👋"}
    assert faults() == {"introspection", "suggestions", "suggestions of fields", "queries by GET"}


def test_scanner_finds_reading_by_get_alone_if_the_schema_is_hidden(service, monkeypatch):
    monkeypatch.setattr(service.account, "executor", HIDDEN, raising=False)

    assert faults() == {"queries by GET"}


@pytest.mark.parametrize("count", [9, 10, 11, 300])
@pytest.mark.parametrize(
    ("query", "part"),
    [
        ("query cop { __typename%s }", " @aa"),
        ("query cop { %s }", " nope"),
        ("query cop { hello(%s) }", " a: 1"),
        ("query cop { hello %s }", " ...F"),
        ("query cop(%s) { hello }", " $v: Nope"),
        ("query cop { flow(where: {_and: [%s]}) { id } }", ' {nope: "x"}'),
        ("query cop { flow(limit: {%s}) { id } }", " a: 1"),
        ("query cop { %s }", " hello @skip"),
        ("query cop { hello } %s", " query cop { hello }"),
        ("query cop { hello } %s", " fragment F on Query { hello }"),
    ],
)
def test_fewer_than_ten_errors_are_reported(service, query, part, count):
    body = json.loads(http_api.handler(post(query % (part * count)), invocation())["body"])

    assert 1 <= len(body["errors"]) < 10


@pytest.mark.parametrize("count", [9, 10, 50])
def test_fewer_than_ten_errors_of_variables_are_reported(service, count):
    query = SNAKE.document("set_flow_run_states", "states { id }")
    for state in ({"version": "x"}, {"nope": 1}, {"flow_run_id": 5}):
        body = service.send(query, {"input": {"states": [state] * count}})
        assert 1 <= len(body["errors"]) < 10


class TestHiddenSchema:
    """A deployment that hides its schema."""

    @pytest.fixture(autouse=True)
    def hidden(self, service, monkeypatch):
        monkeypatch.setattr(service.account, "executor", HIDDEN, raising=False)

    @pytest.mark.parametrize(
        "query",
        [
            "{ __schema { types { name } } }",
            '{ __type(name: "Query") { name } }',
            "{ hello x: __schema { queryType { name } } }",
            "query { ...F } fragment F on Query { __schema { types { fields { name } } } }",
            '{ ... on Query { ... { x: __type(name: "flow_run") { name fields { name } } } } }',
            'mutation { __typename } query Q { __type(name: "x") { name } }',
            "query($s: Boolean = false) { hello __schema @include(if: $s) { types { name } } }",
        ],
    )
    def test_schema_is_refused_in_every_place_with_one_error(self, service, query):
        error = service.error(query)

        assert error["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
        assert error["message"] == "Introspection is switched off in this deployment."

    def test_typename_is_left(self, service):
        assert service.data("{ __typename flow_run { __typename } }") == {
            "__typename": "Query",
            "flow_run": [],
        }

    @pytest.mark.parametrize(
        ("query", "variables"),
        [
            ("{ flow_rum { id } }", None),
            ("{ flow_run }", None),
            ("{ flow_run { idd } }", None),
            ("{ flow_run(wher: {}) { id } }", None),
            ("{ flow_run(where: {nam: {}}) { id } }", None),
            ('{ flow_run(where: {name: {_e: "x"}}) { id } }', None),
            ("{ flow_run(order_by: {name: ascc}) { id } }", None),
            ('{ flow_run(order_by: {name: "asc"}) { id } }', None),
            ("query($i: create_flow_inputt!) { hello }", None),
            ("query($w: flow_run_bool_exp) { flow_run(where: $w) { id } }", {"w": {"nam": {}}}),
            ("query($o: [flow_run_order_by!]) { flow_run(order_by: $o) { id } }", {"o": [{"name": "ascc"}]}),
            ("query($o: order_by) { flow_run(order_by: {name: $o}) { id } }", {"o": "ascc"}),
            ("{ hello @skp(if: true) }", None),
            ("{ ... on Querry { hello } }", None),
            ("mutation { create_flo(input: {}) { id } }", None),
            ("mutation { create_flow(input: {nam: 1}) { id } }", None),
            ("mutation { create_flow { id } }", None),
        ],
    )
    def test_errors_suggest_no_names(self, service, query, variables):
        result = service.send(query, variables)

        assert result["errors"]
        assert "Did you mean" not in json.dumps(result)
        assert all(error["message"].endswith((".", "'", '"')) for error in result["errors"])


@pytest.mark.parametrize(
    ("environment", "is_shown"),
    [
        ({}, True),
        *(({"INTROSPECTION": text}, True) for text in ("", "true", "True", "1")),
        *(({"INTROSPECTION": text}, False) for text in ("false", "FALSE", "0")),
    ],
)
def test_environment_says_whether_the_schema_is_hidden(environment, is_shown):
    executor = App(Settings.from_environment(environment), None).executor

    outcome = executor.execute(
        GraphQLRequest(query="{ __schema { queryType { name } } }", variables={}), None
    )

    assert ("data" in outcome.result) is is_shown


@pytest.mark.parametrize("text", ["no", "2", "off", " "])
def test_other_words_for_hiding_the_schema_are_refused(text):
    with pytest.raises(BadUserInput, match="INTROSPECTION must be true or false"):
        Settings.from_environment({"INTROSPECTION": text})
