"""Exit codes, errors in one line, and global options of the command line."""

import os
import subprocess
import sys
from typing import TypeVar

import httpx
import pytest

from flow_runs import __version__, errors
from flow_runs.cli.exit_codes import HELP, ExitCode, exit_code_for
from tests.unit.client.cli_runner import invoke
from tests.unit.client.client_service import NO_CONNECTION, RUN_ID, flow_run, refusal, service

EXIT_CODES = {
    errors.FlowRunsError: 5,
    errors.ConfigurationError: 2,
    errors.ServiceError: 5,
    errors.ConnectionFailedError: 5,
    errors.AnswerLostError: 5,
    errors.RateLimitedError: 5,
    errors.ServerFailedError: 5,
    errors.ApiError: 5,
    errors.RefusedError: 2,
    errors.BadUserInputError: 2,
    errors.NotFoundError: 3,
    errors.VersionLockError: 4,
    errors.IdempotencyKeyReusedError: 4,
    errors.UnauthenticatedError: 6,
    errors.ForbiddenError: 6,
    errors.PayloadTooLargeError: 2,
    errors.DataTooNewError: 5,
    errors.UnexpectedAnswerError: 5,
    errors.WaitTimeoutError: 5,
}


Kind = TypeVar("Kind")


def descendants(kind: type[Kind]) -> set[type[Kind]]:
    return {kind}.union(*(descendants(child) for child in kind.__subclasses__()))


@pytest.mark.parametrize(("kind", "code"), EXIT_CODES.items())
def test_each_error_class_has_its_exit_code(kind, code):
    assert exit_code_for(kind("x")) == code


def test_every_error_class_is_in_the_table_of_exit_codes():
    assert descendants(errors.FlowRunsError) == set(EXIT_CODES)


@pytest.mark.parametrize("code", ExitCode)
def test_help_explains_every_exit_code(code):
    assert f"\n{code}  " in HELP
    assert f"{code}  " in invoke(service(), "--help").stdout


@pytest.mark.parametrize(
    ("response", "code"),
    [
        (NO_CONNECTION, 5),
        (httpx.Response(502), 5),
        (httpx.Response(404), 5),
        (httpx.Response(401), 6),
        (refusal("FORBIDDEN"), 6),
        (refusal("BAD_USER_INPUT"), 2),
        (refusal(None), 2),
    ],
)
def test_failure_of_the_service_is_one_line_on_stderr(response, code):
    there = service(response, response)

    result = invoke(there, "list")

    assert (result.exit_code, result.stdout) == (code, "")
    assert result.stderr.startswith("Error: ")
    assert result.stderr.count("\n") == 1


def test_long_message_with_line_breaks_and_escapes_is_one_line():
    message = "first\nsecond \x1b[31m[bold]" + " word" * 100

    result = invoke(service(refusal("BAD_USER_INPUT", message)), "list")

    assert result.stderr.count("\n") == 1
    assert "\x1b" not in result.stderr
    assert "[bold]" in result.stderr


def test_url_and_token_are_read_from_options_or_the_environment():
    # Given
    there = service({"flow_run": []}, {"flow_run": []})
    env = {"FLOW_RUNS_URL": "https://from.environment", "FLOW_RUNS_TOKEN": "secret-e"}

    # When
    invoke(there, "list", env=env)
    invoke(there, "--url", "https://from.option", "--token", "secret-o", "list", env=env)

    # Then
    assert [request.url.host for request in there.requests] == ["from.environment", "from.option"]
    tokens = [request.headers["Authorization"] for request in there.requests]
    assert tokens == ["Bearer secret-e", "Bearer secret-o"]


def test_token_is_never_printed():
    there = service(httpx.Response(401), {"flow_run_by_pk": flow_run()})

    outputs = [
        invoke(there, "--token", "s3cret", "list").output,
        invoke(there, "--token", "s3cret", "get", RUN_ID, "--json").output,
        invoke(there, "--help", env={"FLOW_RUNS_TOKEN": "s3cret"}).output,
    ]

    assert not any("s3cret" in output for output in outputs)


def test_invalid_url_exits_with_2():
    result = invoke(service(), "--url", "localhost", "list")

    assert result.exit_code == 2
    assert "http://127.0.0.1:4200" in result.stderr


def test_version_option_prints_the_version():
    assert invoke(service(), "--version").stdout == f"flow-runs {__version__}\n"


def test_import_of_the_client_loads_no_module_of_the_command_line():
    code = "import sys, flow_runs; print(*sys.modules, sep='\\n')"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}

    found = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )

    loaded = found.stdout.split()
    assert "flow_runs.client" in loaded
    assert not [name for name in loaded if name.startswith(("typer", "flow_runs.cli."))]
    assert "flow_runs.cli" not in loaded


def test_module_can_be_run_and_ends_with_an_exit_code():
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}

    found = subprocess.run(
        [sys.executable, "-m", "flow_runs", "--url", "nowhere", "list"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (found.returncode, found.stdout) == (2, "")
    assert found.stderr.startswith("Error: The URL must look like")


def test_option_and_environment_name_the_tenant():
    named, other = "6f1f0000-0000-5000-8000-00000000000a", "6f1f0000-0000-5000-8000-00000000000b"
    there = service({"project": []}, {"project": []})

    invoke(there, "projects", env={"FLOW_RUNS_TENANT": named})
    invoke(there, "--tenant", other, "projects", env={"FLOW_RUNS_TENANT": named})

    assert [request.headers["X-PREFECT-TENANT-ID"] for request in there.requests] == [named, other]
    refused = invoke(service(), "--tenant", "second", "projects")
    assert (refused.exit_code, refused.stdout) == (2, "")


def test_refusal_for_a_budget_tells_when_to_try_again():
    there = service(httpx.Response(429, headers={"Retry-After": "3600"}))
    result = invoke(there, "projects")
    assert result.exit_code == 5
    assert "Try again in 3600 seconds." in result.stderr
