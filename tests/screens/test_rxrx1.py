"""RxRx1: 16 real control wells, of which four second sites lack two channels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from phenolens.core.errors import InputError
from phenolens.screens.rxrx1 import CHANNELS, Rxrx1


def test_real_control_wells(data_dir: Path) -> None:
    root = data_dir / "rxrx1-control-wells"
    with pytest.raises(InputError, match="no file of channels 'Mito', 'AGP' for plate HEPG2-01_1"):
        Rxrx1()(root)
    screen = Rxrx1(unreadable="leave_out")(root)
    assert (len(screen), screen.channels, screen.size) == (16, CHANNELS, (512, 512))
    assert len(screen.left_out or ()) == 4  # the second sites
    assert screen.meta["control"].all()
    assert set(screen.meta["compound"]) == {"UNTREATED"}
    assert set(screen.meta["cell_line"].value_counts()) == {4}
    assert set(screen.meta["batch"]) == {"HEPG2-01", "HUVEC-01", "RPE-01", "U2OS-01"}
    four = Rxrx1(channels=CHANNELS[:4])(root)
    assert len(four) == 20
    mean = [screen.read(np.array([row]))[0, 0].mean() for row in range(16)]
    by_line = screen.meta["cell_line"].to_numpy()
    assert min(np.array(mean)[by_line == "HEPG2"]) > 35  # the README says 39 to 73
    assert max(np.array(mean)[by_line == "RPE"]) < 7  # and 5 to 6


def test_tables_and_none(tmp_path: Path) -> None:
    layout = Rxrx1.fake(tmp_path)
    assert layout(tmp_path).meta["control"].tolist() == [True, False, True, False]
    (tmp_path / "train_controls.csv").unlink()
    assert "compound" not in layout(tmp_path).meta
    with pytest.raises(InputError, match="no EXPERIMENT/PlateN"):
        layout(tmp_path / "train" / "RPE-02" / "Plate1")
