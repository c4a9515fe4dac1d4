"""Log entries of flow runs and their task runs."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from domain.errors import BadUserInput, PayloadTooLarge
from domain.ids import inner_id

LEVELS: Final = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
DEFAULT_LEVEL: Final = "INFO"
# Clients cut longer messages off by themselves.
MAX_MESSAGE: Final = 1_000_000
# Clients send what has gathered in five seconds, up to 4 MB.
MAX_ENTRIES: Final = 20_000
# The entries that are kept together span no more, so that a reader knows what may still come.
SPAN: Final = timedelta(seconds=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class LogEntry:
    """One entry; `info` is whatever the client says of it beside its text."""

    flow_run_id: str
    task_run_id: str | None
    timestamp: datetime
    name: str | None
    level: str
    message: str
    info: Any


@dataclass(frozen=True, slots=True)
class KeptEntry:
    """An entry as it is kept: in a batch with a token of its own, at a place in it."""

    entry: LogEntry
    token: str
    place: int

    @property
    def id(self) -> str:
        """Its identifier: the same whenever it is read."""
        return inner_id(self.entry.flow_run_id, f"log/{self.token}/{self.place}")

    @property
    def order(self) -> tuple[datetime, str, int]:
        """Where it stands among the entries of its flow run, the same whenever they are read."""
        return self.entry.timestamp, self.token, self.place


def check_entries(entries: list[LogEntry]) -> None:
    """Refuse what cannot be kept, before anything is. Raises BadUserInput, PayloadTooLarge."""
    if len(entries) > MAX_ENTRIES:
        raise BadUserInput(f"logs: at most {MAX_ENTRIES:,} can be written at once, not {len(entries):,}.")
    for number, entry in enumerate(entries):
        if len(entry.message) > MAX_MESSAGE:
            raise PayloadTooLarge(
                f"logs[{number}].message has {len(entry.message):,} characters; at most {MAX_MESSAGE:,} can "
                "be kept."
            )
