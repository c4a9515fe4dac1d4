"""A program written for Prefect Core 1.4.1 that uses secrets and key-values, in cloud mode.

Writes the results of all calls as one JSON object to the file named by the first argument.
"""

import json
import sys
from pathlib import Path

from prefect import Client, Flow, task
from prefect.backend import kv_store
from prefect.client import Secret
from prefect.tasks.secrets import PrefectSecret

LOGIN = {"user": "me", "password": "{{ s3cret }}"}


def attempt(call, *arguments):
    """Return the value of a call, or the type and text of its exception."""
    try:
        return {"value": call(*arguments)}
    except Exception as error:  # noqa: BLE001 - which exception it is, is what the test asks
        return {"error": type(error).__name__, "text": str(error)}


def in_a_flow():
    """Return the state of a flow whose task reads a secret by `PrefectSecret`."""
    with Flow("with a secret") as flow:
        given = task(lambda value: value["user"], name="look")(PrefectSecret("LOGIN"))
    state = flow.run()
    return {"state": type(state).__name__, "user": state.result[given].result}


def main(path):
    client = Client()
    client.set_secret("LOGIN", LOGIN)
    client.set_secret("NUMBER", "42")
    found = {
        "tenant_id": client.tenant_id,
        "secret": Secret("LOGIN").get(),
        "number": Secret("NUMBER").get(),
        "exists": [Secret("LOGIN").exists(), Secret("NOBODY").exists()],
        "missing": attempt(Secret("NOBODY").get),
        "too_large": attempt(client.set_secret, "LARGE", "confidential" * 1000),
        "in_a_flow": in_a_flow(),
        "set_twice": [kv_store.set_key_value("progress", value) for value in (1, {"day": 2})],
        "value": kv_store.get_key_value("progress"),
        "keys": kv_store.list_keys(),
        "deleted": kv_store.delete_key("progress"),
        "deleted_again": attempt(kv_store.delete_key, "progress"),
    }
    Path(path).write_text(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1])
