"""The stories of data files: small but rich data, made through the API of a release.

Each release from its own on is told a story; what it tells is never changed, and a new release adds one.
"""

import inspect
import itertools
import random
from datetime import timedelta
from typing import Any

from domain.flow_runs.occurrences import Occurrence
from domain.flow_runs.states import State, scheduled

ENDS = ("Success", "Failed", "Cancelled", "TimedOut", "TriggerFailed", "Skipped", "Cached", "Mapped")


def noise(length: int) -> str:
    """Return a text that compression hardly shortens."""
    return "".join(random.Random(length).choices("".join(map(chr, range(33, 127))), k=length))  # noqa: S311


def flow(name: str, tasks: int = 3, **more: Any) -> dict[str, Any]:
    """Return a serialized flow whose tasks follow one another. The last is mapped."""
    slugs = [f"task-{number}" for number in range(1, tasks + 1)]
    return {
        "name": name,
        "type": "prefect.core.flow.Flow",
        "tasks": [
            {
                "slug": slug,
                "name": slug,
                "type": "tasks.Step",
                "max_retries": 2,
                "retry_delay": 60.0,
                "tags": [],
            }
            for slug in slugs
        ],
        "edges": [
            {
                "upstream_task": {"slug": before},
                "downstream_task": {"slug": after},
                "key": "x",
                "mapped": after == slugs[-1],
            }
            for before, after in itertools.pairwise(slugs)
        ],
        "parameters": [{"name": "place", "required": False, "default": "Paris", "slug": "place"}],
        "__version__": "1.4.1",
        **more,
    }


def first(tell: Any) -> None:
    """Make what release 0.1.0 knows: projects, flows, and flow runs in all kinds of states."""
    _flows(tell)
    _waiting(tell)
    _live(tell)
    _ended(tell)
    _keys(tell)


def _flows(tell: Any) -> None:
    names = tell.names
    names["Weather"] = tell.say("create_project", {"name": "Weather", "description": "Rain."}, "id")["id"]
    names["Empty"] = tell.say("create_project", {"name": "Empty"}, "id")["id"]

    def register(name: str, serialized: dict[str, Any], **more: Any) -> None:
        given = {"project_id": names["Weather"], "serialized_flow": serialized, **more}
        names[name] = tell.say("create_flow", given, "id")["id"]

    register("etl 1", flow("etl"), description="Extract.")
    register("etl 2", flow("etl", 4, environment={"labels": ["gpu"]}), idempotency_key="etl-2")
    register("large", flow("large", 2, storage={"type": "Local", "flows": {"noise": noise(5_000)}}))
    register("without tasks", {"name": "without tasks"})
    required = [{"name": "who", "required": True}]
    register("strict", {"name": "strict", "parameters": required, "run_config": {"type": "UniversalRun"}})
    register("gone", flow("gone", 1))
    tell.say("archive_flow", {"flow_id": names["gone"]}, "id")
    # Releases up to 0.9 send the flow first, then its tasks and edges.
    whole = flow("late", 3)
    register("late", {**whole, "tasks": [], "edges": []})
    given = {"flow_id": names["late"], "serialized_tasks": whole["tasks"]}
    tell.say("register_tasks", given)
    tell.say("register_edges", {"flow_id": names["late"], "serialized_edges": whole["edges"]})


