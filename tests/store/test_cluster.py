"""The workers of a real Dask cluster: what they read is what this process reads."""

from __future__ import annotations

import importlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest
import tifffile

from phenolens.core.errors import InputError
from phenolens.core.screen import Screen
from phenolens.screens.image_folder import ImageFolder
from phenolens.store import cluster, on_worker, pixel_store
from phenolens.store.pixel_store import prepare
from phenolens.store.reading import Workers
from phenolens.store.zarr_store import write_zarr

pytest.importorskip("distributed")


SLOW = """
import os, time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

@dataclass
class Watched:
    read: Any
    folder: str
    deadly: int = -1

    def __call__(self, rows):
        if len(rows) > 1:  # one at a time: a first look
            Path(self.folder, f"{os.getpid()}-{rows[0]}-{time.monotonic_ns()}").touch()
            time.sleep(0.1)
            if self.deadly in rows:
                os.kill(os.getpid(), 9)
        return self.read(rows)
"""


@dataclass
class Cluster:
    """A scheduler and its workers, each a process."""

    folder: Path
    address: str = ""
    processes: list[subprocess.Popen[str]] = field(default_factory=list)
    nannies: list[subprocess.Popen[str]] = field(default_factory=list)

    def start(self, program: str, *arguments: str) -> subprocess.Popen[str]:
        source = str(Path(__file__).resolve().parents[2] / "src")
        path = os.pathsep.join([source, str(self.folder)])
        more = {"PYTHONPATH": path, "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "1"}
        command = [sys.executable, "-m", f"distributed.cli.{program}", *arguments]
        with (self.folder / "log.txt").open("a") as log:
            started = subprocess.Popen(
                [*command, "--no-dashboard", "--host", "127.0.0.1"],
                stdout=log,
                stderr=log,
                env={**os.environ, **more},
                text=True,
            )
        self.processes.append(started)
        return started

    def worker(self, *more: str) -> subprocess.Popen[str]:
        alone = (*more, "--nthreads", "1", "--local-directory", str(self.folder))
        started = self.start("dask_worker", self.address, *alone)
        self.nannies += [] if "--no-nanny" in more else [started]  # a nanny ends its worker
        return started


@pytest.fixture
def started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cluster]:
    (tmp_path / "watched_reader.py").write_text(SLOW)
    monkeypatch.syspath_prepend(tmp_path)
    one = Cluster(tmp_path)
    file = tmp_path / "scheduler.json"
    try:
        one.start("dask_scheduler", "--port", "0", "--scheduler-file", str(file))
        deadline = time.monotonic() + 60
        while not file.exists() or not file.read_text():
            assert time.monotonic() < deadline, (tmp_path / "log.txt").read_text()
            time.sleep(0.05)
        one.address = json.loads(file.read_text())["address"]
        one.worker("--no-nanny")
        one.worker("--no-nanny")
        yield one
    finally:
        for process in reversed(one.processes):
            (process.terminate if process in one.nannies else process.kill)()
        for process in one.processes:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def watched(screen: Screen, folder: Path, deadly: int = -1) -> Screen:
    folder.mkdir(exist_ok=True)
    reader = importlib.import_module("watched_reader").Watched
    return replace(screen, read=reader(screen.read, str(folder), deadly))


def alike(one: Path, two: Path) -> None:
    names = sorted(path.name for path in one.iterdir())
    assert names == sorted(path.name for path in two.iterdir())
    for name in names:
        assert (one / name).read_bytes() == (two / name).read_bytes(), name


def open_rows(folder: Path) -> list[int]:
    """Return the images of an unfinished store that are written."""
    return [4 * int(c) + i for c in np.flatnonzero(np.load(folder / "done.npy")) for i in range(4)]


def plates(root: Path) -> Screen:
    """Return 40 fields, of which one file is damaged and one missing."""
    rng = np.random.default_rng(0)
    (root / "P1").mkdir(parents=True)
    for i in range(40):
        counts = rng.poisson(900, (2, 32, 40)).astype(np.uint16)
        tifffile.imwrite(root / "P1" / f"{'ABCD'[i // 10]}{i % 10 + 1:02d}.tif", counts)
    layout = ImageFolder(
        pattern=r"(?P<plate>\w+)/(?P<well>\w+)\.tif", channels=("a", "b"), unreadable="leave_out"
    )
    screen = layout(root)
    (root / "P1" / "B03.tif").write_bytes(b"II*\0nonsense")
    (root / "P1" / "C05.tif").unlink()
    return screen


