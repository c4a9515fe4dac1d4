"""An idempotency key makes one run, and every use of it answers that one."""

from collections import Counter, defaultdict

from tests.faults.checks.violations import Violation


def check(operations, snapshot):
    creations = [each for each in operations if each.kind == "create_flow_run"]
    answered, flows = defaultdict(set), {}
    for each in creations:
        if "idempotency_key" in each.given and each.ok:
            answered[each.subject].add(each.answer["id"])
    for subject, ids in answered.items():
        if len(ids) > 1:
            yield Violation("a key that answers several runs", f"{subject}: {sorted(ids)}", subject)
    flows = {each.given["flow_run_name"]: each for each in creations}
    yield from _doubled(snapshot, flows)


def _doubled(snapshot, flows):
    """A name is that of one request, or of one key of a flow: nothing may stand twice under it."""
    names = Counter(
        (run.item["flow_id"]["S"], run.item["name"]["S"])
        for run in snapshot.flow_runs.values()
        if run.item["name"]["S"] in flows
    )
    for (flow, name), count in names.items():
        if count > 1:
            yield Violation("several runs of one creation", f"{count} of {name!r} of flow {flow}", flow)
