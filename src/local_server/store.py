"""The DynamoDB that a start uses, and the environment that leads AWS's library to it."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from local_server import data_folder, emulator, private_network
from local_server.errors import StartError
from local_server.hidden_address import hidden_address

if TYPE_CHECKING:
    from collections.abc import Callable, MutableMapping
    from pathlib import Path

    from mypy_boto3_dynamodb import DynamoDBClient

    from local_server.emulator import Emulator
    from local_server.settings import ServerSettings

_ANSWERS_WITHIN_SECONDS = 10.0
_RETRY_SECONDS = 0.01

_OPEN_TO_OTHER_USERS = (
    "AUTH_TOKEN_SHA256 does not keep other users of this machine from the data, because the system gives "
    "this server no network of its own (docs/operating.md, One machine)."
)

# Settings of the user's own AWS account. With them a local start could reach that account, or fail because a
# file is missing.
_ACCOUNT_SETTINGS = (
    "AWS_DEFAULT_PROFILE",
    "AWS_ENDPOINT_URL",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_PROFILE",
    "AWS_SESSION_TOKEN",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalStore:
    """A started store. `where` tells the user where the data lives; `emulator` is set if it is a process."""

    where: str
    stop: Callable[[], None]
    emulator: Emulator | None = None


def open_store(
    settings: ServerSettings, environment: MutableMapping[str, str], root: Path, say: Callable[[str], None]
) -> LocalStore:
    """Start the store that the settings name, and point the environment to it. Raises StartError."""
    if settings.endpoint is not None:
        if region := environment.get("AWS_REGION"):  # Lambda sets it, but boto3 does not read it
            environment.setdefault("AWS_DEFAULT_REGION", region)
        return LocalStore(where=f"{settings.endpoint} (AWS_ENDPOINT_URL_DYNAMODB)", stop=lambda: None)
    binary = None if settings.store == "memory" else emulator.find_dynoxide(root)
    if binary is None and settings.store == "dynoxide":
        raise StartError(
            "STORE=dynoxide, but its binary is missing. Install npm and try again, or run with STORE=memory."
        )
    if binary is not None:
        return _open_dynoxide(binary, settings, environment, say)
    if settings.store is None:
        say("dynoxide is not installed (npm brings it): data is in memory and lost when the server stops.")
    return _open_memory(environment)


def lead_to_local(environment: MutableMapping[str, str], endpoint: str | None) -> None:
    """Point the environment to a local store, with nothing of the user's AWS account."""
    for name in _ACCOUNT_SETTINGS:
        environment.pop(name, None)
    made_up = {
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }
    environment.update(made_up)
    # A proxy cannot reach the loopback address of this machine.
    host = "127.0.0.1" if endpoint is None else urlsplit(endpoint).hostname
    for name in ("no_proxy", "NO_PROXY"):
        environment[name] = ",".join(filter(None, [environment.get(name), host]))
    if endpoint is not None:
        environment["AWS_ENDPOINT_URL_DYNAMODB"] = endpoint


def wait_until_it_answers(emulator: Emulator) -> DynamoDBClient:
    """Wait until the emulator responds, and return the client that called it. Raises StartError.

    The environment must lead to the emulator already.
    """
    from wiring import AWS_ERRORS, dynamodb_client  # noqa: PLC0415  (the emulator starts meanwhile)

    client: DynamoDBClient = dynamodb_client()
    deadline = time.monotonic() + _ANSWERS_WITHIN_SECONDS
    while True:
        if emulator.process.poll() is not None:
            raise StartError(f"The emulator did not start: {emulator.last_words()} (log: {emulator.log}).")
        reason = "it does not listen"
        if emulator.has_its_address():
            try:
                client.list_tables(Limit=1)
            except AWS_ERRORS as error:
                reason = str(error)
            else:
                return client
        if time.monotonic() > deadline:
            raise StartError(f"The emulator does not respond: {reason} (log: {emulator.log}).")
        time.sleep(_RETRY_SECONDS)


def _open_dynoxide(
    binary: Path, settings: ServerSettings, environment: MutableMapping[str, str], say: Callable[[str], None]
) -> LocalStore:
    lock = data_folder.lock(settings.data, holder=f"process {os.getpid()}")
    # The emulator checks no credentials: who can connect to it can read and write everything.
    is_private = private_network.enter()
    if not is_private and environment.get("AUTH_TOKEN_SHA256"):
        say(_OPEN_TO_OTHER_USERS)
    address = None if is_private else hidden_address()
    process = emulator.start_dynoxide(binary, settings.data, lock, address)

    def stop() -> None:
        process.stop()
        os.close(lock)

    lead_to_local(environment, process.url)
    environment["SECRETS_FILE"] = str(settings.data / "secrets.json")
    try:
        wait_until_it_answers(process)
    except BaseException:
        stop()
        raise
    return LocalStore(where=f"{settings.data / 'flow-runs.db'} (kept)", stop=stop, emulator=process)


def _open_memory(environment: MutableMapping[str, str]) -> LocalStore:
    from local_server.memory import start_memory_store  # noqa: PLC0415  (imports moto)

    lead_to_local(environment, None)
    environment["SECRETS_FILE"] = ""
    return LocalStore(where="memory (lost when the server stops)", stop=start_memory_store())
