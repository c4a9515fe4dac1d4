"""The work on projects, flows and concurrency limits."""

from tests.faults.flow_run_work import delete, insist_later
from tests.faults.world import FLOW_NAMES, LIMITED_LABEL, LIMITED_TAG, TASKS

_PROJECTS = 4
_FLOWS = 8


def make_project(world, caller):
    if len(world.projects) < _PROJECTS:
        number = caller.history.number()
        done = caller.mutate("create_project", "id", {"name": f"Project {number}"}, number=number)
        if done.ok:
            world.add(world.projects, done.response["id"])


def register_flow(world, caller):
    """Register a version of a flow with one of few names. The version before is archived."""
    project = world.pick(caller.dice, world.projects)
    if project is None:
        return
    flow = {
        "name": caller.dice.choice(FLOW_NAMES),
        "tasks": [{"slug": f"task-{n}", "name": f"task {n}", "max_retries": 1} for n in range(TASKS)],
    }
    given = {"project_id": project, "serialized_flow": flow}
    done = caller.mutate("create_flow", "id", given, subject=project)
    if done.ok:
        world.add(world.flows, done.response["id"])


def keep_up(world, caller):
    """Create projects and flows in the place of deleted ones."""
    make_project(world, caller)
    if len(world.flows) < _FLOWS:
        register_flow(world, caller)


def move_flow(world, caller):
    flow, project = world.pick(caller.dice, world.flows), world.pick(caller.dice, world.projects)
    if flow and project:
        insist_later(world, caller, "update_flow_project", {"flow_id": flow, "project_id": project}, flow)


def delete_flow(world, caller):
    if len(world.flows) > 2 and (flow := world.pick(caller.dice, world.flows)):
        delete(world, caller, "delete_flow", "flow_id", flow, world.flows)


def delete_project(world, caller):
    if len(world.projects) > 2 and (project := world.pick(caller.dice, world.projects)):
        delete(world, caller, "delete_project", "project_id", project, world.projects)


def change_limit(world, caller):
    """Create, change or delete the limit of the runs' label or tag."""
    dice, kind = caller.dice, caller.dice.choice(("label", "tag"))
    mutation = "update_task_tag_limit" if kind == "tag" else "update_flow_concurrency_limit"
    named = {"tag": LIMITED_TAG} if kind == "tag" else {"name": LIMITED_LABEL}
    limit = {**named, "limit": dice.randint(1, 4)}
    done = caller.mutate(mutation, "id", limit, subject=kind, repeatable=True)
    if done.ok and dice.random() < 0.3:
        deletion = "delete_task_tag_limit" if kind == "tag" else "delete_flow_concurrency_limit"
        given = {"limit_id": done.response["id"]}
        caller.mutate(deletion, "success", given, subject=kind, repeatable=True)
