"""The errors of requests that ask for too much, that take too long, or whose clients have left."""

from domain.errors import ApiError, ClientLeft, TooMuchWork


def out_of_time() -> ApiError:
    """Return the error of a request whose time is over."""
    return ApiError("The request took too long and was stopped; ask for less at once, or send it again.")


def client_left() -> ClientLeft:
    """Return the error of a request whose response nobody waits for."""
    return ClientLeft("The request was stopped, because its client has left.")


def too_many_comparisons(argument: str) -> TooMuchWork:
    """Return the error that names the argument for which the units do not suffice."""
    return TooMuchWork(
        f"{argument}: this request asks for too many comparisons. Ask for less at once: narrow its "
        "lists by an id, name or time, shorten its patterns, or split it into several requests."
    )


def too_many_rows(most: float) -> TooMuchWork:
    """Return the error of a request whose lists find more rows than it may look at."""
    return TooMuchWork(
        f"This request looks at more than {most:,} rows over all its lists. "
        "Ask for less at once: narrow its lists by where or limit, or split it into several requests."
    )


def too_many_reads(most: float) -> TooMuchWork:
    """Return the error of a request that would read the database more often than it may."""
    return TooMuchWork(
        f"This request needs more than {most:,} reads of the database over all its fields. "
        "Ask for less at once: name fewer ids or names, or split it into several requests."
    )


def too_much_together(used: str) -> TooMuchWork:
    """Return the error of a request that stays within each bound, but not within all of them together."""
    return TooMuchWork(
        f"This request asks for too much at once: {used} are together more than one request may. Ask for "
        "less at once: narrow its lists by where or limit, or split it into several requests."
    )


def change_too_large(argument: str) -> TooMuchWork:
    """Return the error of a change that does not begin."""
    return TooMuchWork(
        f"{argument}: the changes of this request are too much work for one request. Nothing of this "
        "field was written, and no later one begins. Send fewer or smaller values at once."
    )


def too_many_changes(argument: str) -> TooMuchWork:
    """Return the error of a field of several changes, some of which are done."""
    return TooMuchWork(
        f"{argument}: the changes of this request are too much work for one request. Those before "
        "this one are done, this one and those behind it are not. Send fewer at once."
    )
