"""A Chromium without a window: that of the product's tests, else one of this machine."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, sync_playwright

from bench.paths import PRODUCT

_INSTALLED: Final = PRODUCT / ".venvs" / "chromium" / "chromium"
_NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_OPTIONS: Final = (
    "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking",
)  # fmt: skip


def find_chromium() -> Path:
    """Return the path of Chromium. Leave the benchmark if there is none."""
    if _INSTALLED.exists():
        return _INSTALLED
    found = next(filter(None, map(shutil.which, _NAMES)), None)
    if found is None:
        raise SystemExit("There is no Chromium: npm brings one for Linux on x86-64, with `make install`.")
    return Path(found)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start Chromium and end it."""
    path = find_chromium()
    libraries = {"LD_LIBRARY_PATH": str(path.parent / "lib")} if path == _INSTALLED else {}
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=str(path), args=list(_OPTIONS), env={**os.environ, **libraries}
        )
        yield launched
        launched.close()
