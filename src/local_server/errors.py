class StartError(Exception):
    """The server cannot start, or cannot go on; the message is one line that says what to do."""
