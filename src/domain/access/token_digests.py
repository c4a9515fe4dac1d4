"""The setting that names the accepted tokens: their SHA-256, so that it gives no access by itself."""

import re
from typing import Final

from domain.errors import BadUserInput

_DIGEST: Final = re.compile("[0-9a-fA-F]{64}")
_BLANKS: Final = " \t\r\n"


def parse_digests(setting: str, text: str) -> frozenset[str]:
    """Return the digests in a list with commas, in lower-case hex. Raises BadUserInput for any other text.

    Only the empty text stands for no digest. A blank or a comma alone is refused, because a service without
    digests lets everybody in.
    """
    if not text:
        return frozenset()
    entries = [entry.strip(_BLANKS) for entry in text.split(",")]
    for number, entry in enumerate(entries, 1):
        if not _DIGEST.fullmatch(entry):
            # Not with its text, because that may be the token itself, and the message goes to a log.
            raise BadUserInput(
                f"{setting} must be SHA-256 digests, 64 characters 0-9 and a-f each, separated by commas; "
                f"number {number} of {len(entries)} is none (docs/deploying.md makes one of a token). "
                "Without the setting there is no authentication."
            )
    return frozenset(entry.lower() for entry in entries)
