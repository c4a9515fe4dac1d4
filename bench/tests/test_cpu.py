import json
from http.client import HTTPMessage

import pytest
from graphql import build_schema as schema_of_text
from graphql import parse, validate

from bench.handler_cpu import graphql_layer, libraries, timing
from bench.handler_cpu.canned_store import CannedStore, RecordingStore, repeat
from bench.handler_cpu.documents import cases
from bench.handler_cpu.others import raw
from bench.handler_cpu.others.rows import objects
from bench.handler_cpu.others.sdl import SDL
from bench.handler_cpu.wire import Wire
from graphql_api.execution import Executor
from graphql_api.schema import build_schema
from handlers.http.request import HttpRequest, read_graphql
from storage.dynamodb.connections import Connections, Response
from storage.dynamodb.quick_client import quick_client

CASES = cases(graphql_layer.IDS)
SCHEMA = build_schema()


@pytest.fixture
def answered():
    """Each case with what we answer while the use cases are stubs."""
    with graphql_layer.stubbed():
        return graphql_layer.expected(Executor(SCHEMA))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_request_travels_as_its_client_sends_it(case):
    request = read_graphql(HttpRequest.of(json.loads(json.dumps(case.event()))))

    assert (request.query, request.variables) == (case.query, case.variables)


def test_every_document_answers_with_what_it_selects(answered):
    data = {name: answer for each in answered for name, answer in each["data"].items()}

    assert data["flow_run_by_pk"]["serialized_state"]["type"] == "Running"
    assert len(data["flow_run"]) == 50
    assert data["flow_run"][0]["flow"]["project"]["name"] == "Bench"
    assert len(data["get_runs_in_queue"]["flow_run_ids"]) == 25
    assert data["create_flow_run"] == {"id": graphql_layer.IDS.flow_run}
    assert data["set_flow_run_states"]["states"][0]["status"] == "SUCCESS"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_schema_of_the_other_libraries_has_what_the_documents_use(case):
    assert validate(schema_of_text(SDL), parse(case.query)) == []


def test_the_schema_of_the_other_libraries_is_a_part_of_ours():
    ours = SCHEMA.type_map

    for name, kind in schema_of_text(SDL).type_map.items():
        if not name.startswith("__"):
            assert set(getattr(kind, "fields", ())) <= set(getattr(ours[name], "fields", ())), name


def test_graphql_core_alone_answers_what_we_answer(answered):
    acts = raw.acts(json.loads(json.dumps(answered)))

    assert {name: raw.data(act()) for name, act in acts.items()} == {
        each["name"]: each["data"] for each in answered
    }


def test_rows_have_attributes_down_to_what_is_json():
    row = objects({"flow": {"name": "a"}, "parameters": {"deep": {}}, "created": "2026-01-31T08:00:00+00:00"})

    assert (row.flow.name, row.parameters, row.created.hour) == ("a", {"deep": {}}, 8)


def test_a_goal_is_held_to_the_document_that_fares_worst():
    here = {"ours": {"a": 1.0, "b": 2.6}, "graphql-core": {"a": 1.0, "b": 2.0}}
    there = {"graphql-core": {"a": 2.0, "b": 4.0}, "Ariadne": {"a": 4.0, "b": 4.8}}

    own, ariadne = libraries.goals(here, there)

    assert (own.measured, ariadne.measured) == pytest.approx((1.3, 1.3 / 1.2))
    assert (own.holds, ariadne.holds) == (True, False)


def test_libraries_that_are_not_installed_are_said_to_be_missing(tmp_path):
    with pytest.raises(SystemExit, match=r"make -C bench \.venvs/libraries/\.installed"):
        libraries.others(tmp_path / "python", [], 1)


class Numbers:
    """A store of one port, whose stream is asked for no more than is used."""

    def __init__(self):
        self.asked = []

    @property
    def port(self):
        return self

    def get(self, number):
        self.asked.append(number)
        return number + 1

    def stream(self):
        for number in range(100, 200):
            self.asked.append(number)
            yield number


def use(store):
    stream = store.port.stream()
    return [next(stream), store.port.get(1), next(stream), *store.parallel([lambda: store.port.get(2)])]


def test_a_store_is_recorded_and_answers_the_same_again():
    recorder = RecordingStore(Numbers())

    answers = use(recorder)

    assert answers == [100, 2, 101, 3]
    assert use(CannedStore(recorder.calls)) == answers
    again = Numbers()
    repeat(again, recorder.calls)
    assert again.asked == [100, 101, 1, 2]


def test_acts_are_timed_in_turn(monkeypatch):
    monkeypatch.setattr(timing, "LEAST_NS", 1)
    done = []
    acts = {name: lambda name=name: done.append(name) for name in "ab"}

    found = timing.milliseconds({"cycle": acts, "other": {"c": lambda: done.append("c")}}, 2, lambda _: None)

    assert {name: list(cycle) for name, cycle in found.items()} == {"cycle": ["a", "b"], "other": ["c"]}
    assert "".join(done).endswith("abcabc")


def test_acts_may_be_repeated_each_by_itself(monkeypatch):
    monkeypatch.setattr(timing, "LEAST_NS", 1)
    done = []
    ways = {way: {act: lambda text=way + act: done.append(text) for act in "xy"} for way in "ab"}

    found = timing.each_by_itself(ways, 1, lambda _: None)

    assert {way: list(acts) for way, acts in found.items()} == {"a": ["x", "y"], "b": ["x", "y"]}
    assert done[-4:] == ["ax", "bx", "ay", "by"]


def test_what_was_recorded_is_answered_without_being_sent_again(monkeypatch):
    sent = []

    def post(_connections, headers, body):
        sent.append((headers["X-Amz-Target"], body))
        return Response(200, HTTPMessage(), b'{"Item": {"pk": {"S": "a"}}}')

    monkeypatch.setattr(Connections, "post", post)
    environ = {
        "AWS_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "a",
        "AWS_SECRET_ACCESS_KEY": "b",
        "AWS_ENDPOINT_URL_DYNAMODB": "http://127.0.0.1:1",
    }
    client = quick_client(environ, lambda: None)
    assert client is not None
    wire = Wire(recording=True)
    wire.lead()

    first = client.get_item(TableName="t", Key={"pk": {"S": "a"}})
    wire.recording = False
    assert client.get_item(TableName="t", Key={"pk": {"S": "a"}}) == first
    assert len(sent) == 1
    with pytest.raises(SystemExit, match="not the one that was recorded"):
        client.get_item(TableName="t", Key={"pk": {"S": "b"}})
