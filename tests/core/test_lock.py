"""What is being written is locked; the second process says who writes, or waits."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from phenolens.core.errors import InputError
from phenolens.core.lock import _refuse_foreign, held

HOLDER = """
import sys
from pathlib import Path
from phenolens.core.lock import _refuse_foreign, held
with held(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.readline()
"""


@contextmanager
def another(path: Path) -> Iterator[subprocess.Popen[str]]:
    """Run a process that holds the lock until it is given a line."""
    pipe = subprocess.PIPE
    command = [sys.executable, "-c", HOLDER, str(path)]
    process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    try:
        yield process
    finally:
        process.communicate("\n", timeout=60)


def test_the_second_process_says_who_writes_or_waits(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "run"
    with another(path) as process:
        words = rf"run: is being written by process {process.pid} on \S+ \(`phenolens .*run`, since"
        with pytest.raises(InputError, match=words + r" 20.*\); wait for it, or add --wait$"):
            held(path).__enter__()
        said: list[str] = []
        assert process.stdin is not None
        timer = threading.Timer(0.3, process.stdin.close)
        timer.start()
        with held(path, said.append, wait=True):
            (line,) = said
            assert line.startswith(f"{path} is being written by process {process.pid} on ")
            assert line.endswith("; waiting until it is free")
        timer.join()
        process.stdin = None
    assert list(path.parent.iterdir()) == []


def test_a_killed_process_blocks_nobody_and_leaves_nothing(tmp_path: Path) -> None:
    with another(tmp_path / "x") as process:
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert len(list(tmp_path.iterdir())) == 2
    with held(tmp_path / "x"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_one_lock_for_all_spellings_of_a_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    words = rf"by process {os.getpid()} "
    with held(Path("a")), held(Path("b")):
        for path in (tmp_path / "a", Path("b/../a")):
            with pytest.raises(InputError, match=words):
                held(path).__enter__()


@pytest.mark.parametrize("text", ["", "{", "[]", "{}"])
def test_a_damaged_note_hides_only_who_writes(tmp_path: Path, text: str) -> None:
    with held(tmp_path / "a"):
        (tmp_path / ".a.lock.json").write_text(text)
        with pytest.raises(InputError, match="a: is being written by another process; wait"):
            held(tmp_path / "a").__enter__()


def test_an_error_releases_the_lock(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), held(tmp_path / "a"):
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", [".out.csv.lock", ".out.csv.lock.json"])
@pytest.mark.parametrize("how", ["file", "link"])
def test_a_file_that_only_has_the_name_of_a_lock_is_left_alone(
    tmp_path: Path, name: str, how: str
) -> None:
    mine = tmp_path / ("thesis.txt" if how == "link" else name)
    mine.write_text("mine")
    if how == "link":
        (tmp_path / name).symlink_to(mine)
    with pytest.raises(InputError, match="has the name of a lock"), held(tmp_path / "out.csv"):
        pytest.fail("was held")
    assert mine.read_text() == "mine"
    assert (tmp_path / name).exists()


def test_a_lock_that_vanishes_while_it_is_looked_at_is_nobody_elses(tmp_path: Path) -> None:
    mark, looks = tmp_path / ".out.csv.lock", 2000
    done = threading.Event()

    def come_and_go() -> None:
        while not done.is_set():
            mark.touch()
            mark.unlink()

    other = threading.Thread(target=come_and_go)
    other.start()
    try:
        for _ in range(looks):
            _refuse_foreign(mark)
    finally:
        done.set()
        other.join()


def test_a_name_that_is_too_long_leaves_no_lock(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="name too long"), held(tmp_path / ("a" * 246)):
        pass
    assert not list(tmp_path.iterdir())
