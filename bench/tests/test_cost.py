import json

import pytest

from bench.cost.agents import KNOWN, Whole, agent_usage, of_document, read_lives
from bench.cost.arithmetic import Function, Usage, always_on, bill, break_even, storage, transitions
from bench.cost.item_size import OVERHEAD, stored_bytes, value_bytes
from bench.cost.prices import load_prices
from bench.kinds import HEAVY, KINDS, MINIMAL, STANDARD
from bench.report import Report, Table

LIFE = Usage(
    requests=6,
    calls=9,
    write_units=13,
    read_units=5,
    cpu=0.010,
    logged=6_000,
    sent=4_000,
    stored=1_073.741824,
)
FUNCTION = Function(memory=1024, latency=0.004)


@pytest.fixture(scope="module")
def prices():
    return load_prices()


def test_bill_of_a_million_lives_has_the_price_of_each_service(prices):
    dollars = bill(LIFE, FUNCTION, prices)

    # 10 ms on a whole processor are 17.3 ms on the share of 1 GB; nine calls take 36 ms.
    seconds = 0.010 * 1769 / 1024 + 0.036
    assert dollars == pytest.approx(
        {
            "write_units": 13 * 0.625,
            "read_units": 5 * 0.125,
            "api_requests": 6.0,
            "lambda_requests": 1.2,
            "lambda_gb_seconds": 1e6 * seconds * 0.0000133334,
            "logs": 3.0,
            "transfer": 0.36,
        }
    )


def test_function_with_much_memory_has_one_processor():
    assert Function(3008, 0).seconds(LIFE) == LIFE.cpu
    assert Function(3008, 0).gb_seconds(LIFE) == pytest.approx(LIFE.cpu * 3008 / 1024)


def test_storage_of_a_million_runs_includes_recovery(prices):
    assert storage(LIFE, prices) == pytest.approx(0.25 + 0.20)


def test_four_transitions_cost_a_hundred_dollars_a_million(prices):
    assert transitions(4, prices) == pytest.approx(100)


def test_always_on_server_is_two_hosts_and_a_database_with_disks(prices):
    assert always_on(prices) == pytest.approx(730 * (2 * 0.0168 + 0.016) + 16 * 0.08 + 20 * 0.115)


def test_break_even_lives_cost_as_much_as_the_server():
    assert break_even(per_million=20.0, a_month=40.0) == 2_000_000


def test_every_price_has_its_source_and_its_confirmation(prices):
    for price in prices.by_name.values():
        assert price.source.startswith("https://aws.amazon.com/")
        assert price.usd > 0
        assert price.checked


@pytest.mark.parametrize(
    ("value", "size"),
    [
        pytest.param({"S": "äb"}, 3, id="text in UTF-8"),
        pytest.param({"N": "1234567"}, 5, id="two digits a byte and one more"),
        pytest.param({"B": b"abc"}, 3, id="bytes"),
        pytest.param({"NULL": True}, 1, id="null"),
        pytest.param({"L": [{"S": "a"}, {"BOOL": True}]}, 7, id="list"),
        pytest.param({"M": {"name": {"S": "abc"}}}, 11, id="map"),
    ],
)
def test_value_has_the_size_that_dynamodb_bills(value, size):
    assert value_bytes(value) == size


def test_item_counts_in_the_table_and_in_indexes_with_its_keys():
    item = {"pk": {"S": "12345678"}, "shard": {"S": "12345"}, "more": {"S": "123456"}}

    stored = stored_bytes([item], ["pk"], [["shard"], ["other"]])

    assert stored == OVERHEAD + 30 + OVERHEAD + 20


def test_lives_of_agents_are_read_from_a_report_of_bench_lifecycle(tmp_path):
    table = Table(
        "A run of 10 tasks, Core 1.4.1",
        ("phase", "requests", "calls", "WCU", "RCU"),
        [("creation", 1, 2, 4.0, 1.0), ("whole life", 44, 90, 33.0, 78.5)],
    )
    file = tmp_path / "lifecycle.json"
    file.write_text(json.dumps(Report("bench-lifecycle", [table]).document()))

    assert read_lives(file) == {"1.4.1": Whole(44, 90, 33, 78.5)}
    assert read_lives(None) == KNOWN


@pytest.mark.parametrize(
    "text",
    [pytest.param("{", id="no JSON"), pytest.param("{}", id="no report"), pytest.param("[]", id="a list")],
)
def test_file_that_is_no_report_is_refused_in_one_line(tmp_path, text):
    file = tmp_path / "other.json"
    file.write_text(text)

    with pytest.raises(SystemExit, match=r"other\.json holds no report of bench-lifecycle"):
        read_lives(file)


def test_report_without_whole_life_is_refused():
    with pytest.raises(KeyError):
        of_document({"tables": [{"title": "x", "columns": ["phase"], "rows": []}]})


def test_usage_of_agents_has_the_figures_of_standard_requests_if_unknown():
    usage = agent_usage(Whole(requests=12, calls=20, write_units=33, read_units=78.5), LIFE)

    assert (usage.requests, usage.calls, usage.write_units, usage.read_units) == (12, 20, 33, 78.5)
    assert (usage.cpu, usage.logged, usage.sent, usage.stored) == (2 * LIFE.cpu, 12_000, 8_000, 0)


def test_kinds_have_the_sizes_of_their_names():
    assert [kind.name for kind in KINDS] == ["standard", "heavy", "minimal"]
    assert len(json.dumps(HEAVY.parameters, separators=(",", ":"))) == 4_096
    assert (len(HEAVY.labels), len(HEAVY.states) + 1) == (10, 30)
    assert (MINIMAL.parameters, MINIMAL.labels) == ({}, ())
    assert len(json.dumps(STANDARD.parameters, separators=(",", ":"))) == pytest.approx(200, abs=10)
