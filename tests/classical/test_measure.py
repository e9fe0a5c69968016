"""Measurements against CellProfiler's own of the same nucleus, and by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import ndimage

from phenolens.classical.measure import measure_objects
from phenolens.core.errors import InputError
from phenolens.images.read import read_image


def test_without_the_library_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "cp_measure.bulk", None)
    with pytest.raises(InputError, match=r"needs cp_measure.bulk.*phenolens\[classical\]"):
        measure_objects(
            np.ones((1, 8, 8), np.uint16), ("DNA",), {"Nuclei": np.ones((8, 8), np.int32)}
        )


def test_area_and_intensity_by_hand() -> None:
    pytest.importorskip("cp_measure")
    rng = np.random.default_rng(0)
    image = rng.integers(100, 9000, (2, 60, 60)).astype(np.uint16)
    labels = np.zeros((60, 60), dtype=np.int32)
    labels[5:25, 5:30] = 1
    labels[35:50, 20:50] = 2
    names, values = measure_objects(image, ("DNA", "ER"), {"Nuclei": labels})
    made = dict(zip(names, values.T, strict=True))
    assert made["Nuclei_AreaShape_Area"].tolist() == [500, 450]
    for label in (1, 2):
        one, two = image[:, labels == label] / 65535
        assert made["Nuclei_Intensity_MeanIntensity_DNA"][label - 1] == pytest.approx(one.mean())
        assert made["Nuclei_Intensity_IntegratedIntensity_ER"][label - 1] == pytest.approx(
            two.sum()
        )
        rho = np.corrcoef(one, two)[0, 1]
        assert made["Nuclei_Correlation_Correlation_DNA_ER"][label - 1] == pytest.approx(rho)
    assert not [name for name in names if "Location" in name or "Center" in name]


def test_a_real_nucleus_has_the_shape_and_texture_that_cellprofiler_measured(
    data_dir: Path,
) -> None:
    """NF1, field D7: its mask is that of the table; intensities there are of corrected images."""
    pytest.importorskip("cp_measure")
    folder = data_dir / "cellpainting-images" / "NF1_Plate_2"
    table = pd.read_parquet(folder / "Plate_2_with_image_data_shrunken.parquet")
    files = next(name for name in table if "FileName" in name and "DAPI" in name)
    row = table[table[files] == "D7_01_1_1_DAPI_001.tif"].iloc[0]
    mask = read_image(folder / "Plate_2_masks" / "D7_01_1_1_DAPI_001_MaskNuclei.tiff")[0]
    x, y = (row[f"Nuclei_Location_Center_{axis}"] for axis in "XY")
    pieces = ndimage.label(mask)[0]
    label = pieces[round(y), round(x)]
    one = (pieces == label).astype(np.int32)
    image = read_image(folder / "Plate_2_images" / "D7_01_1_1_DAPI_001.tif")
    names, values = measure_objects(image, ("DAPI",), {"Nuclei": one})
    made = dict(zip(names, values[0], strict=True))
    shape = [name for name in made if "AreaShape" in name and name in table]
    assert len(shape) > 40
    for name in shape:
        assert made[name] == pytest.approx(float(row[name]), rel=1e-3, abs=1e-4), name
    contrast = "Nuclei_Texture_Contrast_DAPI_3_00_256"
    assert made[contrast] == pytest.approx(float(row[contrast]), rel=1e-6)
