"""Slots of concurrency limits are held by who is Running, and nobody is Running whose run has ended."""

from collections import Counter

from domain.flow_runs.states import KIND_OF, Kind
from tests.faults.checks.violations import Violation


def check(operations, snapshot):
    """Judges a table in which recovery has had its time, and no process has given a sign of life since."""
    yield from counts(snapshot)
    for subject in snapshot.subjects.values():
        run = snapshot.subjects.get(subject.flow_run)
        if subject.number and subject.state == "Running" and run and KIND_OF[run.state] is Kind.FINISHED:
            what = f"{subject.id} runs, its flow run is {run.state}"
            yield Violation("a task run outlives its run", what, run.id)


def counts(snapshot):
    """Judges a table of any moment: a slot is counted exactly as long as somebody who runs holds it."""
    held = Counter(limit for subject in snapshot.subjects.values() for limit in subject.slots)
    for item in snapshot.of_kind("limit"):
        pk, used = item["pk"]["S"], int(item["used"]["N"])
        if used != held[pk]:
            yield Violation("slots miscounted", f"{item['name']['S']}: used {used}, held {held[pk]}", pk)
    for subject in snapshot.subjects.values():
        if subject.slots and KIND_OF[subject.state] is not Kind.RUNNING:
            yield Violation("a slot outlives its state", f"{subject.id} is {subject.state}", subject.id)
