"""The migration of older data to the form of this code: in the background, a bounded piece at a time.

A piece may be cut off and repeated, even by several processes at once, while requests of this release and of
the release before it write. This is safe because each write of a piece is conditional or adds a mark that
recovery checks, and the record moves on only after the piece.
"""

from collections.abc import Callable, Iterator

from domain.formats import Format, MigrationPiece, next_record, next_record_alone
from operations.context import Context


def migrate(
    context: Context, has_time: Callable[[], bool], *, alone: bool = False
) -> Iterator[tuple[Format, MigrationPiece]]:
    """Migrate while `has_time()` is true. Yield each piece with the record after it.

    `alone` is True if no other process of any release can write in the meantime, so that no wait is needed.
    Raises DataTooNew, ApiError.
    """
    formats = context.store.formats
    found = formats.read()
    record = next_record_alone(found, context.now()) if alone else next_record(found)
    if record != found and not formats.write(record, found):
        return  # another process has begun at the same moment
    while not record.is_current and has_time() and (alone or not record.is_idle(context.now())):
        piece = formats.migrate_piece(record.step, record.position, context.now())
        after = record.advanced_to(piece.after, context.now())
        if not formats.write(after, record):
            return  # another process does this piece
        record = after
        yield record, piece
