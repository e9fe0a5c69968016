"""Images as CellProfiler's features: which objects, which names, what is not defined."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from phenolens.classical.profiles import classical_profiles, objects_of
from phenolens.core.errors import InputError
from phenolens.core.screen import Screen
from phenolens.screens.synthetic import Synthetic


@pytest.fixture(scope="module")
def fields() -> Screen:
    screen = Synthetic()(Path()).take(np.array([0, 300]))
    pixels = screen.read(np.arange(2))[:, :, :128, :128].copy()
    return replace(screen, read=lambda rows: pixels[rows], size=(128, 128), identify=None)


def test_nuclei_and_cells_have_the_same_labels(fields: Screen) -> None:
    image = fields.read(np.array([0]))[0]
    made = objects_of(image, fields.channels, only_middle=False)
    inside = made["Nuclei"] > 0
    assert np.array_equal(made["Cells"][inside], made["Nuclei"][inside])
    middle = objects_of(image, fields.channels, only_middle=True)
    assert set(np.unique(middle["Nuclei"])) == {0, 1}
    assert list(objects_of(image[:1], ("DNA",), only_middle=False)) == ["Nuclei"]


def test_a_row_per_image_under_the_names_of_a_published_table(
    fields: Screen, data_dir: Path
) -> None:
    """Ljosa 2013: all its names of shape and intensity, but for places, are made."""
    pytest.importorskip("cp_measure")
    made = classical_profiles(fields)
    assert made.meta["well"].tolist() == fields.meta["well"].tolist()
    assert np.isfinite(made.features).all()
    folder = data_dir / "bbbc021-cellprofiler-wells"
    path = folder / "ljosa_jbiomolscreen_2013_per_well_mean.csv.gz"
    stains = {"CorrActin": "Actin", "CorrDAPI": "DNA", "CorrTub": "Tubulin"}
    published = pd.read_csv(path, nrows=1).columns.to_series().replace(stains, regex=True)
    kinds = r"(?:Nuclei|Cells)_(?:AreaShape|Intensity)_(?!Center_)"
    wanted = published[published.str.match(kinds)]
    assert len(wanted) > 150
    assert set(wanted) <= set(made.names)


def test_an_image_without_a_cell_has_the_medians_of_the_others(fields: Screen) -> None:
    pytest.importorskip("cp_measure")

    def second_is_dark(rows: np.ndarray) -> np.ndarray:
        images = fields.read(rows).copy()
        images[rows == 1] = 0
        return images

    made = classical_profiles(replace(fields, read=second_is_dark))
    assert len(made) == 2
    assert np.array_equal(made.features[0], made.features[1])  # of one other image
    assert made.provenance[0]["images_without_cells"] == 1
    with pytest.raises(InputError, match="no image shows a nucleus"):
        classical_profiles(
            replace(fields, read=lambda rows: np.zeros((len(rows), 3, 128, 128), np.uint16))
        )
