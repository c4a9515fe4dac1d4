"""The second argument of a handler in tests: the local server's, which has what Lambda's has."""

from local_server.lambda_context import LambdaContext


def invocation(timeout: float = 25.0) -> LambdaContext:
    return LambdaContext(aws_request_id="a request of a test", timeout=timeout)
