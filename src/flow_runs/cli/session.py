"""What every command gets: a client made from the global options, and the two consoles."""

from collections.abc import Callable
from dataclasses import dataclass, field

import typer
from rich.console import Console

from flow_runs.client import Client


@dataclass(slots=True)
class Session:
    """The options given before the command; the client is made when a command asks for it."""

    url: str | None = None
    token: str | None = field(default=None, repr=False)
    make_client: Callable[..., Client] = Client

    def client(self) -> Client:
        """Connect. Raises ConfigurationError."""
        return self.make_client(url=self.url, token=self.token)


def session(context: typer.Context) -> Session:
    """Answer the session of this invocation; the first call makes it."""
    root = context.find_root()
    if not isinstance(root.obj, Session):
        root.obj = Session()
    return root.obj


def stdout() -> Console:
    """Make the console for what was asked for; made anew, so that it follows a redirected sys.stdout."""
    return Console(highlight=False)


def stderr() -> Console:
    """Make the console for errors, and for progress where stdout belongs to a machine."""
    return Console(stderr=True, highlight=False)
