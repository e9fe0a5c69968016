"""Indexes of In Cell: written by the names of Bio-Formats, as no real file was at hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from phenolens.core.errors import InputError
from phenolens.instruments.in_cell_xml import read_in_cell

IMAGE = (
    '<Image filename="{name}"><Well label="B - 3"><Row number="{row}"/><Column number="3"/></Well>'
    '<Identifier field_index="1" time_index="0" wave_index="{wave}" z_index="{z}"/></Image>'
)


def _index(root: Path, *images: dict[str, object], more: str = "") -> Path:
    base = {"name": "a.tif", "row": 2, "wave": 0, "z": 0}
    body = "".join(IMAGE.format(**{**base, **image}) for image in images)
    (root / "p.xdce").write_text(f"<ImageStack>{more}{body}</ImageStack>")
    return root


def test_places_planes_and_names_of_filters(tmp_path: Path) -> None:
    wave = '<Wavelength index="{}"><ExcitationFilter name="{}"/><EmissionFilter name="{}"/>'
    more = wave.format(0, "DAPI", "DAPI") + "</Wavelength>"
    more += wave.format(1, "FITC", "Cy3") + "</Wavelength>"
    _index(tmp_path, {}, {"z": 1}, {"wave": 1}, {"wave": 2}, more=more)
    index = read_in_cell(tmp_path, "p.xdce")
    files, channels, size = index.files, index.channels, index.pixel_size
    assert channels == ("DAPI", "FITC - Cy3", "w3")
    assert files["well"].unique().tolist() == ["B03"]
    assert files["site"].unique().tolist() == [2]
    assert files["z"].tolist() == [1, 2, 1, 1]
    assert "timepoint" not in files
    assert size is None


@pytest.mark.parametrize(
    ("image", "message"),
    [({"row": 0}, "has no row and column of a plate"), ({"row": "B"}, "a number that is none")],
)
def test_images_that_cannot_be(tmp_path: Path, image: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_in_cell(_index(tmp_path, image), "p.xdce")
    with pytest.raises(InputError, match="lists no image"):
        read_in_cell(_index(tmp_path), "p.xdce")
