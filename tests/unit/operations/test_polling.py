"""The poll of an agent on a store in memory: how far it reads, and what it writes on the way."""

from datetime import timedelta
from itertools import count
from types import SimpleNamespace
from typing import Any

import pytest

from domain.access.tenants import Tenant
from domain.errors import ApiError
from domain.queue.agents import NOTED_EVERY
from domain.queue.queue import QueueEntry
from operations.context import Context
from operations.queue import polling
from operations.queue.polling import MAX_MARKERS, MAX_READ_A_POLL, MAX_RUNS_A_POLL, get_runs_in_queue
from tests.unit.objects import NOW, TENANT, run

AGENT = "an agent"
NO_SECRETS: Any = None
DUE = {"type": "Scheduled", "start_time": "2026-01-31T07:00:00+00:00"}


class FakeStore:
    """A queue of entries and the flow runs that it lists; it notes every call that a test looks at."""

    is_current = True

    def __init__(self, entries: list[QueueEntry], *runs: Any) -> None:
        self.entries, self.runs = entries, {found.id: found for found in runs}
        self.batches: list[list[str]] = []
        self.passed: list[QueueEntry] = []
        self.relisted: list[str] = []
        self.notes: list[Any] = []
        self.scheduled: list[str] = []
        self.fails = False
        self.queue = SimpleNamespace(due=self._due, relist=self._relist)
        self.flow_runs = SimpleNamespace(get=self._get, set_state=self._set_state)
        self.agents = SimpleNamespace(note_poll=self._note_poll)
        self.waiting_markers = SimpleNamespace(get=lambda _: {}, first_task_runs=None)

    def parallel(self, calls):
        return [call() for call in calls]

    def _due(self, _sets, _before, _now):
        for entry in self.entries:
            self.passed.append(entry)
            yield entry

    def _get(self, ids, _parts, *, consistent):
        assert consistent
        self.batches.append(ids)
        return [self.runs[run_id] for run_id in ids if run_id in self.runs]

    def _set_state(self, change, _now, _token):
        self.scheduled.append(change.flow_run_id)

    def _relist(self, runs):
        self._fail()
        self.relisted += [found.id for found in runs]

    def _note_poll(self, agent_id, now):
        self._fail()
        self.notes.append((agent_id, now))

    def _fail(self):
        if self.fails:
            raise ApiError("The service is away.")


def entries(*ids: str) -> list[QueueEntry]:
    return [QueueEntry(run_id, is_marker=False) for run_id in ids]


def names(many: int) -> list[str]:
    return [f"run {number}" for number in range(many)]


def polled(store: FakeStore, *labels: str, context: Context | None = None) -> list[str]:
    return get_runs_in_queue(context or context_of(store), NOW, list(labels))


def context_of(store: Any, *, agent_id: str | None = None, now: Any = lambda: NOW) -> Context:
    return Context(
        store=store,
        tenant=Tenant(TENANT, "Tenant", "tenant"),
        now=now,
        random_bits=lambda _: 1,
        secrets=NO_SECRETS,
        agent_id=agent_id,
    )


class TestBatches:
    def test_poll_with_enough_runs_in_the_first_batch_reads_no_second(self):
        ids = names(200)
        store = FakeStore(entries(*ids), *(run(DUE, id=run_id) for run_id in ids))

        assert polled(store) == ids[:MAX_RUNS_A_POLL]
        assert store.batches == [ids[:MAX_RUNS_A_POLL]]

    def test_poll_reads_a_second_batch_for_runs_behind_useless_entries(self):
        gone, due = names(30), ["due"]
        store = FakeStore(entries(*gone, *due), run(DUE, id="due"))

        assert polled(store) == due
        assert store.batches == [gone[:25], [*gone[25:], *due]]

    def test_each_batch_is_as_large_as_all_before_it_up_to_a_hundred(self):
        store = FakeStore(entries(*names(1_000)))

        assert polled(store) == []
        assert [len(batch) for batch in store.batches] == [25, 25, 50, 100, 100, 100, 100]

    def test_poll_ends_with_the_batch_that_reaches_the_bound_of_reads(self):
        ids = names(2 * MAX_READ_A_POLL)
        store = FakeStore(entries(*ids), run(DUE, id=ids[-1]))

        assert polled(store) == []
        assert sum(map(len, store.batches)) == MAX_READ_A_POLL

    @pytest.mark.parametrize("many", [1, 25, 37, 99])
    def test_last_batch_behind_markers_ends_at_the_bound_of_reads(self, many):
        markers = [QueueEntry(run_id, is_marker=True) for run_id in names(many)]
        store = FakeStore([*markers, *entries(*(f"gone {name}" for name in names(2 * MAX_READ_A_POLL)))])

        polled(store)

        assert sum(map(len, store.batches)) == MAX_READ_A_POLL

    def test_runs_of_several_batches_are_returned_in_order_up_to_the_bound(self):
        ids = names(80)
        store = FakeStore(entries(*ids), *(run(DUE, id=run_id) for run_id in ids[10:]))

        assert polled(store) == ids[10 : 10 + MAX_RUNS_A_POLL]
        assert len(store.batches) == 2

    def test_markers_do_not_make_the_next_batch_larger(self):
        markers = [QueueEntry(run_id, is_marker=True) for run_id in names(100)]
        store = FakeStore(markers)

        polled(store)

        assert [len(batch) for batch in store.batches] == [25, 25, 25, 25]

    def test_poll_passes_no_more_keys_than_its_bound(self, monkeypatch):
        monkeypatch.setattr(polling, "MAX_KEYS_A_POLL", 40)
        store = FakeStore(entries(*names(100)))

        assert polled(store) == []
        assert len(store.passed) == 40

    def test_poll_looks_at_the_first_markers_only(self):
        markers = [QueueEntry(run_id, is_marker=True) for run_id in names(MAX_MARKERS + 50)]
        store = FakeStore([*markers, *entries("due")], run(DUE, id="due"))

        assert polled(store) == ["due"]
        assert sum(map(len, store.batches)) == MAX_MARKERS + 1


