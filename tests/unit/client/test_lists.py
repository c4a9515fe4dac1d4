"""Lists of runs, flows and projects: their requests, and the joints of their pages."""

import json
from datetime import UTC, datetime, timedelta

import graphql
import httpx
import pytest

from flow_runs import BadUserInputError, Client, PayloadTooLargeError
from graphql_api.schema import build_schema
from tests.unit.client.client_service import FLOW_ID, RUN_ID, flow_row, flow_run, refusal, service

SCHEMA = build_schema()
NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


def check_against_schema(body):
    """Fail unless the document and its variables are valid by the schema of the service."""
    document = graphql.parse(body["query"])
    assert graphql.validate(SCHEMA, document) == []
    (operation,) = document.definitions
    assert isinstance(operation, graphql.OperationDefinitionNode)
    declared = operation.variable_definitions or ()
    assert {definition.variable.name.value for definition in declared} == set(body["variables"])
    coerced = graphql.get_variable_values(SCHEMA, declared, body["variables"])
    assert not isinstance(coerced, list), coerced


class Shelf:
    """Runs, newest first, listed as by the service; of conditions only `created` and `id` count."""

    def __init__(self, *micros, largest=1000, most=1000, kept=lambda row: True):
        self.rows = [
            flow_run(id=f"00000000-0000-7000-8000-{number:012}", created=self.time(instant))
            for number, instant in enumerate(micros)
        ]
        self.largest, self.most, self.kept = largest, most, kept
        self.requests = []

    @staticmethod
    def time(micros):
        return (NOON + timedelta(microseconds=micros)).isoformat()

    @property
    def ids(self):
        return [row["id"] for row in self.rows]

    def __call__(self, request):
        variables = json.loads(request.content)["variables"]
        self.requests.append(json.loads(request.content))
        if variables["limit"] > self.largest:
            return refusal("PAYLOAD_TOO_LARGE", "Select less.")
        seen = self.found(variables["where"])
        rows = [row for row in seen[: self.most] if self.kept(row)][: variables["limit"]]
        if len(rows) < variables["limit"] and len(seen) > self.most:
            reached = {"rows": self.most, "created": seen[self.most - 1]["created"]}
            return refusal("BAD_USER_INPUT", "Too many.", looked_at=reached)
        return httpx.Response(200, json={"data": {"flow_run": rows}})

    def found(self, where):
        if "_and" in where:
            parts = [self.found(part) for part in where["_and"]]
            return [row for row in parts[0] if all(row in part for part in parts)]
        return [row for row in self._older(where) if row["created"] > where.get("created", {}).get("_gt", "")]

    def _older(self, where):
        latest = where.get("created", {}).get("_lte")
        left_out = where.get("id", {}).get("_nin", [])
        return [
            row
            for row in self.rows
            if (latest is None or datetime.fromisoformat(row["created"]) <= datetime.fromisoformat(latest))
            and row["id"] not in left_out
        ]

    def client(self):
        return Client(transport=httpx.MockTransport(self))


@pytest.mark.parametrize(
    ("filters", "where"),
    [
        ({}, {}),
        ({"state": "Running"}, {"state": {"_eq": "Running"}}),
        ({"flow": "F"}, {"flow": {"name": {"_eq": "F"}}}),
        ({"project": "P"}, {"flow": {"project": {"name": {"_eq": "P"}}}}),
        ({"label": "a"}, {"labels": {"_contains": ["a"]}}),
        ({"label": ["a", "b"]}, {"labels": {"_contains": ["a", "b"]}}),
        ({"label": []}, {}),
        ({"since": NOON}, {"created": {"_gte": "2026-01-31T12:00:00+00:00"}}),
        ({"until": "2026-01-31 12:00:00"}, {"created": {"_lte": "2026-01-31 12:00:00"}}),
        (
            {"flow": "F", "project": "P", "since": NOON.replace(tzinfo=None), "until": NOON},
            {
                "flow": {"name": {"_eq": "F"}, "project": {"name": {"_eq": "P"}}},
                "created": {"_gte": "2026-01-31T12:00:00+00:00", "_lte": "2026-01-31T12:00:00+00:00"},
            },
        ),
    ],
)
def test_both_lists_of_runs_send_only_the_given_filters(filters, where):
    there = service({"flow_run": [flow_run()]}, {"flow_run": [flow_run()]})
    client = there.client()

    listed = client.list_flow_runs(**filters, limit=7)
    iterated = list(client.iter_flow_runs(**filters, page_size=7))

    assert [run.id for run in listed] == [run.id for run in iterated] == [RUN_ID]
    for body in there.bodies:
        assert body["variables"] == {"where": where, "limit": 7}
        check_against_schema(body)


