"""A table is written over an older one, and the process is killed: one of the two is there."""

from __future__ import annotations

import logging
import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from phenolens.core import files
from phenolens.core.errors import InputError
from phenolens.core.profiles import Profiles

ENDINGS = ["parquet", "csv", "csv.gz", "tsv", "h5ad", "zarr"]
_GONE = 4_194_303  # no process of this test has this number


class _Killed(BaseException):
    """Stands for the end of the process: nothing is cleaned up after it."""


class _Events:
    """Counts renames and removals in one folder, and ends before the n-th."""

    def __init__(self, patch: pytest.MonkeyPatch, folder: Path, last: int) -> None:
        self.folder, self.left, self.dead = folder, last, False
        for owner, name in ((Path, "replace"), (Path, "rename"), (shutil, "rmtree")):
            patch.setattr(owner, name, self.counted(getattr(owner, name)))
        patch.setattr("os.getpid", lambda: _GONE)
        patch.setattr(files, "_is_running", lambda _: True)  # as long as this write takes

    def counted(self, call: Any) -> Any:
        def counting(path: Path, *more: Any, **named: Any) -> Any:
            places = [Path(path), *(Path(other) for other in more if isinstance(other, Path))]
            if any(place.parent == self.folder for place in places):
                if not self.left or self.dead:
                    self.dead = True
                    raise _Killed
                self.left -= 1
            return call(path, *more, **named)

        return counting


def _profiles(rows: int, step: str) -> Profiles:
    meta = pd.DataFrame({"plate": ["0000", "0001"] * rows, "compound": ["x"] * 2 * rows})
    values = np.full((len(meta), 2), rows, np.float32)
    return Profiles(meta, values, ("Cells_a", "Cells_b"), ({"step": step},))


def _killed(path: Path, last: int) -> bool:
    """Write the new table over the old one; return whether that was stopped."""
    with pytest.MonkeyPatch.context() as patch:
        _Events(patch, path.parent, last)
        try:
            _profiles(2, "new").save(path)
        except _Killed:
            return True
    return False


@pytest.mark.parametrize("ending", ENDINGS)
def test_the_old_table_or_the_new_one_is_there_with_its_steps(ending: str, tmp_path: Path) -> None:
    if ending in ("h5ad", "zarr"):
        pytest.importorskip("anndata")
    _profiles(3, "old").save(tmp_path / "old" / f"t.{ending}")
    found = []
    for last in range(20):
        folder = tmp_path / str(last)
        path = shutil.copytree(tmp_path / "old", folder) / f"t.{ending}"
        stopped = _killed(path, last)
        if stopped and not path.exists():
            assert ending == "zarr"  # a folder cannot be replaced by one rename
        table = Profiles.load(path)
        (step,) = [entry["step"] for entry in table.provenance]
        rows = {"old": 3, "new": 2}[step]
        assert len(table) == 2 * rows
        assert set(table.features.ravel()) == {rows}
        assert table.meta["plate"][0] == "0000"
        found.append(step)
        files.write_text(folder / "other.txt", "")  # the next write removes what is left
        assert not list(folder.glob(f"{files.PARTIAL}*"))
        if not stopped:
            break
    assert found[0] == "old"
    assert found == sorted(found, reverse=True)  # once it is new, it stays new
    assert found[-1] == "new"


def test_a_store_that_was_moved_aside_is_put_back_and_that_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    pytest.importorskip("anndata")
    path = tmp_path / "t.zarr"
    _profiles(3, "old").save(path)
    assert _killed(path, 2)  # after the old one was moved aside
    assert not path.exists()
    with caplog.at_level(logging.WARNING, "phenolens"):
        assert len(Profiles.load(path)) == 6
    assert "the table from before it is used" in caplog.text
    shutil.rmtree(path)
    with pytest.raises(InputError, match="no such file"):
        Profiles.load(path)


@pytest.mark.skipif(os.name == "nt", reason="processes are not looked for there")
def test_what_a_running_process_has_moved_aside_is_left(tmp_path: Path) -> None:
    pytest.importorskip("anndata")
    path = tmp_path / "t.zarr"
    _profiles(3, "old").save(path)
    assert _killed(path, 2)
    (left,) = tmp_path.glob(f"{files.PARTIAL}*")
    mine = left.rename(left.with_name(left.name.replace(f"-{_GONE}-", f"-{os.getpid()}-")))
    with pytest.raises(InputError, match="no such file"):
        Profiles.load(path)
    assert mine.exists()
