"""Polls give waiting runs: each agent gets all runs that it may take, and no others."""

from dataclasses import dataclass, field

from tests.faults.checks.violations import Violation


@dataclass(frozen=True, slots=True)
class Drained:
    """The runs that polls with these labels gave, until a poll gave none."""

    labels: tuple[str, ...]
    given: list[str] = field(default_factory=list)


def takes(agent, labels):
    """Return True if an agent may take a run: it has all its labels, and none if the run has none."""
    return set(labels) <= set(agent) and bool(labels) == bool(agent)


def waiting_runs(snapshot, at):
    """Return the flow runs that wait for an agent at a time, with their labels.

    They are due themselves, or they are running and one of their task runs is due.
    """
    found = {}
    for subject in snapshot.subjects.values():
        run, due = snapshot.subjects.get(subject.flow_run), subject.entries[-1].due
        if run is not None and due is not None and due <= at and (subject is run or run.state == "Running"):
            found[run.id] = tuple(label["S"] for label in run.item.get("labels", {"L": []})["L"])
    return found


def check(waiting, drained):
    """Yield waiting runs that no poll gave, and runs that a poll gave wrongly or again."""
    given: set[str] = set()
    for agent in drained:
        for run, labels in waiting.items():
            if takes(agent.labels, labels) and run not in given | set(agent.given):
                yield Violation("starved", f"{run} with {labels}: not given to {agent.labels}", run)
        for run in agent.given:
            if run in given or run not in waiting or not takes(agent.labels, waiting[run]):
                yield Violation("given to the wrong agent", f"{run} to {agent.labels}", run)
        given |= set(agent.given)
