"""Messages for callers: they say nothing of Python, whatever is sent to whichever input."""

import json
import re

import pytest
from graphql import get_named_type, is_required_input_field

from graphql_api.schema import build_schema
from handlers import http_api
from tests.examples import alternate
from tests.handlers.events import graphql_event
from tests.handlers.invocation import invocation

SCHEMA = build_schema()
ID = '"00000000-0000-4000-8000-000000000000"'
# Words of Python's own exceptions and advice.
PYTHON = re.compile(
    r"\bsys\.|codec|utf-8-sig|Traceback|<class|object at 0x|recursion|NoneType|Errno|"
    r"(?<!Syntax )Error\b|Exception|\w\(\)|Python|datetime|zlib|binascii|fromisoformat|unhashable|Decimal"
)
VALUES = {
    "long integer": "9" * 5_000,
    "numbers": "[1e-400, 1e400]",
    "time that overflows": '"0001-01-01T00:00:00+23:59"',
    "byte order mark": r'"\ufeff{}"',
    "deep JSON": '"' + "[" * 300 + '"',
}


def documents(value):
    """Yield a mutation for each field of each input, and a query for each argument, with this value."""
    assert SCHEMA.mutation_type
    assert SCHEMA.query_type
    for name, field in SCHEMA.mutation_type.fields.items():
        if name != name.lower():  # the same mutation in the other dialect
            continue
        given = get_named_type(field.args["input"].type).fields
        for tried in given:
            others = "".join(
                f" {n}: {ID}" for n, f in given.items() if n != tried and is_required_input_field(f)
            )
            yield f"mutation {{ {name}(input: {{{tried}: {value}{others}}}) {{ __typename }} }}"
    for name, field in SCHEMA.query_type.fields.items():
        for argument in field.args:
            yield f"{{ {name}({argument}: {value}) {{ __typename }} }}"


@pytest.mark.parametrize("name", VALUES)
def test_message_says_nothing_of_python_whatever_an_input_gets(service, name):
    count = 0
    for document in alternate(list(documents(VALUES[name])), name):
        response = http_api.handler(graphql_event(document), invocation())
        for error in json.loads(response["body"]).get("errors", []):
            assert error["extensions"]["code"] != "INTERNAL_ERROR", document[:200]
            assert not PYTHON.search(error["message"]), error["message"][:300]
            count += 1
    assert count > 100


SECRET = "hunter2"
SETS = "mutation($i: set_secret_input!) { set_secret(input: $i) { success } }"
MISTAKES = {
    "misspelt name": (SETS, {"i": {"nmae": "a", "name": "a", "value": SECRET}}),
    "unknown name": (SETS, {"i": {"a completely other name": "a", "name": "a", "value": SECRET}}),
    "no name": (SETS, {"i": {"value": SECRET}}),
    "no object": (SETS, {"i": SECRET}),
    "a list": (SETS, {"i": [SECRET]}),
    "object for a text": (SETS, {"i": {"name": {"a": SECRET}, "value": "a"}}),
    "list for a text": (SETS, {"i": {"name": [SECRET], "value": "a"}}),
    "misspelt name in a literal": (
        f'mutation {{ set_secret(input: {{nmae: "x", name: "a", value: "{SECRET}"}}) {{ success }} }}',
        None,
    ),
    "no name in a literal": (f'mutation {{ set_secret(input: {{value: "{SECRET}"}}) {{ success }} }}', None),
    "text for an object": (f'mutation {{ set_secret(input: "{SECRET}") {{ success }} }}', None),
    "object for a text in a literal": (
        f'mutation {{ set_secret(input: {{name: {{a: "{SECRET}"}}, value: "a"}}) {{ success }} }}',
        None,
    ),
    "no colon": (f'mutation {{ set_secret(input: {{name: "a", value "{SECRET}"}}) {{ success }} }}', None),
    "text outside of the braces": (f'"{SECRET}" {{ hello }}', None),
    "block of text": (f'{{ hello }} """{SECRET}""" """{SECRET}"""', None),
    "misspelt name in a list": (
        "mutation($i: write_run_logs_input!) { write_run_logs(input: $i) { success } }",
        {"i": {"logs": [{"mesage": SECRET, "flow_run_id": "b"}]}},
    ),
    "misspelt name in a filter": (
        "query($w: flow_run_bool_exp) { flow_run(where: $w) { id } }",
        {"w": {"nmae": {"_eq": SECRET}}},
    ),
}


@pytest.mark.parametrize(("document", "variables"), MISTAKES.values(), ids=MISTAKES)
def test_message_quotes_no_value_that_may_be_a_secret(service, document, variables, caplog):
    response = http_api.handler(graphql_event(document, variables), invocation())

    errors = json.loads(response["body"])["errors"]
    assert errors
    assert all(error["message"].rstrip()[-1] in ".?" for error in errors)
    assert SECRET not in response["body"]
    assert SECRET not in caplog.text


@pytest.mark.parametrize(
    ("document", "variables", "message"),
    [
        (
            "query($i: UUID!) { flow_run_by_pk(id: $i) { id } }",
            {"i": "abc"},
            "Expected value of type 'UUID': the value must be a UUID, not 'abc'.",
        ),
        (
            "query($n: Int) { flow_run(limit: $n) { id } }",
            {"n": "ten"},
            "Int cannot represent non-integer value: 'ten'",
        ),
    ],
    ids=["id", "number"],
)
def test_message_shows_short_ids_and_numbers(service, document, variables, message):
    response = http_api.handler(graphql_event(document, variables), invocation())

    (error,) = json.loads(response["body"])["errors"]
    assert error["message"].partition(" has invalid value: ")[2] == message
