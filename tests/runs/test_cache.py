"""A stage is made once, by one process, and is there complete or not at all."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from phenolens.runs.cache import ABOUT, Cache, facts_of, in_use
from phenolens.runs.stages import Stage

STAGE = Stage("prepare", {"a": 1}, "ten images")

# Makes the stage slowly; says so in a file when it does.
MAKER = """
import sys, time
from pathlib import Path
from phenolens.runs.cache import Cache
from phenolens.runs.stages import Stage

root, log, seconds = Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3])

def build(work):
    with log.open("a") as file:
        file.write("made\\n")
    (work / "half").write_text("x")
    time.sleep(seconds)
    (work / "whole").write_text("y")

with Cache(root, lambda text: print(text, flush=True)) as cache:
    cache.make(Stage("prepare", {"a": 1}, "ten images"), build)
    print("ready", flush=True)
    sys.stdin.readline()
"""


def maker(root: Path, log: Path, seconds: float) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", MAKER, str(root), str(log), str(seconds)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def until(path: Path) -> None:
    end = time.monotonic() + 60
    while not path.exists():
        assert time.monotonic() < end, f"no {path.name}"
        time.sleep(0.01)


def test_a_stage_is_made_once_and_says_what_it_is(tmp_path: Path) -> None:
    calls: list[Path] = []

    def build(work: Path) -> None:
        calls.append(work)
        (work / "pixels").write_bytes(b"12")

    cache = Cache(tmp_path)
    assert not cache.has(STAGE)
    entry = cache.make(STAGE, build)
    assert entry == cache.make(STAGE, build) == cache.wait(STAGE) == Cache(tmp_path).path(STAGE)
    assert calls == [cache.work(STAGE)]
    assert (entry / "pixels").read_bytes() == b"12"
    facts = facts_of(entry)
    assert (facts["stage"], facts["key"], facts["about"]) == ("prepare", STAGE.key, "ten images")
    assert facts["shapes"] == {"a": 1}
    assert facts["seconds"] >= 0
    cache.close()


def test_what_fails_leaves_no_entry_and_is_resumed_where_it_was(tmp_path: Path) -> None:
    cache = Cache(tmp_path)

    def broken(work: Path) -> None:
        (work / "first").write_text("kept")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cache.make(STAGE, broken)
    assert not cache.has(STAGE)
    found: list[str] = []
    entry = cache.make(STAGE, lambda work: found.append((work / "first").read_text()))
    assert found == ["kept"]
    assert {path.name for path in entry.iterdir()} == {"first", ABOUT}
    assert not cache.work(STAGE).exists()
    cache.close()


def test_what_fails_at_once_leaves_nothing(tmp_path: Path) -> None:
    def refused(_: Path) -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        Cache(tmp_path).make(STAGE, refused)
    assert not Cache(tmp_path).work(STAGE).exists()


def test_two_processes_make_a_stage_once_and_the_second_says_that_it_waits(tmp_path: Path) -> None:
    log = tmp_path / "log"
    first = maker(tmp_path / "cache", log, 1.5)
    until(log)
    second = maker(tmp_path / "cache", log, 1.5)
    told = second.communicate("\n", timeout=60)[0].splitlines()
    assert told == ["waiting for another process that is making prepare ten images", "ready"]
    assert first.communicate("\n", timeout=60)[0].splitlines() == ["ready"]
    assert log.read_text() == "made\n"
    assert first.returncode == second.returncode == 0


def test_a_killed_process_holds_nothing_and_another_resumes(tmp_path: Path) -> None:
    log, cache = tmp_path / "log", Cache(tmp_path / "cache")
    killed = maker(cache.root, log, 60)
    until(cache.work(STAGE) / "half")
    killed.kill()
    killed.communicate()
    assert not cache.has(STAGE)
    made = cache.make(STAGE, lambda work: (work / "whole").write_text((work / "half").read_text()))
    assert (made / "whole").read_text() == "x"
    cache.close()


def test_an_entry_is_in_use_until_its_users_end_however_they_end(tmp_path: Path) -> None:
    log = tmp_path / "log"
    users = [maker(tmp_path / "cache", log, 0) for _ in range(2)]
    entry = Cache(tmp_path / "cache").path(STAGE)
    for user in users:
        assert user.stdout is not None
        assert "ready\n" in iter(user.stdout.readline, "")
    assert in_use(entry)
    users[0].communicate("\n", timeout=60)
    assert in_use(entry)  # by the second
    users[1].kill()
    users[1].communicate()
    assert not in_use(entry)


def test_waits_for_what_another_process_of_the_run_makes(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    maker_thread = threading.Timer(0.2, lambda: Cache(tmp_path).make(STAGE, lambda _: None))
    maker_thread.start()
    assert (cache.wait(STAGE, every=0.01) / ABOUT).exists()
    maker_thread.join()
    cache.close()


def test_using_an_entry_notes_the_time(tmp_path: Path) -> None:
    with Cache(tmp_path) as cache:
        entry = cache.make(STAGE, lambda _: None)
    os.utime(entry / ABOUT, (0, 0))
    before = json.loads((entry / ABOUT).read_text())
    with Cache(tmp_path) as cache:
        cache.make(STAGE, lambda _: None)
    assert (entry / ABOUT).stat().st_mtime > 1e9
    assert json.loads((entry / ABOUT).read_text()) == before


@pytest.mark.parametrize("victim", ["pixels", ABOUT, "inner"])
@pytest.mark.parametrize("how", ["absent", "cut"])
def test_an_entry_that_lost_files_is_made_again(tmp_path: Path, victim: str, how: str) -> None:
    def build(work: Path) -> None:
        (work / "inner").mkdir(exist_ok=True)
        (work / "inner" / "table").write_bytes(b"34")
        (work / "pixels").write_bytes(b"12")

    with Cache(tmp_path) as cache:
        lost = cache.make(STAGE, build) / victim
        lost = lost / "table" if how == "cut" and lost.is_dir() else lost
        if how == "cut":
            lost.write_bytes(lost.read_bytes()[:1])
        else:
            shutil.rmtree(lost) if lost.is_dir() else lost.unlink()
        assert not cache.has(STAGE)
        entry = cache.make(STAGE, build)
        assert cache.has(STAGE)
    assert (entry / "pixels").read_bytes() == b"12"
    assert (entry / "inner" / "table").read_bytes() == b"34"
    files = facts_of(entry)["files"]
    assert {name: size for name, (size, _) in files.items()} == {"inner/table": 2, "pixels": 2}
    assert [path.name for path in entry.parent.iterdir()] == [entry.name]
