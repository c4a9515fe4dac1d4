"""Who waits is handed out: each agent is given what it may take, all of it, and nothing else."""

from dataclasses import dataclass, field

from tests.faults.checks.violations import Violation


@dataclass(frozen=True, slots=True)
class Drained:
    """What an agent with these labels was given until it was given nothing more."""

    labels: tuple[str, ...]
    given: list[str] = field(default_factory=list)


def takes(agent, labels):
    """Whether an agent may take a run: it has all labels of the run, and none if the run has none."""
    return set(labels) <= set(agent) and bool(labels) == bool(agent)


def waiting_runs(snapshot, at):
    """The flow runs that wait for an agent at that time, with their labels.

    They are due themselves, or they are running and one of their task runs is due.
    """
    found = {}
    for subject in snapshot.subjects.values():
        run, due = snapshot.subjects.get(subject.flow_run), subject.entries[-1].due
        if run is not None and due is not None and due <= at and (subject is run or run.state == "Running"):
            found[run.id] = tuple(each["S"] for each in run.item.get("labels", {"L": []})["L"])
    return found


def check(waiting, drained):
    """Each agent in its turn is given all that waits for it, and nothing that anybody was given before."""
    given: set[str] = set()
    for agent in drained:
        for run, labels in waiting.items():
            if takes(agent.labels, labels) and run not in given | set(agent.given):
                yield Violation("starved", f"{run} with {labels}: not given to {agent.labels}", run)
        for run in agent.given:
            if run in given or run not in waiting or not takes(agent.labels, waiting[run]):
                yield Violation("given to the wrong agent", f"{run} to {agent.labels}", run)
        given |= set(agent.given)
