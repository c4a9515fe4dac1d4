"""The error that ends the local server."""


class StartError(Exception):
    """The server cannot start, or cannot go on. The message is one line that says what the user can do."""
