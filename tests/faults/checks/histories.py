"""Histories in the table, compared with the responses to changes."""

from collections import defaultdict

from tests.faults.checks.violations import Violation, state_changes
from tests.faults.history import Outcome


def check(operations, snapshot):
    standing = defaultdict(list)
    for subject in snapshot.subjects.values():
        yield from _shape(subject)
        for entry in subject.entries:
            # A cancellation sets the same state on the task runs.
            if entry.operation is not None and not (subject.number and entry.type == "Cancelled"):
                standing[entry.operation].append((subject, entry))
    for operation in state_changes(operations):
        # A deleted run has no history.
        if (subject := snapshot.subjects.get(operation.subject)) is not None:
            yield from _change(operation, subject, standing[operation.number])


def _shape(subject):
    versions = [entry.version for entry in subject.entries]
    if versions != list(range(1, subject.version + 1)):
        yield Violation("a gap in a history", f"{subject.id} at {subject.version} has {versions}", subject.id)
    elif subject.entries[-1].type != subject.state:
        last = subject.entries[-1].type
        yield Violation("head and history differ", f"{subject.id} is {subject.state}, not {last}", subject.id)


def _change(operation, subject, found):
    versions = [entry.version for _, entry in found]
    if any(owner is not subject for owner, _ in found):
        yield Violation("a state in another run's history", str(operation), subject.id)
    elif len(found) > 1:
        yield Violation("written twice", f"at {versions}: {operation}", subject.id)
    elif operation.code == "VERSION_LOCKING_ERROR" and found:
        yield Violation("refused, and written all the same", f"at {versions}: {operation}", subject.id)
    elif operation.outcome is Outcome.OK:
        yield from _acknowledged(operation, subject, versions)


def _acknowledged(operation, subject, versions):
    returned = operation.response["version"]
    if operation.response["status"] == "QUEUED":
        types = [entry.type for entry in subject.entries if entry.version == returned]
        if versions or types != ["Queued"]:
            what = f"{types} stands at {returned}, its own state at {versions}: {operation}"
            yield Violation("told to wait, and does not", what, subject.id)
    elif not versions:
        yield Violation("acknowledged, and not written", str(operation), subject.id)
    elif versions != [returned] and operation.given["version"] is None:
        yield Violation("a wrong version returned", f"it stands at {versions}: {operation}", subject.id)
    elif versions != [returned]:
        # The check of responses judges changes with a version. This is the version that was written.
        held = operation.given["version"]
        if versions != [held + 1]:
            yield Violation("written at another version", f"at {versions}: {operation}", subject.id)
