"""Files of many frames."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile

from phenolens.core.errors import InputError
from phenolens.images.stacks import read_frames


def test_one_frame_is_a_stack_of_one(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tif", np.ones((4, 5), dtype=np.uint16))
    assert read_frames(tmp_path / "a.tif").count == 1


def test_what_is_no_stack_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is not a TIFF"):
        read_frames(tmp_path / "a.png")
    (tmp_path / "b.tif").write_bytes(b"II*\0")
    with pytest.raises(InputError, match=r"b\.tif"):
        read_frames(tmp_path / "b.tif")
