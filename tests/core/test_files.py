"""A file or folder is complete or absent, whatever happens while it is written."""

from __future__ import annotations

import errno
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from phenolens.core import files
from phenolens.core.files import PARTIAL, write_text, written

# Writes half of a file, reports, and finishes when it is asked to.
SLOW_WRITER = """
import sys
from pathlib import Path
from phenolens.core.files import written
with written(Path(sys.argv[1])) as partial:
    partial.write_text("of the other process")
    print("writing", flush=True)
    sys.stdin.readline()
"""
# Is killed after the old folder was moved aside, before the new one is in place.
KILLED_BETWEEN = """
import os, signal, sys
from pathlib import Path
from phenolens.core.files import written
rename = Path.rename
def rename_and_die(self, target):
    rename(self, target)
    os.kill(os.getpid(), signal.SIGKILL)
Path.rename = rename_and_die
with written(Path(sys.argv[1])) as partial:
    partial.mkdir()
    (partial / "new").write_text("new")
"""


def folder_of(path: Path, *names: str) -> None:
    """Write a folder with one file per name."""
    with written(path) as partial:
        partial.mkdir()
        for name in names:
            (partial / name).write_text(name)


def names_in(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


@pytest.fixture
def slow_writer() -> Iterator[Callable[[Path], subprocess.Popen[str]]]:
    """Start processes that are in the middle of writing a file."""
    started: list[subprocess.Popen[str]] = []

    def start(path: Path) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", SLOW_WRITER, str(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "writing\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = write_text(tmp_path / "deep" / "a.txt", "old")

    def write_half() -> None:
        with written(path) as partial:
            partial.write_text("half of the n")
            raise RuntimeError("disk full")

    with pytest.raises(RuntimeError, match="full"):
        write_half()
    assert path.read_text(encoding="utf-8") == "old"
    assert list(path.parent.iterdir()) == [path]


def test_the_new_file_replaces_the_old_one_at_the_end_only(tmp_path: Path) -> None:
    path = write_text(tmp_path / "a.tar.gz", "old")
    with written(path) as partial:
        assert partial.suffixes == path.suffixes
        partial.write_bytes(b"new")
        assert path.read_text(encoding="utf-8") == "old"
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


def test_a_writer_that_writes_nothing_is_an_error_and_keeps_the_old_file(tmp_path: Path) -> None:
    path = write_text(tmp_path / "a.txt", "old")
    with pytest.raises(FileNotFoundError), written(path):
        pass
    assert path.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]


# Folders ----------------------------------------------------------------------------------------


def test_a_folder_replaces_a_folder_with_all_that_is_in_it(tmp_path: Path) -> None:
    path = tmp_path / "table.zarr"
    folder_of(path, "a", "b")
    assert names_in(path) == ["a", "b"]
    folder_of(path, "c")
    assert names_in(path) == ["c"]
    assert names_in(tmp_path) == ["table.zarr"]


def test_a_folder_that_fails_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "table.zarr"
    folder_of(path, "a")
    real = Path.replace

    def refuse_after_the_move(self: Path, target: Path) -> Path:
        if not target.exists():  # the old folder has been moved aside
            raise PermissionError("read-only")
        return real(self, target)

    monkeypatch.setattr(Path, "replace", refuse_after_the_move)
    with pytest.raises(PermissionError):
        folder_of(path, "b")
    assert names_in(path) == ["a"]
    assert names_in(tmp_path) == ["table.zarr"]


def test_a_file_never_replaces_a_folder_nor_a_folder_a_file(tmp_path: Path) -> None:
    folder, file = tmp_path / "folder", write_text(tmp_path / "file", "old")
    folder_of(folder, "a")
    with pytest.raises(OSError, match="folder"):
        write_text(folder, "new")
    with pytest.raises(OSError, match="file"):
        folder_of(file, "a")
    assert names_in(folder) == ["a"]
    assert file.read_text(encoding="utf-8") == "old"
    assert names_in(tmp_path) == ["file", "folder"]


def test_a_folder_that_another_process_puts_there_meanwhile_is_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "table.zarr"
    folder_of(path, "a")
    real, others = Path.rename, ["first", "second"]

    def rename(self: Path, target: Path) -> Path:
        moved = real(self, target)
        if self == path and others:
            path.mkdir()
            (path / others.pop()).write_text("of another process")
        return moved

    monkeypatch.setattr(Path, "rename", rename)
    folder_of(path, "b")
    assert not others
    assert names_in(path) == ["b"]
    assert names_in(tmp_path) == ["table.zarr"]


# Processes that are killed, and processes that are not ------------------------------------------


