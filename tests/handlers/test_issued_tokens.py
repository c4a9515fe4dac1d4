"""Tokens of an identity provider: real signatures, by keys that a local server publishes."""

import base64
import hmac
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from domain.access.issuers import Issuer, caller_of_claims, parse_issuer
from domain.access.scopes import Scope
from domain.errors import ApiError, BadUserInput, Forbidden, Unauthenticated
from handlers.http.issued_tokens import IssuedTokens, looks_issued
from tests.handlers.service import service_in_memory

RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EC = ec.generate_private_key(ec.SECP256R1())
URL = "https://id.example"
PROJECT = "6e0b5f3c-2f6d-4c1e-9a57-3b1d8f0c7a21"


def published(name: str, key: Any, **more: Any) -> dict[str, Any]:
    algorithm = RSAAlgorithm if isinstance(key, rsa.RSAPrivateKey) else ECAlgorithm
    return {**json.loads(algorithm.to_jwk(key.public_key())), "kid": name, "use": "sig", **more}


KEYS = {"keys": [published("rsa", RSA, alg="RS256"), published("ec", EC, alg="ES256")]}


def issuer(**more: Any) -> Issuer:
    settings = {
        "JWT_ISSUER": URL,
        "JWT_AUDIENCE": "flow-runs",
        "JWT_KEYS_URL": f"{URL}/keys",
        "JWT_SCOPE_CLAIM": "groups",
        "JWT_SCOPES": "developers=user,operators=admin,machines=runner",
        **more,
    }
    found = parse_issuer(settings)
    assert found is not None
    return found


def claims(**more: Any) -> dict[str, Any]:
    now = int(time.time())
    given = {"iss": URL, "aud": "flow-runs", "sub": "ann", "exp": now + 600, "groups": ["developers"], **more}
    return {name: value for name, value in given.items() if value is not None}


def token(key: Any = RSA, algorithm: str = "RS256", name: str | None = "rsa", **more: Any) -> str:
    headers = {} if name is None else {"kid": name}
    return jwt.encode(claims(**more), key, algorithm=algorithm, headers=headers)


def tokens(keys: Any = KEYS, **more: Any) -> IssuedTokens:
    return IssuedTokens(issuer(**more), fetch=lambda _: keys)


@pytest.mark.parametrize(
    ("key", "algorithm", "name"), [(RSA, "RS256", "rsa"), (EC, "ES256", "ec")], ids=["RSA", "EC"]
)
def test_token_of_the_issuer_names_its_bearer_and_its_scope(key, algorithm, name):
    caller = tokens().caller(token(key, algorithm, name))

    assert (caller.name, caller.scope, caller.projects) == (f"ann ({URL})", Scope.USER, None)
    assert caller.expires_at is not None


@pytest.mark.parametrize("algorithm", ["RS256", "RS512", "PS256"])
def test_key_that_names_no_algorithm_is_for_all_that_are_allowed(algorithm):
    keys = {"keys": [published("rsa", RSA)]}
    found = tokens(keys, JWT_ALGORITHMS="RS256,RS512,PS256")

    assert found.caller(token(algorithm=algorithm)).name == f"ann ({URL})"


def test_key_that_names_an_algorithm_is_for_no_other():
    with pytest.raises(Unauthenticated):
        tokens(JWT_ALGORITHMS="RS256,RS512").caller(token(algorithm="RS512"))


def test_key_of_another_kind_than_the_algorithm_is_refused():
    with pytest.raises(Unauthenticated):
        tokens({"keys": [published("rsa", EC)]}).caller(token())


def test_name_of_a_bearer_cannot_be_read_as_something_else():
    name = tokens().caller(token(sub="a\nb\u202e")).name

    assert name == f"a\ufffdb\ufffd ({URL})"


@pytest.mark.parametrize(
    ("groups", "scope"),
    [
        (["machines", "developers"], Scope.USER),
        (["developers", "operators"], Scope.ADMIN),
        ("others machines", Scope.RUNNER),
    ],
    ids=repr,
)
def test_token_has_the_first_scope_that_its_words_stand_for(groups, scope):
    assert tokens().caller(token(groups=groups)).scope is scope


OTHER_TENANT = "2a9c1c6f-7e0a-4c55-8a43-0d9c7b1f3a10"


@pytest.mark.parametrize(
    ("setting", "claim", "opens"),
    [
        ({}, [OTHER_TENANT], ()),
        ({"JWT_TENANT_CLAIM": "tenants"}, OTHER_TENANT.upper(), (OTHER_TENANT,)),
        ({"JWT_TENANT_CLAIM": "tenants"}, [OTHER_TENANT, PROJECT], (OTHER_TENANT, PROJECT)),
    ],
    ids=["no claim is read", "a word", "a list"],
)
def test_token_opens_the_tenants_of_its_claim(setting, claim, opens):
    assert tokens(**setting).caller(token(tenants=claim)).tenants == opens