@pytest.mark.parametrize("limit", [1, 2, 5])
def test_list_whose_runs_are_rare_is_continued_where_the_service_has_come_to(limit):
    shelf = Shelf(*range(40, 20, -1), most=4, kept=lambda row: int(row["id"][-2:]) % 6 == 3)
    rare = [identifier for identifier in shelf.ids if int(identifier[-2:]) % 6 == 3]

    assert [run.id for run in shelf.client().list_flow_runs(limit=limit)] == rare[:limit]
    assert [run.id for run in shelf.client().iter_flow_runs(page_size=limit)] == rare
    for body in shelf.requests:
        check_against_schema(body)


def test_list_that_cannot_go_on_is_refused():
    shelf = Shelf(*[9] * 9, most=4, kept=lambda row: False)

    with pytest.raises(BadUserInputError, match="Too many"):
        shelf.client().list_flow_runs(limit=2)


@pytest.mark.parametrize(
    "micros",
    [
        [],
        [9],
        [9, 8, 7, 6],
        [9, 8, 7, 6, 5, 4, 3, 2],
        [9, 8, 7, 6, 5, 4, 3, 2, 1],
        [9, 8, 7, 6, 6, 6, 5],
        [9, 9, 9, 9],
        [9] * 13,
        [9, *[8] * 11, 7, *[6] * 4, 5],
    ],
    ids=str,
)
@pytest.mark.parametrize("size", [1, 3, 4, 100])
def test_pages_yield_each_run_once_in_order_despite_shared_instants(micros, size):
    shelf = Shelf(*micros)

    runs = list(shelf.client().iter_flow_runs(page_size=size))

    assert [run.id for run in runs] == shelf.ids
    assert len(shelf.requests) == len(micros) // size + 1
    for body in shelf.requests:
        check_against_schema(body)


def test_page_leaves_out_only_runs_of_its_first_instant():
    shelf = Shelf(9, 8, 7, 7, 7, 6)

    list(shelf.client().iter_flow_runs(page_size=2, state="Running", since=NOON, until="2026-02-01T00:00Z"))

    state, since, ids = {"_eq": "Running"}, NOON.isoformat(), shelf.ids
    assert [body["variables"]["where"] for body in shelf.requests] == [
        {"state": state, "created": {"_gte": since, "_lte": "2026-02-01T00:00Z"}},
        {"state": state, "created": {"_gte": since, "_lte": Shelf.time(8)}, "id": {"_nin": ids[1:2]}},
        {"state": state, "created": {"_gte": since, "_lte": Shelf.time(7)}, "id": {"_nin": ids[2:4]}},
        {"state": state, "created": {"_gte": since, "_lte": Shelf.time(6)}, "id": {"_nin": ids[5:]}},
    ]


def test_next_page_is_read_after_the_last_run_of_a_page():
    shelf = Shelf(9, 8, 7, 6)
    runs = shelf.client().iter_flow_runs(page_size=2)
    assert shelf.requests == []

    next(runs), next(runs)
    assert len(shelf.requests) == 1
    next(runs)
    assert len(shelf.requests) == 2


