"""Folders of images: real ones of four microscopes, and the pattern's corners."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import tifffile

from phenolens.core.errors import InputError
from phenolens.screens.image_folder import ImageFolder

NF1 = r"(?:.*/)?(?P<well>[A-H]\d+)_01_\d_(?P<site>\d)_(?P<channel>[A-Z]+)_001\.tif"
PHENIX = r".*/r(?P<row>\d\d)c(?P<column>\d\d)f(?P<site>\d\d)p01-ch(?P<channel>\d)sk1fk1fl1\.tiff"
STAINS = {"1": "Brightfield", "2": "ER", "3": "AGP", "4": "Mito", "5": "DNA", "6": "RNA"}


def test_real_nf1_fields_with_a_platemap(
    data_dir: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    platemap = tmp_path / "map.csv"
    platemap.write_text("Metadata_Well,genotype\nB07,WT\nD06,WT\nD07,Null\nH12,Null\n")
    root = data_dir / "cellpainting-images" / "NF1_Plate_2"
    with caplog.at_level(logging.INFO, logger="phenolens"):
        screen = ImageFolder(pattern=NF1, table=str(platemap))(root)
    meta = screen.meta.set_index("well")
    assert (screen.channels, screen.size) == (("DAPI", "GFP", "RFP"), (904, 1224))
    # Wells and sites as CellProfiler wrote them for the same files.
    assert meta["site"].to_dict() == {"B07": 3, "D06": 2, "D07": 1}
    assert meta["genotype"].to_dict() == {"B07": "WT", "D06": "WT", "D07": "Null"}
    assert set(meta["plate"]) == {"NF1_Plate_2"}
    assert "9 images do not match the pattern" in caplog.text
    assert "1 row of the table has no image: H12" in caplog.text
    (image,) = screen.take(screen.meta["well"].to_numpy() == "D06").read(np.array([0]))
    for c, name in enumerate(("D6_01_1_2_DAPI_001", "D6_01_2_2_GFP_001", "D6_01_3_2_RFP_001")):
        np.testing.assert_array_equal(
            image[c], tifffile.imread(root / "Plate_2_images" / f"{name}.tif")
        )


def test_a_real_phenix_field_of_six_channels(data_dir: Path) -> None:
    root = data_dir / "cellpainting-images" / "pediatric_BR00143976"
    screen = ImageFolder(pattern=PHENIX, names=STAINS, channels=("DNA", "ER"))(root)
    assert screen.meta[["well", "site"]].to_dict("records") == [{"well": "C03", "site": 3}]
    dna = root / "images" / "orig" / "r03c03f03p01-ch5sk1fk1fl1.tiff"
    np.testing.assert_array_equal(screen.read(np.array([0]))[0, 0], tifffile.imread(dna))
    assert len(ImageFolder(pattern=PHENIX)(root).channels) == 6


def test_real_wells_named_by_row_letter(data_dir: Path) -> None:
    pattern = r".*/Channel (?P<channel>\d)-\d\d-(?P<row>[A-H])-(?P<column>\d\d)-00\.tif"
    screen = ImageFolder(pattern=pattern)(data_dir / "cellprofiler-example-images")
    assert screen.meta["well"].tolist() == ["A01", "A12"]
    assert screen.size == (1024, 1360)


def test_real_frames_keep_further_groups_as_columns(data_dir: Path) -> None:
    layout = ImageFolder(pattern=r".*xy(?P<well>\d\d)t(?P<time>\d\d)\.tif")
    screen = layout(data_dir / "timelapse-phase-t98g" / "frames")
    assert screen.meta["time"].tolist() == list(range(1, 38, 3))
    assert screen.channels == ("c0",)


def test_files_of_all_channels(tmp_path: Path) -> None:
    stack = np.arange(2 * 3 * 8 * 8, dtype=np.uint16).reshape(2, 3, 8, 8)
    for well, pages in zip(("A01", "A02"), stack, strict=True):
        tifffile.imwrite(tmp_path / f"{well}.tif", pages, photometric="minisblack")
    layout = ImageFolder(pattern=r"(?P<well>\w\d\d)\.tif", channels=("a", "b", "c"))
    np.testing.assert_array_equal(layout(tmp_path).read(np.array([1, 0])), stack[::-1])
    assert layout(tmp_path).channels == ("a", "b", "c")
    assert ImageFolder(pattern=layout.pattern)(tmp_path).channels == ("c0", "c1", "c2")


def test_channels_left_out_are_counted(tmp_path: Path) -> None:
    pattern = ImageFolder.fake(tmp_path).pattern
    layout = ImageFolder(pattern=pattern, channels=("DNA",))
    (note,) = layout.problems(tmp_path)
    assert (note.kind, note.serious) == ("left out", False)
    assert "Actin" in note.what
    assert layout(tmp_path).channels == ("DNA",)


def test_a_field_without_a_site_group_is_one_a_well(tmp_path: Path) -> None:
    ImageFolder.fake(tmp_path)
    pattern = r"(?P<plate>\w+)/(?P<well>[A-H]\d\d)_s1_(?P<channel>\w+)\.tif"
    screen = ImageFolder(pattern=pattern)(tmp_path)
    assert len(screen) == 4
    assert "site" not in screen.meta


def test_every_absent_and_odd_file_is_listed_at_once(tmp_path: Path) -> None:
    layout = ImageFolder.fake(tmp_path)
    (tmp_path / "P1" / "A01_s1_DNA.tif").unlink()
    (tmp_path / "P2" / "A01_s1_DNA.tif").unlink()
    tifffile.imwrite(tmp_path / "P2" / "B02_s2_DNA.tif", np.zeros((9, 9), np.uint16))
    (tmp_path / "P2" / "B02_s1_Actin.tif").write_bytes(b"II*\0nonsense")
    kinds = pd.Series([p.kind for p in layout.problems(tmp_path)]).value_counts()
    assert kinds.to_dict() == {"missing image": 2, "wrong size": 1, "unreadable image": 1}


def written(root: Path, *names: str) -> None:
    for i, name in enumerate(names):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        tifffile.imwrite(root / name, np.arange(64, dtype=np.uint16).reshape(8, 8) + i)


def test_one_spelling_of_wells_and_wells_on_no_plate(tmp_path: Path) -> None:
    written(tmp_path, "P1/A1.tif", "P1/A01.tif", "P1/Z99.tif", "P1/b2.tif")
    layout = ImageFolder(pattern=r"(?P<plate>\w+)/(?P<well>[A-Za-z]+\d+)\.tif")
    assert [(p.kind, p.what) for p in layout.problems(tmp_path)] == [
        ("well", "its name gives well 'Z99', which is on no plate"),
        ("duplicate image", "is the same field and channel as P1/A01.tif"),
    ]
    for name in ("A1", "Z99"):
        (tmp_path / "P1" / f"{name}.tif").unlink()
    assert layout(tmp_path).meta["well"].tolist() == ["A01", "B02"]


def test_rows_and_columns_on_no_plate(tmp_path: Path) -> None:
    written(tmp_path, "A - 1(fld 1).tif", "A - 99(fld 1).tif")
    layout = ImageFolder(pattern=r"(?P<row>[A-P]) - (?P<column>\d+)\(fld (?P<site>\d)\)\.tif")
    (problem,) = layout.problems(tmp_path)
    assert problem.what == "its name gives row 'A', column '99', which is on no plate"
    whole = ImageFolder(pattern=r"(?P<well>[A-P] - 1)\(fld (?P<site>\d)\)\.tif")(tmp_path)
    assert whole.meta["well"].tolist() == ["A01"]


def test_files_that_a_system_leaves_are_passed_over(tmp_path: Path) -> None:
    written(tmp_path, "P1/A01.tif", "P1/@eaDir/A01.tif", "__MACOSX/P1/A01.tif", ".trash/P1/A01.tif")
    for name in ("P1/._A01.tif", "P1/Thumbs.db", "P1/.DS_Store"):
        (tmp_path / name).write_bytes(b"no image")
    assert len(ImageFolder(pattern=r"(?:.*/)?(?P<well>[A-P]\d\d)\.tif")(tmp_path)) == 1


def test_capitals_in_endings(tmp_path: Path) -> None:
    written(tmp_path, "A01.TIF", "A02.Tif")
    with pytest.raises(InputError, match=r"begin it with \(\?i\) to match capitals"):
        ImageFolder(pattern=r"(?P<well>[A-P]\d\d)\.tif")(tmp_path)
    assert len(ImageFolder(pattern=r"(?i)(?P<well>[A-P]\d\d)\.tif")(tmp_path)) == 2


@pytest.mark.parametrize("name", ["m.TSV", "m.txt", "m.CSV", "m.csv.gz", "m.parquet"])
def test_platemaps_as_they_come(tmp_path: Path, name: str) -> None:
    written(tmp_path, "A01.tif", "A02.tif")
    table = pd.DataFrame({"Well": ["a1", "A02"], "Compound": ["DMSO", "c 1"]})
    if name.endswith("parquet"):
        table.to_parquet(tmp_path / name)
    else:
        table.to_csv(tmp_path / name, index=False, sep="," if ".csv" in name.lower() else "\t")
    screen = ImageFolder(pattern=r"(?P<well>[A-P]\d\d)\.tif", table=name)(tmp_path)
    assert screen.meta["treatment"].tolist() == ["DMSO", "c 1"]


@pytest.mark.parametrize(
    ("name", "text", "what"),
    [
        ("m.xlsx", "PK", "is a spreadsheet, which is not read; save the sheet as CSV UTF-8"),
        ("m.csv", ",1,2\nA,DMSO,x\nB,y,z\n", "has the form of a plate .* one row for each well"),
        ("m.csv", "Well;Compound\nA01;x\n", "the separator is ';', not ','"),
    ],
)
def test_platemaps_that_are_none(tmp_path: Path, name: str, text: str, what: str) -> None:
    written(tmp_path, "A01.tif")
    (tmp_path / name).write_text(text)
    with pytest.raises(InputError, match=rf"{name}: {what}"):
        ImageFolder(pattern=r"(?P<well>[A-P]\d\d)\.tif", table=name)(tmp_path)
