"""What was answered, judged by itself: a change answers the version that follows the one it was given."""

from collections import defaultdict

from tests.faults.checks.violations import Violation, state_changes


def check(operations, snapshot):
    yield from _versions(operations)
    yield from _payloads(operations)
    yield from _winners(operations)
    for each in operations:
        if each.code == "INTERNAL_ERROR":
            yield Violation("an internal error", str(each), each.subject)


def _versions(operations):
    for each in state_changes(operations):
        held = each.given["version"]
        if each.ok and held is not None and each.answer["version"] != held + 1:
            yield Violation("a wrong version answered", f"given + 1 is {held + 1}: {each}", each.subject)


def _payloads(operations):
    """The run in the answer to a change is as that change left it, whoever came next."""
    for each in state_changes(operations):
        if not each.ok:
            continue
        asked, waits = each.given["state"]["type"], each.answer["status"] == "QUEUED"
        own = {"version": each.answer["version"], "state": "Queued" if waits else asked}
        if each.answer["run"] != own or (waits and asked != "Running"):
            yield Violation("another change's run answered", f"not {own}: {each}", each.subject)


def _winners(operations):
    """Of all who held one version, one may be told that he changed it."""
    winners = defaultdict(list)
    for each in state_changes(operations):
        if each.ok and each.given["version"] is not None:
            winners[each.subject, each.given["version"]].append(each)
    for (subject, version), several in winners.items():
        if len(several) > 1:
            numbers = [each.number for each in several]
            yield Violation("two writers of one version", f"version {version}: operations {numbers}", subject)
