"""Rows of a screen from files; damaged ones are in `tests/safety`."""

from __future__ import annotations

import errno
import pickle
from pathlib import Path

import numpy as np
import pytest
import tifffile

from phenolens.core.errors import InputError
from phenolens.core.screen import UnreadableImage
from phenolens.images import reader as module
from phenolens.images.reader import FileReader

IMAGES = np.random.default_rng(0).integers(0, 60_000, (3, 20, 24)).astype(np.uint16)


def reader_of(folder: Path, table: str = "t.csv") -> FileReader:
    paths = np.array([[f"{row}_{c}.tif" for c in range(3)] for row in range(2)], dtype=object)
    for row, c in np.ndindex(*paths.shape):
        tifffile.imwrite(folder / paths[row, c], IMAGES[c] // (row + 1))
    lines = np.array([2, 3]) if table else None
    return FileReader(folder, paths, 3, (20, 24), table, lines)


def test_the_reader_keeps_rows_and_channels_in_order_and_pickles(tmp_path: Path) -> None:
    reader = pickle.loads(pickle.dumps(reader_of(tmp_path)))
    images = reader(np.array([1, 0, 1]))
    np.testing.assert_array_equal(images, np.stack([IMAGES // 2, IMAGES, IMAGES // 2]))
    assert images.dtype == np.uint16
    assert reader(np.array([], dtype=int)).shape == (0, 3, 20, 24)


def test_the_reader_names_row_and_file(tmp_path: Path) -> None:
    reader = reader_of(tmp_path)
    tifffile.imwrite(tmp_path / "1_2.tif", IMAGES[0, :8])
    with pytest.raises(
        InputError, match=r"^t\.csv row 3: .*1_2\.tif is 8 x 24 pixels, the other images"
    ):
        reader(np.array([0, 1]))
    tableless = reader_of(tmp_path, table="")
    (tmp_path / "1_2.tif").unlink()
    with pytest.raises(InputError, match=r"1_2\.tif: does not exist; copy it, or leave"):
        tableless(np.array([1]))


def test_only_the_files_fault_may_be_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = reader_of(tmp_path)
    for number, may in {errno.ENOENT: True, errno.EIO: True, errno.EACCES: False}.items():

        def fail(file: Path, _: int | None, number: int = number) -> np.ndarray:
            raise InputError("cannot be opened", where=file) from OSError(number, "x")

        monkeypatch.setattr(module, "read_image", fail)
        with pytest.raises(InputError, match=r"^t\.csv row 2: ") as caught:
            reader(np.array([0]))
        assert isinstance(caught.value, UnreadableImage) is may


def test_rows_are_identified_by_their_files(tmp_path: Path) -> None:
    reader = reader_of(tmp_path)
    before = reader.identify(np.array([0, 1, 0]))
    assert before.shape == (3, 16)
    assert np.array_equal(before[0], before[2])
    assert not np.array_equal(before[0], before[1])
    (tmp_path / "1_2.tif").write_bytes(b"other")
    assert np.array_equal(reader.identify(np.array([0]))[0], before[0])
    assert not np.array_equal(reader.identify(np.array([1]))[0], before[1])
    (tmp_path / "1_2.tif").unlink()
    assert reader.identify(np.array([1])).shape == (1, 16)