class TestEachRunOnce:
    def test_run_that_is_listed_twice_is_read_and_returned_once(self):
        store = FakeStore(entries("due", "due", "other"), run(DUE, id="due"), run(DUE, id="other"))

        assert polled(store) == ["due", "other"]
        assert store.batches == [["due", "other"]]

    def test_entry_that_comes_again_in_a_later_batch_is_not_read_again(self):
        gone = names(MAX_RUNS_A_POLL)
        store = FakeStore(entries(*gone, *gone, "due"), run(DUE, id="due"))

        assert polled(store) == ["due"]
        assert store.batches == [gone, ["due"]]

    def test_run_with_marker_in_a_later_batch_is_returned_once(self, monkeypatch):
        monkeypatch.setattr(polling, "pick_running_and_move_markers", lambda _, marked, *_more: set(marked))
        behind = QueueEntry("due", is_marker=True)
        store = FakeStore([*entries("due", *names(24)), behind], run(DUE, id="due"))

        assert polled(store) == ["due"]
        assert [run_id for batch in store.batches for run_id in batch].count("due") == 2


class TestRepairs:
    def test_due_run_in_another_waiting_state_is_scheduled_and_returned(self):
        queued = {"type": "Queued", "start_time": DUE["start_time"]}
        store = FakeStore(entries("queued", "due"), run(queued, id="queued"), run(DUE, id="due"))

        assert polled(store) == ["queued", "due"]
        assert store.scheduled == ["queued"]
        assert store.relisted == []

    def test_due_run_with_other_labels_is_relisted_and_not_returned(self):
        store = FakeStore(entries("strange"), run(DUE, id="strange", labels=["gpu"]))

        assert polled(store) == []
        assert store.relisted == ["strange"]
        assert store.scheduled == []

    def test_run_that_is_not_due_yet_is_left_alone(self):
        later = {"type": "Scheduled", "start_time": "2026-01-31T09:00:00+00:00"}
        store = FakeStore(entries("later"), run(later, id="later", labels=["gpu"]))

        assert polled(store) == []
        assert store.relisted == store.scheduled == []

    def test_poll_returns_runs_although_relisting_fails(self):
        store = FakeStore(
            entries("strange", "due"), run(DUE, id="strange", labels=["gpu"]), run(DUE, id="due")
        )
        store.fails = True

        assert polled(store) == ["due"]


class TestNoteOfThePoll:
    def test_process_that_has_noted_a_poll_does_not_write_again_for_a_while(self):
        clock = count()
        store = FakeStore([])
        context = context_of(store, agent_id=AGENT, now=lambda: NOW + next(clock) * timedelta(seconds=1))

        for _ in range(3):
            polled(store, context=context)

        assert len(store.notes) == 1

    def test_process_notes_again_after_the_interval(self):
        now = [NOW]
        store = FakeStore([])
        context = context_of(store, agent_id=AGENT, now=lambda: now[0])

        polled(store, context=context)
        now[0] += NOTED_EVERY - timedelta(microseconds=1)
        polled(store, context=context)
        now[0] += timedelta(microseconds=1)
        polled(store, context=context)

        assert store.notes == [(AGENT, NOW), (AGENT, NOW + NOTED_EVERY)]

    def test_poll_of_an_unnamed_agent_is_not_noted(self):
        store = FakeStore([])

        polled(store)

        assert store.notes == []

    def test_poll_does_not_fail_without_its_note_and_the_next_one_tries_again(self):
        store = FakeStore(entries("due"), run(DUE, id="due"))
        context = context_of(store, agent_id=AGENT)

        store.fails = True
        assert polled(store, context=context) == ["due"]
        store.fails = False
        polled(store, context=context)

        assert store.notes == [(AGENT, NOW)]

    def test_full_cache_of_a_process_is_emptied(self, monkeypatch):
        monkeypatch.setattr(polling, "_CACHED_AGENTS", 2)
        store = FakeStore([])
        context = context_of(store, agent_id=AGENT)
        context.polled.update({"first": NOW, "second": NOW})

        polled(store, context=context)

        assert context.polled == {AGENT: NOW}


@pytest.mark.parametrize("labels", [[], ["a"]])
def test_poll_asks_an_earlier_releases_queue_first_unless_the_data_is_current(labels):
    moved = []
    store = FakeStore([])
    store.is_current = False
    store.queue.take_over = lambda before, now: moved.append((before, now))

    polled(store, *labels)

    assert moved == [(NOW, NOW)]
