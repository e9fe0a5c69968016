"""The report: everything at once, counted by kind."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from phenolens.images.problem import Problem
from phenolens.runs.check import Report, check
from phenolens.screens.bbbc021 import IMAGES, Bbbc021
from phenolens.screens.cells import Cells
from phenolens.screens.synthetic import Synthetic


def test_a_whole_screen(tmp_path: Path) -> None:
    report = check(Bbbc021.fake(tmp_path), tmp_path, pixels=True)
    assert report.ok
    assert str(report) == (
        f"{tmp_path}: 24 fields, 2 plates, 2 batches, 2 treatments, 2 mechanisms, "
        "8 control fields, 32 x 40 pixels, channels DAPI, Tubulin, Actin\nno problem found"
    )


def test_all_problems_are_listed_at_once_with_counts(tmp_path: Path) -> None:
    layout = Bbbc021.fake(tmp_path)
    plate = tmp_path / "Week1_22123"
    for k in range(5):
        (plate / f"{k:03d}_DAPI.tif").unlink()
    for k in (7, 9):
        path = plate / f"{k:03d}_Actin.tif"
        path.write_bytes(path.read_bytes()[:900])
    report = check(layout, tmp_path)
    assert not report.ok
    assert report.counts == {"missing image": 5, "unreadable image": 2}
    text = str(report)
    assert "problem: missing image, 5" in text
    assert "... and 2 more" in text
    assert text.endswith("7 problems found")
    assert f"{IMAGES} row 9: {plate}/007_Actin.tif is truncated" in text


def test_a_bad_table_does_not_hide_bad_files(tmp_path: Path) -> None:
    layout = Bbbc021.fake(tmp_path)
    table = pd.read_csv(tmp_path / IMAGES)
    table.loc[3, "Image_FileName_DAPI"] = None
    pd.concat([table, table.iloc[[8]]]).to_csv(tmp_path / IMAGES, index=False)
    (tmp_path / "Week4_27481" / "020_Actin.tif").unlink()
    counts = check(layout, tmp_path).counts
    assert counts.pop("fields per well") == 1
    assert counts == {"missing value": 1, "duplicate row": 1, "missing image": 1}


def test_a_layout_without_files_is_only_tried(tmp_path: Path) -> None:
    report = check(Synthetic(size=64, replicates=1, sites=1), tmp_path)
    assert report.ok
    assert "fields" in report.summary


def test_damage_inside_the_pixels_needs_the_deep_check(tmp_path: Path) -> None:
    layout = Cells.fake(tmp_path)
    path = tmp_path / "fake_images.npz"
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 64] = bytes(64)
    path.write_bytes(data)
    assert check(layout, tmp_path).ok
    assert not check(layout, tmp_path, pixels=True).ok


def test_problems_of_a_table_do_not_hide_one_another(tmp_path: Path) -> None:
    layout = Cells.fake(tmp_path)
    path = tmp_path / "fake_cells.csv"
    lines = path.read_text().splitlines()
    lines[3] = lines[3].replace(",B03,", ",,")
    lines[5] = lines[5].replace("Week1_1", "W1")
    path.write_text("\n".join([*lines, lines[-1]]) + "\n")
    counts = check(layout, tmp_path).counts
    assert counts == {"row count": 1, "missing value": 1, "no batch": 1, "duplicate row": 1}


def test_the_real_tables_without_images(data_dir: Path) -> None:
    report = check(Bbbc021(plates=("Week1_22123",)), data_dir / "bbbc021-metadata")
    assert "cannot be read as it is" in str(report)
    assert report.counts["missing image"] > 100


@pytest.mark.parametrize("serious", [True, False])
def test_notes_leave_a_screen_in_order(serious: bool) -> None:
    problem = Problem("k", "t.csv", 2, "something", serious=serious)
    report = Report("root", "3 fields", (problem,))
    assert report.ok is not serious
    assert ("note: k, 1" in str(report)) is not serious


def test_a_link_out_of_the_folder_is_noted_as_a_run_refuses_it(tmp_path: Path) -> None:
    root, elsewhere = tmp_path / "screen", tmp_path / "elsewhere"
    layout = Bbbc021.fake(root)
    (root / "Week1_22123").rename(elsewhere)
    (root / "Week1_22123").symlink_to(elsewhere)
    report = check(layout, root)
    assert report.ok
    assert report.counts == {"leads out of the folder": 1}
    assert f"(to {elsewhere}" in str(report)
    assert "--allow-outside" in str(report)