@pytest.mark.parametrize(
    ("claim", "error"), [(None, Forbidden), ([], Forbidden), (["*"], Unauthenticated), (7, Unauthenticated)]
)
def test_token_that_names_no_tenant_is_refused_where_it_must(claim, error):
    with pytest.raises(error, match="'tenants'"):
        tokens(JWT_TENANT_CLAIM="tenants").caller(token(tenants=claim))


def body_of(parts: list[dict[str, Any]]) -> bytes:
    return b".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in parts)


def unsigned() -> str:
    return body_of([{"alg": "none", "typ": "JWT", "kid": "rsa"}, claims()]).decode() + "."


def signed_with_the_public_key() -> str:
    """Return a token whose HMAC has the public key for its secret, which some libraries once accepted."""
    public = RSA.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    parts = [{"alg": "HS256", "typ": "JWT", "kid": "rsa"}, claims()]
    body = body_of(parts)
    signature = hmac.new(public, body, "sha256").digest()
    return (body + b"." + base64.urlsafe_b64encode(signature).rstrip(b"=")).decode()


BAD = {
    "another key": lambda: token(OTHER_RSA),
    "an unknown key": lambda: token(name="gone"),
    "no key of two": lambda: token(name=None),
    "no signature": unsigned,
    "a public key as a secret": signed_with_the_public_key,
    "an algorithm that is not allowed": lambda: token(algorithm="RS512"),
    "another issuer": lambda: token(iss="https://evil.example"),
    "no issuer": lambda: token(iss=None),
    "another audience": lambda: token(aud="others"),
    "no audience": lambda: token(aud=None),
    "past": lambda: token(exp=int(time.time()) - 61),
    "without an end": lambda: token(exp=None),
    "not yet valid": lambda: token(nbf=int(time.time()) + 120),
    "made in the future": lambda: token(iat=int(time.time()) + 120),
    "without a subject": lambda: token(sub=None),
    "an empty subject": lambda: token(sub=""),
    "groups that are no texts": lambda: token(groups=[1]),
    "a changed body": lambda: token().replace(token().split(".")[1], token(sub="bob").split(".")[1]),
    "rubbish": lambda: "eyJ.eyJ.x",
    "an end that is no number": lambda: token(exp="soon"),
    "an end that is a text": lambda: token(exp=str(int(time.time()) + 600)),
    "an end beyond all calendars": lambda: token(exp=10**12),
    "an end beyond all numbers": lambda: token(exp=10**30),
    "an end at no time": lambda: token(exp=[1]),
}


@pytest.mark.parametrize("make", BAD.values(), ids=BAD)
def test_any_other_token_is_refused(make):
    with pytest.raises(Unauthenticated):
        tokens().caller(make())


def test_token_whose_words_stand_for_no_scope_is_forbidden():
    with pytest.raises(Forbidden):
        tokens().caller(token(groups=["guests"]))


def test_clocks_may_be_apart_by_the_leeway():
    now = int(time.time())

    assert tokens().caller(token(exp=now - 30, nbf=now + 30)).name.startswith("ann (")
    with pytest.raises(Unauthenticated):
        tokens(JWT_LEEWAY_SECONDS="5").caller(token(exp=now - 30))


@pytest.mark.parametrize(
    ("value", "projects"),
    [([PROJECT], {PROJECT}), (PROJECT, {PROJECT}), ("*", None), ([], set()), (None, set())],
    ids=repr,
)
def test_token_is_limited_to_the_projects_of_its_claim(value, projects):
    caller = tokens(JWT_PROJECTS_CLAIM="teams").caller(token(teams=value))

    assert caller.projects == projects


def test_claims_of_an_odd_form_are_refused():
    with pytest.raises(Unauthenticated):
        caller_of_claims(issuer(JWT_PROJECTS_CLAIM="teams"), claims(teams=["no id"]))


class Publisher:
    """Keys that change, with a count of how often they were fetched."""

    def __init__(self) -> None:
        self.keys: Any = KEYS
        self.fetched = 0
        self.now = 0.0
        self.tokens = IssuedTokens(issuer(), fetch=self.fetch, clock=lambda: self.now)

    def fetch(self, _: str) -> Any:
        self.fetched += 1
        if isinstance(self.keys, Exception):
            raise self.keys
        return self.keys


def test_keys_are_fetched_once_and_again_after_an_hour():
    publisher = Publisher()
    for _ in range(3):
        publisher.tokens.caller(token())
    assert publisher.fetched == 1

    publisher.now = 3_601
    publisher.tokens.caller(token())

    assert publisher.fetched == 2


def test_new_key_of_the_issuer_is_found_and_a_withdrawn_one_is_refused():
    publisher = Publisher()
    publisher.tokens.caller(token())
    publisher.keys = {"keys": [published("next", OTHER_RSA, alg="RS256")]}
    publisher.now = 61

    assert publisher.tokens.caller(token(OTHER_RSA, name="next")).name.startswith("ann (")
    with pytest.raises(Unauthenticated):
        publisher.tokens.caller(token())


