"""The client and the two consoles, which every command uses."""

from collections.abc import Callable
from dataclasses import dataclass, field

import typer
from rich.console import Console
from rich.text import Text

from flow_runs.client import Client


@dataclass(slots=True)
class Session:
    """The global options, and the client that is made of them when a command needs it."""

    url: str | None = None
    token: str | None = field(default=None, repr=False)
    tenant_id: str | None = None
    make_client: Callable[..., Client] = Client

    def client(self) -> Client:
        """Return a new client. Raises ConfigurationError."""
        return self.make_client(url=self.url, token=self.token, tenant_id=self.tenant_id)


def session(context: typer.Context) -> Session:
    """Return the session of this invocation, which the first call makes."""
    root = context.find_root()
    if not isinstance(root.obj, Session):
        root.obj = Session()
    return root.obj


def stdout() -> Console:
    """Return a console for results. It is a new one, so that it follows a redirected sys.stdout."""
    return Console(highlight=False)


def stderr() -> Console:
    """Return a console for errors, and for progress if stdout holds a JSON document."""
    return Console(stderr=True, highlight=False)


def say(text: str) -> None:
    """Print a remark beside the output, which scripts read."""
    stderr().print(Text(text, style="yellow"), soft_wrap=True)
