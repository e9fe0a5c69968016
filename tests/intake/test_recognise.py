"""Which layout a folder has; the examples of all layouts, and real folders."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from phenolens.core.errors import InputError
from phenolens.core.registry import catalogue
from phenolens.intake.recognise import _PATTERN, recognise
from phenolens.screens.bbbc021 import IMAGES, Bbbc021
from phenolens.screens.image_folder import ImageFolder

OF_FILES = [
    name
    for name, entry in catalogue("screens").items()
    if hasattr(entry.load(), "recognises") and name != "bioio"  # its example is not of a vendor
]


@pytest.mark.parametrize("name", OF_FILES)
def test_each_layout_is_recognised_by_its_own_example(name: str, tmp_path: Path) -> None:
    made = catalogue("screens")[name].load().fake(tmp_path)
    found = recognise(tmp_path)
    assert found.name == name
    assert 0.5 < found.taken.certainty <= 1
    ours, theirs = made(tmp_path), found.layout(tmp_path)
    assert len(ours) == len(theirs)
    assert ours.meta[["plate", "well"]].equals(theirs.meta[["plate", "well"]])
    rows = np.array([0])
    by_channel = np.sort(ours.read(rows).sum((0, 2, 3))), np.sort(theirs.read(rows).sum((0, 2, 3)))
    np.testing.assert_array_equal(*by_channel)


def test_a_named_layout_is_taken_and_keeps_what_it_recognises(tmp_path: Path) -> None:
    ImageFolder.fake(tmp_path)
    found = recognise(tmp_path, "image_folder", {"channels": ["DNA"]})
    assert found.chosen
    assert found.layout(tmp_path).channels == ("DNA",)
    assert found.words()[0].startswith("layout image_folder (as asked): 16 of 16 images")


def test_a_folder_of_nothing_known_is_refused_with_what_it_holds(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()
    with pytest.raises(InputError, match=r"holds no image .* among 1 files: notes\.txt; name"):
        recognise(tmp_path)
    for name in ("a.tif", "b.tif"):
        (tmp_path / name).touch()
    with pytest.raises(InputError, match=r"names of its 2 images, as a\.tif, b\.tif; say where"):
        recognise(tmp_path)
    with pytest.raises(InputError, match=r"a\.tif: is a file, and a folder of images is needed"):
        recognise(tmp_path / "a.tif")


def test_the_pattern_that_is_proposed_reads_names(tmp_path: Path) -> None:
    ImageFolder.fake(tmp_path)
    pattern = _PATTERN.partition("pattern='")[2].rstrip("'")
    assert len(recognise(tmp_path, "image_folder", {"pattern": pattern}).layout(tmp_path)) == 8


def test_several_that_fit_are_listed(tmp_path: Path) -> None:
    Bbbc021.fake(tmp_path)
    (tmp_path / "Week1_22123" / "A01_s1_x.tif").touch()
    found = recognise(tmp_path)
    assert found.name == "bbbc021"
    assert list(found.others) == ["image_folder"]
    assert "--layout image_folder" in found.words()[1]


def test_plates_that_were_not_copied_are_left_out(tmp_path: Path) -> None:
    Bbbc021.fake(tmp_path)
    for path in (tmp_path / "Week4_27481").iterdir():
        path.unlink()
    (tmp_path / "Week4_27481").rmdir()
    assert (tmp_path / IMAGES).is_file()
    found = recognise(tmp_path)
    assert "1 of its 2 plates have a folder" in found.taken.why
    assert set(found.layout(tmp_path).meta["plate"]) == {"Week1_22123"}


def test_real_folders_by_their_names(data_dir: Path) -> None:
    screen = recognise(data_dir / "bbbc013-plate").layout(data_dir / "bbbc013-plate")
    assert (len(screen), screen.channels, screen.size) == (72, ("1", "2"), (640, 640))
    assert set(screen.meta["plate"]) == {"bbbc013-plate"}
    root = data_dir / "cellpainting-images"
    found = recognise(root)
    assert "9 of" in found.taken.why
    assert "6 have names of Opera Phenix" in found.taken.why
    assert found.layout(root).channels == ("DAPI", "GFP", "RFP")
    root = root / "pediatric_BR00143976"
    assert recognise(root).layout(root).size == (1080, 1080)
