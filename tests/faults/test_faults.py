"""One short bout: lost responses, killed servers and a paused table break no promise."""

import os

from tests.e2e.server_process import needs_dynoxide
from tests.faults.bout import fight

# `make test-faults` runs longer, with any seed.
_SECONDS = 10


@needs_dynoxide
def test_every_promise_holds_under_faults(tmp_path):
    report = fight(tmp_path, seed=os.environ.get("FAULTS_SEED", "1"), seconds=_SECONDS)
    print(report)
    assert not report.violations, str(report)
