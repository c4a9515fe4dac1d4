import pytest

from storage.dynamodb.table import Page, Table
from storage.layout.indexes import BY_TENANT
from storage.layout.queries import in_index, in_partition


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
