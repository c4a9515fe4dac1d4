"""The Chromium of the tests of the console, started without a window."""

import os

from tests.e2e.browser import INSTALLED, find_chromium

MISSING = "there is no Chromium; npm brings one for Linux on x86-64: make install"
_OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"]


def launched(playwright):
    """Return a started Chromium, None if there is none on this machine."""
    chromium = find_chromium()
    if chromium is None:
        return None
    libraries = {"LD_LIBRARY_PATH": str(INSTALLED.parent / "lib")} if chromium == INSTALLED else {}
    return playwright.chromium.launch(
        executable_path=str(chromium), args=_OPTIONS, env={**os.environ, **libraries}
    )
