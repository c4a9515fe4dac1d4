"""The setting of C's allocator under which a server with many threads stays as small as its requests.

By default each thread keeps the largest blocks that it ever had for its next request: thirty threads with a
large request each keep thirty times its memory.
"""

from typing import Final

# The number of the setting in glibc, and the size from which a freed block goes back to the system at once.
_M_MMAP_THRESHOLD: Final = -3
_LARGE: Final = 131_072


def return_large_blocks() -> None:
    """Let the allocator give freed large blocks back at once; do nothing where it has no such setting."""
    from ctypes import CDLL  # noqa: PLC0415  (no other part of the server needs it)

    setting = getattr(CDLL(None), "mallopt", None)
    if setting is not None:
        setting(_M_MMAP_THRESHOLD, _LARGE)
