"""Documents name files that exist, decisions say whether they are in force, links lead somewhere."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("0*.md"))
STATUS = re.compile(r"\*\*Status\.\*\* (.+?)\n\n\*\*Context\.\*\*", re.DOTALL)
DOCUMENTS = [
    *ROOT.glob("*.md"),
    *(ROOT / "docs").rglob("*.md"),
    *(ROOT / "src").rglob("*.md"),
    *(ROOT / "tests").rglob("*.md"),
    *(ROOT / "bench").rglob("*.md"),
]
FOLDERS = ("bench", "docs", "events", "requirements", "scripts", "src", "tests")
FILES = {path.relative_to(ROOT) for folder in FOLDERS for path in (ROOT / folder).rglob("*")}
PACKAGES = {path.parent.name for path in (ROOT / "src").glob("*/__init__.py")}
# Files that a reader is asked to make.
EXAMPLES = {"my_flow.py"}
MODULES = {path.name for path in FILES if path.suffix == ".py"}
# A code span that is nothing but a path: `src/domain/ids.py`, `tests/unit`, `http_api.py`.
PATH = re.compile(r"`((?:[\w.-]+/)*[\w.-]+(?:\.py|/[\w-]+))`")
# A code span that is a name of the code: `EXISTS`, `set_flow_run_name`. A word alone may be one of a shell.
NAME = re.compile(r"`([A-Za-z]\w*[_A-Z]\w*)`")
# The mutation that a recipe adds.
ADDED = {"set_flow_run_remark"}
LINK = re.compile(r"\]\(([^)\s]+)\)")


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def anchors(document: Path) -> set[str]:
    """Return the anchors that a reader's browser can jump to."""
    headings = re.findall(r"^#+ (.+)$", document.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def is_replaced(document: Path) -> bool:
    """Return True for a decision that is kept for its history only: what it says of the tree may be old."""
    status = STATUS.search(document.read_text(encoding="utf-8"))
    return document in DECISIONS and status is not None and status[1].startswith("Replaced")


@pytest.mark.parametrize("decision", DECISIONS, ids=lambda decision: decision.stem)
def test_decision_says_whether_it_is_in_force(decision):
    status = STATUS.search(decision.read_text(encoding="utf-8"))

    assert status is not None
    assert status[1].startswith(("In force", "Replaced"))


@pytest.mark.parametrize("decision", DECISIONS, ids=lambda decision: decision.stem)
def test_decision_that_is_replaced_is_marked_in_the_list(decision):
    index = (ROOT / "docs" / "decisions" / "README.md").read_text(encoding="utf-8")
    line = next(line for line in index.splitlines() if f"({decision.name})" in line)

    assert ("replaced" in line) == is_replaced(decision)


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_document_names_only_files_that_exist(document):
    if document.name == "CHANGELOG.md" or is_replaced(document):
        return
    named = {path for path in PATH.findall(document.read_text(encoding="utf-8")) if "NAME" not in path}
    paths = {name for name in named if name.partition("/")[0] in {*FOLDERS, *PACKAGES}}
    modules = {name for name in named if "/" not in name and name.endswith(".py")}

    assert {path for path in paths if not exists(path, document)} == set()
    assert modules - MODULES <= EXAMPLES


def exists(path: str, document: Path) -> bool:
    roots = (ROOT, ROOT / "src", ROOT / "src" / "storage", document.parent)
    return any((root / path).exists() for root in roots)


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_links_of_a_document_lead_somewhere(document):
    for link in LINK.findall(document.read_text(encoding="utf-8")):
        target, _, anchor = link.partition("#")
        if target.startswith(("http:", "https:", "mailto:")):
            continue
        path = (document.parent / target).resolve() if target else document
        assert path.exists(), link
        if anchor:
            assert anchor in anchors(path), link


def test_recipes_name_only_what_the_code_has():
    code = "\n".join((ROOT / name).read_text(encoding="utf-8") for name in FILES if name.suffix == ".py")
    named = set(NAME.findall((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")))

    assert "EXISTS" in named
    assert named - ADDED - {*re.findall(r"\w+", code)} == set()
