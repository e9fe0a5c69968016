"""BBBC021: the published counts from the published tables, and their images."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import tifffile

from phenolens.screens.bbbc021 import IMAGES, MOA, Bbbc021

SINGLE_BATCH = {"Cholesterol-lowering", "Kinase inhibitors"}


@pytest.fixture(scope="module")
def tables(data_dir: Path) -> Path:
    return data_dir / "bbbc021-metadata"


@pytest.fixture(scope="module")
def everything(tables: Path) -> pd.DataFrame:
    return Bbbc021(subset="all").table(tables)


def test_counts_of_the_whole_screen(everything: pd.DataFrame) -> None:
    assert len(everything) == 13_200
    assert everything["plate"].nunique() == 55
    assert set(everything["batch"]) == {f"Week{k}" for k in range(1, 11)}
    assert everything["compound"].nunique() == 113
    assert everything["control"].sum() == 1_320
    assert set(everything.groupby(["plate", "well"]).size()) == {4}
    assert set(everything.loc[everything["control"], "moa"]) == {"DMSO"}
    assert not everything.loc[~everything["control"], "moa"].eq("DMSO").any()


def test_counts_of_the_annotated_subset(tables: Path) -> None:
    meta = Bbbc021(subset="annotated").table(tables)
    assert len(meta) == 2_528
    assert [meta[x].nunique() for x in ("treatment", "compound", "moa")] == [103, 38, 12]
    assert meta["plate"].nunique() == 55
    assert not meta["control"].any()
    batches = meta.groupby("moa")["batch"].nunique()
    assert set(batches[batches == 1].index) == SINGLE_BATCH
    left = meta[~meta["moa"].isin(SINGLE_BATCH)]
    assert left["treatment"].nunique() == 92
    assert meta.loc[meta["compound"] == "taxol", "batch"].nunique() == 10


def test_the_default_is_annotated_and_controls(tables: Path) -> None:
    meta = Bbbc021().table(tables)
    assert len(meta) == 2_528 + 1_320


def test_the_annotation_agrees_with_one_made_by_others(tables: Path) -> None:
    theirs = pd.read_csv(tables / "BBBC021_annotated.csv.gz")
    ours = Bbbc021(subset="annotated").table(tables)
    keys = ["TableNumber", "ImageNumber"]
    both = ours.merge(theirs, on=keys, suffixes=("", "_theirs"), validate="one_to_one")
    assert len(both) == len(ours) == len(theirs)
    assert (both["moa"] == both["MoA"]).all()
    assert (both["plate"] == both["Image_Metadata_Plate_DAPI"]).all()
    assert (both["batch"].str[4:].astype(int) == both["Batch"] + 1).all()
    pairs = both.drop_duplicates(["treatment", "Unique_Treatments"])
    assert len(pairs) == 103


def test_site_from_the_table_is_the_site_of_the_file_name(
    tables: Path, everything: pd.DataFrame
) -> None:
    names = pd.read_csv(tables / f"{IMAGES}.gz")["Image_FileName_DAPI"]
    in_names = names.str.extract(r"_s(\d)_w", expand=False).astype(int)
    np.testing.assert_array_equal(everything["site"], in_names)


def test_what_is_left_out_is_counted(tables: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="phenolens"):
        Bbbc021().table(tables)
    assert "leaves out 9352 of 13200 fields" in caplog.text


def test_all_absent_images_of_the_bare_tables_are_listed(tables: Path) -> None:
    found = list(Bbbc021(plates=("Week1_22123",), subset="all").problems(tables))
    absent = [p for p in found if p.kind == "missing image"]
    assert len(absent) == 240 * 3
    assert len({p.row for p in absent}) == 240


def test_a_row_number_is_the_line_of_the_file(tmp_path: Path) -> None:
    layout = Bbbc021.fake(tmp_path)
    (tmp_path / "Week4_27481" / "020_Actin.tif").unlink()
    (problem,) = layout.problems(tmp_path)
    assert problem.row is not None
    line = (tmp_path / IMAGES).read_text().splitlines()[problem.row - 1]
    assert "020_Actin.tif" in line


def test_pixels_stand_in_the_order_of_the_channels(tmp_path: Path) -> None:
    screen = Bbbc021.fake(tmp_path)(tmp_path)
    assert screen.channels == ("DAPI", "Tubulin", "Actin")
    (image,) = screen.read(np.array([7]))
    for c, channel in enumerate(screen.channels):
        file = tmp_path / "Week1_22123" / f"007_{channel}.tif"
        np.testing.assert_array_equal(image[c], tifffile.imread(file))


def test_week_folders_and_gzipped_tables_read_alike(tmp_path: Path) -> None:
    flat, nested = tmp_path / "flat", tmp_path / "nested"
    expected = Bbbc021.fake(flat)(flat)
    Bbbc021.fake(nested)
    for plate in ("Week1_22123", "Week4_27481"):
        week = nested / plate.split("_")[0]
        week.mkdir()
        (nested / plate).rename(week / plate)
    for name in (IMAGES, MOA):
        pd.read_csv(nested / name).to_csv(nested / f"{name}.gz", index=False)
        (nested / name).unlink()
    screen = Bbbc021()(nested)
    pd.testing.assert_frame_equal(screen.meta, expected.meta)
    rows = np.array([0, 23])
    np.testing.assert_array_equal(screen.read(rows), expected.read(rows))


def test_plates_and_suffix_choose_files(tmp_path: Path) -> None:
    Bbbc021.fake(tmp_path)
    for path in (tmp_path / "Week4_27481").iterdir():
        path.rename(path.with_name(f"{path.stem}_resized.tiff"))
    screen = Bbbc021(plates=("Week4_27481",), suffix="_resized.tiff")(tmp_path)
    assert set(screen.meta["plate"]) == {"Week4_27481"}
    assert len(screen) == 12


def test_doses_join_as_numbers(tmp_path: Path) -> None:
    layout = Bbbc021.fake(tmp_path)
    text = (tmp_path / MOA).read_text().replace("taxol,0.3,", '"taxol ",0.300000,')
    (tmp_path / MOA).write_text(text)
    meta = layout.table(tmp_path)
    assert set(meta.loc[meta["compound"] == "taxol", "moa"]) == {"Microtubule stabilizers"}


def test_odd_wells_and_unused_annotations_are_notes(tmp_path: Path) -> None:
    layout = Bbbc021.fake(tmp_path)
    table = pd.read_csv(tmp_path / IMAGES)
    table.iloc[1:].to_csv(tmp_path / IMAGES, index=False)
    with (tmp_path / MOA).open("a") as file:
        file.write("nocodazole,1.0,Microtubule destabilizers\n")
    notes = {p.kind: p for p in layout.problems(tmp_path)}
    assert notes["fields per well"].what == "Week1_22123 B02 has 3 fields, not 4"
    assert notes["unused annotation"].row == 5
    assert not any(p.serious for p in notes.values())
    assert len(layout(tmp_path)) == 23
