"""An idempotency key makes one run, and every use of it returns that run."""

from collections import Counter, defaultdict

from tests.faults.checks.violations import Violation


def check(operations, snapshot):
    creations = [operation for operation in operations if operation.kind == "create_flow_run"]
    returned, flows = defaultdict(set), {}
    for operation in creations:
        if "idempotency_key" in operation.given and operation.ok:
            returned[operation.subject].add(operation.response["id"])
    for subject, ids in returned.items():
        if len(ids) > 1:
            yield Violation("a key that made several runs", f"{subject}: {sorted(ids)}", subject)
    flows = {operation.given["flow_run_name"]: operation for operation in creations}
    yield from _doubled(snapshot, flows)


def _doubled(snapshot, flows):
    """Yield names that two runs have. Each name belongs to one request or one key of a flow."""
    names = Counter(
        (run.item["flow_id"]["S"], run.item["name"]["S"])
        for run in snapshot.flow_runs.values()
        if run.item["name"]["S"] in flows
    )
    for (flow, name), count in names.items():
        if count > 1:
            yield Violation("several runs of one creation", f"{count} of {name!r} of flow {flow}", flow)
