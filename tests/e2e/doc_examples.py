"""The examples in a document, and the comparison of their shown responses with actual responses.

Ids and times are new in each run. A document shows the ids and times of the run that it was
written from. The first actual response that replaces a shown id or time also replaces it in later examples.
"""

import json
import re
import subprocess
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

_FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?: ?[+-]\d\d:?\d\d)?")
_MASKED = re.compile(f"({_ID.pattern}|{_TIME.pattern})")
# A time further away from now was given by the example itself, so it must come back as it is shown.
_NOW = timedelta(minutes=15)
_MARK = "=== block {} ==="
_SESSION_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block of a document, and the line on which its text begins."""

    language: str
    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Example:
    """A block to run, with the blocks of responses that follow it."""

    block: Block
    responses: tuple[Block, ...]

    def __str__(self):
        return f"line {self.block.line}"


def examples(document: Path) -> list[Example]:
    """Return the examples of a document. `text` and `json` blocks belong to the block before them."""
    text = document.read_text(encoding="utf-8")
    found: list[tuple[Block, list[Block]]] = []
    for match in _FENCE.finditer(text):
        block = Block(match[1], match[2], text.count("\n", 0, match.start()) + 2)
        if block.language in ("text", "json"):
            assert found, f"{document.name}, line {block.line}: a response without an example"
            found[-1][1].append(block)
        else:
            found.append((block, []))
    return [Example(block, tuple(responses)) for block, responses in found]


@dataclass(slots=True)
class Masks:
    """The ids and times of a document, and the ids and times of this run in their place."""

    actual: dict[str, str] = field(default_factory=dict)

    def put_in(self, text: str) -> str:
        """Replace the document's ids and times by those of this run, if a response had them."""
        return _MASKED.sub(lambda match: self.actual.get(match[0], match[0]), text)

    def check_json(self, shown: Any, actual: Any, place: str = "") -> None:
        """Fail, and name the line, unless the response is the one that the document shows."""
        if isinstance(shown, dict) and isinstance(actual, dict):
            assert list(shown) == list(actual), f"{place}: shown {list(shown)}, got {list(actual)}"
            for name, value in shown.items():
                self.check_json(value, actual[name], f"{place}.{name}")
        elif isinstance(shown, list) and isinstance(actual, list):
            assert len(shown) == len(actual), f"{place}: shown {shown}, got {actual}"
            for number, (element, other) in enumerate(zip(shown, actual, strict=True)):
                self.check_json(element, other, f"{place}[{number}]")
        elif isinstance(shown, str) and isinstance(actual, str):
            self.check_text(shown, actual, place)
        else:
            assert type(shown) is type(actual), f"{place}: shown {shown!r}, got {actual!r}"
            assert shown == actual, f"{place}: shown {shown!r}, got {actual!r}"

    def check_text(self, shown: str, actual: str, place: str = "") -> None:
        """Fail unless two texts differ only in ids and times that replace one another."""
        parts, others = _MASKED.split(shown), _MASKED.split(actual)
        assert parts[::2] == others[::2], f"{place}: shown {shown!r}, got {actual!r}"
        for part, other in zip(parts[1::2], others[1::2], strict=True):
            self._bind(part, other, place)

    def _bind(self, shown: str, actual: str, place: str) -> None:
        is_id = bool(_ID.fullmatch(shown))
        assert is_id == bool(_ID.fullmatch(actual)), f"{place}: shown {shown}, got {actual}"
        if shown not in self.actual:
            taken = is_id and actual in self.actual.values()
            assert not taken, f"{place}: got {actual}, which is shown by another id than {shown}"
            assert is_id or shown == actual or _is_now(actual), f"{place}: shown {shown}, got {actual}"
            self.actual[shown] = actual
        assert self.actual[shown] == actual, f"{place}: {shown} was {self.actual[shown]}, now {actual}"


def _is_now(text: str) -> bool:
    instant = datetime.fromisoformat(text.replace(" +", "+"))
    return abs(datetime.now(UTC) - instant.replace(tzinfo=instant.tzinfo or UTC)) < _NOW


def without_places(response: dict[str, Any]) -> dict[str, Any]:
    """Remove the locations from a response's errors, because the documents leave them out."""
    if "errors" not in response:
        return response
    kept = [
        {name: error[name] for name in error if name not in ("locations", "path")}
        for error in response["errors"]
    ]
    return {**response, "errors": kept}


def run_session(blocks: list[Block], folder: Path, environment: dict[str, str]) -> list[str]:
    """Run shell and Python blocks in order in one shell. Return the output of every block.

    The first command that fails ends the session and fails the test, because a reader would stop there.
    """
    script = ["set -euo pipefail", "exec 2>&1"]
    for number, block in enumerate(blocks):
        script.append(f"echo; echo '{_MARK.format(number)}'")
        code = block.text.rstrip("\n")
        script.append(f"python - <<'CODE'\n{code}\nCODE" if block.language == "python" else code)
    script.append(f"echo; echo '{_MARK.format(len(blocks))}'")
    file = folder / "session.sh"
    file.write_text("\n".join(script), encoding="utf-8")
    done = subprocess.run(
        ["bash", str(file)],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_SESSION_SECONDS,
        check=False,
    )
    assert done.returncode == 0, f"exit code {done.returncode}:\n{done.stdout}"
    places = [done.stdout.index(_MARK.format(number)) for number in range(len(blocks) + 1)]
    return [done.stdout[start:end].partition("\n")[2].strip("\n") for start, end in pairwise(places)]


def check_printed(example: Example, printed: str, masks: Masks) -> None:
    """Compare the output of an example with the response that follows it, if there is one."""
    for response in example.responses:
        if response.language == "json":
            actual = without_places(json.loads(printed))
            masks.check_json(json.loads(response.text), actual, f"line {response.line}")
        else:
            masks.check_text(response.text.strip("\n"), printed, f"line {response.line}")
