"""Labels of flows, runs and agents: the bounds of a set of labels."""

from typing import Final

from domain.errors import BadUserInput, PayloadTooLarge
from domain.names import check_name

# Every state change rewrites a run's labels, so labels share in what a state change costs.
MAX_LABELS: Final = 100
MAX_LABELS_BYTES: Final = 4_000


def check_labels(labels: object, what: str = "labels") -> list[str]:
    """Return labels sorted and without repeats; `what` names them in the message.

    Raises BadUserInput if `labels` is not a list of short texts, PayloadTooLarge beyond MAX_LABELS labels or
    MAX_LABELS_BYTES of UTF-8 in all.
    """
    if not isinstance(labels, list) or not all(isinstance(label, str) for label in labels):
        raise BadUserInput(f"{what} must be a list of texts.")
    if len(labels) > MAX_LABELS:
        raise PayloadTooLarge(f"{what}: at most {MAX_LABELS} can be kept, not {len(labels):,}.")
    checked = sorted({check_name(label, f"a label in {what}") for label in labels})
    size = sum(len(label.encode()) for label in checked)
    if size > MAX_LABELS_BYTES:
        raise PayloadTooLarge(f"{what}: they have {size:,} bytes; at most {MAX_LABELS_BYTES:,} can be kept.")
    return checked
