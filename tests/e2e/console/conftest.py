import os

import pytest
from playwright.sync_api import sync_playwright

from tests.e2e.browser import INSTALLED, find_chromium
from tests.e2e.console.api import Api
from tests.e2e.console.pages import ConsolePage

_OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"]


@pytest.fixture(scope="session")
def browser():
    """Return a Chromium without a window."""
    chromium = find_chromium()
    if chromium is None:
        pytest.skip("there is no Chromium; npm brings one for Linux on x86-64: make install")
    libraries = {"LD_LIBRARY_PATH": str(INSTALLED.parent / "lib")} if chromium == INSTALLED else {}
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=str(chromium), args=_OPTIONS, env={**os.environ, **libraries}
        )
        yield launched
        launched.close()


@pytest.fixture
def console(browser, server):
    """Return a page of the console in a profile of its own. The test fails if anything fails in it."""
    context = browser.new_context(
        viewport={"width": 1280, "height": 900}, locale="en-GB", timezone_id="Europe/Berlin"
    )
    page = ConsolePage(context.new_page(), server.url)
    yield page
    page.check()
    context.close()


@pytest.fixture
def api(server):
    return Api(server.url)
