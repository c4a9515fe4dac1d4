"""Two labels of which the hashes begin with the same nine digits."""

from typing import Final

ALIKE: Final = ("l125513", "l211050")
