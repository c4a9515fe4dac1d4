"""Texts that are longer than what is kept of them."""


def cut(text: str, most: int) -> str:
    """A text's first `most` characters, and a note of how many are missing; a text that fits as it is."""
    if len(text) <= most:
        return text
    return f"{text[:most]}… ({len(text) - most:,} more characters were cut off)"


def left_out(size: int) -> str:
    """What stands for a value of so many bytes that is not kept."""
    return f"… ({size:,} bytes were left out)"