def test_strangers_make_the_keys_be_fetched_once_a_minute_at_most():
    publisher = Publisher()
    for number in range(50):
        with pytest.raises(Unauthenticated):
            publisher.tokens.caller(token(OTHER_RSA, name=f"unknown {number}"))

    assert publisher.fetched == 1


@pytest.mark.parametrize(
    "failure", [TimeoutError(), {"keys": "none"}, {"keys": []}, {"keys": [1]}, {}], ids=repr
)
def test_issuer_that_fails_stops_nobody_for_a_day_and_then_asks_to_try_again(failure):
    publisher = Publisher()
    publisher.tokens.caller(token())
    publisher.keys = failure
    publisher.now = 80_000
    publisher.tokens.caller(token())

    publisher.now = 90_000

    with pytest.raises(ApiError):
        publisher.tokens.caller(token())
    # Nobody waits for an issuer that did not respond a moment ago.
    fetched = publisher.fetched
    with pytest.raises(ApiError):
        publisher.tokens.caller(token())
    assert publisher.fetched == fetched


@pytest.mark.parametrize(
    ("text", "is_one"),
    [("eyJhbGciOiJub25lIn0.eyJ.x", True), ("flowruns_user_eyJ", False), ("eyJ.x", False), ("", False)],
)
def test_only_a_text_of_three_parts_is_looked_at(text, is_one):
    assert looks_issued(text) is is_one


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("JWT_AUDIENCE", ""),
        ("JWT_ISSUER", "http://id.example"),
        ("JWT_KEYS_URL", "file:///etc/passwd"),
        ("JWT_KEYS_URL", "http://127.0.0.1.evil.example/keys"),
        ("JWT_ALGORITHMS", "RS256,HS256"),
        ("JWT_ALGORITHMS", "none"),
        ("JWT_SCOPES", ""),
        ("JWT_SCOPES", "developers"),
        ("JWT_SCOPES", "developers=root"),
        ("JWT_SCOPES", "developers=user,developers=admin"),
        ("JWT_LEEWAY_SECONDS", "3600"),
        ("JWT_LEEWAY_SECONDS", "-1"),
    ],
)
def test_setting_that_cannot_be_meant_stops_the_start(setting, value):
    with pytest.raises(BadUserInput, match=setting):
        issuer(**{setting: value})


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    """Serve a discovery document, keys, and a redirection, on the loopback."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            host = f"http://127.0.0.1:{self.server.server_port}"  # type: ignore[attr-defined]
            found = {
                "/.well-known/openid-configuration": {"issuer": host, "jwks_uri": f"{host}/keys"},
                "/keys": KEYS,
            }.get(self.path)
            if found is None:
                self.send_response(302)
                self.send_header("location", f"{host}/keys")
                self.end_headers()
                return
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(found).encode())

        def log_message(self, *_: Any) -> None:
            """Print nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_keys_are_found_by_discovery(provider):
    found = IssuedTokens(issuer(JWT_ISSUER=provider, JWT_KEYS_URL=""))

    assert found.caller(token(iss=provider)).name.startswith("ann (")


def test_redirection_is_not_followed(provider):
    found = IssuedTokens(issuer(JWT_ISSUER=provider, JWT_KEYS_URL=f"{provider}/elsewhere"))

    with pytest.raises(ApiError):
        found.caller(token(iss=provider))


def test_requests_with_issued_tokens_have_the_scope_of_their_claims(provider, monkeypatch):
    with service_in_memory() as service:
        given = issuer(JWT_ISSUER=provider, JWT_KEYS_URL="")
        settings = replace(service.account.settings, issuer=given)
        monkeypatch.setattr(service.account._app, "settings", settings)
        by = {"authorization": f"Bearer {token(iss=provider)}"}

        scope = service.data("{ auth_info { scope key_id } }", **by)["auth_info"]
        made = service.send('mutation { create_api_key(input: {name: "k"}) { id } }', **by)
        other = service.send("{ hello }", authorization=f"Bearer {token(OTHER_RSA, iss=provider)}")

        assert scope == {"scope": "user", "key_id": None}
        assert made["errors"][0]["extensions"]["needs"] == "admin"
        assert other["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
        assert "eyJ" not in json.dumps(other)


def test_key_made_with_an_issued_token_ends_with_it(provider, monkeypatch):
    with service_in_memory() as service:
        given = issuer(JWT_ISSUER=provider, JWT_KEYS_URL="")
        settings = replace(service.account.settings, issuer=given)
        monkeypatch.setattr(service.account._app, "settings", settings)
        by = {"authorization": f"Bearer {token(iss=provider, groups=['operators'])}"}

        service.data('mutation { create_api_key(input: {name: "k"}) { id } }', **by)
        (key,) = service.data("{ auth_api_key { expires_at } }", **by)["auth_api_key"]

        assert key["expires_at"] is not None
