"""The report of a bout: its figures, and for each violation the operations near it."""

import re
from collections import Counter
from dataclasses import dataclass

from tests.faults.checks.violations import Violation
from tests.faults.history import History
from tests.faults.table import Snapshot

# How many operations are shown on each side of the one that a violation names.
_AROUND = 4
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Report:
    """The operations, the faults by kind, and the violations of one bout."""

    seed: object
    history: History
    snapshot: Snapshot
    faults: Counter[str]
    violations: list[Violation]

    def __str__(self):
        return "\n".join([*self._summary(), *self._excerpts()])

    def _summary(self):
        operations = self.history.operations
        outcomes = Counter(operation.outcome.value for operation in operations)
        kinds = Counter(violation.kind for violation in self.violations)
        yield f"Seed {self.seed}: {len(operations)} operations ({_listed(outcomes)})"
        yield f"{self.faults.total()} faults: {_listed(self.faults)}"
        yield f"{len(self.violations)} violations" + (f": {_listed(kinds)}" if kinds else "")

    def _excerpts(self):
        shown: Counter[str] = Counter()
        for violation in self.violations:
            shown[violation.kind] += 1
            if shown[violation.kind] <= _SHOWN:
                yield f"\n{violation.kind.upper()}: {violation.what}"
                yield from (f"    {line}" for line in self._excerpt(violation))
        if self.violations:
            yield f"\nTo try again: make test-faults SEED={self.seed}"

    def _excerpt(self, violation):
        """Yield the operations on a violation's object near the named ones, and its history there."""
        about = [
            operation
            for operation in self.history.operations
            if violation.subject and violation.subject in (operation.subject, operation.response.get("id"))
        ]
        named = {int(number) for number in re.findall(r"#(\d+)", violation.what)}
        places = [place for place, operation in enumerate(about) if operation.number in named]
        start = max(0, min(places, default=len(about)) - _AROUND)
        end = max(places, default=len(about)) + 1 + _AROUND
        yield from map(str, about[start:end])
        subject = self.snapshot.subjects.get(violation.subject)
        if subject is not None:
            held = [operation.given.get("version") for operation in about[start:end]]
            versions = [version for version in held if version is not None]
            low, high = min(versions, default=1), max(versions, default=subject.version) + 1
            yield "history: " + ", ".join(
                f"{entry.version} {entry.type}" + (f" #{entry.operation}" if entry.operation else "")
                for entry in subject.entries
                if low <= entry.version <= high
            )


def _listed(counts):
    return ", ".join(f"{count} {name}" for name, count in sorted(counts.items()))
