"""Yokogawa CellVoyager: a real measurement, whose pixels its authors set to zero."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from phenolens.core.errors import InputError
from phenolens.screens.yokogawa import Yokogawa


def test_a_real_measurement(data_dir: Path) -> None:
    root = data_dir / "instrument-layouts" / "cv8000"
    screen = Yokogawa()(root)
    assert (len(screen), screen.channels, screen.size) == (48, ("405", "488"), (2000, 2000))
    assert screen.pixel_size == 0.325
    assert screen.meta["z"].value_counts().to_dict() == {1: 12, 2: 12, 3: 12, 4: 12}
    (note,) = Yokogawa().problems(root)
    assert note.what.startswith("6 images are not listed by MeasurementData.mlf")
    assert not screen.read(np.array([47])).any()


def test_a_listed_image_that_is_gone(tmp_path: Path) -> None:
    layout = Yokogawa.fake(tmp_path)
    (tmp_path / "AssayPlate_20240101" / "AP_A01_T0001F001L01A01Z01C02.tif").unlink()
    with pytest.raises(InputError, match=r"no such image .*AP_A01_T0001F001L01A01Z01C02\.tif"):
        layout(tmp_path)
    screen = Yokogawa(unreadable="leave_out")(tmp_path)
    assert (len(screen), len(screen.left_out or ())) == (7, 1)


def test_a_folder_without_a_measurement(tmp_path: Path) -> None:
    (tmp_path / "a.txt").touch()
    with pytest.raises(InputError, match=r"no MeasurementData\.mlf"):
        Yokogawa()(tmp_path)
