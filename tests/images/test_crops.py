"""Crops in one array: read by row, and their odd planes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from phenolens.core.errors import InputError
from phenolens.images.crops import CropReader, crops_header


def test_shape_and_pixels(tmp_path: Path) -> None:
    crops = np.random.default_rng(0).poisson(900, (3, 4, 5, 2)).astype(np.uint16)
    np.savez_compressed(tmp_path / "c.npz", images=crops)
    assert crops_header(tmp_path / "c.npz", "images") == ((3, 4, 5, 2), "uint16")
    reader = CropReader(tmp_path / "c.npz", "images", crops.shape)
    np.testing.assert_array_equal(reader(np.array([2])), crops[[2]].transpose(0, 3, 1, 2))
    assert len(set(map(bytes, reader.identify(np.arange(3))))) == 3


def test_odd_planes_by_row(tmp_path: Path) -> None:
    crops = np.random.default_rng(0).poisson(900, (300, 4, 5, 2)).astype(np.uint16)
    crops[299, ..., 1] = 7
    np.save(tmp_path / "c.npy", crops)
    reader = CropReader(tmp_path / "c.npy", "images", crops.shape)
    assert list(reader.odd_planes(("DNA", "ER"))) == [
        (299, "constant plane", "channel ER is 7 in every pixel")
    ]


def test_no_array(tmp_path: Path) -> None:
    (tmp_path / "c.npy").write_bytes(b"no array")
    with pytest.raises(InputError, match="is damaged, or not an"):
        crops_header(tmp_path / "c.npy", "images")
