"""`python -m local_server`: Flow Runs on one machine, with the handlers that run on AWS."""

import signal
import sys


def _main() -> int:
    # Until the server runs, all three end the start the same way; imports take most of that time.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        # Under nohup a closed terminal stops nothing; scripts' background jobs, though, may be sent SIGINT.
        if number == signal.SIGINT or signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler)
    try:
        from local_server.server import main  # noqa: PLC0415

        return main()
    except KeyboardInterrupt:
        return 0


if __name__ == "__main__":
    sys.exit(_main())
