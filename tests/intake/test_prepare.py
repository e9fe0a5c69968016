"""From a folder to a store: faults cost their own field alone, and nothing else is lost."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tifffile

from phenolens.core.errors import InputError
from phenolens.intake.prepare import plan, write
from phenolens.screens.bbbc021 import Bbbc021
from phenolens.screens.image_folder import ImageFolder
from phenolens.store.pixel_store import open_store

FAULTS: dict[str, Callable[[Path], object]] = {
    "missing file": lambda path: path.unlink(),
    "truncated TIFF": lambda path: path.write_bytes(path.read_bytes()[:900]),
    "empty file": lambda path: path.write_bytes(b""),
    "another size": lambda path: tifffile.imwrite(path, np.ones((9, 9), np.uint16)),
    "another type": lambda path: tifffile.imwrite(path, np.ones((32, 40), np.float32)),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_costs_its_field_alone(tmp_path: Path, fault: str) -> None:
    root = tmp_path / "plates"
    whole = ImageFolder.fake(root)(root)
    pixels = whole.read(np.arange(8))
    FAULTS[fault](root / "P1" / "B02_s1_DNA.tif")
    store, left_out = write(plan(root), tmp_path / "store", 2)
    assert len(left_out) == 1
    assert "B02" in left_out[0]
    kept = np.array([0, 1, 3, 4, 5, 6, 7])
    expected = pixels[kept][:, [1, 0]]  # by name: Actin, DNA
    np.testing.assert_array_equal(store.read(np.arange(7)), expected)
    np.testing.assert_array_equal(open_store(tmp_path / "store").read(np.arange(7)), expected)


def test_a_name_on_no_plate_and_a_first_image_of_another_size(tmp_path: Path) -> None:
    root = tmp_path / "plates"
    ImageFolder.fake(root)
    tifffile.imwrite(root / "P1" / "A01_s1_Actin.tif", np.ones((9, 9), np.uint16))
    for channel in ("DNA", "Actin"):
        shutil.copy(root / "P1" / "B02_s1_DNA.tif", root / "P1" / f"P99_s1_{channel}.tif")
    store, left_out = write(plan(root), tmp_path / "store", 1)
    assert (len(store), store.size) == (7, (32, 40))
    assert len(left_out) == 3
    assert sum("P99_s1" in why and "on no plate" in why for why in left_out) == 2
    assert sum("A01_s1_Actin.tif" in why and "9 x 9" in why for why in left_out) == 1


def test_it_goes_on_where_it_was_stopped(tmp_path: Path) -> None:
    root = tmp_path / "plates"
    ImageFolder.fake(root)
    first, _ = write(plan(root), tmp_path / "store", 1)
    before = (tmp_path / "store" / "pixels.npy").stat().st_mtime_ns
    again, left_out = write(plan(root), tmp_path / "store", 1)
    assert (tmp_path / "store" / "pixels.npy").stat().st_mtime_ns == before
    assert (len(again), left_out) == (len(first), ())


def test_a_folder_with_other_files_is_not_written_into(tmp_path: Path) -> None:
    ImageFolder.fake(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(InputError, match="holds P1, and is not a pixel store"):
        write(plan(tmp_path), tmp_path, 1)
    assert sorted(tmp_path.rglob("*")) == before


def test_most_files_gone_is_an_error(tmp_path: Path) -> None:
    root = tmp_path / "plates"
    ImageFolder.fake(root)
    for path in root.rglob("*_DNA.tif"):
        path.write_bytes(b"")
    with pytest.raises(InputError, match=r"cannot be read|is empty"):
        write(plan(root), tmp_path / "store", 1)


def test_platemaps_of_any_spelling_and_layouts_that_have_none(tmp_path: Path) -> None:
    root = tmp_path / "plates"
    ImageFolder.fake(root)
    shutil.move(root / "platemap.csv", tmp_path / "map.csv")
    meta = plan(root, platemap=str(tmp_path / "map.csv")).screen.meta
    assert meta["compound"].tolist() == ["DMSO", "DMSO", "taxol", "taxol"] * 2
    with pytest.raises(InputError, match="no such file"):
        plan(root, platemap=str(tmp_path / "none.csv"))
    Bbbc021.fake(tmp_path / "b")
    with pytest.raises(InputError, match="bbbc021 has tables of its own"):
        plan(tmp_path / "b", platemap=str(tmp_path / "map.csv"))


def test_a_platemap_of_each_plate_in_a_folder(tmp_path: Path) -> None:
    root, maps = tmp_path / "plates", tmp_path / "maps"
    ImageFolder.fake(root)
    (root / "platemap.csv").unlink()
    (maps / "more").mkdir(parents=True)
    (maps / "P1.csv").write_text("well,compound\nA01,DMSO\nB02,taxol\n")
    (maps / "more" / "plate_P2.tsv").write_text("well\tcompound\nA01\ttaxol\nB02\tDMSO\n")
    expected = ["DMSO", "DMSO", "taxol", "taxol", "taxol", "taxol", "DMSO", "DMSO"]
    for given in ([str(maps)], [str(maps / "P1.csv"), str(maps / "more")]):
        planned = plan(root, platemap=given)
        assert planned.screen.meta["compound"].tolist() == expected
        assert not planned.problems
    (maps / "P3.xlsx").write_bytes(b"PK")
    with pytest.raises(InputError, match=r"P3\.xlsx: is a spreadsheet"):
        plan(root, platemap=str(maps))
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=r"empty: no table in the folder \(a file that ends with"):
        plan(root, platemap=str(tmp_path / "empty"))
