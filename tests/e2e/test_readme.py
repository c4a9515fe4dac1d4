"""The examples of README.md and docs/api.md do what they show, on a new server."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e import plain_http
from tests.e2e.doc_examples import Masks, check_printed, examples, run_session, without_places
from tests.e2e.server_process import running_server

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
API = ROOT / "docs" / "api.md"
SHOWN_URL = "http://127.0.0.1:4200"
# pip fetches the build backend of the client.
OFFLINE = ("No matching distribution found for hatchling", "Could not find a version that satisfies")
INHERITED = re.compile(r"PATH|LANG|LC_.*|TMPDIR|.*_(proxy|PROXY)|(PIP|SSL|REQUESTS)_.*")


@pytest.fixture
def server(tmp_path):
    """Yield a new server for every document, because a reader begins with an empty server."""
    folder = tmp_path / "server"
    folder.mkdir()
    with running_server(folder) as running:
        yield running


@pytest.fixture
def reader(tmp_path):
    """Return a reader's environment: an empty home, without the settings of these tests."""
    home = tmp_path / "home"
    home.mkdir()
    inherited = {name: value for name, value in os.environ.items() if INHERITED.fullmatch(name)}
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    pip = {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_COMPILE": "1"}
    return {**inherited, "PATH": path, "HOME": str(home), **pip}


@pytest.fixture
def checkout(tmp_path):
    """Return a checkout in which examples may write. Large folders are links."""
    folder = tmp_path / "checkout"
    (folder / "src").mkdir(parents=True)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder)
    shutil.copytree(ROOT / "src" / "flow_runs", folder / "src" / "flow_runs")
    (folder / ".venvs").mkdir()
    for name in ("Makefile", "requirements", "tests", ".venvs/prefect-0.8.1"):
        (folder / name).symlink_to(ROOT / name)
    return folder


def with_address_of(example, server):
    """Return the block with the address of this server."""
    text = example.block.text.replace(SHOWN_URL, server.url)
    return type(example.block)(example.block.language, text, example.block.line)


def test_readme_examples_run_in_order_and_print_what_it_shows(server, checkout, reader):
    # Given
    walkthrough = [example for example in examples(README) if example.block.language != "bash"]
    assert {example.block.language for example in walkthrough} == {"sh", "python"}

    # When
    try:
        printed = run_session([with_address_of(example, server) for example in walkthrough], checkout, reader)
    except AssertionError as failed:
        if any(sign in str(failed) for sign in OFFLINE):
            pytest.skip("the package index cannot be reached, so the client cannot be installed")
        raise

    # Then
    masks = Masks()
    for example, text in zip(walkthrough, printed, strict=True):
        check_printed(example, text, masks)
    assert any("Success (version 3)" in text and "exit code 4" in text for text in printed)
    assert re.search(r"^Flow Run ID: [0-9a-f-]{36}\n(.*\n)*.*My Flow Name", printed[-1], re.MULTILINE)


def test_make_targets_in_the_readme_exist():
    commands = re.findall(r"make ([a-z-]+)", README.read_text())

    assert {"run", "test"} <= set(commands)
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert set(commands) <= set(targets)
    bash = [example.block.text for example in examples(README) if example.block.language == "bash"]
    assert [re.findall(r"^make (\w+)", text, re.MULTILINE) for text in bash] == [["run"], ["test"]]


def test_api_examples_return_the_responses_that_they_show(server, tmp_path, reader):
    masks, run = Masks(), {"graphql": run_graphql, "sh": run_alone, "python": run_alone}
    found = examples(API)
    assert len([example for example in found if example.block.language == "graphql"]) > 15

    for example in found:
        run[example.block.language](example, masks, server, tmp_path, reader)


def run_graphql(example, masks, server, _folder, _environment):
    *given, shown = example.responses
    assert len(given) <= 1, f"{example}: one document, at most one block of variables, one response"
    variables = json.loads(masks.put_in(given[0].text)) if given else None
    request = {"query": masks.put_in(example.block.text), "variables": variables}
    response = plain_http.post(
        f"{server.url}/graphql", json=request, headers={"accept": "application/json"}, timeout=20
    )
    masks.check_json(
        json.loads(shown.text), without_places(response.json()), f"{API.name}, line {shown.line}"
    )


def run_alone(example, masks, server, folder, environment):
    block = with_address_of(example, server)
    code = masks.put_in(block.text)
    command = [sys.executable, "-c", code] if block.language == "python" else ["bash", "-euc", code]
    done = subprocess.run(
        command,
        env={**environment, "PYTHONPATH": str(ROOT / "src")},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, f"{example}: {done.stdout}{done.stderr}"
    assert example.responses, f"{example}: the document does not show its output"
    check_printed(example, done.stdout.strip("\n"), masks)


def documents():
    return [README, ROOT / "CHANGELOG.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize("document", documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_links_in_a_document_have_existing_targets(document):
    text = re.sub(r"^```.*?^```$", "", document.read_text(), flags=re.MULTILINE | re.DOTALL)
    missing = []
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if link.startswith(("http://", "https://")):
            continue
        name, _, anchor = link.partition("#")
        target = (document.parent / name) if name else document
        if not target.exists() or (anchor and anchor not in anchors(target)):
            missing.append(link)

    assert missing == []


def anchors(document):
    """Return the anchors that GitHub gives to headings."""
    titles = re.findall(r"^#+ (.+)$", document.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}
