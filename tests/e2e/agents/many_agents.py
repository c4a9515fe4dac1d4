"""Ten agents that poll one queue at once: polling, claiming and running are the release's own code.

Runs in the environment of a release of Prefect Core, 0.8.1 or 1.4.1. One thing is changed: the agents start
no process for a run, which would take seconds to import Prefect, but give it to the release's runner in a
thread. Writes what was executed, and by which agents, to the file named by the first argument.
"""

import json
import multiprocessing
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import prefect
from prefect import Client, Flow, task
from prefect.agent.local import LocalAgent
from prefect.engine.cloud import CloudFlowRunner

IS_OLD = prefect.__version__.startswith("0.")
if IS_OLD:
    from prefect.environments.storage import Local

    CREATION = ("createFlowRun", "createFlowRunInput", "flowId")
else:
    from prefect.storage import Local

    CREATION = ("create_flow_run", "create_flow_run_input", "flow_id")

PROJECT = "Run by many agents"
LABEL = "many"
AGENTS = 10
RUNS = 40
SECONDS = 150
OUTPUT = Path(sys.argv[1])
FOLDER = OUTPUT.parent / "executed"


@task
def note():
    """Write the id of an executed run into the agent's file, for the test."""
    with (FOLDER / f"{os.getpid()}.txt").open("a") as executed:
        executed.write(prefect.context.get("flow_run_id") + "\n")


with Flow("Noting", storage=Local()) as FLOW:
    note()


class InThread(LocalAgent):
    """The release's agent, which starts a thread in the place of a process."""

    runners = ThreadPoolExecutor(max_workers=8)

    def deploy_flow(self, flow_run):
        if not IS_OLD:
            self.runners.submit(execute, flow_run.id)
        return "in a thread"

    def update_state(self, flow_run, deployment_info):
        """Execute the run as a new process would. 0.8.1 calls this even if the claim of the run failed."""
        try:
            super().update_state(flow_run, deployment_info)
        finally:
            self.runners.submit(execute, flow_run.id)


def execute(flow_run_id):
    with prefect.context(flow_run_id=flow_run_id):
        CloudFlowRunner(flow=FLOW).run()


def poll():
    InThread(labels=[LABEL], hostname_label=False).start()


def create_runs(client, flow_id):
    """Create runs with a label, by GraphQL because clients before 0.13.11 cannot give one."""
    call, kind, flow = CREATION
    document = f"mutation($input: {kind}!) {{{call}(input: $input) {{flow_run {{id}}}}}}"
    given = {flow: flow_id, "labels": [LABEL]}
    return [client.graphql(document, variables={"input": given}).data[call].flow_run.id for _ in range(RUNS)]


def executed():
    """Return the ids of the runs that each agent has executed so far, with repeats."""
    return {path.stem: path.read_text().split() for path in FOLDER.iterdir()}


def has_live_runs(client, flow_id):
    """Return True while runs wait or are being executed."""
    seen = {run_id for run_ids in executed().values() for run_id in run_ids}
    if len(seen) < RUNS:
        return True
    where = f'{{flow_id: {{_eq: "{flow_id}"}}, state: {{_in: ["Scheduled", "Submitted", "Running"]}}}}'
    return bool(client.graphql(f"query {{flow_run(where: {where}, limit: 1) {{id}}}}").data.flow_run)


def main():
    client = Client()
    client.create_project(PROJECT)
    flow_id = FLOW.register(PROJECT)
    FOLDER.mkdir()
    runs = create_runs(client, flow_id)
    forked = multiprocessing.get_context("fork")
    agents = [forked.Process(target=poll, daemon=True) for _ in range(AGENTS)]
    for agent in agents:
        agent.start()
    deadline = time.monotonic() + SECONDS
    while has_live_runs(client, flow_id) and time.monotonic() < deadline:
        time.sleep(0.5)
    for agent in agents:
        agent.terminate()
        agent.join()
    OUTPUT.write_text(json.dumps({"runs": runs, "executed": executed()}))


if __name__ == "__main__":
    main()
