"""`python -m local_server`: Flow Runs on one machine, by the same handlers as on AWS."""

import signal
import sys


def _main() -> int:
    # Until the server runs, each of the three signals ends the start. Imports take most of that time.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # Keep an ignored SIGHUP ignored, because nohup sets it so that a closed terminal stops nothing. An
        # ignored SIGINT is handled all the same, because a script may send it to its background jobs.
        if number == signal.SIGINT or signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler)
    try:
        from local_server.server import main  # noqa: PLC0415

        return main()
    except KeyboardInterrupt:
        return 0


if __name__ == "__main__":
    sys.exit(_main())
