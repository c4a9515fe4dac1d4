"""Lists of objects: tables of a page each on a terminal, tab-separated lines in a pipe."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Final, Generic, TypeVar

from rich.console import Console
from rich.table import Table
from rich.text import Text

from flow_runs.cli.tables import show_lines, state_style
from flow_runs.cli.text import instant, one_line
from flow_runs.models import AgentInfo, FlowInfo, FlowRunInfo, ProjectInfo

Item = TypeVar("Item")

_PAGE: Final = 100
_UNBROKEN: Final = frozenset({"ID", "STATE"})


@dataclass(frozen=True, slots=True)
class Listing(Generic[Item]):
    """The list of one kind of object: its columns, and the line for an empty list."""

    nothing: str
    columns: dict[str, Callable[[Item], object]]
    style: Callable[[Item, str], str] = lambda _item, _column: ""

    def show(self, console: Console, items: Iterable[Item]) -> None:
        """Show the items as they are read. Nothing is shown before the first item is there."""
        rest = iter(items)
        page = list(islice(rest, _PAGE if console.is_terminal else 1))
        if not console.is_terminal:
            show_lines(chain([tuple(self.columns)], map(self._cells, chain(page, rest))))
            return
        if not page:
            console.print(self.nothing)
        while page:
            console.print(self._table(page))
            page = list(islice(rest, _PAGE))

    def _cells(self, item: Item) -> tuple[str, ...]:
        return tuple(one_line(value(item)) for value in self.columns.values())

    def _table(self, items: Sequence[Item]) -> Table:
        table = Table(box=None, header_style="bold", pad_edge=False)
        for name in self.columns:
            table.add_column(name, no_wrap=name in _UNBROKEN, overflow="fold")
        for item in items:
            table.add_row(*self._styled(item))
        return table

    def _styled(self, item: Item) -> Iterator[Text]:
        for name, cell in zip(self.columns, self._cells(item), strict=True):
            yield Text(cell, style=self.style(item, name))


RUNS: Final[Listing[FlowRunInfo]] = Listing(
    "No flow runs.",
    {
        "ID": lambda run: run.id,
        "NAME": lambda run: run.name,
        "FLOW": lambda run: run.flow_name,
        "PROJECT": lambda run: run.project_name,
        "STATE": lambda run: run.state,
        "VERSION": lambda run: run.version,
        "CREATED": lambda run: instant(run.created),
    },
    lambda run, column: state_style(run.current_state) if column == "STATE" else "",
)
FLOWS: Final[Listing[FlowInfo]] = Listing(
    "No flows.",
    {
        "ID": lambda flow: flow.id,
        "NAME": lambda flow: flow.name,
        "PROJECT": lambda flow: flow.project_name,
        "VERSION": lambda flow: flow.version,
        "ARCHIVED": lambda flow: "yes" if flow.archived else "no",
        "CREATED": lambda flow: instant(flow.created),
    },
)
AGENTS: Final[Listing[AgentInfo]] = Listing(
    "No agents.",
    {
        "ID": lambda agent: agent.id,
        "NAME": lambda agent: agent.name,
        "TYPE": lambda agent: agent.type,
        "LABELS": lambda agent: ", ".join(agent.labels),
        "RELEASE": lambda agent: agent.core_version,
        "POLLED": lambda agent: instant(agent.last_queried) or "never",
    },
)
PROJECTS: Final[Listing[ProjectInfo]] = Listing(
    "No projects.",
    {
        "ID": lambda project: project.id,
        "NAME": lambda project: project.name,
        "FLOWS": lambda project: project.flows,
        "DESCRIPTION": lambda project: project.description,
        "CREATED": lambda project: instant(project.created),
    },
)
