"""The service's own handler in a process that takes up what deletions left sooner than in a minute."""

from datetime import timedelta

from domain.recovery import follow_ups

# Seconds. No request of the fault test goes on for so long.
LONGEST_REQUEST = 8
# Before anything reads it.
vars(follow_ups)["LONGEST_REQUEST"] = timedelta(seconds=LONGEST_REQUEST)

from handlers.http_api import handler  # noqa: E402

__all__ = ["handler"]
