"""Sets of labels by their digests, in which the queue lists waiting runs, and the sets that an agent takes.

A digest has two parts. The first one has nine digits for each label, so that sets which begin with the same
labels stand together. Labels with the same nine digits are found within seconds by whoever looks for some. So
the second part is a long hash of the whole set, by which a walk passes the runs of all other sets unread. A
run that was listed before there were long hashes stands under the first part alone. A poll that meets it in
vain lists it under its whole digest.
"""

import hashlib
from base64 import urlsafe_b64encode
from bisect import bisect_right
from collections.abc import Collection, Sequence
from itertools import chain, combinations, groupby, product
from math import prod
from typing import Final, Protocol

from domain.flows.labels import MAX_LABELS

# Hexadecimal digits for each label. The digests of a hundred labels, the hash of the whole set and a time fit
# in the 1,024 bytes of a sort key.
_DIGITS: Final = 9
# The bytes of the hash of a set. Two sets with the same hash are found by nobody.
_BYTES: Final = 15
# Stands before the hash of the whole set. It sorts behind `#`, which follows the former digest of the same
# set, and before the digits of a set with more labels.
_WHOLE: Final = "."
# Stands behind any hash, and before the next one.
_NEXT: Final = "$"
# Labels of an agent with the same nine digits make several sets with the same first part. An agent with more
# sets than these is offered all runs with this first part, and their labels decide.
_MOST_ALIKE: Final = 64


class WantedSets(Protocol):
    """The sets of labels for which a walk through the queue looks, as sorted digests."""

    @property
    def first(self) -> str: ...
    @property
    def last(self) -> str: ...
    def __contains__(self, digest: str) -> bool: ...
    def after(self, digest: str) -> str | None: ...


def labels_digest(labels: Collection[str]) -> str:
    """Return the digest of a set of labels, as the module says; "" for no labels."""
    hashes = _hashes(labels)
    return _with_whole("".join(_digests(hashes)[:MAX_LABELS]), hashes)


def former_digest(labels: Collection[str]) -> str:
    """Return the digest under which runs with these labels stand that were listed without a long hash."""
    return labels_digest(labels).partition(_WHOLE)[0]


def _hashes(labels: Collection[str]) -> list[str]:
    return sorted({hashlib.sha256(label.encode("utf-8", "surrogatepass")).hexdigest() for label in labels})


def _digests(hashes: Sequence[str]) -> list[str]:
    """Return the nine digits of each hash once, sorted as the hashes are."""
    return list(dict.fromkeys(map(_digest, hashes)))


def _digest(label_hash: str) -> str:
    return label_hash[:_DIGITS]


def _with_whole(first_part: str, hashes: Collection[str]) -> str:
    return f"{first_part}{_WHOLE}{_whole(hashes)}" if hashes else ""


def _whole(hashes: Collection[str]) -> str:
    joined = hashlib.sha256("".join(sorted(hashes)).encode()).digest()
    return urlsafe_b64encode(joined[:_BYTES]).decode()


class OneSet:
    """One set of labels: its former digest, and its digest."""

    def __init__(self, labels: Collection[str]) -> None:
        self.first, self.last = former_digest(labels), labels_digest(labels)

    def __contains__(self, digest: str) -> bool:
        return digest in (self.first, self.last)

    def after(self, digest: str) -> str | None:
        """Return the next one of the two digests behind any digest; None at the end."""
        return next((own for own in (self.first, self.last) if own > digest), None)


class TakableSets:
    """The sets of labels whose runs an agent takes, as sorted digests, each behind its former one.

    An agent with n labels takes two to the power of n sets. So the sets are never listed: `after` finds the
    next set from any digest.
    """

    def __init__(self, agent_labels: Collection[str]) -> None:
        self._hashes = _hashes(agent_labels)
        self._digests = _digests(self._hashes)
        self._alike = {digest: list(alike) for digest, alike in groupby(self._hashes, _digest)}

    @property
    def first(self) -> str:
        """Return the first digest of a set that the agent takes."""
        return self._digests[0] if self._digests else ""

    @property
    def last(self) -> str:
        """Return the last digest of a set that the agent takes, or a text behind it."""
        if not self._digests:
            return ""
        wholes = self._wholes(self._digests[-1:])
        return f"{self._digests[-1]}{_WHOLE}{wholes[-1] if wholes else '~'}"

    @property
    def every(self) -> str:
        """Return the digest of all labels of the agent, however many they are."""
        return _with_whole("".join(self._digests), self._hashes)

    def __contains__(self, digest: str) -> bool:
        first_part, _, whole = digest.partition(_WHOLE)
        shared, strange = self._shared(first_part)
        if strange is not None or bool(shared) is not bool(self._digests):
            return False
        wholes = self._wholes(shared) if whole else None
        return wholes is None or whole in wholes

    def after(self, digest: str) -> str | None:
        """Return the digest of the next set that the agent takes behind any digest; None at the end."""
        first_part, _, whole = digest.partition(_WHOLE)
        shared, strange = self._shared(first_part)
        if shared and strange is None:
            following = self._whole_after(shared, whole)
            if following is not None:
                return f"{first_part}{_WHOLE}{following}"
        while True:
            index = bisect_right(self._digests, max([strange or "", *shared[-1:]]))
            if index < len(self._digests):
                return "".join([*shared, self._digests[index]])
            if not shared:
                return None
            strange = shared.pop()

    def _shared(self, first_part: str) -> tuple[list[str], str | None]:
        """Return the digests of the agent's labels with which a digest begins, and the first other one."""
        parts = [first_part[start : start + _DIGITS] for start in range(0, len(first_part), _DIGITS)]
        for index, part in enumerate(parts):
            if part not in self._digests:
                return parts[:index], part
        return parts, None

    def _whole_after(self, digests: Sequence[str], whole: str) -> str | None:
        """Return the next hash of a set with these digests behind a hash; None behind the last one."""
        wholes = self._wholes(digests)
        if wholes is None:
            return f"{whole}{_NEXT}" if whole else ""
        index = bisect_right(wholes, whole)
        return wholes[index] if index < len(wholes) else None

    def _wholes(self, digests: Sequence[str]) -> list[str] | None:
        """Return the hashes of all sets of the agent with these digests, sorted; None if any hash fits."""
        if len(digests) >= MAX_LABELS < len(self._digests):
            return None  # the first part of a digest has no more labels
        alike = [self._alike[digest] for digest in digests]
        if prod(2 ** len(hashes) - 1 for hashes in alike) > _MOST_ALIKE:
            return None
        choices = product(*map(_subsets, alike))
        return sorted(_whole(list(chain.from_iterable(chosen))) for chosen in choices)


def _subsets(hashes: Sequence[str]) -> list[tuple[str, ...]]:
    """Return all subsets but the empty one."""
    return [chosen for size in range(1, len(hashes) + 1) for chosen in combinations(hashes, size)]
