"""Acknowledged objects exist once, unless a request asked for their deletion."""

from collections import Counter, defaultdict

from storage.layout.codec import unpack
from tests.faults.checks.violations import Violation, deletions
from tests.faults.table import id_of


def check(operations, snapshot):
    deleted = {operation.subject for operation in deletions(operations)}
    flows = {id_of(item["pk"]["S"]) for item in snapshot.of_kind("flow", "flow")}
    doomed = _doomed(operations, deleted)
    yield from _flows(operations, flows, doomed)
    yield from _runs(operations, snapshot, deleted, doomed)
    yield from _logs(operations, snapshot)
    yield from _artifacts(operations, snapshot)


def _doomed(operations, deleted):
    """Return the flows that a request asked to delete, alone or with a project that may have held them.

    The versions of a flow move together, and have one name.
    """
    registered = {
        operation.response["id"]: operation
        for operation in operations
        if operation.kind == "create_flow" and operation.ok
    }
    places = defaultdict(set)
    for operation in operations:
        if operation.kind == "update_flow_project" and operation.subject in registered:
            places[_name(registered[operation.subject])].add(operation.given["project_id"])
    return {
        flow
        for flow, operation in registered.items()
        if flow in deleted or deleted & ({operation.subject} | places[_name(operation)])
    }


def _name(registration):
    return registration.given["serialized_flow"]["name"]


def _flows(operations, flows, doomed):
    for operation in operations:
        if (
            operation.kind == "create_flow"
            and operation.ok
            and operation.response["id"] not in flows | doomed
        ):
            yield Violation("an acknowledged flow is lost", str(operation), operation.response["id"])


def _runs(operations, snapshot, deleted, doomed):
    for operation in operations:
        if operation.kind != "create_flow_run" or not operation.ok or operation.given["flow_id"] in doomed:
            continue
        run = operation.response["id"]
        if run not in snapshot.subjects and run not in deleted:
            yield Violation("an acknowledged run is lost", str(operation), run)


def _logs(operations, snapshot):
    lines: Counter[tuple[str, str]] = Counter()
    for (pk, sk), item in snapshot.items.items():
        if sk.startswith("log#"):
            lines.update((id_of(pk), row[2]) for row in unpack(bytes(item["entries"]["B"])))
    for operation in operations:
        if (
            operation.kind != "write_run_logs"
            or not operation.ok
            or operation.subject not in snapshot.subjects
        ):
            continue
        lost = [
            line["message"]
            for line in operation.given["logs"]
            if not lines[operation.subject, line["message"]]
        ]
        if lost:
            yield Violation(
                "acknowledged log lines are lost", f"{lost}: #{operation.number}", operation.subject
            )
    # A line that is stored twice is read once.
    for operation in operations:
        if operation.kind == "log" and operation.ok:
            yield from _read_lines(operation)


def _read_lines(reading):
    """Yield client lines that were read twice. Recovery may repeat its own lines."""
    lines = Counter(row["message"] for row in reading.response.get("rows", ()))
    doubled = [line for line, count in lines.items() if count > 1 and line.startswith("line ")]
    if doubled:
        yield Violation("a log line stands twice", f"{doubled}: #{reading.number}", reading.subject)


def _artifacts(operations, snapshot):
    gone = {operation.subject for operation in operations if operation.kind == "delete_task_run_artifact"}
    standing = {id_of(sk) for _, sk in snapshot.items if sk.startswith("artifact#")}
    for operation in operations:
        if operation.kind != "create_task_run_artifact" or not operation.ok:
            continue
        run = f"{operation.given['task_run_id'][:-4]}0000"
        if run in snapshot.subjects and operation.response["id"] not in standing | gone:
            yield Violation("an acknowledged artifact is lost", str(operation), run)
