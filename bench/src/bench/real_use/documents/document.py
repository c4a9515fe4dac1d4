"""A document that a client sends, with the values that it takes from a world."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from bench.real_use.world import World, literal

_PLACE: Final = re.compile(r"@(\w+)")


@dataclass(frozen=True, slots=True)
class Document:
    """A document by its name, with the releases of Prefect Core that send it; "" for other clients.

    `@name` in the text is replaced by the literal of the world's value of that name, because Core writes
    values into the text. In the variables it is replaced by the value itself.
    """

    name: str
    releases: str
    text: str
    variables: Mapping[str, Any] = field(default_factory=dict)

    @property
    def from_core(self) -> bool:
        """True if a release of Prefect Core sends the document."""
        return bool(self.releases)

    def text_for(self, world: World) -> str:
        """Return the text for a world."""
        return _PLACE.sub(lambda place: literal(world.values[place[1]]), self.text)

    def variables_for(self, world: World) -> dict[str, Any]:
        """Return the variables for a world."""
        return {name: _filled(value, world) for name, value in self.variables.items()}


def _filled(value: Any, world: World) -> Any:
    if isinstance(value, str) and value.startswith("@"):
        return world.values[value[1:]]
    if isinstance(value, dict):
        return {name: _filled(part, world) for name, part in value.items()}
    return [_filled(part, world) for part in value] if isinstance(value, list) else value
