import threading
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest

from domain.errors import ApiError
from domain.work import Work
from storage.dynamodb import retries
from storage.dynamodb.retries import LONGEST_CALL
from storage.dynamodb.table import Page, Table
from storage.layout.indexes import BY_TENANT
from storage.layout.queries import in_index, in_partition
from tests.contract.clients import server_error


def item(page):
    return {"pk": {"S": str(page)}}


class PagedQuery:
    """A client whose query has three pages of one item each."""

    def __init__(self):
        self.started_at = []

    def query(self, **arguments):
        start = arguments.get("ExclusiveStartKey", item(0))
        self.started_at.append(start["pk"]["S"])
        page = int(start["pk"]["S"])
        response = {"Items": [start], "Count": 1, "ScannedCount": 2}
        return response | ({"LastEvaluatedKey": item(page + 1)} if page < 2 else {})


@pytest.fixture
def client():
    return PagedQuery()


@pytest.fixture
def table(client):
    return Table(client, "flow-runs")


def test_pages_are_read_only_when_the_caller_comes_to_them(table, client):
    pages = table.pages()
    assert client.started_at == []

    assert next(pages) == Page([item(0)], item(1))
    assert client.started_at == ["0"]

    assert list(pages) == [Page([item(1)], item(2)), Page([item(2)], None)]
    assert client.started_at == ["0", "1", "2"]


def test_query_all_reads_every_page(table):
    assert table.query_all() == [item(0), item(1), item(2)]


def test_query_and_count_begin_after_the_given_key(table):
    assert table.query(item(2)) == Page([item(2)], None)
    assert table.count(item(1)) == (1, 2, item(2))


def test_query_selects_by_prefix_and_sends_the_values_of_its_filter():
    assert in_partition("a") == {
        "KeyConditionExpression": "pk = :pk",
        "ExpressionAttributeValues": {":pk": {"S": "a"}},
    }
    assert in_partition("a", "log#", {":level": {"S": "INFO"}}) == {
        "KeyConditionExpression": "pk = :pk AND begins_with(sk, :prefix)",
        "ExpressionAttributeValues": {":pk": {"S": "a"}, ":prefix": {"S": "log#"}, ":level": {"S": "INFO"}},
    }


def test_query_of_an_index_names_its_partition_key():
    assert in_index(BY_TENANT, "a#flows") == {
        "IndexName": "by_tenant",
        "KeyConditionExpression": "tenant_shard = :partition",
        "ExpressionAttributeValues": {":partition": {"S": "a#flows"}},
    }


class TimePasses:
    """A budget of time of which each look takes a second."""

    def __init__(self, seconds):
        self.seconds = seconds

    def __call__(self):
        self.seconds -= 1
        return self.seconds


def test_a_call_is_not_repeated_when_the_request_could_not_wait_for_it(monkeypatch):
    monkeypatch.setattr(retries, "time", SimpleNamespace(sleep=lambda _: None, monotonic=lambda: 0.0))
    calls = []

    def fail(**given):
        calls.append(given)
        raise server_error()

    client = SimpleNamespace(get_item=fail)
    table = Table(client, "flow-runs", budget=Work(time_left=TimePasses(LONGEST_CALL + 5)))

    with pytest.raises(ApiError, match="took too long"):
        table.get(item(1))

    assert 1 <= len(calls) <= 4


@pytest.mark.parametrize("operation", ["get", "put"])
def test_no_call_begins_that_could_outlast_the_request(operation):
    client = SimpleNamespace(get_item=None, put_item=None)
    table = Table(client, "flow-runs", budget=Work(time_left=lambda: LONGEST_CALL))
    with pytest.raises(ApiError, match="took too long"):
        table.get(item(1)) if operation == "get" else table.put(Item=item(1))


def test_after_an_error_no_further_call_is_begun(client):
    threads = ThreadPoolExecutor(2)
    table = Table(client, "flow-runs", threads=threads)
    failed, begun = threading.Event(), []

    def fail():
        failed.set()
        raise ApiError("The first.")

    def wait():
        begun.append(1)
        failed.wait()

    with pytest.raises(ApiError, match="The first"):
        table.parallel([fail, *[wait] * 100, wait])
    threads.shutdown()

    assert len(begun) <= 3


def test_error_is_raised_when_the_calls_that_had_begun_have_ended(client):
    table = Table(client, "flow-runs", threads=ThreadPoolExecutor(3))
    begun, may_end, ended = threading.Barrier(3), threading.Event(), []

    def last():
        begun.wait()
        threading.Timer(0.05, may_end.set).start()
        raise ApiError("The first.")

    def slow():
        begun.wait()
        may_end.wait()
        ended.append(1)

    def nested():
        return table.parallel([slow, slow])

    with pytest.raises(ApiError, match="The first"):
        table.parallel([nested, last])

    assert ended == [1, 1]


def test_the_error_of_parallel_calls_is_that_of_a_call_and_not_of_one_that_was_left_out(client):
    table = Table(client, "flow-runs")
    released = threading.Event()

    def fail_late():
        released.wait()
        raise ApiError("It failed.")

    def nested():
        released.set()
        return table.parallel([fail_late, fail_late, fail_late])

    with pytest.raises(ApiError, match="It failed"):
        table.parallel([nested] * 40)
