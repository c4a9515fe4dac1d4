"""Times, in the form in which the service sends and accepts them."""

from datetime import UTC, datetime


def read_time(text: str | None) -> datetime | None:
    """Return a time of a response as an aware datetime."""
    return None if text is None else aware(datetime.fromisoformat(text))


def write_time(instant: datetime | str | None) -> str | None:
    """Return a time for a request: a text as it is, a datetime in ISO 8601, without a zone as UTC."""
    return aware(instant).isoformat() if isinstance(instant, datetime) else instant


def aware(instant: datetime) -> datetime:
    """Return the instant with a zone; without one it is UTC."""
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
