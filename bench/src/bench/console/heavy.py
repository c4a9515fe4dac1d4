"""Long lists: a run of 10,000 mapped children and a log of 100,000 entries, which are scrolled through."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from bench.console.tab import Asked, Tab
from bench.console.worlds import CHILDREN, ENTRIES, Known

STEPS: Final = 100
# A page that draws all rows of a list has ten times as many.
MAX_NODES: Final = 3_000
MAX_FRAME: Final = 100.0
_MOST_PORTIONS: Final = 100
_SCROLL: Final = """async ({label, steps}) => {
  const box = document.querySelector(`section[aria-label="${label}"]`);
  const frame = () => new Promise(requestAnimationFrame);
  const height = box.scrollHeight - box.clientHeight;
  const times = [];
  let nodes = 0;
  for (let step = 0; step <= steps; step += 1) {
    const began = performance.now();
    box.scrollTop = (height * step) / steps;
    await frame();
    await frame();
    times.push(performance.now() - began);
    nodes = Math.max(nodes, document.querySelectorAll("*").length);
  }
  times.sort((a, b) => a - b);
  return {nodes, median: times[times.length >> 1], worst: times.at(-1)};
}"""
_END: Final = """(label) => {
  const box = document.querySelector(`section[aria-label="${label}"]`);
  box.scrollTop = box.scrollHeight;
}"""
_ROWS: Final = """(label) => {
  const row = document.querySelector(`section[aria-label="${label}"] li`);
  return Number(row?.getAttribute("aria-setsize") ?? 0);
}"""


@dataclass(frozen=True, slots=True)
class Heavy:
    """A long list that was scrolled through; `median` and `worst` are of a step, in milliseconds."""

    name: str
    rows: int
    nodes: int
    median: float
    worst: float
    asked: Asked


def scroll_children(tab: Tab, known: Known, name: str) -> Heavy:
    """Scroll through the timeline of a run with the children of its mapped task unfolded."""
    tab.open(f"runs/{known.heavy.id}?tab=timeline&open={known.heavy_task_id}")
    return _scrolled(tab, name, "Task runs over time")


def scroll_log(tab: Tab, known: Known, name: str) -> Heavy:
    """Scroll to the end of a log until all of it has come, then through it."""
    label = "Log entries"
    tab.open(f"runs/{known.heavy.id}?tab=logs")
    rows = 0
    for _ in range(_MOST_PORTIONS):
        tab.page.evaluate(_END, label)
        tab.settle()
        before, rows = rows, tab.page.evaluate(_ROWS, label)
        if rows == before:
            break
    return _scrolled(tab, name, label)


def _scrolled(tab: Tab, name: str, label: str) -> Heavy:
    found: Any = tab.page.evaluate(_SCROLL, {"label": label, "steps": STEPS})
    rows = tab.page.evaluate(_ROWS, label)
    tab.settle()
    return Heavy(name, rows, found["nodes"], found["median"], found["worst"], tab.taken())


LONG_LISTS: Final[Mapping[str, Callable[[Tab, Known, str], Heavy]]] = {
    f"timeline, {CHILDREN:,} task runs": scroll_children,
    f"log, {ENTRIES:,} entries": scroll_log,
}
