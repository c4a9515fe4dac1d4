"""src/requirements.txt is what `sam build` installs: a copy of the lock, since the build sees only src/."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def test_the_requirements_of_the_build_are_the_lock():
    lock = (ROOT / "requirements" / "lambda.txt").read_text(encoding="utf-8")
    export = (ROOT / "src" / "requirements.txt").read_text(encoding="utf-8")

    assert export == lock, "copy requirements/lambda.txt to src/requirements.txt"


def test_every_requirement_of_the_build_is_pinned_with_hashes():
    lines = (ROOT / "src" / "requirements.txt").read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
    requirements = [line for line in lines if line.strip() and not line.lstrip().startswith("#")]

    assert requirements
    assert [line for line in requirements if "==" not in line or "--hash=sha256:" not in line] == []
