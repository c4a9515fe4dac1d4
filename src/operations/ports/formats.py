"""The form of the stored data."""

from datetime import datetime
from typing import Protocol

from domain.formats import Format, MigrationPiece


class Formats(Protocol):
    """The format of one tenant's data, and the steps that migrate older data to it."""

    def read(self) -> Format | None: ...
    def write(self, after: Format, before: Format | None) -> bool: ...
    def note_new(self) -> None: ...
    def migrate_piece(self, step: int, position: str | None, now: datetime) -> MigrationPiece: ...
