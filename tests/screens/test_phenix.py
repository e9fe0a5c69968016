"""Opera Phenix: real measurements of which most images are absent; two schemas in one screen."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile

from phenolens.core.errors import InputError
from phenolens.screens.phenix import Phenix


def test_a_real_measurement_with_one_image(data_dir: Path) -> None:
    root = data_dir / "instrument-layouts" / "phenix" / "Version5"
    with pytest.raises(InputError, match=r"no such image images/r01c01f01p01-ch2sk1fk1fl1\.tiff"):
        Phenix()(root)
    kinds = [problem.kind for problem in Phenix().problems(root)]
    assert kinds.count("missing image") == 5
    screen = Phenix(channels=("Digital Phase Contrast",))(root)
    assert screen.meta.iloc[0].to_dict() == {"plate": "BR00122249", "well": "A01", "site": 1}
    assert screen.pixel_size == pytest.approx(0.59798, abs=1e-5)
    image = tifffile.imread(root / "images" / "r01c01f01p01-ch1sk1fk1fl1.tiff")
    np.testing.assert_array_equal(screen.read(np.array([0]))[0, 0], image)


@pytest.mark.parametrize(("version", "count"), [("Version1", 6), ("Version7", 7)])
def test_real_measurements_without_images_name_each(
    data_dir: Path, version: str, count: int
) -> None:
    problems = list(
        Phenix().problems(data_dir / "instrument-layouts" / "phenix" / version, pixels=True)
    )
    assert [problem.kind for problem in problems] == ["missing image"] * count
    assert f"ch{count}sk1fk1fl1.tiff" in problems[-1].what


def test_both_schemas_are_one_screen_with_a_platemap(tmp_path: Path) -> None:
    Phenix.fake(tmp_path)
    (tmp_path / "map.csv").write_text("Plate,Well,Compound\nBR01,A1,DMSO\nBR01,b02,taxol\n")
    screen = Phenix(table="map.csv")(tmp_path)
    by_well = screen.meta.drop_duplicates(["plate", "well"]).set_index(["plate", "well"])
    assert by_well["compound"].fillna("").tolist() == ["DMSO", "taxol", "", ""]
    notes = [problem.what for problem in Phenix(table="map.csv").problems(tmp_path)]
    assert notes == ["4 of 8 fields have no row in the table: BR02 A01, BR02 B02"]


def test_names_and_order_of_channels(tmp_path: Path) -> None:
    Phenix.fake(tmp_path)
    renamed = Phenix(names={"HOECHST 33342": "DNA"})(tmp_path)
    assert renamed.channels == ("DNA", "Alexa 488")
    one = Phenix(names={"HOECHST 33342": "DNA"}, channels=("DNA",))(tmp_path)
    np.testing.assert_array_equal(one.read(np.array([3])), renamed.read(np.array([3]))[:, :1])


def test_an_index_cannot_name_files_elsewhere(tmp_path: Path) -> None:
    Phenix.fake(tmp_path)
    (index,) = tmp_path.rglob("Index.idx.xml")
    text = index.read_text(encoding="utf-8-sig")
    index.write_text(text.replace("<URL>r01c01f01p01-ch1", "<URL>../../../etc/x"), encoding="utf-8")
    with pytest.raises(InputError, match="path leads out of the folder"):
        Phenix()(tmp_path)


def test_a_folder_without_an_index(tmp_path: Path) -> None:
    (tmp_path / "a.txt").touch()
    with pytest.raises(InputError, match=r"no Index\.idx\.xml"):
        Phenix()(tmp_path)
