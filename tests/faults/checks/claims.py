"""One agent alone has a claimed run: one claim succeeds for each state in which the run is free."""

from collections import defaultdict

from tests.faults.checks.violations import Violation, state_changes


def check(operations, snapshot):
    """Yield versions of a run that more than one worker has claimed."""
    claims = defaultdict(list)
    for operation in state_changes(operations):
        if (
            operation.ok
            and operation.given["state"]["type"] == "Submitted"
            and operation.given["version"] is not None
        ):
            claims[operation.subject, operation.given["version"]].append(operation)
    for (run, version), several in claims.items():
        if len({operation.worker for operation in several}) > 1:
            who = ", ".join(f"{operation.worker} by #{operation.number}" for operation in several)
            yield Violation("a run taken twice", f"at version {version}: {who}", run)
    yield from _executions(operations)


def _executions(operations):
    """Yield versions that made a run Running for more than one caller."""
    told = defaultdict(list)
    for operation in state_changes(operations):
        running = (
            operation.ok
            and operation.given["state"]["type"] == "Running"
            and operation.response["status"] == "SUCCESS"
        )
        if running:
            told[operation.subject, operation.response["version"]].append(operation.number)
    for (subject, version), numbers in told.items():
        if len(numbers) > 1:
            yield Violation("two execute one run", f"at version {version}: operations {numbers}", subject)
