"""A program written for Prefect Core 0.8.1 that registers flows, runs them and sets states.

Runs in that release's environment. Writes what each call gave as one JSON object to the file named by the
first argument; the expectations stand in the test that starts it.
"""

import json
import sys
import uuid
from datetime import timedelta
from pathlib import Path

import pendulum
import prefect
from prefect import Client, Flow, Parameter, task
from prefect.engine.cloud import CloudFlowRunner
from prefect.engine.state import Cached, Running, Scheduled, Submitted, Success
from prefect.environments.storage import Local
from prefect.serialization.flow import FlowSchema
from prefect.serialization.storage import StorageSchema

PROJECT = "Hello, World!"
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


def return_42():
    return 42


def greeting_flow():
    with Flow("My Flow Name", storage=Local()) as flow:
        shout(greet(Parameter("name", required=False, default="World")))
    return flow


def number_flow():
    with Flow("Adding up", storage=Local()) as flow:
        shout(add(Parameter("number"), Parameter("step", required=False, default=10)))
    return flow


def attempt(call, *arguments, **named):
    """Return the value of a call, or the type and text of its exception."""
    try:
        return {"value": call(*arguments, **named)}
    except Exception as error:  # noqa: BLE001 - which exception it is, is what the test asks
        return {"error": type(error).__name__, "text": str(error)}


def info(client, flow_run_id):
    found = client.get_flow_run_info(flow_run_id)
    return {
        "fields": sorted(found._fields),
        "name": found.name,
        "flow_id": found.flow_id,
        "version": found.version,
        "parameters": found.parameters,
        "context": found.context,
        "start": found.scheduled_start_time.in_timezone("UTC").isoformat(),
        "state": type(found.state).__name__,
        "message": found.state.message,
    }


def read(client, noun, key, fields):
    document = f"query($id: UUID!) {{{noun}_by_pk(id: $id) {{{fields}}}}}"
    return client.graphql(document, variables={"id": key}).data[f"{noun}_by_pk"].to_dict()


def as_sent(flow):
    """Return the flow as `register` sends it: a check of the client drops the `__version__` keys."""
    serialized = flow.serialize(build=False)
    FlowSchema().load(serialized)
    return serialized


def register(client):
    described = client.create_project("Project of 0.8.1", "made by the client")
    attempt(client.create_project, PROJECT)  # the walkthrough's own name: another test may have made it
    greeting, number = greeting_flow(), number_flow()
    greeting_id = greeting.register(PROJECT)
    archived_id = number_flow().register(PROJECT)
    number_id = number.register(PROJECT)
    plain_id = client.register(
        number_flow(), "Project of 0.8.1", compressed=False, version_group_id="numbers of 0.8.1"
    )
    fields = "name version archived storage environment serialized_flow version_group_id"
    ids = {"archived": archived_id, "number": number_id, "plain": plain_id}
    found = {name: read(client, "flow", flow_id, fields) for name, flow_id in ids.items()}
    stored = StorageSchema().load(found["number"]["storage"])
    return {
        "project_id": described,
        "greeting_id": greeting_id,
        "archived_id": archived_id,
        "number_id": number_id,
        "plain_id": plain_id,
        "found": found,
        "sent": as_sent(number),
        "ran": type(stored.get_flow(stored.flows[number.name]).run(number=1)).__name__,
        "unknown_project": attempt(number_flow().register, "No such project"),
    }


