"""Flows with parameters, tasks and schedules, as Prefect Core 1.4.1 serializes them."""

PARAMETER = "prefect.core.parameter.Parameter"
# Harmless, or the page is not: markup, an address that is a script, text from right to left, and much of it.
HOSTILE = "<img src=x onerror=alert(1)> javascript:alert(1) \u202e\u05d0\u05d1 \U0001f984 {{x}} " + "w" * 110
PARAMETERS = [
    {"type": PARAMETER, "name": "count", "default": 1, "required": False},
    {"type": PARAMETER, "name": "day", "default": None, "required": True},
    {"type": PARAMETER, "name": "options", "default": {"a": [1]}, "required": False},
    {"type": PARAMETER, "name": "strict", "default": True, "required": False},
    {"type": PARAMETER, "name": "region", "default": "eu", "required": False},
    {
        "type": "prefect.core.parameter.DateTimeParameter",
        "name": "since",
        "default": None,
        "required": False,
    },
]
BERLIN = {"dt": "2026-01-01T00:00:00", "tz": "Europe/Berlin"}
SCHEDULE = {
    "clocks": [
        {
            "type": "CronClock",
            "cron": "30 2 * * 1-5",
            "start_date": BERLIN,
            "parameter_defaults": {"day": "a"},
        },
        {
            "type": "IntervalClock",
            "interval": 21_600_000_000,
            "start_date": BERLIN,
            "parameter_defaults": {"day": "b"},
        },
    ],
    # It lets all times of these clocks pass, so that what comes next does not hang on the day of the test.
    "filters": [
        {
            "fn": "prefect.schedules.filters.between_times",
            "kwargs": {"start": "//time:00:00:00", "end": "//time:23:59:00"},
        }
    ],
}


def tasks_and_edges(*pairs):
    """Return serialized tasks and edges, by the names of the tasks that edges join."""
    names = dict.fromkeys(name for pair in pairs for name in pair)
    kind = "prefect.tasks.core.function.FunctionTask"
    tasks = [{"name": name, "slug": f"{name}-1", "type": kind, "tags": ["t"]} for name in names]
    edges = [
        {"upstream_task": {"slug": f"{a}-1"}, "downstream_task": {"slug": f"{b}-1"}, "key": "x"}
        for a, b in pairs
    ]
    return {"tasks": tasks, "edges": edges}


def scheduled_flow(api, project=None, *, active=True, **serialized):
    """Register a flow with a schedule. Return its id."""
    serialized = {"parameters": PARAMETERS, "schedule": SCHEDULE, **serialized}
    flow = api.flow(project, **serialized)
    if active:
        api.mutate("set_schedule_active", "success error", flow_id=flow)
    return flow


def whole_flow(api):
    """Register a flow with parameters, tasks and a schedule that is switched on. Return its id."""
    graph = tasks_and_edges(("extract", "clean"), ("extract", "join"), ("clean", "join"))
    config = {"type": "LocalRun", "labels": ["vm"]}
    return scheduled_flow(api, name="whole flow", run_config=config, **graph)


def group_of(api, flow):
    """Return the id of a flow's group."""
    found = api.send("query ($id: UUID!) { flow_by_pk(id: $id) { flow_group_id } }", id=flow)
    return found["flow_by_pk"]["flow_group_id"]


def many_runs(api, flow, number):
    """Create runs of a flow, 20 with each request."""
    creations = " ".join(f"r{at}: create_flow_run(input: $i) {{ id }}" for at in range(20))
    document = f"mutation ($i: create_flow_run_input!) {{ {creations} }}"
    for _ in range(number // 20):
        api.send(document, i={"flow_id": flow, "parameters": {"day": 1}})
