"""A program written for Prefect Core 0.8.1 that uses secrets and logins.

Writes the results of all calls as one JSON object to the file named by the first argument.
"""

import json
import sys
from pathlib import Path

from prefect import Client
from prefect.client import Secret
from prefect.tasks.secrets import Secret as SecretTask


def attempt(call, *arguments):
    """Return the value of a call, or the type and text of its exception."""
    try:
        return {"value": call(*arguments)}
    except Exception as error:  # noqa: BLE001 - which exception it is, is what the test asks
        return {"error": type(error).__name__, "text": str(error)}


def main(path):
    client = Client()
    client.set_secret("OLD LOGIN", {"user": "me"})
    found = {
        "secret": Secret("OLD LOGIN").get(),
        "task": SecretTask("OLD LOGIN").run(),
        "missing": attempt(Secret("NOBODY").get),
        "logged_in": client.login_to_tenant(tenant_slug="default"),
        "refreshed": client._refresh_access_token(),
        "same_token": client.get_auth_token() == client._api_token,
        "elsewhere": attempt(client.login_to_tenant, "nobody's"),
    }
    Path(path).write_text(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1])