def create(client, flows):
    number_id = flows["number_id"]
    everything = {
        "flow_id": number_id,
        "parameters": {"number": 1, "more": {"deep": [1, None, "ü"]}},
        "context": {"source": "test"},
        "scheduled_start_time": START,
        "idempotency_key": "a key",
        "run_name": "nightly of 0.8.1",
    }
    everything_id = client.create_flow_run(**everything)
    return {
        "plain": client.create_flow_run(number_id, parameters={"number": 1}),
        "everything": everything_id,
        "info": info(client, everything_id),
        "replay": client.create_flow_run(**everything),
        "other_flow": client.create_flow_run(
            **{**everything, "flow_id": flows["plain_id"], "run_name": None}
        ),
        "other_parameters": attempt(client.create_flow_run, **{**everything, "parameters": {"number": 2}}),
        "other_context": attempt(
            client.create_flow_run, **{**everything, "context": {"source": "elsewhere"}}
        ),
        "missing": attempt(client.create_flow_run, number_id, parameters={"step": 1}),
        "archived": attempt(client.create_flow_run, flows["archived_id"], parameters={"number": 1}),
        "unknown": attempt(client.create_flow_run, str(uuid.uuid4())),
    }


def move(client, flow_run_id):
    """Set all states of a run, with one change in between whose version is stale."""
    seen = [info(client, flow_run_id)]
    submitted = Submitted("taken", state=Scheduled("waiting", start_time=pendulum.now("UTC")))
    stale = None
    for version, state in enumerate([submitted, Running("at work"), Success("done", result=11)], start=1):
        client.set_flow_run_state(flow_run_id, version=version, state=state)
        if stale is None:
            stale = attempt(
                client.set_flow_run_state, flow_run_id, version=version, state=Running("too late")
            )
        seen.append(info(client, flow_run_id))
    unknown = attempt(client.set_flow_run_state, str(uuid.uuid4()), version=1, state=Running())
    return {"id": flow_run_id, "seen": seen, "stale": stale, "unknown": unknown}


def beat(client, flow_run_id):
    """Send a heartbeat of a run without a runner, and read the effect, because the client hides errors."""
    before = read(client, "flow_run", flow_run_id, "heartbeat version state")
    client.update_flow_run_heartbeat(flow_run_id)
    after = read(client, "flow_run", flow_run_id, "heartbeat version state")
    with prefect.context(flow_run_id=flow_run_id):
        runner = attempt(CloudFlowRunner(flow=number_flow())._heartbeat)
    return {"before": before, "after": after, "runner": runner}


def keep(client):
    """Return the cached results that tasks find, of a flow with a cache key and of a flow without one."""
    found = {}
    for name, cache_key in (("Keyed", "a key of 0.8.1"), ("Weather", None)):
        with Flow(name, storage=Local()) as flow:
            task(return_42, name=name, cache_for=timedelta(hours=1), cache_key=cache_key)()
        flow_id = flow.register(PROJECT)
        found[name] = {"before": look_up(client, flow_id, cache_key)}
        (task_run,) = client.get_flow_run_info(client.create_flow_run(flow_id)).task_runs
        kept = Cached("kept", result=name, cached_result_expiration=START)
        client.set_task_run_state(task_run.id, version=task_run.version, state=kept)
        found[name]["after"] = look_up(client, flow_id, cache_key)
        found[name]["by another task under the key"] = look_up(client, str(uuid.uuid4()), cache_key)
    return found


def look_up(client, flow_id, cache_key):
    """Return the types and messages of the states from which the runner of the flow's task chooses."""
    document = "query($id: uuid) {task(where: {flow_id: {_eq: $id}}) {id}}"
    tasks = client.graphql(document, variables={"id": flow_id}).data.task
    task_id = tasks[0].id if tasks else str(uuid.uuid4())
    states = client.get_latest_cached_states(task_id, cache_key, pendulum.now("UTC").subtract(hours=1))
    return [[type(state).__name__, state.message] for state in states]


def main():
    client = Client()
    flows = register(client)
    created = create(client, flows)
    outcome = {
        "flows": flows,
        "created": created,
        "moved": move(client, created["plain"]),
        "beat": beat(client, created["everything"]),
        "kept": keep(client),
        "unknown_info": attempt(client.get_flow_run_info, str(uuid.uuid4())),
    }
    Path(sys.argv[1]).write_text(json.dumps(outcome, default=repr))


main()
