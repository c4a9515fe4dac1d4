"""Running runs alone hold slots of concurrency limits, and no task run runs in an ended flow run."""

from collections import Counter

from domain.flow_runs.states import KIND_OF, Kind
from tests.faults.checks.violations import Violation


def check(operations, snapshot):
    """Yield violations in a table after recovery, without heartbeats since."""
    yield from counts(snapshot)
    for subject in snapshot.subjects.values():
        run = snapshot.subjects.get(subject.flow_run)
        if subject.number and subject.state == "Running" and run and KIND_OF[run.state] is Kind.FINISHED:
            what = f"{subject.id} runs, its flow run is {run.state}"
            yield Violation("a task run outlives its run", what, run.id)


def counts(snapshot):
    """Yield limits of a table at any moment whose count is not that of their holders."""
    held = Counter(limit for subject in snapshot.subjects.values() for limit in subject.slots)
    for item in snapshot.of_kind("limit"):
        pk, used = item["pk"]["S"], int(item["used"]["N"])
        if used != held[pk]:
            yield Violation("slots miscounted", f"{item['name']['S']}: used {used}, held {held[pk]}", pk)
    for subject in snapshot.subjects.values():
        if subject.slots and KIND_OF[subject.state] is not Kind.RUNNING:
            yield Violation("a slot outlives its state", f"{subject.id} is {subject.state}", subject.id)
