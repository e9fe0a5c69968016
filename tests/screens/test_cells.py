"""Single-cell crops: the real ones, and the format's corners."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from phenolens.core.errors import InputError
from phenolens.images.crops import CropReader
from phenolens.screens.cells import Cells

REAL = Cells(channels=("DAPI", "Actin", "Tubulin"), batch_of_plate=r"^(Week\d+)_")


def test_real_crops_of_all_mechanisms(data_dir: Path) -> None:
    folder = data_dir / "bbbc021-singlecells-13moa"
    screen = REAL(folder)
    meta = screen.meta
    assert (len(screen), screen.size, screen.level) == (533, (68, 68), "cell")
    assert meta["control"].sum() == 37
    assert meta["moa"].nunique() == 13
    assert meta["plate"].nunique() == 54
    assert meta["treatment"].nunique() == 95
    assert (meta["batch"] == meta["plate"].str.split("_").str[0]).all()
    stored = np.load(folder / "dev_images.npz")["images"]
    rows = np.array([532, 0, 7])
    np.testing.assert_array_equal(screen.read(rows), stored[rows].transpose(0, 3, 1, 2))
    assert not list(REAL.problems(folder, pixels=True))


def test_real_crops_of_week_four(data_dir: Path) -> None:
    meta = REAL(data_dir / "bbbc021-singlecells-week4").meta
    assert meta.groupby(["plate", "control"]).size().to_dict() == {
        ("Week4_27801", False): 540,
        ("Week4_27801", True): 240,
        ("Week4_27821", False): 480,
        ("Week4_27821", True): 240,
    }
    assert meta["site"].nunique() == 25  # the README's fields
    assert set(meta["treatment"]) == {"DMSO", *(f"cyclohexamide@{x}" for x in (5, 15, 50))}


def test_pickle_leaves_the_pixels_behind(tmp_path: Path) -> None:
    screen = Cells.fake(tmp_path, size=(64, 64))(tmp_path)
    first = screen.read(np.arange(12))
    packed = pickle.dumps(screen)
    assert len(packed) < first.nbytes / 4
    np.testing.assert_array_equal(pickle.loads(packed).read(np.arange(12)), first)


def test_a_plain_array_is_mapped_and_eight_bits_are_widened(tmp_path: Path) -> None:
    layout = Cells.fake(tmp_path)
    stored = np.load(tmp_path / "fake_images.npz")["images"].astype(np.uint8)
    (tmp_path / "fake_images.npz").unlink()
    np.save(tmp_path / "fake_images.npy", stored)
    screen = layout(tmp_path)
    images = screen.read(np.array([3, 1]))
    assert isinstance(screen.read, CropReader)
    assert isinstance(screen.read.array, np.memmap)
    assert images.dtype == np.uint16
    np.testing.assert_array_equal(images, stored[[3, 1]].transpose(0, 3, 1, 2))


def test_one_channel_may_lack_its_axis(tmp_path: Path) -> None:
    Cells.fake(tmp_path)
    stored = np.load(tmp_path / "fake_images.npz")["images"][..., 0]
    np.savez(tmp_path / "fake_images.npz", images=stored)
    screen = Cells()(tmp_path)
    assert screen.channels == ("c0",)
    np.testing.assert_array_equal(screen.read(np.array([5]))[0, 0], stored[5])


def test_other_names_for_files_and_columns(tmp_path: Path) -> None:
    Cells.fake(tmp_path)
    table = pd.read_csv(tmp_path / "fake_cells.csv", dtype={"Plate": str})
    table = table.rename(columns={"Plate": "dish"}).drop(columns="field")
    table.assign(dish="007", ImageNumber=np.arange(12)).to_parquet(tmp_path / "t.parquet")
    screen = Cells(table="t.parquet", images="fake_images.npz", columns={"plate": "dish"})(tmp_path)
    assert set(screen.meta["plate"]) == {"007"}
    assert screen.meta["site"].tolist() == list(range(12))


def test_a_number_for_a_plate_keeps_its_zeros(tmp_path: Path) -> None:
    layout = Cells.fake(tmp_path)
    text = (tmp_path / "fake_cells.csv").read_text().replace("Week1_1", "0042")
    (tmp_path / "fake_cells.csv").write_text(text)
    assert "0042" in set(Cells(channels=layout.channels)(tmp_path).meta["plate"])


def test_cells_without_an_identity_may_look_alike(tmp_path: Path) -> None:
    layout = Cells.fake(tmp_path)
    table = pd.read_csv(tmp_path / "fake_cells.csv").drop(columns=["cell_id", "field"])
    table.to_csv(tmp_path / "fake_cells.csv", index=False)
    assert len(layout(tmp_path)) == 12


def test_damaged_pixels_are_found_on_reading_and_by_the_deep_check(tmp_path: Path) -> None:
    layout = Cells.fake(tmp_path)
    path = tmp_path / "fake_images.npz"
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 64] = bytes(64)
    path.write_bytes(data)
    screen = layout(tmp_path)
    with pytest.raises(InputError, match=r"fake_images\.npz: cannot be read"):
        screen.read(np.array([0]))
    assert not list(layout.problems(tmp_path))
    (problem,) = layout.problems(tmp_path, pixels=True)
    assert "fake_images.npz" in problem.where


def test_a_regex_that_is_none_is_refused() -> None:
    with pytest.raises(InputError, match=r"batch_of_plate: .* is not a regular expression"):
        Cells(batch_of_plate="(")


def test_the_deep_check_names_planes_without_content(tmp_path: Path) -> None:
    layout = Cells.fake(tmp_path)
    stored = np.load(tmp_path / "fake_images.npz")["images"].copy()
    stored[3, ..., 0], stored[4, ..., 2] = 0, stored[4, ..., 1]
    np.savez(tmp_path / "fake_images.npz", images=stored)
    assert [str(p) for p in layout.problems(tmp_path, pixels=True)] == [
        "fake_cells.csv row 5: channel DAPI is 0 in every pixel "
        "(plate Week1_1, well B02, site 3, cell 3)",
        "fake_cells.csv row 6: channels Actin and Tubulin have the same pixels "
        "(plate Week1_1, well B03, site 4, cell 4)",
    ]


def test_the_table_is_read_as_every_table(tmp_path: Path) -> None:
    """Hidden copies, wells in their one spelling, missing controls, rows of blanks."""
    Cells.fake(tmp_path)
    (tmp_path / "._fake_cells.csv").write_bytes(b"\0\5")
    table = pd.read_csv(tmp_path / "fake_cells.csv")
    table["Metadata_Control"] = ["yes", None, "no"] * 4
    table["Well"] = table["Well"].replace("B02", "b2")
    text = table.to_csv(index=False).replace("\n", "\n,,,,,,\n", 1)
    (tmp_path / "fake_cells.csv").write_text(text)
    meta = Cells()(tmp_path).meta
    assert set(meta["well"]) == {"B02", "B03"}
    assert meta["control"].tolist() == [True, False, False] * 4
    (tmp_path / "fake_cells.csv").write_text(text.replace("b2", "Z99"))
    with pytest.raises(InputError, match=r"row 4: 'well' is 'Z99'"):
        Cells()(tmp_path)


def test_several_arrays_are_one_screen(data_dir: Path) -> None:
    """Both draws of BBBC021 together: all their crops, each as in its own file."""
    folders = ("bbbc021-singlecells-13moa", "bbbc021-singlecells-13moa-second")
    layout = Cells(
        images=tuple(f"{folder}/*_images.npz" for folder in folders),
        table=tuple(f"{folder}/*_cells.csv" for folder in folders),
        channels=REAL.channels,
        batch_of_plate=REAL.batch_of_plate,
    )
    screen = layout(data_dir)
    first, second = (REAL(data_dir / folder) for folder in folders)
    assert len(screen) == len(first) + len(second) == 1098
    rows = np.array([1097, 0, 533, 7, 532])
    own = second.read(rows[[0, 2]] - 533)
    theirs = first.read(rows[[1, 3, 4]])
    made = screen.read(rows)
    np.testing.assert_array_equal(made[[0, 2]], own)
    np.testing.assert_array_equal(made[[1, 3, 4]], theirs)
    assert screen.meta["treatment"].tolist() == [
        *first.meta["treatment"],
        *second.meta["treatment"],
    ]
    assert first.identify is not None
    assert screen.identify is not None
    np.testing.assert_array_equal(screen.identify(rows[1:2]), first.identify(rows[1:2]))
    assert not list(layout.problems(data_dir))


def test_what_does_not_fit_in_several_arrays_is_named(tmp_path: Path) -> None:
    for name in ("a", "b"):
        Cells.fake(tmp_path / name)
    images, table = ("a/*.npz", "b/*.npz"), ("a/*.csv", "b/*.csv")
    both = Cells(images=images, table=table)
    with pytest.raises(
        InputError, match=r"b/fake_cells\.csv row 2: a cell of a/fake_cells\.csv app"
    ):
        both(tmp_path)
    cells = pd.read_csv(tmp_path / "b" / "fake_cells.csv")
    cells.assign(cell_id=cells["cell_id"] + 12).to_csv(
        tmp_path / "b" / "fake_cells.csv", index=False
    )
    screen = both(tmp_path)
    assert len(pickle.loads(pickle.dumps(screen)).read(np.arange(24))) == 24
    np.savez(tmp_path / "b" / "fake_images.npz", images=np.zeros((12, 8, 16, 3), dtype=np.uint16))
    with pytest.raises(InputError, match=r"\(8, 16, 3\), fake_images\.npz of \(16, 16, 3\)"):
        both(tmp_path)
    with pytest.raises(InputError, match="images names 2 files and table 1; name one table for"):
        Cells(images=images)
