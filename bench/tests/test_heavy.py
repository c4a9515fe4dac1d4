import argparse
import json

import pytest
from graphql import parse, validate

import wiring
from bench.heavy.__main__ import measure
from bench.heavy.requests import heavy_requests
from graphql_api.language.documents import read
from graphql_api.schema import build_schema

SCHEMA = build_schema()
REQUESTS = heavy_requests()
# What a request may bring, unpacked.
MOST = 6_291_456


class OneId:
    """Worlds whose data have one id."""

    def __getattr__(self, _name):
        return "01a2218b-2f07-736e-9fa7-9212824c0000"


@pytest.mark.parametrize("number", range(len(REQUESTS)), ids=[heavy.name for heavy in REQUESTS])
def test_heavy_request_is_valid_and_as_large_as_a_request_may_be(number):
    body = REQUESTS[number].make(OneId())["body"]
    query = json.loads(body)["query"]

    assert len(body.encode()) <= MOST
    assert validate(SCHEMA, parse(query)) == []
    assert read(SCHEMA, query).errors == ()


def test_names_of_heavy_requests_tell_them_apart():
    assert len({heavy.name for heavy in REQUESTS}) == len(REQUESTS)


def test_one_heavy_request_is_measured(monkeypatch):
    monkeypatch.setattr(wiring, "app", wiring.app)
    monkeypatch.setenv("POWERTOOLS_LOG_LEVEL", "INFO")

    report = measure(argparse.Namespace(rounds=1, only="300 log entries"))

    (row,) = report.tables[0].rows
    assert row[0] == "300 log entries of 20 KB"
    assert row[1] == ""
    assert float(row[4] or 0) > 6_000_000
    assert [goal.bound for goal in report.goals] == [1.0]
