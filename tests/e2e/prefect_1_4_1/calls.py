"""A program written for Prefect Core 1.4.1 that registers flows, runs them and sets states.

Runs in that release's environment. Writes what each call gave as one JSON object to the file named by the
first argument; the expectations stand in the test that starts it.
"""

import json
import sys
import uuid
from pathlib import Path

import pendulum
import prefect
from prefect import Client, Flow, Parameter, task
from prefect.backend import FlowRunView
from prefect.backend.artifacts import (
    create_link_artifact,
    create_markdown_artifact,
    delete_artifact,
    update_link_artifact,
)
from prefect.engine.cloud import CloudFlowRunner
from prefect.engine.state import Running, Scheduled, Submitted, Success
from prefect.run_configs import LocalRun
from prefect.serialization.storage import StorageSchema
from prefect.storage import Local

PROJECT = "Hello from 1.4.1!"
GROUP = "numbers of 1.4.1"
START = pendulum.datetime(2031, 5, 17, 9, 30, tz="America/New_York")


@task
def add(number, step):
    return number + step


@task
def greet(name):
    return f"Hello, {name}"


@task
def shout(text):
    return f"{text}!"


def greeting_flow():
    with Flow("My Flow Name", storage=Local(add_default_labels=False), run_config=LocalRun()) as flow:
        shout(greet(Parameter("name", required=False, default="World")))
    return flow


def number_flow():
    run_config = LocalRun(labels=["prod", "eu"])
    with Flow("Adding up", storage=Local(add_default_labels=False), run_config=run_config) as flow:
        shout(add(Parameter("number"), Parameter("step", required=False, default=10)))
    return flow


def attempt(call, *arguments, **named):
    """Return the value of a call, or the type and text of its exception or signal (no `Exception`)."""
    try:
        return {"value": call(*arguments, **named)}
    except BaseException as error:  # noqa: BLE001 - which exception it is, is what the test asks
        return {"error": type(error).__name__, "text": str(error)}


def info(client, flow_run_id):
    found = client.get_flow_run_info(flow_run_id)
    return {
        "name": found.name,
        "flow_id": found.flow_id,
        "project": found.project.name,
        "version": found.version,
        "parameters": found.parameters,
        "context": found.context,
        "start": found.scheduled_start_time.in_timezone("UTC").isoformat(),
        "state": type(found.state).__name__,
        "message": found.state.message,
    }


def view(flow_run_id):
    found = FlowRunView.from_flow_run_id(flow_run_id)
    return {
        "name": found.name,
        "labels": list(found.labels),
        "run_config": found.run_config.serialize(),
        "states": [type(state).__name__ for state in found.states],
    }


def read(client, noun, key, fields):
    document = f"query($id: UUID!) {{{noun}_by_pk(id: $id) {{{fields}}}}}"
    return client.graphql(document, variables={"id": key}).data[f"{noun}_by_pk"].to_dict()


def register(client):
    project_id = client.create_project(PROJECT, "made by the client")
    project_again = client.create_project(PROJECT)
    greeting = greeting_flow()
    greeting_key = {"idempotency_key": greeting.serialized_hash()}
    greeting_id = greeting.register(PROJECT, **greeting_key)
    greeting_again = greeting.register(PROJECT, build=False, **greeting_key)
    number = number_flow()
    archived_id = client.register(number_flow(), PROJECT, version_group_id=GROUP, compressed=False)
    number_id = number.register(PROJECT, version_group_id=GROUP)
    fields = "name version archived storage run_config serialized_flow version_group_id core_version"
    ids = {"archived": archived_id, "number": number_id}
    found = {name: read(client, "flow", flow_id, fields) for name, flow_id in ids.items()}
    stored = StorageSchema().load(found["number"]["storage"])
    return {
        "project_ids": [project_id, project_again],
        "greeting_ids": [greeting_id, greeting_again],
        "archived_id": archived_id,
        "number_id": number_id,
        "found": found,
        "sent": number.serialize(build=False),
        "ran": type(stored.get_flow(number.name).run(number=1)).__name__,
        "unknown_project": attempt(number_flow().register, "No such project"),
    }


