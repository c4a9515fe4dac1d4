"""A service for the unit tests of the client: it sends queued responses and remembers the requests."""

import json
from collections import deque
from dataclasses import dataclass, field
from typing import Any

import httpx

from flow_runs import Client, RetryPolicy

RUN_ID = "01900000-0000-7000-8000-000000000001"
FLOW_ID = "01900000-0000-7000-8000-000000000002"
LOST = httpx.ReadTimeout("too slow")
NO_CONNECTION = httpx.ConnectError("refused")


@dataclass
class Service:
    """A service of queued `responses`: HTTP responses, errors to raise, `data`, or functions of these."""

    responses: deque[Any] = field(default_factory=deque)
    requests: list[httpx.Request] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        assert self.responses, f"no response left for {request.content.decode()}"
        response = self.responses.popleft()
        if callable(response):
            response = response()
        if isinstance(response, BaseException):
            raise response
        if isinstance(response, httpx.Response):
            return response
        return httpx.Response(200, json={"data": response})

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(request.content) for request in self.requests]

    @property
    def inputs(self) -> list[dict[str, Any]]:
        return [body["variables"]["input"] for body in self.bodies if "input" in body["variables"]]

    def client(
        self,
        url: str | None = None,
        token: str | None = None,
        retries: int = 4,
        tenant_id: str | None = None,
    ) -> Client:
        """Return a client of this service that does not sleep; `waits` collects the seconds."""
        policy = RetryPolicy(retries=retries, sleep=self.waits.append, chance=lambda: 1.0)
        return Client(url, token, retries=policy, tenant_id=tenant_id, transport=httpx.MockTransport(self))


def service(*responses: Any) -> Service:
    return Service(deque(responses))


def refusal(code: str | None, message: str = "No.", status: int = 200, **facts: Any) -> httpx.Response:
    extensions = facts if code is None else {"code": code, **facts}
    error = {"message": message, "extensions": extensions}
    return httpx.Response(status, json={"data": None, "errors": [error]})


def conflict(given: int, current: int, state: str = "Running") -> httpx.Response:
    return refusal(
        "VERSION_LOCKING_ERROR",
        flow_run_id=RUN_ID,
        given_version=given,
        current_version=current,
        current_state=state,
    )


def flow_run(**changes: Any) -> dict[str, Any]:
    """Return a run as the service sends it."""
    return {
        "id": RUN_ID,
        "name": "brave-otter",
        "flow_id": FLOW_ID,
        "version": 3,
        "state": "Success",
        "state_message": "It worked!",
        "serialized_state": {"type": "Success", "message": "It worked!"},
        "parameters": {"x": 1},
        "context": None,
        "labels": ["a"],
        "run_config": None,
        "idempotency_key": "k",
        "auto_scheduled": False,
        "scheduled_start_time": "2026-01-31T08:00:00+00:00",
        "start_time": "2026-01-31T08:00:01.5+00:00",
        "end_time": None,
        "duration": None,
        "heartbeat": None,
        "created": "2026-01-31T07:59:59.123456+00:00",
        "updated": "2026-01-31T08:00:02+00:00",
        "flow": {
            "id": FLOW_ID,
            "name": "My Flow Name",
            "version": 2,
            "project": {"id": "p", "name": "Hello, World!"},
        },
        **changes,
    }


def history(*types: str, **last: Any) -> dict[str, Any]:
    """Return the data with the states of a run; `last` are further fields of the newest state's JSON."""
    states: list[dict[str, Any]] = [
        {
            "version": version,
            "timestamp": f"2026-01-31T08:00:0{version}+00:00",
            "state": name,
            "message": f"is {name}",
            "serialized_state": {"type": name, "message": f"is {name}"},
        }
        for version, name in enumerate(types, start=1)
    ]
    states[-1]["serialized_state"].update(last)
    return {"flow_run_by_pk": {"states": states}}


def flow_row(**changes: Any) -> dict[str, Any]:
    return {
        "id": FLOW_ID,
        "name": "My Flow Name",
        "version": 2,
        "archived": False,
        "parameters": [{"name": "x", "required": False, "default": 1}],
        "project": {"id": "p", "name": "Hello, World!"},
        **changes,
    }
