"""The first events of a new process, made of the files in events/, and their objects in the table."""

import hashlib
import json
import os
import secrets
from collections.abc import Mapping
from typing import Any, Final

from bench.cold_programs import REGION
from bench.paths import PRODUCT
from operations.flow_runs.create_flow_run import CreateFlowRun, create_flow_run
from operations.flows.projects import create_project
from operations.flows.registering import RegisterFlow, register_flow
from wiring import App, Settings

_FLOW_ID: Final = "5d0c2a3e-8f6b-4f57-9a63-1d9c8c1e7a10"  # the id of a flow in the file
_KEY: Final = "nightly-2026-11-22"
_READ: Final = "query($id: uuid!) { flow_run_by_pk(id: $id) { id name state flow { name } } }"


def lambda_environment() -> Mapping[str, str]:
    """Return the variables of Lambda and of the template, and the address of the table."""
    digest = hashlib.sha256(b"example-token").hexdigest()
    return {
        "PATH": os.environ["PATH"],
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_SESSION_TOKEN": "local",
        "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
        "AWS_LAMBDA_FUNCTION_NAME": "graphql",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1024",
        "AWS_ENDPOINT_URL_DYNAMODB": os.environ["AWS_ENDPOINT_URL_DYNAMODB"],
        "TABLE_NAME": "flow-runs",
        "SHARDS": "4",
        "RUN_LOG_RETENTION_DAYS": "30",
        "TENANT_NAME": "Default",
        "TENANT_SLUG": "default",
        "POWERTOOLS_LOG_LEVEL": "INFO",
        "AUTH_TOKEN_SHA256": digest,
        "SECRETS_PATH": "flow-runs/secrets",
    }


class Events:
    """Events about a flow and its run, both of which are stored."""

    def __init__(self, client: Any) -> None:
        context = App(Settings.from_environment({}), client).context()
        flow = {"name": "My Flow Name", "parameters": [{"name": "name", "required": True}]}
        project = create_project(context, name="Examples")
        self._flow = register_flow(context, RegisterFlow(project_id=project, serialized_flow=flow))
        self._run = create_flow_run(context, CreateFlowRun(flow_id=self._flow, parameters={"name": "Marvin"}))
        self._file = (PRODUCT / "events" / "graphql_create.json").read_text(encoding="utf-8")

    def creation(self) -> str:
        """Return the event of a creation with a new idempotency key."""
        return self._file.replace(_FLOW_ID, self._flow).replace(_KEY, f"KEY-{secrets.token_hex(8)}")

    def read(self) -> str:
        """Return the event of a read of the run by its id."""
        body = json.dumps({"query": _READ, "variables": {"id": self._run}})
        return json.dumps({**json.loads(self._file), "body": body})