def test_runs_created_or_deleted_between_pages_move_no_other_run():
    # Given
    shelf = Shelf(9, 8, 7, 6, 5)
    before = shelf.ids
    runs = shelf.client().iter_flow_runs(page_size=2)
    given = [next(runs).id, next(runs).id]

    # When
    shelf.rows.insert(0, flow_run(created=Shelf.time(10)))
    shelf.rows = [row for row in shelf.rows if row["id"] not in (given[1], before[3])]

    # Then
    assert given + [run.id for run in runs] == [*before[:3], before[4]]


def test_too_large_page_of_runs_is_read_in_smaller_pages():
    shelf = Shelf(9, 8, 7, 6, 5, largest=3)

    runs = list(shelf.client().iter_flow_runs(page_size=8))

    assert [run.id for run in runs] == shelf.ids
    assert [body["variables"]["limit"] for body in shelf.requests] == [8, 4, 2, 2, 2]


def test_run_too_large_for_a_response_is_an_error():
    with pytest.raises(PayloadTooLargeError):
        list(Shelf(9, largest=0).client().iter_flow_runs(page_size=3))


@pytest.mark.parametrize("size", [0, -1])
def test_page_size_below_one_is_refused(size):
    with pytest.raises(BadUserInputError, match="page_size"):
        service().client().iter_flow_runs(page_size=size)


def test_refusal_of_a_rare_filter_is_raised_with_its_message():
    refused = refusal("BAD_USER_INPUT", "flow_run: this query would have to look at more than 1,000 runs.")
    there = service({"flow_run": [flow_run()]}, refused)
    runs = there.client().iter_flow_runs(label="rare", page_size=1)
    next(runs)

    with pytest.raises(BadUserInputError, match="more than 1,000 runs"):
        next(runs)


@pytest.mark.parametrize(
    ("filters", "where"),
    [
        ({}, {"archived": {"_eq": False}}),
        ({"all_versions": True}, {}),
        (
            {"project": "P", "name": "F"},
            {"archived": {"_eq": False}, "project": {"name": {"_eq": "P"}}, "name": {"_eq": "F"}},
        ),
    ],
)
def test_list_flows_leaves_out_archived_versions_by_default(filters, where):
    there = service({"flow": [flow_row(created="2026-01-31T07:00:00+00:00")]})

    (flow,) = there.client().list_flows(**filters, limit=7)

    assert (flow.id, flow.project_name) == (FLOW_ID, "Hello, World!")
    assert flow.created == datetime(2026, 1, 31, 7, tzinfo=UTC)
    assert there.bodies[0]["variables"] == {"where": where, "limit": 7}
    check_against_schema(there.bodies[0])


def test_projects_have_the_number_of_their_flows():
    row = {
        "id": "p",
        "name": "P",
        "description": None,
        "created": "2026-01-31T07:00:00+00:00",
        "flows_aggregate": {"aggregate": {"count": 3}},
    }
    there = service({"project": [row]})

    (project,) = there.client().list_projects()

    assert (project.name, project.flows, project.created) == ("P", 3, datetime(2026, 1, 31, 7, tzinfo=UTC))
    check_against_schema(there.bodies[0])


def test_runs_of_a_key_are_read_portion_by_portion():
    there = service(
        {"flow_runs_of_key": {"rows": [flow_run(id="first")], "next": "p/g/Flow"}},
        {"flow_runs_of_key": {"rows": [], "next": "p/h/Flow"}},
        {"flow_runs_of_key": {"rows": [flow_run(id="second")], "next": None}},
    )

    with there.client() as client:
        found = [run.id for run in client.iter_flow_runs_of_key("key")]

    assert found == ["first", "second"]
    assert [body["variables"]["after"] for body in there.bodies] == [None, "p/g/Flow", "p/h/Flow"]
    for body in there.bodies:
        check_against_schema(body)
