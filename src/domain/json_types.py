"""Types of JSON values, as the json module of Python reads them."""

from typing import Any

JsonObject = dict[str, Any]
