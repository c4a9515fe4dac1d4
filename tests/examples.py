"""How many cases property tests try."""

import os

# `make test` tries some hundreds; `make test-properties` thousands of the same; a fraction is a quick look.
_TIMES = float(os.environ.get("EXAMPLES", "1"))


def examples(number: int) -> int:
    """Give the number of cases to try: this many, or as many times that as EXAMPLES says."""
    return max(1, round(number * _TIMES))
