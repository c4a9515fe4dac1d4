"""Texts that are too long to be stored whole."""


def cut(text: str, most: int) -> str:
    """Return a text that fits, or its first `most` characters and a note of how many are missing."""
    if len(text) <= most:
        return text
    return f"{text[:most]}… ({len(text) - most:,} more characters were cut off)"


def left_out(size: int) -> str:
    """Return the text that replaces a value of this many bytes which is not stored."""
    return f"… ({size:,} bytes were left out)"
