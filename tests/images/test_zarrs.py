"""Zarr arrays as images: axes in any order, damage, and what travels to other processes."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest

from phenolens.core.errors import InputError
from phenolens.core.screen import UnreadableImage
from phenolens.images.zarrs import ZarrReader, open_array

zarr = pytest.importorskip("zarr")
PIXELS = np.arange(2 * 3 * 2 * 4 * 5, dtype=np.uint16).reshape(2, 3, 2, 4, 5)  # t z c y x


def _reader(root: Path, pixels: np.ndarray, axes: str) -> ZarrReader:
    array = zarr.create_array(
        root / "a", shape=pixels.shape, dtype=pixels.dtype, chunks=pixels.shape, overwrite=True
    )
    array[:] = pixels
    return ZarrReader(
        root, ("a", "a"), axes, np.array([0, 1]), np.array([2, 0]), channels=(1, 0), size=(4, 5)
    )


def test_a_row_is_a_time_and_a_plane(tmp_path: Path) -> None:
    reader = _reader(tmp_path, PIXELS, "tzcyx")
    expected = PIXELS[[0, 1], [2, 0]][:, [1, 0]]
    np.testing.assert_array_equal(reader(np.array([0, 1])), expected)
    again = pickle.loads(pickle.dumps(reader))
    np.testing.assert_array_equal(again(np.array([1])), expected[1:])


def test_hashes_differ_by_plane_and_with_the_pixels(tmp_path: Path) -> None:
    before = _reader(tmp_path, PIXELS, "tzcyx").identify(np.array([0, 1]))
    assert not (before[0] == before[1]).all()
    after = _reader(tmp_path, PIXELS + 1, "tzcyx").identify(np.array([0, 1]))
    assert not (before == after).all(axis=1).any()


def test_damage_and_other_types(tmp_path: Path) -> None:
    reader = _reader(tmp_path, PIXELS, "tzcyx")
    (chunk,) = (p for p in (tmp_path / "a" / "c").rglob("*") if p.is_file())
    chunk.write_bytes(b"nonsense")
    with pytest.raises(UnreadableImage, match="leave_out"):
        reader(np.array([0]))
    _reader(tmp_path, PIXELS.astype(np.float32), "tzcyx")
    with pytest.raises(InputError, match="has float32 pixels"):
        open_array(tmp_path / "a")
    with pytest.raises(InputError, match="is not a Zarr array"):
        open_array(tmp_path / "none")
