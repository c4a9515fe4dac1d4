"""The second argument of a handler: all that ours asks of it."""


class Invocation:
    """The context of an invocation whose time never ends, so that no measurement depends on it."""

    aws_request_id = "a request of a benchmark"

    def get_remaining_time_in_millis(self) -> int:
        """Return Lambda's timeout of the function."""
        return 25_000
