"""The work on task runs, their logs and their artifacts."""

import time
from datetime import UTC, datetime

from tests.faults.flow_run_work import held_version, insist_later
from tests.faults.states import made_state
from tests.faults.world import TASKS

_TYPES = {"Running": 7, "Success": 3, "Failed": 2, "Retrying": 2, "Cached": 1, "Mapped": 1, "Paused": 1}
_CHILDREN = 4


def task_run_id(run, number):
    """Return the id of a task run, which follows from the flow run and the task."""
    return f"{run[:-4]}{number:04x}"


def set_task_state(world, caller):
    dice = caller.dice
    run = world.pick(dice, world.runs)
    if run is None:
        return
    task_run = _mapped_child(world, caller, run) if dice.random() < 0.25 else None
    task_run = task_run or task_run_id(run, dice.randint(1, TASKS))
    type_ = dice.choices(list(_TYPES), list(_TYPES.values()))[0]
    done = _set_state(world, caller, run, task_run, type_, held_version(world, caller, task_run))
    while done.ok and dice.random() < 0.5:
        done = _set_state(world, caller, run, task_run, "Running", done.response["version"])


def _mapped_child(world, caller, run):
    """Return the run of a mapped child. An item of its own leads from its id to it."""
    flow = caller.ask("flow_run_by_pk", "query($id: UUID!) { flow_run_by_pk(id: $id) { flow_id } }", id=run)
    if not flow:
        return None
    task = f"{flow['flow_id'][:-4]}{TASKS:04x}"
    given = {"flow_run_id": run, "task_id": task, "map_index": caller.dice.randrange(_CHILDREN)}
    done = caller.mutate("get_or_create_task_run_info", "id version", given, subject=run, repeatable=True)
    if not done.ok:
        return None
    world.saw(done.response["id"], done.response["version"])
    return done.response["id"]


def _set_state(world, caller, run, task_run, type_, version):
    dice, number = caller.dice, caller.history.number()
    limited = type_ == "Running" and dice.random() < 0.3
    state = made_state(dice, type_, number, limited=limited)
    given = {"task_run_id": task_run, "version": version, "state": state}
    done = caller.mutate(
        "set_task_run_states",
        "states { version status run: task_run { version state } }",
        {"states": [given]},
        subject=task_run,
        number=number,
        repeatable=version is not None,
        kind="set_task_run_state",
    )
    done.given = given
    if done.ok:
        done.response = done.response["states"][0]
        world.saw(task_run, done.response["version"])
    elif done.code == "VERSION_LOCKING_ERROR":
        query = "query($id: UUID!) { get_task_run_info(task_run_id: $id) { version } }"
        if info := caller.ask("get_task_run_info", query, id=task_run):
            world.saw(task_run, info["version"])
    elif done.code == "NOT_FOUND":
        time.sleep(0.002)
    return done


def write_logs(world, caller):
    """Send log lines as clients do: lines without a response are sent again with the next ones."""
    run = world.pick(caller.dice, world.runs)
    if run is None:
        return
    lines = []
    for _ in range(3):
        lines += _lines(caller, run)
        done = caller.mutate("write_run_logs", "success", {"logs": lines}, subject=run, repeatable=True)
        if done.ok or done.code not in ("", "API_ERROR"):
            return


def _lines(caller, run):
    number = caller.history.number()
    now = datetime.now(UTC).isoformat()
    return [
        {"flow_run_id": run, "timestamp": now, "message": f"line {number}.{place}", "level": "INFO"}
        for place in range(caller.dice.randint(1, 8))
    ]


def make_artifact(world, caller):
    if run := world.pick(caller.dice, world.runs):
        task_run = task_run_id(run, caller.dice.randint(1, TASKS))
        given = {"task_run_id": task_run, "kind": "link", "data": {"link": "https://example.com/"}}
        done = caller.mutate("create_task_run_artifact", "id", given, subject=run)
        if done.ok:
            world.add(world.artifacts, done.response["id"])


def delete_artifact(world, caller):
    if artifact := world.pick(caller.dice, world.artifacts):
        world.forget(world.artifacts, artifact)
        given = {"task_run_artifact_id": artifact}
        insist_later(world, caller, "delete_task_run_artifact", given, artifact)


def beat_of_task_run(world, caller):
    if run := world.pick(caller.dice, world.runs):
        task_run = task_run_id(run, caller.dice.randint(1, TASKS))
        given = {"task_run_id": task_run}
        caller.mutate("update_task_run_heartbeat", "success", given, subject=run, repeatable=True)
