"""Rows: what a query works on and answers with."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from domain.histories import HistoryEntry
from domain.json_types import JsonObject
from operations.reads.entities.description import Entity


@dataclass(slots=True)
class Row:
    """A domain object with the related rows that were loaded for it, and with which parts they were."""

    value: Any
    related: dict[str, Any] = field(default_factory=dict)
    loaded: dict[str, frozenset[str]] = field(default_factory=dict)

    def lacks(self, relation: str, parts: frozenset[str]) -> bool:
        """Whether a relation is not there yet, or not with these parts."""
        return relation not in self.related or not parts <= self.loaded.get(relation, frozenset())


@dataclass(frozen=True, slots=True)
class StateOfRun:
    """A history entry that knows its run."""

    run_id: str
    entry: HistoryEntry


@dataclass(frozen=True, slots=True)
class WholeFlow:
    """A flow with its serialized form; has every attribute of the flow."""

    flow: Any
    serialized: JsonObject | None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.flow, name)


@dataclass(slots=True)
class Need:
    """What a selection, filter or order asks of an entity: columns, and relations with their own needs."""

    columns: set[str] = field(default_factory=set)
    relations: dict[str, "Need"] = field(default_factory=dict)

    def relation(self, name: str) -> "Need":
        """The need of a relation, made when it is first asked for."""
        return self.relations.setdefault(name, Need())

    def merge(self, other: "Need") -> "Need":
        """Add what another need asks for; answers itself."""
        self.columns |= other.columns
        for name, need in other.relations.items():
            self.relation(name).merge(need)
        return self

    def parts(self, entity: Entity) -> frozenset[str]:
        """The parts of the stored entity that must be read for it."""
        return frozenset(self._parts(entity))

    def _parts(self, entity: Entity) -> Iterator[str]:
        parts = [entity.columns[name].part for name in self.columns]
        parts += [entity.relations[name].part for name in self.relations]
        yield from (part for part in parts if part is not None)
