"""Bringing older data into the form of this code: a bounded piece at a time, in the background.

A piece may be cut anywhere and done again, by several at once, while requests of this code and of the one
before it write: each of its writes is conditional, and the record moves on only after them.
"""

from collections.abc import Callable, Iterator

from domain.formats import Format, Piece, begun, begun_alone
from operations.context import Context


def migrate(
    context: Context, has_time: Callable[[], bool], *, alone: bool = False
) -> Iterator[tuple[Format, Piece]]:
    """Go on with it as long as there is time: each piece, with how far the data has come by it.

    `alone` says that nobody else, of whatever release, can write meanwhile: then nothing is waited for.
    Raises DataTooNew, ApiError.
    """
    formats = context.store.formats
    found = formats.read()
    record = begun_alone(found, context.now()) if alone else begun(found)
    if record != found and not formats.write(record, found):
        return  # somebody else has begun at the same moment
    while not record.is_current and has_time() and (alone or not record.is_idle(context.now())):
        piece = formats.migrate_piece(record.step, record.place, context.now())
        after = record.came_to(piece.after, context.now())
        if not formats.write(after, record):
            return  # somebody else works at it
        record = after
        yield record, piece
