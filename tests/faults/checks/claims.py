"""Who takes a run from the queue has it alone: one claim for each state that let it be taken."""

from collections import defaultdict

from tests.faults.checks.violations import Violation, state_changes


def check(operations, snapshot):
    """A claim that was acknowledged stands once, and nobody else's claim is on the same version."""
    claims = defaultdict(list)
    for each in state_changes(operations):
        if each.ok and each.given["state"]["type"] == "Submitted" and each.given["version"] is not None:
            claims[each.subject, each.given["version"]].append(each)
    for (run, version), several in claims.items():
        if len({each.worker for each in several}) > 1:
            who = ", ".join(f"{each.worker} by #{each.number}" for each in several)
            yield Violation("a run taken twice", f"at version {version}: {who}", run)
    yield from _executions(operations)


def _executions(operations):
    """Of those who were told that the run is Running, no two may have been told so of one version."""
    told = defaultdict(list)
    for each in state_changes(operations):
        running = each.ok and each.given["state"]["type"] == "Running" and each.answer["status"] == "SUCCESS"
        if running:
            told[each.subject, each.answer["version"]].append(each.number)
    for (subject, version), numbers in told.items():
        if len(numbers) > 1:
            yield Violation("two execute one run", f"at version {version}: operations {numbers}", subject)
