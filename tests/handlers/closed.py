"""A service in memory that demands keys, with a key of each scope."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest

from domain.access.scopes import Scope
from tests.handlers.service import Service, service_in_memory

OPERATOR = "the token that the operator gave out"
CREATE_KEY = "mutation($input: create_api_key_input!) { create_api_key(input: $input) { key } }"


class Closed:
    """A service that demands keys, with a key of each scope."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.keys = {scope: self._key(scope) for scope in Scope}

    def send(self, scope: Scope, text: str, variables: Any = None) -> Any:
        """Return the body of the response to a request with the key of a scope."""
        return self.service.send(text, variables, authorization=f"Bearer {self.keys[scope]}")

    def _key(self, scope: Scope) -> str:
        given = {"input": {"name": scope.value, "scope": scope.value}}
        made = self.service.data(CREATE_KEY, given, authorization=f"Bearer {OPERATOR}")
        return str(made["create_api_key"]["key"])


@contextmanager
def closed_service() -> Iterator[Closed]:
    """Yield a service that accepts the token of its operator, and keys."""
    with service_in_memory() as service, pytest.MonkeyPatch.context() as patch:
        digests = frozenset({sha256(OPERATOR.encode()).hexdigest()})
        settings = replace(service.account.settings, token_digests=digests)
        patch.setattr(service.account._app, "settings", settings)
        yield Closed(service)
