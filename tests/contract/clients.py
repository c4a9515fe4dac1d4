"""Clients of DynamoDB for the contract tests: real ones, and one whose calls fail as a test needs it."""

import os
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError
from botocore.session import Session

from storage.dynamodb.botocores_client import botocores_client
from storage.dynamodb.quick_client import quick_client
from wiring import BOTOCORE

_CONFIG = Config(max_pool_connections=128, proxies={}, read_timeout=30)


def dynamodb(endpoint_url: str) -> Any:
    """Return the service's client: that of a function.

    FLOW_RUNS_CLIENT=botocore makes it botocore's own, as it does in the service.
    """
    if os.environ.get("FLOW_RUNS_CLIENT") == BOTOCORE:
        return botocores_own(endpoint_url)
    return of_a_function(endpoint_url)


def of_a_function(endpoint_url: str) -> Any:
    """Return the client for an environment that names region, endpoint and credentials."""
    environ = {
        "AWS_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "contract",
        "AWS_SECRET_ACCESS_KEY": "contract",
        "AWS_ENDPOINT_URL_DYNAMODB": endpoint_url,
    }
    return quick_client(environ, partial(botocores_own, endpoint_url))


def botocores_own(endpoint_url: str | None) -> Any:
    """Return botocore's client as it is, for an endpoint or for moto (None)."""
    session = Session()
    session.set_credentials("contract", "contract")
    return botocores_client(session, endpoint_url=endpoint_url, region_name="eu-west-1", config=_CONFIG)


def no_response_in_time() -> Exception:
    return ReadTimeoutError(endpoint_url="http://dynamodb")


def connection_closed() -> Exception:
    return ConnectionClosedError(endpoint_url="http://dynamodb")


def server_error() -> Exception:
    return client_error("InternalServerError", status=500)


def client_error(code: str, *, status: int = 400, reasons: list[str] | None = None) -> ClientError:
    response: Any = {
        "Error": {"Code": code, "Message": f"{code}, as the test wants it"},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    if reasons is not None:
        response["CancellationReasons"] = [{"Code": reason} for reason in reasons]
    return ClientError(response, "TheOperation")


def cancelled(*reasons: str) -> ClientError:
    """Return the error of a cancelled transaction, with a reason for each item."""
    return client_error("TransactionCanceledException", reasons=list(reasons))


class Interfered:
    """A client that records its calls, and some of whose calls fail."""

    def __init__(self, client: Any) -> None:
        self.calls: list[str] = []
        self._client = client
        self._plans: dict[str, list[Callable[[Callable[[], Any]], Any]]] = defaultdict(list)

    def lose_responses(
        self,
        operation: str,
        times: int = 1,
        error: Callable[[], Exception] = no_response_in_time,
        meanwhile: Callable[[], Any] = lambda: None,
    ) -> None:
        """Carry out the next calls, but raise an error. `meanwhile` runs before the caller sees the error."""

        happened: list[bool] = []

        def lose(send: Callable[[], Any]) -> Any:
            try:
                send()
            except ClientError:
                # The refusal of a repeat is lost as well. A refusal before the write is passed on.
                if not happened:
                    self._plans[operation].insert(0, lose)
                    raise
            happened.append(True)
            meanwhile()
            raise error()

        self._plans[operation] += [lose] * times

    def fail(self, operation: str, *errors: Exception) -> None:
        """Raise these errors in place of the next calls."""

        def failing(error: Exception) -> Callable[[Callable[[], Any]], Any]:
            def fail(_: Callable[[], Any]) -> Any:
                raise error

            return fail

        self._plans[operation] += [failing(error) for error in errors]

    def forget(self, operation: str) -> None:
        """Let all further calls pass."""
        self._plans[operation].clear()

    def alter(self, operation: str, change: Callable[[Callable[[], Any]], Any]) -> None:
        """Replace the next call by `change`, which is given the call."""
        self._plans[operation].append(change)

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        send = getattr(self._client, operation)

        def made(**arguments: Any) -> Any:
            self.calls.append(operation)
            plans = self._plans[operation]
            return plans.pop(0)(lambda: send(**arguments)) if plans else send(**arguments)

        return made

    def all_happened(self) -> bool:
        """Return True if every planned failure has happened."""
        return not any(self._plans.values())


class Deaf:
    """A client that makes its call of one number, and gets no response to it, nor to its next tries.

    The numbers begin with 1. A call that got no response is made again, and every try is carried out.
    """

    def __init__(self, client: Any, number: int, tries: int = 1) -> None:
        self._client, self._unheard, self._calls = client, range(number, number + tries), 0

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        send = getattr(self._client, operation)

        def made(**arguments: Any) -> Any:
            self._calls += 1
            if self._calls not in self._unheard:
                return send(**arguments)
            with suppress(ClientError):
                send(**arguments)
            raise no_response_in_time()

        return made


class Terse:
    """A client whose refusals do not bring the items that refused."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        send = getattr(self._client, operation)

        def made(**arguments: Any) -> Any:
            try:
                return send(**arguments)
            except ClientError as error:
                response: Any = error.response
                for bringer in (response, *response.get("CancellationReasons", [])):
                    bringer.pop("Item", None)
                raise

        return made


class Interleaved:
    """A client that lets another request come before one of its calls."""

    def __init__(self, client, call, other):
        self._client, self._left, self._other = client, call, other

    def __getattr__(self, operation):
        method = getattr(self._client, operation)

        def send(**arguments):
            self._left -= 1
            if self._left == 0:
                self._other()
            return method(**arguments)

        return send
