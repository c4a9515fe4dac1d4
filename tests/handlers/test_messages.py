"""Messages for callers: they say nothing of Python, whatever is sent to whichever input."""

import json
import re

import pytest
from graphql import get_named_type, is_required_input_field

from graphql_api.schema import build_schema
from handlers import http_api
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


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
def test_message_says_nothing_of_python_whatever_an_input_gets(service, value):
    count = 0
    for document in documents(value):
        response = http_api.handler(graphql_event(document), invocation())
        for error in json.loads(response["body"]).get("errors", []):
            assert error["extensions"]["code"] != "INTERNAL_ERROR", document[:200]
            assert not PYTHON.search(error["message"]), error["message"][:300]
            count += 1
    assert count > 100
