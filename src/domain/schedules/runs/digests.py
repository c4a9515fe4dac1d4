"""Digests of parts of schedules: short texts that are equal for equal parts."""

import hashlib
import json

from domain.schedules.clocks.clocks import Gifts


def gifts_digest(gifts: Gifts) -> str:
    """Return a text that is equal for clocks that give the same to their runs."""
    return digest([gifts.parameter_defaults, gifts.labels, gifts.run_config])[:12]


def digest(value: object) -> str:
    """Return a text that tells a JSON value from others."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
