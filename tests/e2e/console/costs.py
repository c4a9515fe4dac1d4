"""What a view of the console asks, and what that costs."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Measured:
    """The requests of a first view and of a refresh, and what all of them cost."""

    first_requests: int
    refresh_requests: int
    calls: int
    read_units: float


class CostOfView:
    """A view that is opened with a clock that a test moves on, so that it need not wait for a refresh."""

    def __init__(self, console, view):
        self._console = console
        self._view = view
        self._responses = []
        console.page.clock.install()
        console.page.on("response", self._came)

    def _came(self, response):
        if response.request.method == "POST" and response.url.endswith("/graphql"):
            self._responses.append(response)

    def measured(self, text):
        """Open the view, wait for a text in it, and let it refresh once."""
        self._console.page.goto("about:blank")
        self._responses.clear()
        console = self._console.open(self._view)
        console.page.get_by_text(text).first.wait_for()
        console.page.wait_for_load_state("networkidle")
        first = len(self._responses)
        with console.page.expect_response("**/graphql"):
            console.page.clock.fast_forward(61_000)
        console.page.wait_for_load_state("networkidle")
        costs = [response.json()["extensions"]["cost"] for response in self._responses]
        return Measured(
            first_requests=first,
            refresh_requests=len(costs) - first,
            calls=sum(cost["calls"] for cost in costs),
            read_units=sum(cost["read_units"] for cost in costs),
        )
