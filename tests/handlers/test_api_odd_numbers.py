"""Numbers that Python cannot hold, in each form of input: they are refused or kept as texts, never changed.

A number whose nearest in Python is 0 or infinite, or an integer of too many digits, is refused where it
decides something. Where people only read it, it becomes a text with the same characters.
"""

import base64
import gzip
import json

import pytest

from handlers import http_api
from tests.handlers.events import graphql_event
from tests.handlers.invocation import invocation
from tests.handlers.service import SNAKE, code

LONG = "9" * 5_000
NUMBERS = ["1e-400", "-1e-400", "1e400", "-1e400", LONG, f"-{LONG}", "0." + "0" * 400 + "1"]
numbers = pytest.mark.parametrize("number", NUMBERS, ids=lambda text: text[:8] + text[-1])
RUN = "mutation($input: create_flow_run_input!) { create_flow_run(input: $input) { id } }"
LOGS = "mutation($input: write_run_logs_input!) { write_run_logs(input: $input) { success } }"


@pytest.fixture
def flow_id(service):
    return service.flow()


def sent(service, query, variables):
    """Send variables that are given as JSON text, as the object that they are. Return the result."""
    event = graphql_event(query, "VARIABLES")
    event["body"] = event["body"].replace('"VARIABLES"', variables)
    result = json.loads(http_api.handler(event, invocation())["body"])
    assert "sys." not in str(result)
    return result


def inputs(name, flow_id, number):
    """Yield a query, and its variables as the text of a JSON value, for an input in each form."""
    text = json.dumps(f'{{"a": [{number}]}}')
    literals = [f'{{flow_id: "{flow_id}", {name}: {value}}}' for value in (f"{{a: [{number}]}}", text)]
    for value in (f'{{"a": [{number}]}}', text):
        variables = f'{{"input": {{"flow_id": "{flow_id}", "{name}": {value}}}}}'
        yield RUN, variables
        yield RUN, json.dumps(variables)
    for literal in literals:
        yield f"mutation {{ create_flow_run(input: {literal}) {{ id }} }}", "null"
        yield RUN, json.dumps(f"{{ input: {literal} }}")
    inside = f'{{flow_id: "{flow_id}", {name}: {{a: $a}}}}'
    for variable in (number, f"[{number}]", f'{{"b": {number}}}'):
        yield f"mutation($a: JSON) {{ create_flow_run(input: {inside}) {{ id }} }}", f'{{"a": {variable}}}'


@numbers
@pytest.mark.parametrize("name", ["parameters", "context", "run_config"])
def test_number_that_cannot_be_kept_is_refused_in_each_form_of_an_input(service, flow_id, number, name):
    before = service.items()
    for query, variables in inputs(name, flow_id, number):
        (error,) = sent(service, query, variables)["errors"]
        assert code(error) == "BAD_USER_INPUT"
        assert f"{name}.a" in error["message"]
        assert "is not a JSON number that can be kept, because it is too" in error["message"]
        assert len(error["message"]) < 300
    assert service.items() == before


@numbers
@pytest.mark.parametrize(
    ("mutation", "given"),
    [
        ("set_key_value", '{"key": "k", "value": [NUMBER]}'),
        ("set_secret", '{"name": "S", "value": NUMBER}'),
        ("create_agent_config", '{"settings": {"a": NUMBER}}'),
        ("create_flow", '{"serialized_flow": {"name": "x", "a": NUMBER}}'),
        ("create_flow", r'{"serialized_flow": "{\"name\": \"x\", \"a\": NUMBER}"}'),
        ("register_tasks", '{"flow_id": "FLOW", "serialized_tasks": [{"slug": "a", "a": NUMBER}]}'),
        ("register_edges", '{"flow_id": "FLOW", "serialized_edges": [{"a": NUMBER}]}'),
        (
            "set_flow_group_default_parameters",
            '{"flow_group_id": "FLOW", "default_parameters": {"a": NUMBER}}',
        ),
    ],
)
def test_number_that_cannot_be_kept_is_refused_in_other_inputs(service, flow_id, number, mutation, given):
    before = service.items()
    variables = f'{{"input": {given}}}'.replace("NUMBER", number).replace("FLOW", flow_id)

    (error,) = sent(service, SNAKE.document(mutation, "__typename"), variables)["errors"]

    assert code(error) == "BAD_USER_INPUT"
    assert "is not a JSON number that can be kept" in error["message"]
    assert service.items() == before


