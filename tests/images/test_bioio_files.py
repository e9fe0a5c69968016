"""What a file that bioio reads has, and that damage is named with the file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from phenolens.core.screen import UnreadableImage
from phenolens.images.bioio_files import BioioReader, Scene, scenes_of
from phenolens.screens.bioio import Bioio

# Its readers count a warning as a failure where warnings are errors.
pytestmark = pytest.mark.filterwarnings("ignore")
pytest.importorskip("bioio", reason="the extra bioio is not installed")
pytest.importorskip("bioio_ome_tiff", reason="bioio's reader of OME-TIFF is not installed")


def test_what_a_file_has(tmp_path: Path) -> None:
    Bioio.fake(tmp_path)
    path = tmp_path / "P1" / "x_A01.ome.tif"
    assert scenes_of(path) == [Scene(0, 1, 2, ("DNA", "ER"), (32, 40), 0.5)]
    places = np.array([[0, 0, 0], [0, 0, 7]])
    reader = BioioReader(tmp_path, ("P1/x_A01.ome.tif",) * 2, places, (1,), (32, 40))
    assert reader(np.array([0])).shape == (1, 1, 32, 40)
    with pytest.raises(UnreadableImage, match="cannot be read") as caught:
        reader(np.array([1]))
    assert str(path) in str(caught.value)