def _waiting(tell: Any) -> None:
    tell.run("waiting", "late")
    tell.run("waiting for gpu", "etl 2")
    tell.run("waiting for two", "late", labels=["gpu", "eu"], parameters={"place": "Rome"})
    for hours in (1, 48):
        start = (tell.now + timedelta(hours=hours)).isoformat()
        tell.run(f"planned in {hours} h", "late", scheduled_start_time=start)
    start = (tell.now + timedelta(hours=2)).isoformat()
    tell.run("planned and large", "strict", parameters={"who": noise(3_000)}, scheduled_start_time=start)
    tell.run("renamed", "late", labels=["old"])
    tell.say("set_flow_run_name", {"flow_run_id": tell.names["renamed"], "name": "renamed at last"})
    tell.say("set_flow_run_labels", {"flow_run_id": tell.names["renamed"], "labels": ["new"]})
    tell.run("put back", "late", labels=["eu"])
    tell.set("put back", "Submitted", "Running")
    later = (tell.now + timedelta(hours=3)).isoformat()
    tell.set("put back", {"type": "Scheduled", "message": "Again.", "start_time": later})
    tell.run("retrying", "late")
    tell.set("retrying", "Submitted", "Running", {"type": "Retrying", "start_time": later, "run_count": 2})
    tell.run("paused", "late")
    tell.set("paused", "Submitted", "Running", {"type": "Paused", "message": "Wait."})
    tell.run("to resume", "late")
    tell.set("to resume", "Submitted", "Running", "Paused", {"type": "Resume", "start_time": None})
    tell.run("queued", "late")
    tell.set("queued", "Submitted", {"type": "Queued", "start_time": tell.now.isoformat()})


def _live(tell: Any) -> None:
    tell.run("submitted", "late")
    tell.set("submitted", "Submitted")
    tell.run("running", "late", context={"a": 1})
    tell.set("running", "Submitted", "Running")
    tell.say("update_flow_run_heartbeat", {"flow_run_id": tell.names["running"]})
    tell.run("cancelling", "late")
    tell.set("cancelling", "Submitted", "Running", "Cancelling")
    tell.run("large state", "late")
    tell.set(
        "large state", "Submitted", {"type": "Running", "message": "So much.", "context": {"x": noise(900)}}
    )
    tell.run("many states", "late")
    for number in range(15):
        tell.set("many states", "Submitted", {"type": "Running", "message": f"Number {number}."})
    tell.set("many states", {"type": "Running", "message": "The last.", "context": {"x": noise(800)}})


def _ended(tell: Any) -> None:
    for end in ENDS:
        tell.run(end, "late", labels=["eu"])
        tell.set(end, "Submitted", "Running", end)
    tell.run("failed unseen", "etl 2")
    tell.set("failed unseen", "Failed")
    tell.run("cancelled at once", "late")
    tell.say("cancel_flow_run", {"flow_run_id": tell.names["cancelled at once"]}, "state")
    tell.run("deleted", "late")
    tell.say("delete_flow_run", {"flow_run_id": tell.names.pop("deleted")})


def _keys(tell: Any) -> None:
    for _ in range(2):
        tell.run("keyed", "late", idempotency_key="a key", parameters={"place": "Oslo", "n": [1, 2.5, None]})
    tell.run("keyed and done", "late", idempotency_key="another key", context={"why": "because"})
    tell.set("keyed and done", "Submitted", "Running", "Success")
    tell.occur("scheduled", "late", Occurrence("every hour", tell.now.replace(minute=0, second=0)))


def second(tell: Any) -> None:
    """Make what came before queues by labels: task runs, logs, artifacts, limits, agents, API keys."""
    _agents(tell)
    _groups(tell)
    _task_runs(tell)
    _limits(tell)
    _said(tell)
    _lingering(tell)


def _agents(tell: Any) -> None:
    given = {"name": "shared", "settings": {"image": "a"}}
    tell.names["settings"] = tell.say("create_agent_config", given, "id")["id"]
    given = {"type": "LocalAgent", "name": "one", "labels": ["eu"], "agent_config_id": tell.names["settings"]}
    tell.names["agent"] = tell.say("register_agent", given, "id")["id"]
    tell.names["api key"] = tell.say("create_api_key", {"name": "ci"}, "id")["id"]
    tell.names["token"] = tell.say("create_api_token", {"name": "old", "scope": "RUNNER"}, "id")["id"]
    tell.names["value"] = tell.say("set_key_value", {"key": "k", "value": {"v": 1}}, "id")["id"]
    tell.say("get_runs_in_queue", {"labels": ["elsewhere"]}, "flow_run_ids")
    tell.run("taken", "late")
    tell.set("taken", "Submitted")


