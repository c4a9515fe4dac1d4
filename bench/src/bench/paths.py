"""Folders that benchmarks read: their own, and those of the product that they measure."""

from pathlib import Path
from typing import Final

BENCH: Final = Path(__file__).resolve().parents[2]
PRODUCT: Final = BENCH.parent
SRC: Final = PRODUCT / "src"
TEMPLATE: Final = PRODUCT / "template.yaml"
# Environments of the programs that benchmarks compare with; `make` installs them.
VENVS: Final = BENCH / ".venvs"
