"""What was acknowledged is there, once, unless somebody asked for its deletion."""

from collections import Counter, defaultdict

from storage.layout.codec import unpack
from tests.faults.checks.violations import Violation, deletions
from tests.faults.table import id_of


def check(operations, snapshot):
    deleted = {each.subject for each in deletions(operations)}
    flows = {id_of(item["pk"]["S"]) for item in snapshot.of_kind("flow", "flow")}
    doomed = _doomed(operations, deleted)
    yield from _flows(operations, flows, doomed)
    yield from _runs(operations, snapshot, deleted, doomed)
    yield from _logs(operations, snapshot)
    yield from _artifacts(operations, snapshot)


def _doomed(operations, deleted):
    """The flows that somebody asked to delete, themselves or with a project in which they may have been.

    The versions of a flow move together, and have one name.
    """
    registered = {each.answer["id"]: each for each in operations if each.kind == "create_flow" and each.ok}
    places = defaultdict(set)
    for each in operations:
        if each.kind == "update_flow_project" and each.subject in registered:
            places[_name(registered[each.subject])].add(each.given["project_id"])
    return {
        flow
        for flow, each in registered.items()
        if flow in deleted or deleted & ({each.subject} | places[_name(each)])
    }


def _name(registration):
    return registration.given["serialized_flow"]["name"]


def _flows(operations, flows, doomed):
    for each in operations:
        if each.kind == "create_flow" and each.ok and each.answer["id"] not in flows | doomed:
            yield Violation("an acknowledged flow is lost", str(each), each.answer["id"])


def _runs(operations, snapshot, deleted, doomed):
    for each in operations:
        if each.kind != "create_flow_run" or not each.ok or each.given["flow_id"] in doomed:
            continue
        run = each.answer["id"]
        if run not in snapshot.subjects and run not in deleted:
            yield Violation("an acknowledged run is lost", str(each), run)


def _logs(operations, snapshot):
    lines: Counter[tuple[str, str]] = Counter()
    for (pk, sk), item in snapshot.items.items():
        if sk.startswith("log#"):
            lines.update((id_of(pk), row[2]) for row in unpack(bytes(item["entries"]["B"])))
    for each in operations:
        if each.kind != "write_run_logs" or not each.ok or each.subject not in snapshot.subjects:
            continue
        lost = [line["message"] for line in each.given["logs"] if not lines[each.subject, line["message"]]]
        if lost:
            yield Violation("acknowledged log lines are lost", f"{lost}: #{each.number}", each.subject)
    # A line that is kept twice is read once.
    for each in operations:
        if each.kind == "log" and each.ok:
            yield from _read_lines(each)


def _read_lines(reading):
    """What clients said is read once; what recovery says of a run it may say again."""
    lines = Counter(row["message"] for row in reading.answer.get("rows", ()))
    doubled = [line for line, count in lines.items() if count > 1 and line.startswith("line ")]
    if doubled:
        yield Violation("a log line stands twice", f"{doubled}: #{reading.number}", reading.subject)


def _artifacts(operations, snapshot):
    gone = {each.subject for each in operations if each.kind == "delete_task_run_artifact"}
    standing = {id_of(sk) for _, sk in snapshot.items if sk.startswith("artifact#")}
    for each in operations:
        if each.kind != "create_task_run_artifact" or not each.ok:
            continue
        run = f"{each.given['task_run_id'][:-4]}0000"
        if run in snapshot.subjects and each.answer["id"] not in standing | gone:
            yield Violation("an acknowledged artifact is lost", str(each), run)
