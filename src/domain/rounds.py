"""Rounds of a change that is read, decided and written again whenever another writer came first."""

from typing import Final

from domain.errors import ApiError

# A round is lost only to another writer that succeeded, so this many lost rounds in a row cannot be bad luck.
ROUNDS: Final = 64


def changed_too_often(what: str) -> ApiError:
    """Return the error of a change that lost every round; `what` begins the sentence."""
    return ApiError(f"{what} changed too often meanwhile; send it again.")