def refusals(
    started: Cluster, screen: Screen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as other:
        other.setattr(cluster, "version_of", lambda _: "9.9")
        with pytest.raises(InputError, match=r"has phenolens .*, this process has 9\.9 \(\d of"):
            prepare(screen, tmp_path / "no", dask=started.address)
    with monkeypatch.context() as other:
        other.setattr(on_worker, "source_hash", lambda: "another")
        with pytest.raises(InputError, match=r"cannot be used .* has other source files than"):
            prepare(screen, tmp_path / "no", dask=started.address)
    with monkeypatch.context() as other:
        other.chdir(tmp_path)  # where the workers are not
        layout = ImageFolder.fake(Path("elsewhere"))
        with pytest.raises(InputError, match=r"does not see the image files .* mount their folder"):
            prepare(layout(Path("elsewhere")), tmp_path / "none", dask=started.address)


def test_a_killed_worker_and_what_makes_a_cluster_useless(
    started: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One test: to start a cluster takes seconds."""
    monkeypatch.setattr(pixel_store, "CHUNK", 4)
    screen = plates(tmp_path / "plates")
    refusals(started, screen, tmp_path, monkeypatch)
    reads, counts = tmp_path / "reads", []

    def progress(done: int, _: int) -> None:
        counts.append(done)
        if len(counts) == 2:
            first = min(int(path.name.split("-")[0]) for path in reads.iterdir())
            os.kill(first, signal.SIGKILL)

    far = prepare(watched(screen, reads), tmp_path / "far", progress=progress, dask=started.address)
    near = prepare(watched(screen, reads), tmp_path / "near", threads=1)
    alike(tmp_path / "far", tmp_path / "near")
    assert len(far) == 38
    assert far.left_out == near.left_out
    assert far.left_out is not None
    assert ["B03.tif" in far.left_out[0], "C05.tif" in far.left_out[1]] == [True, True]
    assert counts == sorted(counts)
    assert counts[-1] == 40
    dead = [process.poll() for process in started.processes]
    assert dead.count(-signal.SIGKILL) == 1
    in_zarr = write_zarr(screen, tmp_path / "z", Workers(dask=started.address))
    assert np.array_equal(in_zarr.read(np.arange(38)), near.read(np.arange(38)))
    assert in_zarr.left_out == near.left_out
    again = prepare(screen, tmp_path / "far", dask="tcp://127.0.0.1:1")  # nothing is left to do
    assert np.array_equal(again.read(np.arange(38)), near.read(np.arange(38)))


def test_a_scheduler_that_does_not_answer(
    tiny_screen: Screen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "_CONNECT", 0.3)
    for address in ("tcp://127.0.0.1:1", "nonsense://x"):
        with pytest.raises(InputError, match=f"--dask {address}: no Dask scheduler answers"):
            prepare(tiny_screen, tmp_path, dask=address)


@pytest.mark.slow
def test_a_chunk_that_ends_every_worker_and_a_lost_scheduler(
    started: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pixel_store, "CHUNK", 4)
    screen = plates(tmp_path / "plates")
    for process in started.processes[1:]:
        process.kill()
    started.worker()  # whose nanny starts it again
    deadly = watched(screen, tmp_path / "reads", deadly=21)
    with pytest.raises(InputError, match=r"images 20 to 23 ended their worker 2 times; read its"):
        prepare(deadly, tmp_path / "far", dask=started.address)
    assert len(open_rows(tmp_path / "far")) >= 32  # the others, but at most one next to it
    monkeypatch.setattr(cluster, "_FIRST", 1)
    started.processes[-1].terminate()
    started.processes[-1].wait()
    with pytest.raises(InputError, match="the cluster has no workers; start some"):
        prepare(screen, tmp_path / "far", dask=started.address)
    monkeypatch.setattr(cluster, "_FIRST", 60)
    started.worker()
    slowly = watched(screen, tmp_path / "reads")
    with pytest.raises(InputError, match=r"connection to the scheduler was lost .* to resume"):
        prepare(
            slowly,
            tmp_path / "lost",
            progress=lambda *_: started.processes[0].kill(),
            dask=started.address,
        )
    near = prepare(watched(screen, tmp_path / "reads"), tmp_path / "near", threads=1)
    for name in ("far", "lost"):
        prepare(watched(screen, tmp_path / "reads"), tmp_path / name, threads=1)
        alike(tmp_path / name, tmp_path / "near")
    assert len(near) == 38


CALLER = """
import sys
from dataclasses import replace
from pathlib import Path
from phenolens.screens.image_folder import ImageFolder
from phenolens.store import pixel_store
from watched_reader import Watched
pixel_store.CHUNK = 2
root, out, address = map(str, sys.argv[1:])
screen = ImageFolder.fake(Path(root))(Path(root))
reader = Watched(screen.read, out + ".reads", deadly=-1)
pixel_store.prepare(replace(screen, read=reader), Path(out), dask=address)
"""


@pytest.mark.slow
def test_a_killed_caller_goes_on(
    started: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pixel_store, "CHUNK", 2)
    root, out = tmp_path / "plates", tmp_path / "far"
    (tmp_path / "far.reads").mkdir()
    path = os.pathsep.join([str(Path(__file__).resolve().parents[2] / "src"), str(tmp_path)])
    command = [sys.executable, "-c", CALLER, str(root), str(out), started.address]
    caller = subprocess.Popen(command, env={**os.environ, "PYTHONPATH": path})
    deadline = time.monotonic() + 60
    while not ((out / "done.npy").exists() and np.load(out / "done.npy").any()):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    caller.kill()
    assert caller.wait() == -signal.SIGKILL
    assert not json.loads((out / "store.json").read_text())["complete"]
    layout = ImageFolder.fake(root)
    prepare(watched(layout(root), tmp_path / "reads"), out, dask=started.address)
    prepare(watched(layout(root), tmp_path / "reads"), tmp_path / "near")
    alike(out, tmp_path / "near")
    read = [path.name.split("-")[1] for path in (tmp_path / "reads").iterdir()]
    assert len(read) < 8  # four chunks here, fewer than four there
