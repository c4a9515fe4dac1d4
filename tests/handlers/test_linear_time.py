"""Each reader of a caller's text takes a time proportional to the text's length, whatever stands in it."""

import pytest

from tests.unit.linear_time import run_limited

READERS = {
    "JSON": "from graphql_api.language.json_text import loads as read",
    "JSON with many brackets": """
from graphql_api.language.json_text import loads
def read(text): loads("[" * 150 + "[]," * 60 + text)
""",
    "variables": "from graphql_api.language.variables import decode_variables as read",
    "variables as a literal": """
from graphql_api.language.variables import decode_variables
def read(text): decode_variables('// "\\ud800"\\n{ a: ' + text)
""",
    "half characters of a document": """
from graphql import parse_const_value
from graphql_api.language.string_literals import parse_with_halves
def read(text): parse_with_halves(lambda source: parse_const_value('"\\U0010fffd"'), "\\ud800" + text)
""",
    "Accept": "from handlers.http.media import negotiate as read",
    "Accept-Encoding": "from handlers.http.media import accepts_gzip as read",
    "Content-Type": "from handlers.http.body import check_content_type as read",
    "charset": """
from handlers.http.body import check_content_type
def read(text): check_content_type("application/json;" + text)
""",
    "Content-Encoding": """
from handlers.http.body import read_text
def read(text): read_text("", is_base64=False, content_encoding=text)
""",
    "base64": """
from handlers.http.body import read_text
def read(text): read_text(text, is_base64=True, content_encoding="gzip")
""",
    "Authorization": """
from handlers.http.auth import Doors, authenticate
doors = Doors(digests={"0" * 64}, caller_of_key=lambda token: None)
def read(text): authenticate("Bearer " + text, doors)
""",
    "an API key": "from domain.access.key_forms import is_of_our_form as read",
    "the release of a client": "from domain.core_versions import CoreVersion; read = CoreVersion.parse",
    "an id": """
from domain.ids import parse_uuid
def read(text): parse_uuid(text, "id")
""",
    "a time": """
from domain.times import parse_time
def read(text): parse_time(text, "time")
""",
    "a time with a fraction": """
from domain.times import parse_time
def read(text): parse_time("2026-01-31T08:00:60." + text, "time")
""",
    "a name": """
from domain.names import check_name
def read(text): check_name(text, "name")
""",
    "a compressed flow": "from operations.flows.compressed import decompress_flow as read",
    "odd values": """
from domain.odd_values import check_plain, mended
def read(text):
    mended([text])
    check_plain({text: [text]}, "input")
""",
    "the name of an event's field": """
from handlers.scheduled_run import read_event
def read(text): read_event({text: 1})
""",
    "the parts of an event": """
from handlers.scheduled_run import read_event
def read(text):
    event = {"schedule": text, "scheduledTime": text, "flowName": text, "projectName": text}
    read_event(event).occurrence
""",
    "the reason of a dead letter": """
from storage import dead_letters
def read(text): dead_letters._REFUSED_BY_SQS.sub("?", text)
""",
    "the path and the query string": """
from handlers.http.request import HttpRequest, read_graphql
def read(text):
    http = {"method": "GET"}
    read_graphql(HttpRequest.of({"rawPath": text, "rawQueryString": text, "requestContext": {"http": http}}))
""",
}


@pytest.mark.parametrize("name", READERS)
def test_reader_takes_linear_time(name):
    run_limited(
        f"""
from domain.errors import FlowRunsError
from handlers.http.problem import HttpProblem
{READERS[name]}
for text in texts():
    try:
        read(text)
    except (FlowRunsError, HttpProblem, ValueError):
        pass
"""
    )


# The string never ends, and each escaped quotation mark in it looks like the begin of another one.
BOMB = "[" * 201 + '"' + '\\"' * 1_000_000


def test_unfinished_string_behind_many_brackets_is_refused_in_linear_time_in_every_part_of_a_request():
    run_limited(
        """
import base64, gzip, json
from urllib.parse import quote
import pytest
from domain.memory import Memory
from graphql_api.mutations.inputs import as_json
from operations.flows.compressed import decompress_flow
from tests.handlers import http_client

api = http_client.install(pytest.MonkeyPatch())
hello = "query=%7Bhello%7D&"
echo = {"query": "query($v: JSON) { echo(value: $v) }"}
responses = [
    api.post_body(argument),
    api.post_body('{"query": ' + argument),
    api.post_body("[" + argument),
    api.post_body(gzip.compress(argument.encode()), content_encoding="gzip"),
    api.post_body(json.dumps({**echo, "variables": argument})),
    api.post_body(json.dumps({**echo, "variables": '{"v": ' + argument})),
    api.post_body(json.dumps({**echo, "variables": "// \\n{ v: " + argument})),
    api.request("GET", query_string=hello + "variables=" + quote(argument)),
    api.request("GET", query_string=hello + "extensions=" + quote(argument)),
]
assert {response.status for response in responses} == {400}
for text in (argument, decompress_flow(base64.b64encode(gzip.compress(argument.encode())).decode())):
    for readable in (True, False):
        with pytest.raises(Exception, match="nested more than 200 levels"):
            as_json(text, "input", Memory(), readable=readable)
""",
        BOMB,
    )
