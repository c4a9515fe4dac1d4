"""Instants as the service writes and reads them."""

from datetime import UTC, datetime


def read_time(text: str | None) -> datetime | None:
    """Read a time of an answer; always aware."""
    return None if text is None else aware(datetime.fromisoformat(text))


def write_time(instant: datetime | str | None) -> str | None:
    """Write a time for a request: a text goes as it is, a datetime without a zone is UTC."""
    return aware(instant).isoformat() if isinstance(instant, datetime) else instant


def aware(instant: datetime) -> datetime:
    """Give the instant a zone if it has none: UTC."""
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
