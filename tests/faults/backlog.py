"""Some thousand late runs at the head of the queue, which no agent of the test may take."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from operations.flow_runs.create_flow_run import CreateFlowRun, create_flow_run
from operations.flows.projects import create_project
from operations.flows.registering import RegisterFlow, register_flow
from tests.faults.cluster import TABLE
from wiring import App, Settings

_LABEL = "nobody serves this"
_LATE = timedelta(hours=2)
_THREADS = 2


def add_backlog(client, count):
    """Create the runs by the use cases, past the servers, in a project of their own."""
    app = App(Settings.from_environment({"TABLE_NAME": TABLE}), client)
    context = app.context()
    project = create_project(context, name="Foreign")
    flow = register_flow(context, RegisterFlow(project_id=project, serialized_flow={"name": "Late"}))
    request = CreateFlowRun(
        flow_id=flow, labels=[_LABEL], scheduled_start_time=context.now() - _LATE, parameters={}
    )
    with ThreadPoolExecutor(_THREADS) as threads:
        for _ in threads.map(lambda _: create_flow_run(app.context(), request), range(count)):
            pass
