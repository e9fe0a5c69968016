"""The table of docs/prepare.md: what `phenolens prepare` does at each fault, and nothing is lost.

A server that drops the connection and a lost worker are tested next to their own code.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import tifffile
from typer.testing import CliRunner

from phenolens import __file__ as package
from phenolens.cli.ending import FIXABLE
from phenolens.cli.program import app
from phenolens.core.errors import InputError
from phenolens.core.screen import Screen
from phenolens.screens.image_folder import ImageFolder
from phenolens.store import filling
from phenolens.store.pixel_store import open_store

RUNNER = CliRunner()
FILE = Path("P1") / "B02_s1_DNA.tif"


def prepared(root: Path, *more: str) -> tuple[int, str]:
    """Return the status of the command and all that it says."""
    place = root.with_name("a.store")
    table = ("--platemap", str(root.with_name("map.csv")))
    done = RUNNER.invoke(app, ["prepare", str(root), "--out", str(place), *table, *more])
    if isinstance(done.exception, InputError):  # the command prints it, and ends with this status
        return FIXABLE, f"{done.output}{done.exception}"
    return done.exit_code, done.output


def hashes(root: Path) -> dict[Path, str]:
    return {
        path: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def check_pixels(root: Path, whole: Screen, without: set[tuple[str, str]] | None = None) -> None:
    """Hold every field of a store to the pixels of the undamaged folder, but for some wells."""
    store = open_store(root.with_name("a.store"))
    keys = ["plate", "well", "site"]
    wanted = {tuple(row) for row in whole.meta[keys].astype(str).to_numpy().tolist()}
    wanted = {row for row in wanted if row[:2] not in (without or set())}
    rows = store.meta[keys].astype(str).to_numpy().tolist()
    assert {tuple(row) for row in rows} == wanted | {
        tuple(row) for row in rows if tuple(row[:2]) in (without or set())
    }
    at = {tuple(row): i for i, row in enumerate(whole.meta[keys].astype(str).to_numpy().tolist())}
    for i, row in enumerate(map(tuple, rows)):
        if row[:2] in (without or set()):
            continue
        expected = whole.select(store.channels).read(np.array([at[row]]))
        np.testing.assert_array_equal(store.read(np.array([i])), expected)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return two plates of four wells, two channels each, and a platemap next to them."""
    ImageFolder.fake(tmp_path / "plates")
    shutil.move(tmp_path / "plates" / "platemap.csv", tmp_path / "map.csv")
    return tmp_path / "plates"


@pytest.fixture
def whole(tmp_path: Path) -> Screen:
    """Return the undamaged screen, in memory."""
    screen = ImageFolder.fake(tmp_path / "whole")(tmp_path / "whole")
    pixels = screen.read(np.arange(len(screen)))
    return Screen(screen.meta, screen.channels, lambda rows: pixels[rows], screen.size)


@dataclass(frozen=True)
class Fault:
    """A fault: what it does to the folder, the status of the command, and what is said."""

    damage: Callable[[Path], object]
    status: int
    said: tuple[str, ...]


def write(path: Path, pixels: np.ndarray) -> None:
    tifffile.imwrite(path, pixels)


def add(row: str) -> Callable[[Path], object]:
    """Return what adds a row to the platemap (columns Well, Compound)."""

    def damage(root: Path) -> None:
        with root.with_name("map.csv").open("a") as file:
            file.write(f"{row}\n")

    return damage


def rename(root: Path) -> None:
    path = root.with_name("map.csv")
    path.write_text(path.read_text().replace("B02", "H12"))