@pytest.mark.skipif(os.name == "nt", reason="no SIGKILL")
def test_what_a_killed_process_left_is_deleted_by_the_next_write(
    tmp_path: Path, slow_writer: Callable[[Path], subprocess.Popen[str]]
) -> None:
    path = write_text(tmp_path / "a.txt", "old")
    process = slow_writer(path)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert path.read_text(encoding="utf-8") == "old"
    assert len(list(tmp_path.glob(f"{PARTIAL}*"))) == 1
    write_text(path, "new")
    assert path.read_text(encoding="utf-8") == "new"
    assert list(tmp_path.iterdir()) == [path]


def test_a_process_that_is_still_writing_is_left_alone(
    tmp_path: Path, slow_writer: Callable[[Path], subprocess.Popen[str]]
) -> None:
    path = tmp_path / "a.txt"
    process = slow_writer(path)
    write_text(path, "ours")
    assert len(list(tmp_path.glob(f"{PARTIAL}*"))) == 1
    assert path.read_text(encoding="utf-8") == "ours"
    process.communicate("finish\n")
    assert process.returncode == 0
    assert path.read_text(encoding="utf-8") == "of the other process"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(os.name == "nt", reason="no SIGKILL")
def test_a_folder_whose_replacement_was_killed_comes_back_with_the_next_write(
    tmp_path: Path,
) -> None:
    path = tmp_path / "table.zarr"
    folder_of(path, "old")
    done = subprocess.run([sys.executable, "-c", KILLED_BETWEEN, str(path)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert not path.exists()
    write_text(tmp_path / "another.txt", "x")
    assert names_in(path) == ["old"]
    assert names_in(tmp_path) == ["another.txt", "table.zarr"]


def test_folders_of_another_host_and_of_no_process_are_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    foreign = tmp_path / f"{PARTIAL}elsewhere.1-{gone.pid}-x"
    users = tmp_path / f"{PARTIAL}notes"
    dead = tmp_path / f"{PARTIAL}{files._host()}-{gone.pid}-x"
    for folder in (foreign, users, dead):
        folder.mkdir()
    write_text(tmp_path / "a.txt", "x")
    assert names_in(tmp_path) == sorted([foreign.name, users.name, "a.txt"])

    def of_another_user(process: int, signal_number: int) -> None:
        raise PermissionError(process, signal_number)

    dead.mkdir()
    monkeypatch.setattr(os, "kill", of_another_user)
    write_text(tmp_path / "a.txt", "y")
    assert dead.is_dir()


def test_all_of_a_folder_is_flushed_before_it_is_renamed_and_its_parent_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed: list[tuple[int, bool]] = []
    flush = os.fsync
    path = tmp_path / "folder"

    def note(handle: int) -> None:
        flushed.append((os.fstat(handle).st_ino, path.exists()))
        flush(handle)

    monkeypatch.setattr(os, "fsync", note)
    with written(path) as partial:
        (partial / "deep").mkdir(parents=True)
        (partial / "deep" / "a.txt").write_text("new")
        (partial / "link").symlink_to("nowhere")
    inside = {p.stat().st_ino for p in (path, path / "deep", path / "deep" / "a.txt")}
    assert {inode for inode, there in flushed if not there} == inside
    assert [inode for inode, there in flushed if there] == [tmp_path.stat().st_ino]


def test_a_disk_that_cannot_flush_folders_is_no_obstacle_but_a_full_one_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(handle: int) -> None:
        if stat.S_ISDIR(os.fstat(handle).st_mode):
            raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "fsync", refuse)
    code = errno.EINVAL
    assert write_text(tmp_path / "a.txt", "new").read_text() == "new"
    code = errno.ENOSPC
    with pytest.raises(OSError, match="No space left"):
        write_text(tmp_path / "b.txt", "new")


def test_windows_flushes_what_is_open_for_writing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There a handle for reading cannot be flushed, and a folder cannot be opened."""
    opened: list[tuple[str, int]] = []
    real = os.open

    def note(path: Path, flags: int) -> int:
        opened.append((path.name, flags))
        return real(path, flags)

    file = write_text(tmp_path / "a.txt", "new")
    with monkeypatch.context() as patch:
        patch.setattr(os, "open", note)
        patch.setattr(os, "name", "nt")
        files._flush(file)
        files._flush(tmp_path)
    assert opened == [("a.txt", os.O_RDWR)]


def test_a_full_disk_names_what_was_being_written(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No space") as error, written(tmp_path / "a.csv"):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert error.value.filename == str(tmp_path / "a.csv")
