"""The files of a screen: missing ones and odd ones, each by its row."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import tifffile

from phenolens.images.files import ImageFiles


def files_of(root: Path, channels: int | None = 2) -> ImageFiles:
    paths = np.array([["p/0a.tif", "p/0b.tif"], ["p/1a.tif", "p/1b.tif"]], dtype=object)
    (root / "p").mkdir()
    for path in paths.ravel():
        tifffile.imwrite(root / path, np.zeros((8, 10), np.uint16))
    return ImageFiles(root, paths, channels, "t.csv", np.array([5, 8]))


def test_whole_files_have_no_faults(tmp_path: Path) -> None:
    files = files_of(tmp_path)
    assert not files.absent().any()
    assert not list(files.absences())
    reader = files.reader()
    assert (reader.channels, reader.size) == (2, (8, 10))


def test_channels_are_counted_where_nobody_names_them(tmp_path: Path) -> None:
    files = files_of(tmp_path, channels=None)
    assert files.reader().channels == 2


def test_every_missing_file_is_reported_with_its_row(tmp_path: Path) -> None:
    files = files_of(tmp_path)
    (tmp_path / "p" / "1a.tif").unlink()
    np.testing.assert_array_equal(files.absent(), [[False, False], [True, False]])
    (problem,) = files.absences()
    assert str(problem) == "t.csv row 8: no such image p/1a.tif"