FAULTS = {
    "missing file": Fault(lambda root: (root / FILE).unlink(), 3, ("left out", "B02", "DNA")),
    "truncated TIFF": Fault(
        lambda root: (root / FILE).write_bytes((root / FILE).read_bytes()[:900]),
        3,
        ("left out", FILE.name),
    ),
    "wrong dtype": Fault(
        lambda root: write(root / FILE, np.ones((32, 40), np.float32)),
        3,
        ("left out", FILE.name, "float32"),
    ),
    "wrong size": Fault(
        lambda root: write(root / FILE, np.ones((9, 9), np.uint16)),
        3,
        ("left out", FILE.name, "9 x 9"),
    ),
    "copied channel": Fault(
        lambda root: shutil.copy(root / "P1" / "B02_s1_Actin.tif", root / FILE),
        0,
        ("copied channel", "B02"),
    ),
    "zero plane": Fault(
        lambda root: write(root / FILE, np.zeros((32, 40), np.uint16)),
        0,
        ("constant plane", "is 0 in 1 of 4 images", "B02"),
    ),
}
REFUSED = {
    "duplicate row": Fault(add("A01,taxol"), FIXABLE, ("map.csv", "A01")),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_of_a_file_costs_its_field_alone(root: Path, whole: Screen, name: str) -> None:
    fault = FAULTS[name]
    fault.damage(root)
    before = hashes(root)
    status, output = prepared(root)
    assert status == fault.status
    for words in fault.said:
        assert words in output
    check_pixels(root, whole, {("P1", "B02")})
    store = open_store(root.with_name("a.store"))
    assert len(store) == (7 if fault.status == 3 else 8)
    assert hashes(root) == before


@pytest.mark.parametrize("name", REFUSED)
def test_a_fault_of_the_table_is_named_and_a_corrected_table_goes_on(
    root: Path, whole: Screen, name: str
) -> None:
    fault, sound = REFUSED[name], root.with_name("map.csv").read_bytes()
    fault.damage(root)
    before = hashes(root)
    status, output = prepared(root)
    assert status == fault.status
    for words in fault.said:
        assert words in output
    assert hashes(root) == before
    root.with_name("map.csv").write_bytes(sound)
    assert prepared(root)[0] == 0
    check_pixels(root, whole)


def test_a_well_without_a_row_and_a_row_without_a_well(root: Path, whole: Screen) -> None:
    rename(root)
    before = hashes(root)
    status, output = prepared(root)
    assert status == 0
    assert "4 of 8 fields have no row in the table: B02" in output
    assert "1 row of the table has no image: H12" in output
    check_pixels(root, whole)
    meta = open_store(root.with_name("a.store")).meta
    assert meta.loc[meta["well"] == "B02", "compound"].isna().all()
    assert hashes(root) == before


def test_a_full_disk(root: Path, whole: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    before = hashes(root)

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(filling, "overwrite", full)
        status, output = prepared(root)
    assert status == FIXABLE
    assert "no space left on the disk" in output
    assert "run the same command again to resume" in output
    assert prepared(root)[0] == 0
    check_pixels(root, whole)
    assert hashes(root) == before


@pytest.mark.slow
def test_kill_9_in_the_middle(root: Path, whole: Screen) -> None:
    """A process of its own is killed after its first chunk; the command given again goes on."""
    before = hashes(root)
    script = (
        "import sys, time\n"
        "from phenolens.store import filling, pixel_store\n"
        "pixel_store.CHUNK = 2\n"
        "write = filling.overwrite\n"
        "def slow(path, begin, content, **how):\n"
        "    write(path, begin, content, **how)\n"
        "    time.sleep(0.2)\n"
        "filling.overwrite = slow\n"
        "from phenolens.cli.program import app\n"
        "app(sys.argv[1:])\n"
    )
    place = root.with_name("a.store")
    command = [sys.executable, "-c", script, "prepare", str(root), "--out", str(place)]
    command += ["--platemap", str(root.with_name("map.csv")), "--machine", "threads=1"]
    source = str(Path(package).parents[1])
    child = subprocess.Popen(
        command,
        env={**os.environ, "PYTHONPATH": source},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    done = place / "done.npy"
    until = time.monotonic() + 60
    while time.monotonic() < until and child.poll() is None:
        if done.is_file() and done.stat().st_size and np.count_nonzero(np.load(done)):
            break
        time.sleep(0.01)
    child.send_signal(signal.SIGKILL)
    child.wait()
    marks = np.load(done)
    assert 0 < np.count_nonzero(marks) < len(marks)
    status, _ = prepared(root)
    assert status == 0
    assert np.load(done)[marks != 0].tolist() == marks[marks != 0].tolist(), "nothing was redone"
    check_pixels(root, whole)
    assert hashes(root) == before
