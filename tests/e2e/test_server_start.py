"""The start, the refused starts and the end of the local server."""

import os
import shlex
import signal
import socket
import subprocess
import threading
import time

import pytest

from tests.e2e import plain_http
from tests.e2e.server_process import (
    ROOT,
    TOY,
    ServerProcess,
    failed_start,
    is_gone,
    needs_dynoxide,
    running_emulator,
    running_server,
)


def assert_one_clear_line(stderr, *parts):
    assert stderr.count("\n") == 1
    assert stderr.startswith("error: ")
    for part in parts:
        assert part in stderr


class TestStart:
    @needs_dynoxide
    def test_start_prints_the_address_the_data_file_and_a_first_request(self, tmp_path):
        with running_server(tmp_path, **TOY) as server:
            assert server.stdout == (
                f"Flow Runs is up: {server.url}\n"
                "No key is asked for, because only this machine reaches the server.\n"
                f"Data: {tmp_path}/data/flow-runs.db (kept)\n"
                f"Try: curl -s {server.url}/graphql -H 'content-type: application/json' "
                """-d '{"query":"{ hello }"}'\n"""
                "Ctrl-C stops it.\n"
            )
            assert plain_http.get(f"{server.url}/health").status_code == 200
            assert server.stderr == ""

    def test_printed_first_request_works_as_printed(self, server):
        line = next(line for line in server.stdout.splitlines() if line.startswith("Try: "))
        printed = subprocess.run(
            shlex.split(line.removeprefix("Try: ")), check=True, capture_output=True, text=True
        )
        assert printed.stdout.startswith('{"data":{"hello":')

    def test_health_is_good_when_the_start_is_printed(self, server):
        assert plain_http.get(f"{server.url}/health").status_code == 200

    def test_second_start_on_the_same_data_is_healthy(self, server, tmp_path):
        # Given a first start, which makes the table
        with running_server(tmp_path):
            pass
        # When, then; bench-server measures how long a start takes
        with running_server(tmp_path) as second:
            assert plain_http.get(f"{second.url}/health").status_code == 200

    def test_start_without_the_emulator_prints_that_data_is_in_memory(self, tmp_path):
        # Given a checkout whose npm packages are missing
        (tmp_path / "src").symlink_to(ROOT / "src")
        (tmp_path / "template.yaml").symlink_to(ROOT / "template.yaml")
        with running_server(tmp_path, SOURCE=str(tmp_path / "src"), **TOY) as server:
            # Then
            first, _, _, fourth, *_ = server.stdout.splitlines()
            assert first == (
                "dynoxide is not installed (npm brings it): data is in memory and lost when the server stops."
            )
            assert fourth == "Data: memory (lost when the server stops)"
            assert plain_http.post(f"{server.url}/item", content="a").status_code == 201
            assert plain_http.get(f"{server.url}/item?a").status_code == 200

    def test_start_with_a_hidden_schema_refuses_introspection(self, tmp_path):
        with running_server(tmp_path, STORE="memory", INTROSPECTION="false") as server:
            url = f"{server.url}/graphql"
            asked = plain_http.post(url, json={"query": "{ __schema { types { name } } }"})
            assert asked.json()["errors"][0]["message"] == "Introspection is switched off in this deployment."
            assert plain_http.post(url, json={"query": "{ __typename }"}).status_code == 200

    @needs_dynoxide
    def test_store_of_the_user_gets_the_table_and_no_emulator_is_started(self, tmp_path):
        # Given
        own = {"AWS_ACCESS_KEY_ID": "mine", "AWS_SECRET_ACCESS_KEY": "mine", "AWS_REGION": "eu-west-1"}
        folders = [tmp_path / name for name in ("store", "first", "second")]
        for folder in folders:
            folder.mkdir()
        with running_emulator(folders[0]) as endpoint:
            settings = {"AWS_ENDPOINT_URL_DYNAMODB": endpoint, **own, **TOY}
            # When
            with (
                running_server(folders[1], **settings) as first,
                running_server(folders[2], **settings) as second,
            ):
                # Then
                assert f"Data: {endpoint}" in second.stdout
                assert plain_http.post(f"{second.url}/item", content="a").status_code == 201
                assert plain_http.get(f"{first.url}/item?a").status_code == 200
                assert first.emulator_pid() is None
                assert not second.data.exists()

    @pytest.mark.parametrize("more", [{"AUTH_TOKEN_SHA256": "0" * 64}, {"ALLOW_ANONYMOUS": "false"}], ids=str)
    def test_server_that_asks_for_keys_says_so(self, tmp_path, more):
        with running_server(tmp_path, STORE="memory", **more, **TOY) as server:
            assert "A token or a key is asked for" in server.stdout
            assert '-H "authorization: Bearer $TOKEN" -d' in server.stdout

    def test_server_that_is_open_to_all_machines_says_so(self, tmp_path):
        with running_server(tmp_path, STORE="memory", HOST="0", ALLOW_ANONYMOUS="true", **TOY) as server:
            assert "No key is asked for, because ALLOW_ANONYMOUS lets everybody in.\n" in server.stdout
            assert plain_http.get(f"http://127.0.0.1:{server.port}/health").status_code == 200

    @needs_dynoxide
    @pytest.mark.parametrize("umask", [0o000, 0o022])
    def test_data_can_be_read_by_their_owner_alone(self, tmp_path, umask):
        # Given a folder as an earlier release made it
        before = os.umask(umask)
        with running_server(tmp_path, **TOY):
            pass
        data = tmp_path / "data"
        data.chmod(0o755)
        for path in data.iterdir():
            path.chmod(0o644)

        # When
        with running_server(tmp_path, **TOY) as server:
            os.umask(before)
            plain_http.post(f"{server.url}/item", content="a")
            modes = {path.name: path.stat().st_mode & 0o777 for path in data.iterdir() if path.is_file()}

            # Then
            assert {"flow-runs.db", "flow-runs.db-wal", "flow-runs.db-shm", "server.lock"} <= set(modes)
            assert set(modes.values()) == {0o600}
            assert data.stat().st_mode & 0o777 == 0o700