@numbers
def test_number_that_cannot_be_kept_is_refused_in_a_compressed_flow(service, number):
    flow = f'{{"name": "x", "a": {{"b": {number}}}}}'
    packed = base64.b64encode(gzip.compress(flow.encode(), mtime=0)).decode()

    error = service.refuse(SNAKE, "create_flow_from_compressed_string", {"serialized_flow": packed})

    assert code(error) == "BAD_USER_INPUT"
    assert "serialized_flow.a.b: " in error["message"]


@numbers
def test_number_that_cannot_be_kept_is_refused_in_a_filter(service, number):
    query = "query($n: JSON) { flow_run(where: {parameters: {_contains: $n}}) { id } }"
    inline = f"{{ flow_run(where: {{parameters: {{_contains: {{a: {number}}}}}}}) {{ id }} }}"

    for sent_query, variables in ((query, f'{{"n": {{"a": {number}}}}}'), (inline, "null")):
        (error,) = sent(service, sent_query, variables)["errors"]
        assert code(error) == "BAD_USER_INPUT"
        assert "where.parameters._contains.a: " in error["message"]


@numbers
def test_number_that_cannot_be_kept_is_no_integer_and_no_other_value(service, number):
    for query, variables in (
        (f"{{ flow_run(limit: {number}) {{ id }} }}", "null"),
        ("query($n: Int) { flow_run(limit: $n) { id } }", f'{{"n": {number}}}'),
        (f"query($n: Int = {number}) {{ flow_run(limit: $n) {{ id }} }}", "null"),
        (
            f"query($n: Float = {number}) {{ flow_run(where: {{parameters: {{_eq: {{a: $n}}}}}}) {{ id }} }}",
            "null",
        ),
        ("query($n: Float) { flow_run(where: {parameters: {_eq: {a: $n}}}) { id } }", f'{{"n": {number}}}'),
        ("query($n: UUID!) { flow_run_by_pk(id: $n) { id } }", f'{{"n": {number}}}'),
        (f"{{ flow_run_by_pk(id: {number}) {{ id }} }}", "null"),
        (f"{{ flow_run(where: {{created: {{_gt: {number}}}}}) {{ id }} }}", "null"),
        (f"{{ flow_run(where: {{name: {{_eq: {number}}}}}) {{ id }} }}", "null"),
        ("query($n: String) { flow_run(where: {name: {_eq: $n}}) { id } }", f'{{"n": {number}}}'),
    ):
        (error,) = sent(service, query, variables)["errors"]
        assert code(error) == "BAD_USER_INPUT", query[:80]
        assert "encountered error 'Exceeds" not in error["message"]


@numbers
def test_number_that_cannot_be_kept_is_a_text_where_people_read_it(service, flow_id, number):
    run_id = service.run(flow_id)
    for info in (f'{{"a": [{number}]}}', json.dumps(f'{{"a": [{number}]}}')):
        entry = f'{{"flow_run_id": "{run_id}", "message": {number}, "info": {info}}}'
        sent(service, LOGS, f'{{"input": {{"logs": [{entry}]}}}}')
    state = f'{{"type": "Running", "message": "m", "context": {{"a": {number}}}}}'
    change = f'{{"input": {{"flow_run_id": "{run_id}", "version": 1, "state": {state}}}}}'
    assert "errors" not in sent(service, SNAKE.document("set_flow_run_state", "version"), change)

    where = f'{{flow_run_id: {{_eq: "{run_id}"}}}}'
    found = service.data(f"{{ log(where: {where}) {{ message info }} }}")["log"]
    assert found == [{"message": number, "info": {"a": [number]}}] * 2
    assert service.read(run_id, "serialized_state")["serialized_state"]["context"] == {"a": number}


@pytest.mark.parametrize("number", ["1e-320", "-4.9e-324", "3e-324", "0e-400", "-0.0", "2.5", "9" * 4_300])
def test_number_that_can_be_kept_is_the_nearest_that_python_holds(service, flow_id, number):
    variables = f'{{"input": {{"flow_id": "{flow_id}", "parameters": {{"a": {number}}}}}}}'

    run_id = sent(service, RUN, variables)["data"]["create_flow_run"]["id"]

    assert repr(service.read(run_id, "parameters")["parameters"]["a"]) == repr(json.loads(number))
