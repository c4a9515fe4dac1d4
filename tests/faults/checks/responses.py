"""Responses judged alone: a change under a version returns the next version."""

from collections import defaultdict

from tests.faults.checks.violations import Violation, state_changes


def check(operations, snapshot):
    yield from _versions(operations)
    yield from _payloads(operations)
    yield from _winners(operations)
    for operation in operations:
        if operation.code == "INTERNAL_ERROR":
            yield Violation("an internal error", str(operation), operation.subject)


def _versions(operations):
    for operation in state_changes(operations):
        held = operation.given["version"]
        if operation.ok and held is not None and operation.response["version"] != held + 1:
            yield Violation(
                "a wrong version returned", f"given + 1 is {held + 1}: {operation}", operation.subject
            )


def _payloads(operations):
    """Yield responses whose run is not as the change left it, because a later change shows."""
    for operation in state_changes(operations):
        if not operation.ok:
            continue
        asked, waits = operation.given["state"]["type"], operation.response["status"] == "QUEUED"
        own = {"version": operation.response["version"], "state": "Queued" if waits else asked}
        if operation.response["run"] != own or (waits and asked != "Running"):
            yield Violation("another change's run returned", f"not {own}: {operation}", operation.subject)


def _winners(operations):
    """Yield changes of one version of which more than one succeeded."""
    winners = defaultdict(list)
    for operation in state_changes(operations):
        if operation.ok and operation.given["version"] is not None:
            winners[operation.subject, operation.given["version"]].append(operation)
    for (subject, version), several in winners.items():
        if len(several) > 1:
            numbers = [operation.number for operation in several]
            yield Violation("two writers of one version", f"version {version}: operations {numbers}", subject)
