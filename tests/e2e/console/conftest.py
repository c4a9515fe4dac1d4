import pytest
from playwright.sync_api import expect, sync_playwright

from tests.e2e.console.api import Api
from tests.e2e.console.chromium import MISSING, launched
from tests.e2e.console.pages import AXE, ConsolePage

# Other tests use the processors meanwhile.
expect.set_options(timeout=15_000)


@pytest.fixture(scope="session")
def browser():
    """Return a Chromium without a window."""
    with sync_playwright() as playwright:
        chromium = launched(playwright)
        if chromium is None:
            pytest.skip(MISSING)
        if not AXE.exists():
            pytest.skip("axe-core is not installed; npm brings it: make console/node_modules/.installed")
        yield chromium
        chromium.close()


@pytest.fixture
def console(browser, server):
    """Return a page of the console in a profile of its own. The test fails if anything fails in it."""
    context = browser.new_context(
        viewport={"width": 1280, "height": 900},
        locale="en-GB",
        timezone_id="Europe/Berlin",
        # Animations would be drawn sixty times a second, and no test looks at them.
        reduced_motion="reduce",
    )
    page = ConsolePage(context.new_page(), server.url)
    yield page
    page.check()
    context.close()


@pytest.fixture
def api(server):
    return Api(server.url)
