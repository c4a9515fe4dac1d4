"""The programs whose start is measured; each has an interpreter of its own, the last two an event."""

from typing import Final

REGION: Final = "eu-west-1"

# A cold start is over with the answer: Lambda does not wait until an interpreter has been taken down.
_END = "import os; os._exit(0)"
BARE: Final = _END
FLOOR: Final = f"import boto3; boto3.client('dynamodb', region_name={REGION!r}); {_END}"
WHOLE: Final = f"""
import json, sys
from handlers.http_api import handler
answer = handler(json.loads(sys.argv[1]), None)
assert answer["statusCode"] == 200 and "errors" not in json.loads(answer["body"]), answer
{_END}
"""
# The handler makes client and schema at its first request; here they are made before it, to be told apart.
STAGES: Final = """
import sys
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
for name in ("first request", "second request, of a process that is warm"):
    event = sys.argv[1].replace("KEY", name)
    assert "errors" not in json.loads(handler(json.loads(event), None)["body"])
    mark(name)
print(json.dumps({"marks": marks, "modules": len(sys.modules)}))
"""
