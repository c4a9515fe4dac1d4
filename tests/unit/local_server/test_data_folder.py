"""The modes of the data folder: other users of the machine can read nothing of it."""

import os
from contextlib import contextmanager

import pytest

from local_server import data_folder

DATA = ("flow-runs.db", "flow-runs.db-wal", "flow-runs.db-shm", "dynoxide.log", "server.lock", "secrets.json")


def mode(path):
    return path.stat().st_mode & 0o7777


def use(folder):
    os.close(data_folder.lock(folder, "a test"))


@contextmanager
def umask(value):
    before = os.umask(value)
    try:
        yield
    finally:
        os.umask(before)


@pytest.mark.parametrize("value", [0o000, 0o002, 0o022, 0o077])
def test_new_folder_is_private_whatever_the_umask(tmp_path, value):
    with umask(value):
        use(tmp_path / "data")

    assert mode(tmp_path / "data") == 0o700
    assert mode(tmp_path / "data" / "server.lock") == 0o600


@pytest.mark.parametrize(
    ("folder_mode", "file_mode"), [(0o755, 0o644), (0o777, 0o666), (0o775, 0o664), (0o700, 0o600)]
)
def test_folder_of_an_earlier_release_becomes_private(tmp_path, folder_mode, file_mode):
    # Given
    folder = tmp_path / "data"
    folder.mkdir()
    for name in DATA:
        (folder / name).touch()
        (folder / name).chmod(file_mode)
    folder.chmod(folder_mode)

    # When
    use(folder)

    # Then
    assert mode(folder) == 0o700
    assert {name: mode(folder / name) for name in DATA} == dict.fromkeys(DATA, 0o600)


def test_folder_that_holds_files_of_others_keeps_its_mode_and_theirs(tmp_path):
    # Given
    folder = tmp_path / "home"
    folder.mkdir()
    (folder / "flow-runs.db").touch(0o644)
    (folder / "letter.txt").touch(0o644)
    folder.chmod(0o755)

    # When
    use(folder)

    # Then
    assert (mode(folder), mode(folder / "letter.txt")) == (0o755, 0o644)
    assert mode(folder / "flow-runs.db") == mode(folder / "server.lock") == 0o600


def test_file_system_without_modes_is_used_with_a_warning(tmp_path, monkeypatch, capsys):
    # Given
    (tmp_path / "data").mkdir(0o755)

    def refuse(*_):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr("pathlib.Path.chmod", refuse)

    # When
    use(tmp_path / "data")

    # Then
    (line,) = capsys.readouterr().err.splitlines()
    assert (
        line
        == f"warning: {tmp_path}/data may be read by other users of this machine: Operation not permitted."
    )


def test_broken_link_in_the_folder_is_passed_over(tmp_path):
    (tmp_path / "flow-runs.db-wal").symlink_to(tmp_path / "nowhere")

    use(tmp_path)
