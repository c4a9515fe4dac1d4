"""A tab of the console: what it asks, what that costs, and when a view is shown."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from playwright.sync_api import Browser, Page, Request

# A view asks for nothing more after a silence of so many seconds. Its first poll comes three seconds later.
_SILENCE: Final = 0.5
_MOST_SECONDS: Final = 60.0
# The times of the frames that draw a change of the page.
_WATCH: Final = """
window.frames_drawn = [];
document.addEventListener("DOMContentLoaded", () => {
  const draw = () => requestAnimationFrame(() => window.frames_drawn.push(performance.now()));
  new MutationObserver(draw).observe(document.body, {childList: true, subtree: true, characterData: true});
});"""
_SHOWN: Final = """() => {
  const answers = performance.getEntriesByType("resource").filter(({name}) => name.endsWith("/graphql"));
  const last = Math.max(...answers.map(({responseEnd}) => responseEnd));
  return Math.min(...window.frames_drawn.filter((time) => time >= last).slice(0, 1), last + 1000);
}"""
_IS_LOADING: Final = """() => {
  const main = document.querySelector("main");
  return !main?.querySelector("h1") || main.innerText.includes("Loading…");
}"""
# What a tab does when it is shown again, and at the end of each wait.
_REFRESH: Final = """() => document.dispatchEvent(new Event("visibilitychange"))"""


@dataclass(frozen=True, slots=True)
class Asked:
    """What requests took together, and why the first of those was refused that were."""

    requests: int
    calls: int
    units: float
    bytes: int
    refusal: str | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """A view that was opened and refreshed once. `shown` is in milliseconds since the page began."""

    first: Asked
    refresh: Asked
    shown: float


class Tab:
    """A tab of a browser on the console of one server."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self._url = url
        self._sent: list[Request] = []
        self._over = 0
        page.set_default_timeout(_MOST_SECONDS * 1000)
        page.add_init_script(_WATCH)
        page.on("request", self._began)
        page.on("requestfinished", self._ended)
        page.on("requestfailed", self._ended)

    def _began(self, request: Request) -> None:
        if _is_of_the_api(request):
            self._sent.append(request)

    def _ended(self, request: Request) -> None:
        self._over += _is_of_the_api(request)

    def open(self, address: str) -> Asked:
        """Open a view as a new page, wait until it asks for nothing more, and return what it took."""
        self.page.goto("about:blank")
        self._forget()
        self.page.goto(f"{self._url}/ui/#/{address}")
        self.settle()
        asked = self.taken()
        if asked.refusal is None and self.page.evaluate(_IS_LOADING):
            raise SystemExit(f"The view {address} is not shown.")
        return asked

    def visit(self, address: str) -> Opened:
        """Open a view and refresh it once."""
        first = self.open(address)
        shown = self.page.evaluate(_SHOWN)
        self.page.evaluate(_REFRESH)
        self.settle()
        return Opened(first, self.taken(), shown)

    def settle(self) -> None:
        """Wait until no request is under way for a while."""
        deadline = time.monotonic() + _MOST_SECONDS
        quiet, known = time.monotonic(), -1
        while time.monotonic() - quiet < _SILENCE:
            self.page.wait_for_timeout(25)
            if len(self._sent) != known or self._over < len(self._sent):
                quiet, known = time.monotonic(), len(self._sent)
            if quiet > deadline:
                raise SystemExit(f"{self.page.url} does not come to rest.")

    def taken(self) -> Asked:
        """Return what the requests since the last call took."""
        sent, self._sent, self._over = self._sent, [], 0
        responses = [response for request in sent if (response := request.response())]
        bodies = [response.json() for response in responses]
        costs = [body.get("extensions", {}).get("cost", {}) for body in bodies]
        return Asked(
            requests=len(sent),
            calls=sum(cost.get("calls", 0) for cost in costs),
            units=sum(cost.get("read_units", 0.0) for cost in costs),
            bytes=sum(_size(request) for request in sent),
            refusal=next((body["errors"][0]["message"] for body in bodies if body.get("errors")), None),
        )

    def _forget(self) -> None:
        self._sent, self._over = [], 0


def _is_of_the_api(request: Request) -> bool:
    return request.method == "POST" and request.url.endswith("/graphql")


def _size(request: Request) -> int:
    sizes = request.sizes()
    sent = sizes["requestHeadersSize"] + sizes["requestBodySize"]
    return sent + sizes["responseHeadersSize"] + sizes["responseBodySize"]


@contextmanager
def tabs(browser: Browser, urls: Sequence[str]) -> Iterator[list[Tab]]:
    """Open a tab for each server."""
    contexts = [
        browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB", timezone_id="UTC")
        for _ in urls
    ]
    yield [Tab(context.new_page(), url) for context, url in zip(contexts, urls, strict=True)]
    for context in contexts:
        context.close()