class TestRefusals:
    def test_port_in_use_is_refused(self, tmp_path):
        with socket.create_server(("127.0.0.1", 0)) as other:
            port = str(other.getsockname()[1])
            code, stderr = failed_start(tmp_path, PORT=port)
        assert code == 1
        assert_one_clear_line(stderr, f"Port {port} on 127.0.0.1", "Address already in use", "PORT=")

    @pytest.mark.parametrize("port", ["http", "65536", "-1", "1.5"])
    def test_invalid_port_is_refused(self, tmp_path, port):
        code, stderr = failed_start(tmp_path, PORT=port)
        assert code == 1
        assert_one_clear_line(stderr, f"PORT={port} is not a port")

    def test_invalid_host_is_refused(self, tmp_path):
        code, stderr = failed_start(tmp_path, HOST="256.0.0.1")
        assert code == 1
        assert_one_clear_line(stderr, "HOST=256.0.0.1")

    @pytest.mark.parametrize("host", ["0.0.0.0", "::"])  # noqa: S104
    def test_address_of_all_machines_without_a_token_is_refused(self, tmp_path, host):
        code, stderr = failed_start(tmp_path, HOST=host)
        assert code == 1
        assert_one_clear_line(stderr, f"HOST={host}", "no token", "AUTH_TOKEN_SHA256", "ALLOW_ANONYMOUS=true")
        assert not (tmp_path / "data").exists()

    @pytest.mark.parametrize("text", [" ", ",", "a-plain-token", "é", "0" * 63, "g" * 64, "0" * 64 + ","])
    def test_setting_of_tokens_that_is_no_digest_is_refused(self, tmp_path, text):
        code, stderr = failed_start(tmp_path, AUTH_TOKEN_SHA256=text)
        assert code == 1
        assert_one_clear_line(stderr, "AUTH_TOKEN_SHA256 must be SHA-256 digests")
        assert "a-plain-token" not in stderr
        assert not (tmp_path / "data").exists()

    @pytest.mark.parametrize(
        ("settings", "part"),
        [
            ({"ALLOWED_HOSTS": "http://a.example"}, "ALLOWED_HOSTS=http://a.example is not a host"),
            ({"ALLOW_ANONYMOUS": "yes"}, "ALLOW_ANONYMOUS=yes is neither true nor false"),
        ],
    )
    def test_settings_of_callers_that_cannot_be_read_are_refused(self, tmp_path, settings, part):
        code, stderr = failed_start(tmp_path, **settings)
        assert code == 1
        assert_one_clear_line(stderr, part)

    def test_recovery_interval_that_is_no_number_is_refused(self, tmp_path):
        code, stderr = failed_start(tmp_path, STORE="memory", RECOVERY_INTERVAL="never")
        assert code == 1
        assert_one_clear_line(stderr, "RECOVERY_INTERVAL must be a whole number", "'never'")

    def test_introspection_that_is_neither_true_nor_false_is_refused(self, tmp_path):
        code, stderr = failed_start(tmp_path, STORE="memory", INTROSPECTION="off")
        assert code == 1
        assert_one_clear_line(stderr, "INTROSPECTION must be true or false", "'off'")

    def test_unknown_store_is_refused(self, tmp_path):
        code, stderr = failed_start(tmp_path, STORE="postgres")
        assert code == 1
        assert_one_clear_line(stderr, "STORE=postgres", "dynoxide or memory")

    @needs_dynoxide
    def test_data_folder_that_cannot_be_created_is_refused(self, tmp_path):
        (tmp_path / "file").touch()
        code, stderr = failed_start(tmp_path, DATA=str(tmp_path / "file" / "data"))
        assert code == 1
        assert_one_clear_line(stderr, f"{tmp_path}/file/data", "Not a directory", "DATA=")

    @needs_dynoxide
    def test_data_file_that_is_no_database_is_refused(self, tmp_path):
        (tmp_path / "data").mkdir()
        (tmp_path / "data" / "flow-runs.db").write_text("no database" * 1000)
        code, stderr = failed_start(tmp_path)
        assert code == 1
        assert_one_clear_line(
            stderr, "The emulator did not start", "not a valid SQLite database", "dynoxide.log"
        )

    @pytest.mark.parametrize("client", ["", "botocore"])
    @pytest.mark.parametrize("kind", ["a folder", "missing", "garbage"])
    def test_certificates_that_cannot_be_used_are_refused(self, tmp_path, kind, client):
        bundle = tmp_path / "bundle"
        if kind == "a folder":
            bundle.mkdir()
        elif kind == "garbage":
            bundle.write_bytes(bytes(range(256)))
        own = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_REGION": "eu-west-1"}
        code, stderr = failed_start(
            tmp_path,
            AWS_ENDPOINT_URL_DYNAMODB="https://127.0.0.1:1",
            AWS_CA_BUNDLE=str(bundle),
            FLOW_RUNS_CLIENT=client,
            **own,
        )
        assert code == 1
        assert_one_clear_line(stderr, "AWS_CA_BUNDLE", str(bundle), "cannot be used")

    def test_unknown_client_is_refused(self, tmp_path):
        code, stderr = failed_start(tmp_path, STORE="memory", FLOW_RUNS_CLIENT="boto3")
        assert code == 1
        assert_one_clear_line(stderr, "FLOW_RUNS_CLIENT must be 'botocore' or not set, not 'boto3'")

    def test_missing_emulator_that_store_asks_for_is_refused(self, tmp_path):
        (tmp_path / "src").symlink_to(ROOT / "src")
        code, stderr = failed_start(tmp_path, SOURCE=str(tmp_path / "src"), STORE="dynoxide")
        assert code == 1
        assert_one_clear_line(stderr, "STORE=dynoxide", "missing", "STORE=memory")

    @needs_dynoxide
    def test_data_folder_in_use_by_another_server_is_refused(self, tmp_path):
        (tmp_path / "second").mkdir()
        with running_server(tmp_path, **TOY) as first:
            code, stderr = failed_start(tmp_path / "second", DATA=str(first.data))
            assert code == 1
            assert_one_clear_line(stderr, "in use by another server", f"process {first.process.pid}")
            assert plain_http.get(f"{first.url}/health").status_code == 200

    @needs_dynoxide
    def test_invalid_table_name_is_refused(self, tmp_path):
        code, stderr = failed_start(tmp_path, TABLE_NAME="no name")
        assert code == 1
        assert_one_clear_line(stderr, "no name")

    def test_unknown_handler_is_refused(self, tmp_path):
        code, stderr = failed_start(tmp_path, STORE="memory", HANDLER="handlers.nothing:handler")
        assert code == 1
        assert_one_clear_line(stderr, "HANDLER=handlers.nothing:handler")

    def test_endpoint_where_nothing_listens_is_refused(self, tmp_path):
        with socket.create_server(("127.0.0.1", 0)) as free:
            endpoint = f"http://127.0.0.1:{free.getsockname()[1]}"
        own = {"AWS_ACCESS_KEY_ID": "mine", "AWS_SECRET_ACCESS_KEY": "mine", "AWS_REGION": "eu-west-1"}
        code, stderr = failed_start(tmp_path, AWS_ENDPOINT_URL_DYNAMODB=endpoint, AWS_MAX_ATTEMPTS="1", **own)
        assert code == 1
        assert_one_clear_line(stderr, endpoint)


