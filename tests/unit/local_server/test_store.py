import os
import sys
from concurrent.futures import ThreadPoolExecutor

import boto3
import pytest
from botocore.exceptions import ClientError

from local_server import data_folder
from local_server.emulator import find_dynoxide
from local_server.errors import StartError
from local_server.memory import start_memory_store
from local_server.settings import read_settings
from local_server.store import lead_to_local, open_store

PLATFORM = {"linux": "linux", "darwin": "darwin"}.get(sys.platform)


def executable(path):
    path.parent.mkdir(parents=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


class TestFindDynoxide:
    @pytest.mark.parametrize(
        ("machine", "package"), [("x86_64", "x64"), ("aarch64", "arm64"), ("arm64", "arm64")]
    )
    def test_binary_of_npm_for_this_platform_is_found(self, tmp_path, monkeypatch, machine, package):
        monkeypatch.setattr("platform.machine", lambda: machine)
        binary = executable(tmp_path / "node_modules" / "@dynoxide" / f"{PLATFORM}-{package}" / "dynoxide")
        assert find_dynoxide(tmp_path, search_path="") == binary

    def test_binary_in_the_path_is_found_without_npm(self, tmp_path):
        binary = executable(tmp_path / "bin" / "dynoxide")
        assert find_dynoxide(tmp_path, search_path=str(binary.parent)) == binary

    def test_missing_binary_is_none(self, tmp_path):
        assert find_dynoxide(tmp_path, search_path="") is None


class TestChoice:
    @pytest.fixture
    def nothing_installed(self, tmp_path, monkeypatch):
        monkeypatch.setenv("PATH", str(tmp_path))
        return tmp_path

    def test_endpoint_is_used_with_the_settings_of_the_user(self, nothing_installed):
        environment = {"AWS_ENDPOINT_URL_DYNAMODB": "http://127.0.0.1:8000", "AWS_PROFILE": "mine"}
        before = dict(environment)
        store = open_store(read_settings(environment), environment, nothing_installed, say=pytest.fail)
        store.stop()
        assert store.where.startswith("http://127.0.0.1:8000")
        assert environment == before

    def test_start_with_dynoxide_is_refused_if_it_is_missing(self, nothing_installed):
        with pytest.raises(StartError, match="its binary is missing"):
            open_store(read_settings({"STORE": "dynoxide"}), {}, nothing_installed, say=pytest.fail)

    def test_start_without_a_choice_uses_memory_and_prints_a_line(self, nothing_installed):
        lines: list[str] = []
        open_store(read_settings({}), {}, nothing_installed, say=lines.append).stop()
        assert len(lines) == 1
        assert "data is in memory" in lines[0]

    def test_start_with_memory_prints_no_line(self, nothing_installed):
        open_store(read_settings({"STORE": "memory"}), {}, nothing_installed, say=pytest.fail).stop()


def test_local_store_sees_nothing_of_the_aws_account_of_the_user():
    environment = {
        "AWS_PROFILE": "production",
        "AWS_SESSION_TOKEN": "secret",
        "AWS_ACCESS_KEY_ID": "real",
        "AWS_ENDPOINT_URL": "http://elsewhere",
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true",
        "NO_PROXY": "example.com",
        "HOME": "/home/me",
    }
    lead_to_local(environment, "http://127.0.0.1:8000")
    assert environment == {
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_ENDPOINT_URL_DYNAMODB": "http://127.0.0.1:8000",
        "NO_PROXY": "example.com,127.0.0.1",
        "no_proxy": "127.0.0.1",
        "HOME": "/home/me",
    }


@pytest.fixture
def memory(monkeypatch):
    """Return a client of the store in memory, whose table `t` holds the item `taken`."""
    for name, value in {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}.items():
        monkeypatch.setenv(name, value)
    stop = start_memory_store()
    client = boto3.client("dynamodb", region_name="us-east-1")
    client.create_table(
        TableName="t",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    client.put_item(TableName="t", Item={"pk": {"S": "taken"}})
    yield client
    stop()


@pytest.fixture
def eager_threads():
    """Switch threads far more often than usual, so that a missing lock shows."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


@pytest.mark.usefixtures("eager_threads")
def test_refused_transaction_in_memory_keeps_the_writes_of_other_threads(memory):
    # Given transactions that are refused, between writes that succeed
    absent = "attribute_not_exists(pk)"
    refused = {"TableName": "t", "Item": {"pk": {"S": "taken"}}, "ConditionExpression": absent}

    def write(number):
        if number % 2:
            memory.put_item(TableName="t", Item={"pk": {"S": str(number)}})
            return
        with pytest.raises(ClientError, match="ConditionalCheckFailed"):
            memory.transact_write_items(TransactItems=[{"Put": refused}])

    # When
    with ThreadPoolExecutor(32) as threads:
        list(threads.map(write, range(200)))
    # Then
    assert memory.scan(TableName="t")["Count"] == 101


class TestLock:
    def test_locked_folder_is_refused_until_it_is_unlocked(self, tmp_path, monkeypatch):
        monkeypatch.setattr(data_folder, "_WAIT_SECONDS", 0.1)
        first = data_folder.lock(tmp_path, "process 1")
        with pytest.raises(StartError, match=r"another server \(process 1\)"):
            data_folder.lock(tmp_path, "process 2")
        os.close(first)
        os.close(data_folder.lock(tmp_path, "process 2"))

    def test_missing_folder_is_created(self, tmp_path):
        os.close(data_folder.lock(tmp_path / "a" / "b", "process 1"))
        assert (tmp_path / "a" / "b").is_dir()
