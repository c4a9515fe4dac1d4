"""Names for JSON values, as Python's json module makes them."""

from typing import Any

JsonObject = dict[str, Any]