def _groups(tell: Any) -> None:
    names = tell.names
    names["Other"] = tell.say("create_project", {"name": "Other"}, "id")["id"]
    for name, number in (("set up", 1), ("set up 2", 2), ("moved", 1), ("again", 1), ("again 2", 2)):
        serialized = flow(name.split(" 2")[0], number)
        given = {"project_id": names["Other"], "serialized_flow": serialized}
        names[name] = tell.say("create_flow", given, "id")["id"]
        if name == "set up":
            group = tell.read("query($id: UUID!) { flow_by_pk(id: $id) { flow_group_id } }", id=names[name])
            names["group"] = group["flow_by_pk"]["flow_group_id"]
            of_group = {"flow_group_id": names["group"]}
            tell.say("set_flow_group_labels", {**of_group, "labels": ["grouped"]})
            tell.say("set_flow_group_run_config", {**of_group, "run_config": {"type": "LocalRun"}})
            tell.say(
                "set_flow_group_default_parameters", {**of_group, "default_parameters": {"place": "Bonn"}}
            )
            tell.say("set_flow_group_description", {**of_group, "description": "All versions."})
    tell.say("disable_flow_heartbeat", {"flow_id": names["set up 2"]})
    tell.say("enable_flow_version_lock", {"flow_id": names["set up 2"]})
    tell.say("update_flow_project", {"flow_id": names["moved"], "project_id": names["Empty"]})
    tell.say("unarchive_flow", {"flow_id": names["again"]})
    tell.say("set_project_description", {"project_id": names["Other"], "description": "More."}, "id")
    tell.run("of a group", "set up 2")
    tell.run("of a moved flow", "moved")


def _task_runs(tell: Any) -> None:
    tell.run("with tasks", "late")
    tell.set("with tasks", "Submitted", "Running")
    tell.say("update_flow_run_heartbeat", {"flow_run_id": tell.names["with tasks"]})
    tell.begin_task("task 1", "with tasks", 1)
    for number in range(10):
        tell.set_task(
            "task 1", "Running", {"type": "Retrying", "run_count": number, "start_time": str(tell.now)}
        )
    tell.set_task("task 1", "Running", {"type": "Success", "message": "Done.", "context": {"x": noise(700)}})
    tell.begin_task("mapped", "with tasks", 3)
    tell.set_task("mapped", {"type": "Mapped", "n_map_states": 3})
    for index, states in enumerate((["Running", "Success"], ["Running"], [])):
        tell.begin_task(f"child {index}", "with tasks", 3, index)
        tell.set_task(f"child {index}", *states)
    tell.say("update_task_run_heartbeat", {"task_run_id": tell.names["child 1"]})
    tell.say("set_task_run_name", {"task_run_id": tell.names["child 1"], "name": "second"})
    tell.begin_task("task 2", "with tasks", 2)
    soon = (tell.now + timedelta(minutes=1)).isoformat()
    tell.set_task("task 2", "Running", {"type": "Retrying", "start_time": soon, "run_count": 1})
    _cached(tell)


def _cached(tell: Any) -> None:
    keyed = flow("cached", 2)
    keyed["tasks"][1]["cache_key"] = "shared"
    given = {"project_id": tell.names["Other"], "serialized_flow": keyed}
    tell.names["cached"] = tell.say("create_flow", given, "id")["id"]
    tell.run("with cached tasks", "cached")
    tell.set("with cached tasks", "Submitted", "Running")
    for number, name in ((1, "cached task"), (2, "cached under a key")):
        tell.begin_task(name, "with cached tasks", number)
        result = {"type": "LocalResult", "location": name}
        tell.set_task(name, "Running", {"type": "Cached", "_result": result, "cached_inputs": {"x": result}})


def _limits(tell: Any) -> None:
    tell.names["tag limit"] = tell.say("update_task_tag_limit", {"tag": "db", "limit": 1}, "id")["id"]
    given = {"name": "scarce", "limit": 1}
    tell.names["label limit"] = tell.say("update_flow_concurrency_limit", given, "id")["id"]
    tagged = {"type": "Running", "message": "Limited.", "context": {"tags": ["db"]}}
    for name in ("holder", "in line"):
        tell.run(name, "late", labels=["scarce"])
        tell.set(name, "Submitted", "Running")
    for number in (1, 2):
        tell.begin_task(f"limited task {number}", "holder", number)
        tell.set_task(f"limited task {number}", tagged)


