"""Waiting sets of labels: a poll finds each set that an agent may take, whatever lies between them."""

from datetime import UTC, datetime, timedelta
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.queue import label_sets
from domain.queue.label_sets import TakableSets, former_digest, labels_digest
from domain.queue.queue import takes
from storage.dynamodb.refusals import Refused
from storage.dynamodb.table import Page
from storage.flow_runs.flow_run_items import waiting_order
from storage.layout.index_keys import WAITING
from storage.layout.keys import Keys
from storage.queue import waiting_sets
from storage.queue.waiting_sets import WaitingSets

NOW = datetime(2040, 1, 1, tzinfo=UTC)
KEYS = Keys("tenant", 2)
LEAPS = 6


class IndexInMemory:
    """A table with an index of waiting runs and some items, which counts its queries and their keys."""

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
# Labels that agents do not have, in the order of their digests; the last comes behind those of the agents.
STRANGE = sorted((f"strange {number}" for number in range(200)), key=lambda label: labels_digest([label]))[
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
def test_fitting_runs_are_all_found_within_the_polls_that_the_sets_need(waiting):
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
    # An earlier poll may have stored a position.
    poll(table, AGENT)

    assert set().union(*(poll(table, AGENT) for _ in range(polls))) == wanted


@pytest.mark.parametrize("runs", [1, 40])
@pytest.mark.parametrize("strange", STRANGE)
def test_sets_that_do_not_fit_hide_no_set_that_fits(runs, strange):
    table = IndexInMemory()
    sets = sorted(combinations(AGENT, 3), key=labels_digest)
    for labels in sets:
        table.add([*labels, strange], runs)
    table.add(sets[-1], 2)

    polls = [poll(table, AGENT) for _ in range(2 * len(sets) // (LEAPS // 2))]

    # Every agent with these labels finds them, in several polls.
    assert sum(map(bool, polls)) >= 2
    assert table.queries <= len(polls) * LEAPS * KEYS.shards


@pytest.fixture
def one_digit(monkeypatch):
    """Keep one digit of each label's hash, so that many labels are alike."""
    monkeypatch.setattr(label_sets, "_DIGITS", 1)


@pytest.mark.usefixtures("one_digit")
@pytest.mark.parametrize("runs", [1, 40])
@pytest.mark.parametrize("mine", AGENT)
def test_any_number_of_sets_with_the_same_digits_cost_a_query_a_shard(monkeypatch, mine, runs):
    monkeypatch.setattr(waiting_sets, "MAX_LEAPS", 250)
    table = IndexInMemory()
    table.add([mine], 4)
    own = poll(table, [mine])
    first_part = former_digest([mine])
    others = (f"other {number}" for number in range(2_000))
    alike = [label for label in others if former_digest([label]) == first_part]
    for label in alike:
        table.add([label], runs)
        table.add([mine, label], runs)
    queries, keys_read = table.queries, table.keys_read

    assert poll(table, [mine]) == own
    assert len(own) == 4
    assert len(alike) > 50
    assert table.queries - queries <= 2 * KEYS.shards
    assert table.keys_read - keys_read <= 2 * KEYS.shards * 16


@pytest.mark.usefixtures("one_digit")
@pytest.mark.parametrize("most_alike", [1, 64])
@pytest.mark.parametrize("mine", [AGENT, AGENT[:3], AGENT[2:]], ids=len)
def test_runs_of_an_agent_with_labels_that_are_alike_are_all_found(monkeypatch, mine, most_alike):
    monkeypatch.setattr(waiting_sets, "MAX_LEAPS", 1_000)
    monkeypatch.setattr(label_sets, "_MOST_ALIKE", most_alike)
    table = IndexInMemory()
    labels = [*mine, *STRANGE]
    for size in (1, 2, 3):
        for chosen in combinations(labels, size):
            table.add(chosen, 3)
    wanted = {labels_digest(chosen) for size in (1, 2, 3) for chosen in combinations(mine, size)}

    found = {digest for digest, _ in poll(table, mine)}

    assert found >= wanted
    assert most_alike == 1 or found == wanted


def test_many_small_sets_that_do_not_fit_are_passed_in_one_query(monkeypatch):
    monkeypatch.setattr(waiting_sets, "MAX_LEAPS", 250)
    table = IndexInMemory()
    for labels in combinations([f"l{number}" for number in range(25)], 2):
        table.add([*labels, LAST], 8)

    assert poll(table, [f"l{number}" for number in range(25)]) == set()

    # 300 sets in two shards, of four keys in each.
    assert table.queries <= 100


def test_large_sets_that_do_not_fit_cost_the_minimum_of_a_query_each():
    table = IndexInMemory()
    for labels in combinations(AGENT, 2):
        table.add([*labels, LAST], 80)

    poll(table, AGENT)

    assert table.keys_read <= 16 * table.queries


def test_position_is_stored_only_while_polls_do_not_reach_the_end():
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
