"""A page of the console in a browser, which keeps what it asked for and what went wrong in it."""

import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
AXE = ROOT / "console" / "node_modules" / "axe-core" / "axe.min.js"
# The rules of WCAG 2.2 at the levels A and AA.
_RULES = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
_CONTRAST = {"type": "rule", "values": ["color-contrast"]}
_REPORTS = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) =>
  window.violations.push(`${event.violatedDirective}: ${event.blockedURI} ${event.sourceFile}`));
"""


class ConsolePage:
    """A page of the console. `faults` are errors of its scripts, and `asked` the documents it has sent."""

    def __init__(self, page, url):
        self.page = page
        self.url = url
        self.asked: list[dict[str, Any]] = []
        self.faults: list[str] = []
        # Responses that a test makes fail on purpose are errors on the browser's console, too.
        self.expected: tuple[str, ...] = ()
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda error: self.faults.append(f"error: {error}"))
        page.on("console", self._said)
        page.on("request", self._sent)
        page.add_init_script(_REPORTS)

    def _said(self, message):
        text = f"{message.type}: {message.text}"
        if message.type in {"error", "warning"} and not any(part in text for part in self.expected):
            self.faults.append(text)

    def _sent(self, request):
        if request.method == "POST" and request.url.endswith("/graphql"):
            self.asked.append(json.loads(request.post_data))

    def open(self, view="", *, heading=None):
        """Open a view by its address after `#/`, as a new page; wait for its heading if one is given."""
        self.asked.clear()
        self.page.goto("about:blank")
        self.page.goto(f"{self.url}/ui/#/{view}")
        if heading is not None:
            self.page.get_by_role("heading", level=1, name=heading).wait_for()
        return self

    def dialog(self, title):
        """Return the open dialog of a title."""
        found = self.page.get_by_role("dialog", name=title)
        found.wait_for()
        return found

    def gone(self, title):
        """Wait until no dialog of a title is open."""
        self.page.get_by_role("dialog", name=title, include_hidden=True).wait_for(state="detached")

    def check(self):
        """Fail if a script failed, or if the policy of the page refused something."""
        self.faults += self.page.evaluate("window.violations ?? []")
        assert not self.faults, self.faults

    def check_wcag(self):
        """Fail if axe finds anything on the page as it is shown.

        In dark colours only their contrast is looked at, because nothing else differs.
        """
        for scheme, wanted in (("light", _RULES), ("dark", _CONTRAST)):
            self.page.emulate_media(color_scheme=scheme)
            found = self.violations_of_wcag(wanted)
            assert not found, f"{scheme}: {found}"

    def violations_of_wcag(self, wanted=_RULES):
        """Return what axe finds on the page as it is shown: rule, and the elements."""
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found = self.page.evaluate(
            "(wanted) => axe.run(document, {runOnly: wanted, resultTypes: ['violations']})", wanted
        )
        return [(one["id"], [node["html"][:200] for node in one["nodes"]]) for one in found["violations"]]
