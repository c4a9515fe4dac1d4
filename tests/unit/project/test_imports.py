"""What importing does, in an interpreter of its own."""

import json
import os
import re
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.handlers.events import graphql_event

SRC = Path(__file__).resolve().parents[3] / "src"
PACKAGES = sorted(path.parent.name for path in SRC.glob("*/__init__.py"))
MODULES = sorted(
    ".".join(path.relative_to(SRC).with_suffix("").parts).removesuffix(".__init__")
    for path in SRC.rglob("*.py")
    if path.name != "__main__.py"
)

# Reading a variable or making a client fails loudly here, and so would a connection.
STRICT = """
import importlib, json, os, socket, sys
import boto3

def refuse(*arguments, **named):
    raise AssertionError(f"at import: {arguments}")

boto3.client = boto3.resource = refuse
socket.socket.connect = refuse
read = []
class Environ(type(os.environ)):
    def __getitem__(self, key):
        caller = sys._getframe(1)
        while "_collections_abc" in caller.f_code.co_filename or caller.f_code.co_filename == "<frozen os>":
            caller = caller.f_back
        read.append((caller.f_code.co_filename, key))
        return super().__getitem__(key)
os.environ.__class__ = Environ
for name in json.loads(sys.argv[1]):
    importlib.import_module(name)
print(json.dumps(read))
"""


def in_a_fresh_interpreter(code: str, *arguments: str) -> str:
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(SRC)}
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_no_module_reads_the_environment_or_makes_a_client_when_it_is_imported():
    read = json.loads(in_a_fresh_interpreter(STRICT, json.dumps(MODULES)))

    assert [(file, key) for file, key in read if file.startswith(str(SRC))] == []


def test_the_domain_and_the_use_cases_import_the_standard_library_alone():
    ours = [name for name in MODULES if name.split(".")[0] in ("domain", "operations")]
    code = (
        "import importlib, json, sys\nbefore = set(sys.modules)\n"
        "for name in json.loads(sys.argv[1]):\n    importlib.import_module(name)\n"
        "print(json.dumps(sorted({name.split('.')[0] for name in set(sys.modules) - before})))"
    )

    loaded = json.loads(in_a_fresh_interpreter(code, json.dumps(ours)))

    foreign = [
        name
        for name in loaded
        if name not in sys.stdlib_module_names and name not in ("domain", "operations")
    ]
    assert foreign == []


@pytest.mark.parametrize("name", [*PACKAGES, "wiring"])
def test_no_package_has_the_name_of_a_dependency_of_the_lambda_build(name):
    installed = set(packages_distributions()) - {"flow_runs"}

    assert name not in installed | sys.stdlib_module_names


ONE_REQUEST = """
import json, os, sys
names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_LAMBDA_FUNCTION_NAME")
os.environ |= {"AWS_REGION": "eu-west-1", **dict.fromkeys(names, "x")}
from handlers.http_api import handler
from domain.formats import NEW
from storage.formats import Formats
Formats.read = lambda formats: NEW  # there is no table here
event = json.loads(sys.argv[1])
assert "errors" not in json.loads(handler(event, None)["body"])
open(sys.argv[2], "w").write(json.dumps(sorted(sys.modules)))
"""
# 779 on Python 3.11, 44 of them packages with nothing in them, which cost next to nothing. Each other module
# costs a cold start a sixth of a millisecond, and twice that for each dataclass.
MOST_MODULES = 780


def test_a_request_imports_nothing_heavy_that_it_does_not_need(tmp_path):
    """A cold start pays for each of these: pydantic its compiled core, botocore its session."""
    event = json.dumps(graphql_event("{ hello }"))

    in_a_fresh_interpreter(ONE_REQUEST, event, str(tmp_path / "modules"))

    modules = set(json.loads((tmp_path / "modules").read_text()))
    imported = {name.partition(".")[0] for name in modules}
    assert imported >= {"botocore", "graphql"}
    assert modules.isdisjoint({"botocore.session", "botocore.client", "urllib3"})
    assert imported.isdisjoint({"boto3", "s3transfer", "pydantic", "moto", "waitress", "yaml", "flow_runs"})
    assert modules.isdisjoint({"operations.ports", "storage.dead_letters"})
    assert len(modules) <= MOST_MODULES


EACH_FUNCTION = """
import fnmatch, importlib, json, sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if any(fnmatch.fnmatch(name.replace(".", "/"), pattern) for pattern in json.loads(sys.argv[1])):
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Absent())
from handlers import event_bridge
from handlers import http_api
from handlers import recovery
for logger in (event_bridge._logger, recovery._logger):
    logger().info("started")
try:
    event_bridge.read_event({})
except event_bridge.FlowRunsError:
    pass
"""


ONE_TOKEN = """
import time
import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm
from domain.access.issuers import parse_issuer
from handlers.http.issued_tokens import IssuedTokens
settings = {"JWT_ISSUER": "https://id", "JWT_KEYS_URL": "https://id/keys", "JWT_AUDIENCE": "a"}
key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
published = {**json.loads(RSAAlgorithm.to_jwk(key.public_key())), "kid": "k"}
claims = {"iss": "https://id", "aud": "a", "sub": "ann", "scope": "dev", "exp": time.time() + 60}
token = jwt.encode(claims, key, algorithm="RS256", headers={"kid": "k"})
tokens = IssuedTokens(parse_issuer({**settings, "JWT_SCOPES": "dev=user"}), lambda _: {"keys": [published]})
assert tokens.caller(token).scope.value == "user"
"""


def left_out(variable):
    """Return the patterns of modules that the build takes away, under the name of its variable."""
    found = re.search(f"^{variable} := (.+)$", (SRC / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert found
    return [pattern.removesuffix(".py") for pattern in found[1].split()]


def test_the_functions_start_without_what_the_lambda_build_leaves_out():
    absent = left_out("UNUSED") + left_out("OF_TOKENS")

    in_a_fresh_interpreter(EACH_FUNCTION, json.dumps(absent))


def test_tokens_of_an_issuer_are_checked_without_what_the_lambda_build_leaves_out():
    begin = EACH_FUNCTION.partition("from handlers")[0]

    in_a_fresh_interpreter(begin + ONE_TOKEN, json.dumps(left_out("UNUSED")))
