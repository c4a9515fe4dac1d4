"""`python -m tests.faults`: one bout, as long as is asked for; ends with 1 when a promise was broken."""

import argparse
import random
import sys
import tempfile
from pathlib import Path

from tests.faults.bout import fight


def main():
    parser = argparse.ArgumentParser(prog="make test-faults")
    parser.add_argument("--seconds", type=float, default=60, help="how long workers work")
    parser.add_argument("--seed", default=str(random.randrange(10**6)), help="faults and work follow from it")
    given = parser.parse_args()
    print(f"Seed {given.seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="faults-") as folder:
        report = fight(Path(folder), seed=given.seed, seconds=given.seconds)
    print(report)
    return 1 if report.violations else 0


if __name__ == "__main__":
    sys.exit(main())
