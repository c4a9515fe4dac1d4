"""The number of cases that property tests try."""

import os

# `make test` tries some hundreds; `make test-properties` thousands of the same; a fraction is a quick look.
_FACTOR = float(os.environ.get("EXAMPLES", "1"))


def examples(number: int) -> int:
    """Return the number of cases to try: this number, times the environment variable EXAMPLES."""
    return max(1, round(number * _FACTOR))
