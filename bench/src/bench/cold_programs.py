"""Programs whose start is measured, each in an interpreter of its own. The last two get an event."""

from typing import Final

REGION: Final = "eu-west-1"

# A cold start ends with the response, because Lambda does not wait until an interpreter has shut down.
_END = "import os; os._exit(0)"
_INVOCATION: Final = """
class Invocation:
    aws_request_id = "a request of a benchmark"

    def get_remaining_time_in_millis(self):
        return 25_000
"""
BARE: Final = _END
FLOOR: Final = f"import boto3; boto3.client('dynamodb', region_name={REGION!r}); {_END}"
WHOLE: Final = f"""{_INVOCATION}import json, sys
from handlers.http_api import handler
response = handler(json.loads(sys.argv[1]), Invocation())
assert response["statusCode"] == 200 and "errors" not in json.loads(response["body"]), response
{_END}
"""
# The handler makes its client and its schema at the first request. Here they are made before, to time each
# alone.
STAGES: Final = f"""{_INVOCATION}import sys
from time import perf_counter, process_time
marks = []
def mark(name):
    marks.append((name, perf_counter(), process_time()))
mark("")
from handlers.http_api import handler
mark("import of the handler")
import wiring
app = wiring.app()
mark("client of DynamoDB, imports of botocore included")
app.executor
mark("schema, imports of its types included")
import json
for name in ("first request", "second request, of a warm process"):
    event = sys.argv[1].replace("KEY", name)
    assert "errors" not in json.loads(handler(json.loads(event), Invocation())["body"])
    mark(name)
print(json.dumps({{"marks": marks, "modules": len(sys.modules)}}))
"""
