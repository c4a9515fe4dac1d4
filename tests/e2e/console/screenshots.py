"""Makes the pictures of docs/console.md: `make screenshots`.

A server in memory gets runs through its API, as an agent would send them, and a Chromium opens the views.
"""

import itertools
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from tests.e2e.console.api import Api
from tests.e2e.console.chromium import MISSING, launched
from tests.e2e.server_process import ROOT, running_server

SIZE = {"width": 1280, "height": 860}
TASKS = ("extract orders", "extract customers", "clean", "join", "load", "report")
EDGES = ((0, 2), (1, 2), (2, 3), (3, 4), (4, 5), (3, 5))
ENDS = {"load": "Mapped", "report": "TriggerFailed"}
DAILY: dict[str, Any] = {
    "type": "CronClock",
    "cron": "30 6 * * *",
    "start_date": None,
    "end_date": None,
    "parameter_defaults": {},
    "labels": None,
    "day_or": None,
}


def serialized(name, schedule=None):
    """Return a flow as Prefect Core serializes it."""
    return {
        "name": name,
        "type": "prefect.core.flow.Flow",
        "tasks": [
            {"name": task, "slug": f"{task}-1", "type": "tasks.Task", "mapped": task == "load", "tags": []}
            for task in TASKS
        ],
        "edges": [
            {
                "upstream_task": {"slug": f"{TASKS[one]}-1"},
                "downstream_task": {"slug": f"{TASKS[other]}-1"},
                "key": None,
                "mapped": TASKS[other] == "load",
            }
            for one, other in EDGES
        ],
        "parameters": [
            {"name": "day", "slug": "day", "default": "yesterday", "required": False, "tags": []},
            {"name": "region", "slug": "region", "default": None, "required": True, "tags": []},
            {"name": "limit", "slug": "limit", "default": 1000, "required": False, "tags": []},
        ],
        "schedule": schedule and {"type": "Schedule", "clocks": [schedule]},
    }


def fill(api):
    """Store projects, flows and runs. Return the ids of a run and of a flow to look at."""
    project = api.mutate("create_project", name="Warehouse")["id"]
    names = ("Nightly orders", "Hourly events", "Customer report")
    flows = [
        api.mutate(
            "create_flow",
            project_id=project,
            serialized_flow=serialized(name, DAILY if number == 0 else None),
            set_schedule_active=False,
        )["id"]
        for number, name in enumerate(names)
    ]
    api.mutate("register_agent", name="warehouse-1", type="KubernetesAgent", labels=["warehouse", "eu"])
    api.mutate("update_flow_concurrency_limit", name="warehouse", limit=4)
    for flow, end in zip(
        itertools.cycle(flows), ("Success",) * 8 + ("Failed",) + ("Success",) * 14, strict=False
    ):
        run = api.mutate("create_flow_run", flow_id=flow, parameters={"region": "eu"}, labels=["warehouse"])[
            "id"
        ]
        for version, state in enumerate(("Submitted", "Running", end), start=1):
            api.set(run, version, state, "KeyError: 'customer_id'" if state == "Failed" else "")
            time.sleep(0.05 + 0.1 * (hash(run) % 3))
    for hours in (1, 2, 26):
        start = datetime.now(UTC) + timedelta(hours=hours)
        api.mutate(
            "create_flow_run",
            flow_id=flows[1],
            parameters={"region": "us"},
            scheduled_start_time=start.isoformat(),
        )
    return execute(api, flows[0]), flows[0]


def execute(api, flow):
    """Execute a run of a flow task by task, one of which fails. Return its id."""
    run = api.mutate(
        "create_flow_run",
        flow_id=flow,
        parameters={"region": "eu"},
        labels=["warehouse"],
        flow_run_name="orders of monday",
    )["id"]
    api.set(run, 1, "Submitted", "Submitted for execution by warehouse-1.")
    api.set(run, 2, "Running", "Running flow.")
    tasks = api.send("query ($id: UUID!) { flow_by_pk(id: $id) { tasks { id name } } }", id=flow)[
        "flow_by_pk"
    ]["tasks"]
    ids = {task["name"]: task["id"] for task in tasks}
    for name, seconds in zip(TASKS, (1.2, 0.7, 0.9, 0.5, 1.5, 0.0), strict=True):
        children = range(6) if name == "load" else ()
        end(api, run, ids[name], -1, ENDS.get(name, "Success"), seconds)
        for index in children:
            end(api, run, ids[name], index, "Failed" if index == 4 else "Success", 0.1)
        log(api, run, "INFO", f"Task '{name}': finished after {seconds} seconds")
    log(api, run, "ERROR", "Task 'load[4]': KeyError: 'customer_id'")
    api.set(run, 3, "Failed", "Some reference tasks failed.")
    return run


def end(api, run, task, index, state, seconds):
    """Set the states of a task run, which takes some seconds."""
    given = {"flow_run_id": run, "task_id": task, "map_index": index}
    task_run = api.mutate("get_or_create_task_run_info", "id version", **given)
    for version, type_ in enumerate(("Running", state) if seconds else (state,), start=task_run["version"]):
        new = {"task_run_id": task_run["id"], "version": version, "state": {"type": type_}}
        api.mutate("set_task_run_states", "states { id }", states=[new])
        time.sleep(seconds)


def log(api, run, level, message):
    api.mutate(
        "write_run_logs",
        "success",
        logs=[{"flow_run_id": run, "level": level, "name": "prefect", "message": message}],
    )


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as data, running_server(Path(data), STORE="memory") as server:
        run, flow = fill(Api(server.url))
        views = {
            "overview": "overview",
            "runs": "runs",
            "run": f"runs/{run}",
            "timeline": f"runs/{run}?tab=timeline",
            "graph": f"runs/{run}?tab=graph",
            "logs": f"runs/{run}?tab=logs",
            "flow": f"flows/{flow}?tab=schedule",
        }
        addresses = {name: f"{server.url}/ui/#/{view}" for name, view in views.items()}
        with sync_playwright() as playwright:
            browser = launched(playwright) or sys.exit(MISSING)
            for scheme in ("light", "dark"):
                take(browser, scheme, addresses, folder)
            browser.close()


def take(browser, scheme, addresses, folder):
    """Save a picture of each address in a scheme of colours."""
    page = browser.new_page(viewport=SIZE, color_scheme=scheme, locale="en-GB", timezone_id="Europe/Berlin")
    for name, address in addresses.items():
        page.goto("about:blank")
        page.goto(address)
        page.get_by_role("heading", level=1).wait_for()
        page.get_by_text("Loading…").wait_for(state="detached")
        page.wait_for_timeout(500)
        page.screenshot(path=folder / f"{name}-{scheme}.png")
        print(folder / f"{name}-{scheme}.png")  # noqa: T201


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "docs" / "console"))
