"""Every item of the table belongs to an object that exists. Deletions leave nothing."""

from collections import defaultdict

from tests.faults.checks.violations import Violation, deletions
from tests.faults.table import id_of

# Kinds of items that belong to no other object, with the reason.
_ALONE = {
    "key": "an idempotency key outlives its run and ends by itself",
    "agent": "ends by itself",
    "agent-config": "belongs to nobody",
    "limit": "its count stays while slots may come back",
    "api-key": "belongs to nobody",
    "key-value": "belongs to nobody",
    "recovery": "the record of recovery",
    "format": "tells the form of the data",
    "walk": "a hint of where polls go on, which ends by itself",
    "audit": "the trail of changes, whose entries end by themselves",
    "trial": "is written to see whether anything can be, and taken away again",
}


def check(operations, snapshot):
    alive = _Alive(snapshot)
    for pk, sk in snapshot.items:
        if (why := alive.why_left_over(pk, sk)) is not None:
            yield Violation("left over", f"{pk} {sk}: {why}", id_of(pk))
    yield from _groups(alive)
    yield from _still_there(operations, alive)


def _still_there(operations, alive):
    """Yield objects that exist though a response said that they are deleted."""
    standing = {"delete_flow_run": alive.runs, "delete_flow": alive.flows, "delete_project": alive.projects}
    for deletion in deletions(operations):
        if deletion.ok and deletion.subject in standing[deletion.kind]:
            yield Violation("deleted, and still there", str(deletion), deletion.subject)


def _groups(alive):
    """Yield flows whose versions are in two projects, or of which two versions are not archived."""
    flows = defaultdict(list)
    for item in alive.flows.values():
        flows[item["group_id"]["S"]].append(item)
    for group, versions in flows.items():
        if len({item["project_id"]["S"] for item in versions}) > 1:
            yield Violation("a flow in two projects", f"group {group}", group)
        if sum(not item["archived"]["BOOL"] for item in versions) > 1:
            yield Violation("two current versions of a flow", f"group {group}", group)


class _Alive:
    """The existing objects, by kind and id, and the reason why an item belongs to none of them."""

    def __init__(self, snapshot):
        def by_id(kind):
            return {id_of(item["pk"]["S"]): item for item in snapshot.of_kind(kind, kind)}

        self._items = snapshot.items
        self.runs = {id_: item for id_, item in by_id("run").items() if "flow_id" in item}
        self.flows, self.projects = by_id("flow"), by_id("project")
        self.groups = by_id("group")
        self._flows_of_groups = defaultdict(set)
        for item in self.flows.values():
            self._flows_of_groups[item["group_id"]["S"]].add(item["project_id"]["S"])
        self._apart: defaultdict[str, set[str]] = defaultdict(set)
        for subject in snapshot.subjects.values():
            self._apart[subject.flow_run] |= subject.apart
        self._group_ids = {item["version_group_id"]["S"]: id_ for id_, item in self.groups.items()}

    def why_left_over(self, pk, sk):
        kind = pk.split("#")[1]
        if kind in _ALONE:
            return None
        judge = getattr(self, f"_{kind.replace('-', '_')}", None)
        if judge is None:
            return "an item of an unknown kind: say in this check to what it belongs"
        return judge(pk, sk, self._items[pk, sk])

    def _run(self, pk, sk, item):
        run = self.runs.get(id_of(pk))
        if run is None:
            # A heartbeat is written without a condition and expires.
            return None if sk.startswith("heartbeat") and "expires" in item else "its run is gone"
        if run["flow_id"]["S"] not in self.flows:
            return "the flow of its run is gone"
        if sk.startswith(("state#", "states#")) and sk not in self._apart[id_of(pk)]:
            return "it is in no history"
        return None

    def _map(self, pk, sk, item):
        return None if item["run"]["S"] in self.runs else "its run is gone"

    def _artifact(self, pk, sk, item):
        run = item["run"]["S"]
        if run not in self.runs:
            return "its run is gone"
        place = f"{pk.split('#')[0]}#run#{run}", f"artifact#{item['task_run']['S']}#{id_of(pk)}"
        return None if place in self._items else "it leads nowhere"

    def _flow(self, pk, sk, item):
        flow = self.flows.get(id_of(pk))
        if flow is None:
            return "its flow is gone"
        if flow["project_id"]["S"] not in self.projects:
            return "its project is gone"
        return None if flow["group_id"]["S"] in self.groups else "its group is gone"

    def _group(self, pk, sk, item):
        return None if self._flows_of_groups[id_of(pk)] else "no flow of the group is left"

    def _backfilled(self, pk, sk, item):
        return self._group(pk, sk, item)

    def _project(self, pk, sk, item):
        project = id_of(pk)
        if project not in self.projects:
            return "its project is gone"
        if sk.startswith("flow-name#"):
            group = self._group_ids.get(item["version_group_id"]["S"])
            if project not in self._flows_of_groups.get(group, ()):
                return "the flow of that name is in no version in this project"
        return None

    def _project_name(self, pk, sk, item):
        return None if item["project_id"]["S"] in self.projects else "its project is gone"
