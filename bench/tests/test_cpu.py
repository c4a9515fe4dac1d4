import json
from http.client import HTTPMessage
from zlib import crc32

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
def cases_with_data():
    """Return each case with our data while the use cases are stubs."""
    with graphql_layer.stubbed():
        return graphql_layer.expected(Executor(SCHEMA))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_event_of_a_case_is_read_as_its_request(case):
    request = read_graphql(HttpRequest.of(json.loads(json.dumps(case.event()))))

    assert (request.query, request.variables) == (case.query, case.variables)


def test_every_document_returns_its_selection(cases_with_data):
    data = {name: value for case in cases_with_data for name, value in case["data"].items()}

    assert data["flow_run_by_pk"]["serialized_state"]["type"] == "Running"
    assert len(data["flow_run"]) == 50
    assert data["flow_run"][0]["flow"]["project"]["name"] == "Bench"
    assert len(data["get_runs_in_queue"]["flow_run_ids"]) == 25
    assert data["create_flow_run"] == {"id": graphql_layer.IDS.flow_run}
    assert data["set_flow_run_states"]["states"][0]["status"] == "SUCCESS"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_document_is_valid_by_the_schema_of_the_other_libraries(case):
    assert validate(schema_of_text(SDL), parse(case.query)) == []


def test_schema_of_the_other_libraries_is_a_part_of_ours():
    ours = SCHEMA.type_map

    for name, kind in schema_of_text(SDL).type_map.items():
        if not name.startswith("__"):
            assert set(getattr(kind, "fields", ())) <= set(getattr(ours[name], "fields", ())), name


def test_graphql_core_alone_returns_our_data(cases_with_data):
    acts = raw.acts(json.loads(json.dumps(cases_with_data)))

    assert {name: raw.data(act()) for name, act in acts.items()} == {
        case["name"]: case["data"] for case in cases_with_data
    }


def test_objects_have_attributes_except_in_columns_of_json():
    row = objects({"flow": {"name": "a"}, "parameters": {"deep": {}}, "created": "2026-01-31T08:00:00+00:00"})

    assert (row.flow.name, row.parameters, row.created.hour) == ("a", {"deep": {}}, 8)


def test_goal_is_measured_by_the_slowest_document():
    here = {"ours": {"a": 1.0, "b": 2.6}, "graphql-core": {"a": 1.0, "b": 2.0}}
    there = {"graphql-core": {"a": 2.0, "b": 4.0}, "Ariadne": {"a": 4.0, "b": 4.8}}

    own, ariadne = libraries.goals(here, there)

    assert (own.measured, ariadne.measured) == pytest.approx((1.3, 1.3 / 1.2))
    assert (own.holds, ariadne.holds) == (True, False)


def test_missing_libraries_are_named_with_their_command(tmp_path):
    with pytest.raises(SystemExit, match=r"make -C bench \.venvs/libraries/\.installed"):
        libraries.others(tmp_path / "python", [], 1)


class Numbers:
    """A store of one port, which records the numbers that are read."""

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


def test_recorded_store_returns_the_same_results_again():
    recorder = RecordingStore(Numbers())

    results = use(recorder)

    assert results == [100, 2, 101, 3]
    assert use(CannedStore(recorder.calls)) == results
    again = Numbers()
    repeat(again, recorder.calls)
    assert again.asked == [100, 101, 1, 2]


def test_acts_of_a_cycle_are_timed_in_turn(monkeypatch):
    monkeypatch.setattr(timing, "MIN_NS", 1)
    done = []
    acts = {name: lambda name=name: done.append(name) for name in "ab"}

    found = timing.milliseconds({"cycle": acts, "other": {"c": lambda: done.append("c")}}, 2, lambda _: None)

    assert {name: list(cycle) for name, cycle in found.items()} == {"cycle": ["a", "b"], "other": ["c"]}
    assert "".join(done).endswith("abcabc")


def test_acts_can_be_repeated_alone(monkeypatch):
    monkeypatch.setattr(timing, "MIN_NS", 1)
    done = []
    groups = {name: {act: lambda text=name + act: done.append(text) for act in "xy"} for name in "ab"}

    found = timing.each_alone(groups, 1, lambda _: None)

    assert {name: list(acts) for name, acts in found.items()} == {"a": ["x", "y"], "b": ["x", "y"]}
    assert done[-4:] == ["ax", "bx", "ay", "by"]


def test_recorded_request_is_served_without_sending(monkeypatch):
    sent = []

    def post(_connections, headers, body):
        sent.append((headers["X-Amz-Target"], body))
        found = b'{"Item": {"pk": {"S": "a"}}}'
        checksum = HTTPMessage()
        checksum["x-amz-crc32"] = str(crc32(found))
        return Response(200, checksum, found)

    monkeypatch.setattr(Connections, "post", post)
    environ = {
        "AWS_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "a",
        "AWS_SECRET_ACCESS_KEY": "b",
        "AWS_ENDPOINT_URL_DYNAMODB": "http://127.0.0.1:1",
    }
    client = quick_client(environ, lambda: None)
    assert client is not None
    wire = Wire(is_recording=True)
    wire.install()

    first = client.get_item(TableName="t", Key={"pk": {"S": "a"}})
    wire.is_recording = False
    assert client.get_item(TableName="t", Key={"pk": {"S": "a"}}) == first
    assert len(sent) == 1
    with pytest.raises(SystemExit, match="was not recorded"):
        client.get_item(TableName="t", Key={"pk": {"S": "b"}})
