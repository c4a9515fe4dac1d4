"""The conditions of writes that several modules share; other conditions stand beside their writes.

A write whose condition does not hold is refused, and the refusal brings the item.
"""

from typing import Final

# Refuse an update of an item that was deleted meanwhile, because DynamoDB would create it anew.
EXISTS: Final = "attribute_exists(pk)"
# Create an item once: a repeat whose first response was lost is refused and finds its own item.
IS_NEW: Final = "attribute_not_exists(pk)"
# Optimistic lock on a run or a flow group: each change raises its version, so only one writer of
# a version wins.
AT_VERSION: Final = "version = :version"
# Remove a marker as it was read. A marker that was put again stands for new work, so the end of the earlier
# work must not remove it.
MARKER_AS_READ: Final = "#order = :order"
# Optimistic lock on a flow's serialized form or on the record of the format, which count their rewrites.
AT_REVISION: Final = "revision = :revision"