class TestStop:
    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
    @pytest.mark.parametrize("store", [pytest.param("dynoxide", marks=needs_dynoxide), "memory"])
    def test_signal_stops_the_server_with_code_0_and_no_output(self, tmp_path, number, store):
        with running_server(tmp_path, STORE=store, **TOY) as server:
            assert (server.emulator_pid() is not None) == (store == "dynoxide")
            assert server.end(number) == 0
            assert server.stderr == ""
            assert is_gone(server.url)
            assert server.emulator_pid() is None

    def test_request_in_progress_gets_its_response_before_the_stop(self, tmp_path):
        with running_server(tmp_path, STORE="memory", **TOY) as server:
            responses = []
            client = threading.Thread(target=lambda: responses.append(plain_http.get(f"{server.url}/slow")))
            client.start()
            time.sleep(0.3)
            assert server.end() == 0
            client.join()
        assert responses[0].text == "done"

    @needs_dynoxide
    @pytest.mark.parametrize("file", ["server.lock", "dynoxide.log", "flow-runs.db"])
    def test_ctrl_c_during_the_start_ends_it_with_code_0_and_no_output(self, tmp_path, file):
        # Given a start that has created this file
        server = ServerProcess(tmp_path, **TOY)
        while not (server.data / file).exists():
            assert server.process.poll() is None, server.stderr
        # When
        code = server.end()
        # Then
        assert (code, server.stderr) == (0, "")

    @needs_dynoxide
    def test_ctrl_c_on_make_run_stops_the_server(self, tmp_path):
        # Given make and the server in one process group, as in a terminal
        output = tmp_path / "output.txt"
        settings = {**TOY, "PYTHONPATH": str(ROOT), "PORT": "0", "DATA": str(tmp_path / "data")}
        with output.open("wb") as out:
            make = subprocess.Popen(
                ["make", "run"],
                cwd=ROOT,
                env=os.environ | settings,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
        while "Ctrl-C stops it." not in output.read_text():
            assert make.poll() is None, output.read_text()
            time.sleep(0.02)
        # When
        os.killpg(make.pid, signal.SIGINT)
        # Then
        make.wait(timeout=20)
        assert output.read_text().endswith("Ctrl-C stops it.\n")