def create(client, flows):
    everything = {
        "flow_id": flows["number_id"],
        "parameters": {"number": 1, "more": {"deep": [1, None, "ü"]}},
        "context": {"source": "test"},
        "labels": ["b", "a"],
        "run_config": LocalRun(env={"COLOUR": "green"}, labels=["unused"]),
        "scheduled_start_time": START,
        "idempotency_key": "a key",
        "run_name": "nightly of 1.4.1",
    }
    everything_id = client.create_flow_run(**everything)
    by_group = client.create_flow_run(version_group_id=GROUP, parameters={"number": 1})
    return {
        "by_group": by_group,
        "by_group_view": view(by_group),
        "by_group_info": info(client, by_group),
        "everything": everything_id,
        "info": info(client, everything_id),
        "view": view(everything_id),
        "replay": client.create_flow_run(**everything),
        "no_key": [client.create_flow_run(flows["greeting_ids"][0]) for _ in range(2)],
        "other_parameters": attempt(client.create_flow_run, **{**everything, "parameters": {"number": 2}}),
        "other_context": attempt(
            client.create_flow_run, **{**everything, "context": {"source": "elsewhere"}}
        ),
        "missing": attempt(client.create_flow_run, flows["number_id"], parameters={"step": 1}),
        "archived": attempt(client.create_flow_run, flows["archived_id"], parameters={"number": 1}),
        "unknown": attempt(client.create_flow_run, str(uuid.uuid4())),
        "unknown_group": attempt(client.create_flow_run, version_group_id="no such group"),
    }


def move(client, flow_run_id):
    """Set all states of a run, with one change in between whose version is stale.

    Core gives the version with `Running` and null with what follows, so the last state goes without one.
    """
    seen = [info(client, flow_run_id)]
    submitted = Submitted("taken", state=Scheduled("waiting", start_time=pendulum.now("UTC")))
    client.set_flow_run_state(flow_run_id, version=1, state=submitted)
    seen.append(info(client, flow_run_id))
    stale = attempt(client.set_flow_run_state, flow_run_id, version=1, state=Running("too late"))
    after_stale = info(client, flow_run_id)
    client.set_flow_run_state(flow_run_id, version=2, state=Running("at work"))
    seen.append(info(client, flow_run_id))
    client.set_flow_run_state(flow_run_id, version=None, state=Success("done", result=11))
    seen.append(info(client, flow_run_id))
    return {
        "id": flow_run_id,
        "seen": seen,
        "stale": stale,
        "after_stale": after_stale,
        "states": view(flow_run_id)["states"],
        "state": type(client.get_flow_run_state(flow_run_id)).__name__,
        "unknown": attempt(client.set_flow_run_state, str(uuid.uuid4()), version=1, state=Running()),
    }


def beat(client, flow_run_id):
    before = read(client, "flow_run", flow_run_id, "heartbeat version state")
    client.update_flow_run_heartbeat(flow_run_id)
    after = read(client, "flow_run", flow_run_id, "heartbeat version state")
    with prefect.context(flow_run_id=flow_run_id):
        runner = attempt(CloudFlowRunner(flow=number_flow())._heartbeat)
    return {"before": before, "after": after, "runner": runner}


def cancel(client, flow_run_ids):
    """Cancel a waiting run and a running run, and rename the second run."""
    waiting, working = flow_run_ids
    client.set_flow_run_state(working, version=1, state=Running("at work"))
    return {
        "waiting": [client.cancel_flow_run(waiting), info(client, waiting)["state"]],
        "working": [client.cancel_flow_run(working), info(client, working)["state"]],
        "named": [client.set_flow_run_name(working, "renamed"), info(client, working)["name"]],
    }


def keep_artifacts(client, flow_run_id):
    """Create artifacts as tasks do, and write a log entry that is in no list as `prefect execute` does."""
    task_run_id = client.get_flow_run_info(flow_run_id).task_runs[0].id
    with prefect.context(task_run_id=task_run_id, running_with_backend=True):
        link = create_link_artifact("https://example.com")
        text = create_markdown_artifact("# Hello")
    fields = "kind data task_run_id"
    first = read(client, "task_run_artifact", link, fields)
    with prefect.context(running_with_backend=True):
        update_link_artifact(link, "https://example.org")
        changed = read(client, "task_run_artifact", link, fields)
        delete_artifact(text)
    entry = {"flow_run_id": flow_run_id, "name": "execute flow-run", "message": "Failed", "level": "ERROR"}
    client.write_run_logs(entry)
    document = f'{{ task_run_artifact(where: {{task_run_id: {{_eq: "{task_run_id}"}}}}) {{ id }} }}'
    left = client.graphql(document)
    logs = FlowRunView.from_flow_run_id(flow_run_id).get_logs(end_time=pendulum.now())
    return {
        "task_run_id": task_run_id,
        "link": link,
        "first": first,
        "changed": changed,
        "left": [artifact.id for artifact in left.data.task_run_artifact],
        "logs": [(entry.level, entry.message) for entry in logs],
    }


def main():
    client = Client()
    flows = register(client)
    created = create(client, flows)
    outcome = {
        "flows": flows,
        "created": created,
        "moved": move(client, created["by_group"]),
        "beat": beat(client, created["everything"]),
        "cancelled": cancel(client, created["no_key"]),
        "artifacts": keep_artifacts(client, created["by_group"]),
        "unknown_info": attempt(client.get_flow_run_info, str(uuid.uuid4())),
    }
    Path(sys.argv[1]).write_text(json.dumps(outcome, default=repr))


main()
