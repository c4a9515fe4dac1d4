"""Prices of AWS, read from prices.json, with their sources."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.report import Table

FILE = Path(__file__).with_name("prices.json")


@dataclass(frozen=True, slots=True)
class Price:
    """A price: `usd` dollars for `per` units of `what`. `checked` says how it was confirmed."""

    usd: float
    per: float
    what: str
    source: str
    checked: str

    def of(self, amount: float) -> float:
        """Return the dollars for an amount."""
        return amount * self.usd / self.per


@dataclass(frozen=True, slots=True)
class Prices:
    """The prices of one region on one day."""

    date: str
    region: str
    terms: str
    by_name: dict[str, Price]

    def of(self, name: str, amount: float) -> float:
        """Return the dollars for an amount at the price of this name."""
        return self.by_name[name].of(amount)

    def table(self) -> Table:
        """Return the table of all prices with their sources."""
        rows = [(f"${price.usd:g}", f"{price.per:,.0f}", *_words(price)) for price in self.by_name.values()]
        notes = [f"{self.region}, {self.date}: {self.terms}."]
        return Table("Prices", ("price", "per", "of", "page", "checked"), rows, notes)


def _words(price: Price) -> Iterator[str]:
    yield from (price.what, price.source.removeprefix("https://"), price.checked)


def load_prices(file: Path = FILE) -> Prices:
    """Return the prices of a file. Raises KeyError or TypeError if a field is missing."""
    document = json.loads(file.read_text(encoding="utf-8"))
    by_name = {name: Price(**price) for name, price in document["prices"].items()}
    return Prices(document["date"], document["region"], document["terms"], by_name)