def _said(tell: Any) -> None:
    run, task = tell.names["with tasks"], tell.names["task 1"]
    lines = [
        {
            "flow_run_id": run,
            "message": f"Line {number}.",
            "level": "INFO",
            "name": "prefect",
            "info": {"n": number},
        }
        for number in range(5)
    ]
    stamped = [
        {**line, "timestamp": (tell.now + timedelta(seconds=40 * number)).isoformat()}
        for number, line in enumerate([*lines, {**lines[0], "task_run_id": task, "message": "Of the task."}])
    ]
    tell.say("write_run_logs", {"logs": stamped})
    for name, of in (("artifact", "task 1"), ("artifact of a child", "child 0")):
        given = {"task_run_id": tell.names[of], "kind": "markdown", "data": {"markdown": f"# {name}"}}
        tell.names[name] = tell.say("create_task_run_artifact", given, "id")["id"]


def _lingering(tell: Any) -> None:
    """Make a cancellation that ended before its task runs, and a run that was scheduled again."""
    tell.run("lingering", "late")
    tell.set("lingering", "Submitted", "Running")
    tell.begin_task("task of lingering", "lingering", 1)
    tell.set_task("task of lingering", "Running")
    context, state = tell.context, State({"type": "Cancelled", "message": "Cancelled."})
    # Earlier releases kept such a run in the list of live runs. Later ones put a marker first.
    kept = {"lingering": True} if "lingering" in _set_state_parameters(context) else {}
    if not kept:
        context.store.follow_ups.put(tell.names["lingering"], context.now())
    _set_state(context, tell.names["lingering"], state, **kept)
    tell.run("risen", "late")
    tell.set("risen", "Submitted", "Running")
    context = tell.context
    _set_state(context, tell.names["risen"], scheduled(context.now()), times_resurrected=1)


def third(tell: Any) -> None:
    """Make what form 4 knows: runs without a given name, runs that are renamed, and runs that end late."""
    of_late = {"flow_id": tell.names["late"]}
    for name in ("unnamed", "named later", "named for a while"):
        tell.names[name] = tell.say("create_flow_run", of_late, "id")["id"]

    def rename(run: str, name: str) -> None:
        tell.say("set_flow_run_name", {"flow_run_id": tell.names[run], "name": name})

    rename("named later", "a later name")
    one = "query($id: UUID!) { flow_run_by_pk(id: $id) { name } }"
    own = tell.read(one, id=tell.names["named for a while"])["flow_run_by_pk"]["name"]
    rename("named for a while", "a later name")
    rename("named for a while", own)
    tell.run("like another", "late", flow_run_name=own)
    tell.run("keyed by a name", "late", flow_run_name="Ünïcode ☃", idempotency_key="a key of a named run")
    for name in ("ended late", "ended late, gone on"):
        tell.run(name, "late")
        tell.set(name, "Running")
    tell.wait(minutes=40)
    tell.set("ended late", "Success")
    tell.set("ended late, gone on", "Failed", "Scheduled")


def _set_state_parameters(context: Any) -> Any:
    return inspect.signature(context.store.flow_runs.set_state).parameters


def _set_state(context: Any, flow_run_id: str, state: Any, **more: Any) -> None:
    """Set a state by the store's method, which has another signature in each release."""
    given: tuple[Any, ...] = (flow_run_id, None, state)
    if "change" in _set_state_parameters(context):
        from domain.flow_runs.flow_runs import FlowRunChange  # noqa: PLC0415  (not in older releases)

        given = (FlowRunChange(flow_run_id=flow_run_id, version=None, state=state, **more),)
        more = {}
    context.store.flow_runs.set_state(*given, context.now(), context.token(), **more)
