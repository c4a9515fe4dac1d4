"""Sets of labels that wait: each that an agent may take is met by some poll, whatever lies between them."""

from datetime import UTC, datetime, timedelta
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.queue.queue import TakableSets, labels_digest, takes
from storage.dynamodb.table import Page, Refused
from storage.flow_runs.flow_run_items import waiting_order
from storage.layout.keys import WAITING, Keys
from storage.queue import waiting_sets
from storage.queue.waiting_sets import WaitingSets

NOW = datetime(2040, 1, 1, tzinfo=UTC)
KEYS = Keys("tenant", 2)
LEAPS = 6


class IndexInMemory:
    """A table with an index of what waits, and items without one, that counts its queries and their keys."""

    def __init__(self):
        self.entries, self.others, self.queries, self.keys_read = {}, {}, 0, 0

    def add(self, labels, count):
        for number in range(count):
            name = f"{len(self.entries):012x}"
            due = NOW - timedelta(seconds=number)
            partition = KEYS.status_runs(WAITING, number % KEYS.shards)
            self.entries[partition, waiting_order(labels_digest(labels), due), name] = name

    def query(self, after=None, **arguments):
        values = {name: value["S"] for name, value in arguments["ExpressionAttributeValues"].items()}
        lower, upper = values.get(":lower", ""), values.get(":upper", "~")
        found = sorted(
            entry
            for entry in self.entries
            if entry[0] == values[":partition"]
            and lower <= entry[1] <= upper
            and (not after or entry > after)
        )
        page = found[: arguments["Limit"]]
        self.queries, self.keys_read = self.queries + 1, self.keys_read + len(page)
        items = [{"pk": {"S": f"#{name}"}, "status_order": {"S": order}} for _, order, name in page]
        return Page(items, page[-1] if len(page) == arguments["Limit"] else None)

    def parallel(self, calls):
        return [call() for call in calls]

    def get(self, key):
        return self.others.get(key["pk"]["S"])

    def put(self, *, Item, **condition):  # noqa: N803
        self._check(Item, condition)
        self.others[Item["pk"]["S"]] = Item

    def delete(self, *, Key, **condition):  # noqa: N803
        self._check(Key, condition)
        del self.others[Key["pk"]["S"]]

    def _check(self, key, condition):
        there = self.others.get(key["pk"]["S"])
        wanted = condition.get("ExpressionAttributeValues", {}).get(":places")
        if (there or {}).get("places") != wanted:
            raise Refused((there or {},))


@pytest.fixture(autouse=True)
def few_leaps(monkeypatch):
    monkeypatch.setattr(waiting_sets, "MAX_LEAPS", LEAPS)


def poll(table, labels):
    found = WaitingSets(table, KEYS).takable(TakableSets(labels), NOW, NOW)
    return {(order.partition("#")[0], item["pk"]["S"]) for order, item in found}


AGENT = [f"l{number}" for number in range(7)]
# Labels that agents do not have, in the order of their digests: the last one comes behind all of theirs.
STRANGE = sorted((f"strange {number}" for number in range(200)), key=lambda each: labels_digest([each]))[
    ::-50
]
LAST = STRANGE[0]


@given(
    st.lists(
        st.tuples(
            st.sets(st.sampled_from(AGENT), min_size=1, max_size=4),
            st.sets(st.sampled_from(STRANGE), max_size=1),
            st.sampled_from([1, 2, 5, 40]),
        ),
        min_size=1,
        max_size=60,
    )
)
def test_whatever_fits_is_met_by_one_of_as_many_polls_as_the_sets_that_wait_need(waiting):
    table = IndexInMemory()
    for own, strange, count in waiting:
        table.add([*own, *strange], count)
    wanted = {
        (order.partition("#")[0], f"#{name}")
        for own, strange, _ in waiting
        if takes([*own, *strange], frozenset(AGENT))
        for _, order, name in table.entries
        if order.startswith(f"{labels_digest([*own, *strange])}#")
    }

    polls = len(waiting) // (LEAPS // 2) + 1
    # Whatever the polls before have left behind.
    poll(table, AGENT)

    assert set().union(*(poll(table, AGENT) for _ in range(polls))) == wanted


@pytest.mark.parametrize("each", [1, 40])
@pytest.mark.parametrize("strange", STRANGE)
def test_sets_that_do_not_fit_hide_none_that_does(each, strange):
    table = IndexInMemory()
    sets = sorted(combinations(AGENT, 3), key=labels_digest)
    for labels in sets:
        table.add([*labels, strange], each)
    table.add(sets[-1], 2)

    polls = [poll(table, AGENT) for _ in range(2 * len(sets) // (LEAPS // 2))]

    # By every agent with these labels, again and again.
    assert sum(map(bool, polls)) >= 2
    assert table.queries <= len(polls) * LEAPS * KEYS.shards


def test_small_sets_that_do_not_fit_are_passed_many_at_once(monkeypatch):
    monkeypatch.setattr(waiting_sets, "MAX_LEAPS", 250)
    table = IndexInMemory()
    for labels in combinations([f"l{number}" for number in range(25)], 2):
        table.add([*labels, LAST], 8)

    assert poll(table, [f"l{number}" for number in range(25)]) == set()

    # 300 sets in two shards, of four keys in each.
    assert table.queries <= 100


def test_large_sets_that_do_not_fit_cost_no_more_than_the_least_that_a_query_costs():
    table = IndexInMemory()
    for labels in combinations(AGENT, 2):
        table.add([*labels, LAST], 80)

    poll(table, AGENT)

    assert table.keys_read <= 16 * table.queries


def test_a_place_is_noted_only_while_polls_do_not_come_to_the_end():
    table = IndexInMemory()
    sets = list(combinations(AGENT, 2))
    for labels in sets[: LEAPS - 2]:
        table.add([*labels, LAST], 80)
    poll(table, AGENT)
    assert table.others == {}

    for labels in sets:
        table.add([*labels, LAST], 80)
    poll(table, AGENT)
    assert len(table.others) == 1

    table.entries.clear()
    poll(table, AGENT)
    for labels in sets[: LEAPS - 2]:
        table.add([*labels, LAST], 80)
    poll(table, AGENT)
    assert table.others == {}
