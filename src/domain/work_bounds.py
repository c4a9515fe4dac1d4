"""The bounds of the work of one request, and what each kind of work takes of them."""

from typing import Final

# A unit is about a microsecond of one processor: a comparison, or some characters that are matched.
MAX_UNITS: Final = 400_000
# Reads of the database, even of what does not exist. Each costs two thirds of a millisecond of the processor,
# with what leads to it. Agents need some thirty, and a page that shows a hundred flows, each with its last
# runs and the numbers of its runs in four states, some eight hundred.
MAX_READS: Final = 1_400
USUAL_SHARDS: Final = 4
# Units of the changes of a request, with what it has compared and read before it begins another one. The
# largest single changes take most of them: 20,000 log entries, or the largest flow.
MAX_UNITS_OF_CHANGES: Final = 1_250_000
# A change: its checks and its response. Each call of the database comes to it.
CHANGE: Final = 2_500
CALL: Final = 800
# The part of that budget after which a deletion or a cancellation leaves the rest to a repeat, or to
# recovery. It consists of calls alone, which take a little longer side by side.
OF_MANY_CALLS: Final = 0.35
# An item that such a change reads and looks at.
LOOKED_AT: Final = 50
# What one byte takes that a value weighs, to unpack it and to write it again.
UNPACKED: Final = 0.02
# Rows that are looked at. Each costs tens of microseconds, because it is made from an item, or from a part of
# one, and shown.
MAX_ROWS: Final = 20_000
# Items that are looked up by their keys, such as those of flow runs. Each was found in an index before, and
# is decoded whole, so it takes several times as long as a row that is a part of an item.
MAX_ITEMS: Final = 9_000
# Characters of texts that are unpacked: to inflate, weigh and read a megabyte takes over ten milliseconds. A
# packed byte takes as long as several of them, because it is received as text of its own. So a text that
# hardly compresses counts about four times. Each value counts besides, because lists unpack many short ones.
MAX_CHARACTERS: Final = 60_000_000
OF_PACKED_BYTE: Final = 3
OF_UNPACKED_VALUE: Final = 500
# All are shares of one budget, because all of them take the same processor: all reads use it up, as do all
# items, all characters, and all rows and all units together. A request that has used half its reads has half
# of what is left.
ROWS_SHARE: Final = 0.7
UNITS_SHARE: Final = 0.3
# Units for an entry of a log that is decoded. A row pays for most of that itself. More entries than there may
# be rows are no rows, so these pay for all of it.
DECODED: Final = 3.0
DECODED_IN_VAIN: Final = 18.0
# The last rows of a list that fit may exceed the budget if no more of it was used before.
BEFORE_LAST_ROWS: Final = 0.3
# The time is looked at after so many units.
STEP: Final = 500


def most_reads(shards: int) -> int:
    """Return how many reads of the database a request may make.

    A list makes a read of each shard at least, so a deployment with more shards than usual allows more.
    """
    return MAX_READS * max(1, shards // USUAL_SHARDS)
