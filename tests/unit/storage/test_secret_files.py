import errno
import os

import pytest

from domain.errors import ApiError, cause_of
from storage.access.secret_files import FileSecrets


@pytest.fixture
def secrets(tmp_path):
    return FileSecrets(tmp_path / "secrets.json")


def test_full_disk_is_an_api_error_and_keeps_the_other_secrets(secrets, tmp_path, monkeypatch):
    secrets.put("kept", "1")

    def full(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(ApiError, match="may be sent again") as refused:
            secrets.put("new", "s3cr3t")
        with pytest.raises(ApiError):
            secrets.delete("kept")

    assert isinstance(cause_of(refused.value), OSError)
    assert [path.name for path in tmp_path.iterdir()] == ["secrets.json"]
    assert (secrets.names(), secrets.get("kept")) == (["kept"], "1")


def test_unreadable_file_of_secrets_is_an_api_error(secrets, tmp_path):
    (tmp_path / "secrets.json").write_text("{")

    with pytest.raises(ApiError):
        secrets.get("any")
