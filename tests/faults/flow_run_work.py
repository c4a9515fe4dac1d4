"""The work on flow runs."""

from datetime import UTC, datetime, timedelta

from tests.faults.history import Outcome
from tests.faults.states import made_state
from tests.faults.world import LABEL_SETS

_TYPES = {
    "Running": 6,
    "Success": 3,
    "Failed": 3,
    "Scheduled": 3,
    "Submitted": 2,
    "Cancelling": 1,
    "Cancelled": 1,
    "Paused": 1,
    "TimedOut": 1,
}
_KEYS = 12
_STATE = "version status run: flow_run { version state }"


def create_run(world, caller):
    flow = world.pick(caller.dice, world.flows)
    if flow is None:
        return
    dice, number = caller.dice, caller.history.number()
    given = {"flow_id": flow, "labels": list(dice.choice(LABEL_SETS)), "flow_run_name": f"run {number}"}
    if dice.random() < 0.2:
        given["parameters"] = {"pad": dice.randbytes(1_200).hex()}
    if dice.random() < 0.15:
        given["scheduled_start_time"] = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    done = caller.mutate("create_flow_run", "id", given, number=number)
    # Some runs are known only to agents.
    if done.ok and dice.random() < 0.7:
        world.add(world.runs, done.response["id"])
        world.saw(done.response["id"], 1)
    elif done.code == "NOT_FOUND":
        world.forget(world.flows, flow)


def create_keyed_run(world, caller):
    """Create a run with one of few keys that all workers share. Each key has one input."""
    flow = world.pick(caller.dice, world.flows)
    if flow is None:
        return
    key = f"key {caller.dice.randrange(_KEYS)}"
    given = {"flow_id": flow, "flow_run_name": f"of {key}", "idempotency_key": key}
    given["parameters"] = {"key": key}
    done = caller.mutate("create_flow_run", "id", given, subject=f"{flow} {key}", repeatable=True)
    if done.ok:
        world.add(world.runs, done.response["id"])


def set_run_state(world, caller):
    """Set a state. In half of the cases set another under the returned version, as README shows."""
    run = world.pick(caller.dice, world.runs)
    if run is None:
        return
    type_ = caller.dice.choices(list(_TYPES), list(_TYPES.values()))[0]
    version = held_version(world, caller, run)
    done = set_state(world, caller, run, type_, version)
    while done.ok and caller.dice.random() < 0.5:
        type_ = caller.dice.choice(("Running", "Success"))
        done = set_state(world, caller, run, type_, done.response["version"])


def held_version(world, caller, identifier):
    """Return the version that a caller sends: none, an old one, or the newest one of any response."""
    known, chance = world.versions.get(identifier, 1), caller.dice.random()
    if chance < 0.2:
        return None
    return max(1, known - 1) if chance < 0.25 else known


def set_state(world, caller, run, type_, version):
    """Set a flow run's state by one of the mutations that clients send."""
    dice, number = caller.dice, caller.history.number()
    given = {"flow_run_id": run, "version": version, "state": made_state(dice, type_, number)}
    more = {"subject": run, "number": number, "repeatable": version is not None}
    if version is not None and dice.random() < 0.3:
        done = caller.mutate("set_flow_run_states", f"states {{ {_STATE} }}", {"states": [given]}, **more)
        done.response = done.response["states"][0] if done.ok else {}
        done.given, done.kind = given, "set_flow_run_state"
    else:
        done = caller.mutate("set_flow_run_state", _STATE, given, **more)
    if done.ok:
        world.saw(run, done.response["version"])
    elif done.code == "VERSION_LOCKING_ERROR":
        read_version(world, caller, run)
    elif done.code == "NOT_FOUND":
        world.forget(world.runs, run)
    return done


def read_version(world, caller, run):
    """Read version and state, as clients do after a conflict. Return None without a response."""
    query = "query($id: UUID!) { flow_run_by_pk(id: $id) { version state } }"
    found = caller.ask("flow_run_by_pk", query, id=run)
    if found:
        world.saw(run, found["version"])
    return found


def cancel_run(world, caller):
    if run := world.pick(caller.dice, world.runs):
        caller.mutate("cancel_flow_run", "id state", {"flow_run_id": run}, subject=run, repeatable=True)


def relabel_run(world, caller):
    if run := world.pick(caller.dice, world.runs):
        given = {"flow_run_id": run, "labels": list(caller.dice.choice(LABEL_SETS[:4]))}
        caller.mutate("set_flow_run_labels", "success", given, subject=run, repeatable=True)


def rename_run(world, caller):
    if run := world.pick(caller.dice, world.runs):
        given = {"flow_run_id": run, "name": f"renamed {run[-12:-4]}"}
        caller.mutate("set_flow_run_name", "success", given, subject=run, repeatable=True)


def delete_run(world, caller):
    if run := world.pick(caller.dice, world.runs):
        delete(world, caller, "delete_flow_run", "flow_run_id", run, world.runs)


def beat(world, caller):
    if run := world.pick(caller.dice, world.runs):
        given = {"flow_run_id": run}
        caller.mutate("update_flow_run_heartbeat", "success", given, subject=run, repeatable=True)


def delete(world, caller, mutation, name, identifier, ids):
    """Delete an object that no worker picks any more."""
    world.forget(ids, identifier)
    return insist_later(world, caller, mutation, {name: identifier}, identifier)


def insist_later(world, caller, mutation, given, subject):
    """Send a mutation of many steps. Without a response it is sent again after the faults."""
    place = mutation, subject
    world.unfinished[place] = given
    done = caller.mutate(mutation, "success", given, subject=subject, repeatable=True)
    if done.outcome is not Outcome.UNKNOWN:
        world.unfinished.pop(place, None)
    return done
