"""The public audits of GraphQL over HTTP, from the npm package graphql-http, against the running server."""

import json
import shutil
import subprocess
from collections import Counter
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("audit.mjs")
AUDITS = {"MUST": 13, "SHOULD": 23, "MAY": 25}


@pytest.fixture(scope="module")
def audits(server):
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed; the audits are a JavaScript package")
    url = f"{server.url.rstrip('/')}/graphql"
    done = subprocess.run([node, str(SCRIPT), url], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, f"graphql-http did not run (npm install brings it): {done.stderr}"
    return json.loads(done.stdout)


def test_audit_suite_has_the_expected_number_of_audits(audits):
    assert Counter(audit["name"].split()[0] for audit in audits) == AUDITS


def test_every_audit_passes(audits):
    failed = [audit for audit in audits if audit["status"] != "ok"]
    assert failed == []
