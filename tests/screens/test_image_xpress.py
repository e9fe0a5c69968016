"""ImageXpress: three real exports."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile

from phenolens.core.errors import InputError
from phenolens.screens.image_xpress import ImageXpress


def test_real_time_points_and_wavelengths_without_images(data_dir: Path) -> None:
    root = data_dir / "instrument-layouts" / "imagexpress" / "9987_Plate_3435"
    screen = ImageXpress()(root)
    assert (len(screen), screen.channels, screen.size) == (8, ("DAPI", "FITC"), (256, 256))
    assert set(screen.meta["plate"]) == {"9987_Plate_3435"}
    assert screen.meta["timepoint"].value_counts().to_dict() == {1: 4, 2: 4}
    row = screen.meta.query("well == 'B03' and site == 2 and timepoint == 2").index[0]
    file = root / "TimePoint_2" / "9987_B03_s2_w2.TIF"
    np.testing.assert_array_equal(screen.read(np.array([row]))[0, 1], tifffile.imread(file))
    kinds = {problem.kind for problem in ImageXpress().problems(root, pixels=True)}
    assert kinds == {"missing time", "missing channel"}


def test_a_real_plate_of_one_site_and_wavelength(data_dir: Path) -> None:
    screen = ImageXpress()(data_dir / "instrument-layouts" / "imagexpress" / "9987_Plate_3420")
    assert screen.meta.to_dict("records") == [
        {"plate": "9987_Plate_3420", "well": "B02", "site": 1}
    ]
    assert screen.channels == ("DAPI",)


def test_a_real_database_without_htd(data_dir: Path) -> None:
    root = data_dir / "instrument-layouts" / "imagexpress" / "SingleChannel"
    screen = ImageXpress()(root)
    assert screen.meta.groupby(["site", "z"], observed=True).size().to_dict() == {
        (site, z): 1 for site in (1, 2) for z in (0, 1, 2)
    }
    assert set(screen.meta["plate"]) == {"1334"}
    assert screen.size == (512, 512)


def test_copies_of_the_htd_file_are_no_plates(tmp_path: Path) -> None:
    screen = ImageXpress.fake(tmp_path)(tmp_path)
    assert screen.meta["plate"].unique().tolist() == ["4501", "4502"]
    alone = ImageXpress()(tmp_path / "4501")
    assert alone.meta["plate"].unique().tolist() == ["4501"]


def test_a_field_without_a_wavelength_is_named(tmp_path: Path) -> None:
    layout = ImageXpress.fake(tmp_path)
    (tmp_path / "4501" / "TimePoint_1" / "run_A01_s2_w2.TIF").unlink()
    with pytest.raises(InputError, match="no file of channel 'FITC' for plate 4501 well A01"):
        layout(tmp_path)
    assert len(ImageXpress(unreadable="leave_out")(tmp_path)) == 7
